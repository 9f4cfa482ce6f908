"""Where the CPU of a full request goes, step by step; the shares add up to all that the server's process used.

The example Mission of Brackenfield with everything on - key, injection and PII guardrails, cache, retrieval, routing,
output guardrails, scores of every Trace - answered by a mock model; then the same without retrieval, and with nothing
but the model. Beside each, the floor of ``benchmarks.gateway`` in the same run.

    python -m benchmarks.budget [--requests 600] [--rounds 5] [--json FILE]

Rows: each step as its Traces tell (``span.cpu``); ``between steps``: the rest of a Trace; ``gateway``: what the
server's thread used besides (HTTP in and out, the key, reading the body, phrasing the reply, the event loop);
``store``: the thread that writes Traces. Questions are never repeated, so the cache is asked and never answers.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop
from benchmarks.gateway.__main__ import free_port
from benchmarks.gateway.load import closed_loop, question
from benchmarks.gateway.processes import ROOT, Server, said_by, started
from benchmarks.gateway.upstream import Upstream

from gonogo.store import open_store

CLIENTS = 8
EXAMPLE = ROOT / "examples" / "brackenfield"
TEXT = "How many days do I have to return a light that I bought in the shop, and who pays for the parcel?"
WITHOUT = {
    "everything on": (),
    "without retrieval": ("retrieval",),
    "the model alone": ("retrieval", "routing", "cache", "guardrails", "monitors"),
}


def folder_of(place: Path, left_out: tuple[str, ...]) -> None:
    """The example's folder with the mock for its models, some sections left out."""
    shutil.copytree(EXAMPLE, place)
    text = (place / "mission.yaml").read_text()
    text = re.sub(r"\{provider: builtin, model: [a-z-]+\}", "{provider: mock, model: m-2026-01-01}", text)
    if "routing" in left_out:
        text = re.sub(r"^  large:.*\n", "", text, flags=re.MULTILINE)
    sections = re.split(r"^(?=\S)", text, flags=re.MULTILINE)
    kept = [section for section in sections if not section.startswith((*left_out, "#", "gate"))]
    (place / "mission.yaml").write_text("".join(kept) + ("monitors: {sample: 0.0}\n" if "monitors" in left_out else ""))


@asynccontextmanager
async def serving(place: Path, upstream: str, left_out: tuple[str, ...]) -> AsyncIterator[tuple[Server, str, Path]]:
    """The Mission, live; gives (server, a key, home)."""
    home, folder = place / "home", place / "brackenfield"
    home.mkdir(parents=True)
    folder_of(folder, left_out)
    (home / "settings.toml").write_text(f'[providers.mock]\nkind = "openai"\nbase_url = "{upstream}/v1"\n')
    await said_by("--home", str(home), "build", str(folder))
    await said_by("--home", str(home), "deploy", "brackenfield@1", "--override", "a measurement")
    secret = re.search(r"gng_\S+", await said_by("--home", str(home), "keys", "create"))
    assert secret is not None
    words = ("-m", "gonogo", "--home", str(home), "serve", "--port", "0")
    async with started(*words, announces="http://127.0.0.1:") as server:
        yield server, secret[0], home


def by_thread(server: Server) -> tuple[float, float]:
    """CPU seconds of the thread that serves, and of all others."""
    pid = server.process.pid
    used = {
        int(task): int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0]) / 1e9
        for task in os.listdir(f"/proc/{pid}/task")
    }
    return used[pid], sum(used.values()) - used[pid]


async def spent(server: Server, asked: Any, requests: int) -> tuple[float, float]:
    before = by_thread(server)
    await closed_loop(server.port, asked, requests, CLIENTS, stream=False)
    after = by_thread(server)
    return (after[0] - before[0]) / requests * 1e6, (after[1] - before[1]) / requests * 1e6


async def traced(home: Path, requests: int) -> tuple[dict[str, float], float | None]:
    """CPU microseconds of a request by step, of its last Traces; and the median that scores hold up its end."""
    store = await open_store(home)
    traces = await store.traces(limit=requests)
    await store.close()
    rows: dict[str, float] = defaultdict(float)
    for trace in traces:
        for span in trace.spans:
            rows[span.name] += span.cpu
        rows["between steps"] += trace.cpu - sum(span.cpu for span in trace.spans)
    walls = [span.wall * 1e6 for trace in traces for span in trace.spans if span.name == "score"]
    return {name: total / len(traces) * 1e6 for name, total in rows.items()}, statistics.median(
        walls
    ) if walls else None


async def measured(
    upstream: Upstream, floor: Server, name: str, place: Path, requests: int, rounds: int
) -> dict[str, Any]:
    """One Mission and the floor, turn by turn: the ratio is the median of the rounds, the rows are of all of them."""
    async with serving(place, upstream.url, WITHOUT[name]) as (server, secret, home):
        asked = question(upstream.url, "brackenfield", secret, stream=False, text=TEXT, fields={})
        await closed_loop(server.port, asked, 100, CLIENTS, stream=False)
        each = requests // rounds
        floors, ours = [], []
        for _ in range(rounds):
            floors.append(sum(await spent(floor, asked, each)))
            ours.append(await spent(server, asked, each))
    main, others = (statistics.mean(used) for used in zip(*ours, strict=True))
    steps, scored = await traced(home, each * rounds)
    rows = {**steps, "gateway": main - sum(steps.values()), "store": others}
    whole = main + others
    ratios = [sum(used) / least for used, least in zip(ours, floors, strict=True)]
    return {
        "cpu_us_a_request": round(whole, 1),
        "floor_us": round(statistics.median(floors), 1),
        "score_wall_us": None if scored is None else round(scored, 1),
        "times_the_floor": round(statistics.median(ratios), 2),
        "times_the_floor_of_each_round": [round(ratio, 2) for ratio in ratios],
        "rows": {row: {"us": round(us, 1), "share": round(us / whole, 4)} for row, us in rows.items()},
    }


async def run(requests: int, rounds: int) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = await stack.enter_async_context(Upstream().listening())
        port = str(free_port())
        floor = await stack.enter_async_context(
            started("-m", "benchmarks.gateway.floor", port, announces="", PORT=port, UPSTREAM=upstream.url)
        )
        return {
            name: await measured(upstream, floor, name, place / str(number), requests, rounds)
            for number, name in enumerate(WITHOUT)
        }


def table(found: dict[str, Any]) -> str:
    """One row for each step, one column for each Mission."""
    steps = list(dict.fromkeys(row for one in found.values() for row in one["rows"]))
    lines = [["step", *found], ["---"] * (len(found) + 1)]
    for step in steps:
        cells = [one["rows"].get(step) for one in found.values()]
        lines.append([step, *(f"{cell['us']:.0f} us, {cell['share']:.1%}" if cell else "-" for cell in cells)])
    lines.append(
        ["all", *(f"{one['cpu_us_a_request']:.0f} us, {one['times_the_floor']}x floor" for one in found.values())]
    )
    waits = [f"{one['score_wall_us']:.0f} us ({name})" for name, one in found.items() if one["score_wall_us"]]
    held_up = f"\n\nScores stand between an answer's last text and its end, median wall clock: {', '.join(waits)}."
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + (held_up if waits else "")


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args(arguments)
    found = uvloop.run(run(options.requests, options.rounds))
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=2) + "\n")
    print(table(found))


if __name__ == "__main__":
    main(sys.argv[1:])
