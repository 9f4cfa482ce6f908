"""What a request through the gateway costs: a Mission without retrieval and guardrails, a key, durable Traces.

Beside it, in the same run and turn by turn, the floor: ``uvicorn`` + raw ASGI + ``aiohttp`` + both bodies parsed
(``benchmarks/gateway/floor.py``). Read the ratios; CPU is that of the server's process, all threads.

    python -m benchmarks.gateway [--rounds 5] [--requests 2000] [--streams 200] [--memory 20000] [--whole] [--json FILE]
    python -m benchmarks.gateway --before /path/to/another/checkout
    python -m benchmarks.gateway --beside /path/to/litellm [--requests 2000]

``--before`` measures another state of this repository beside both, in the same rounds. ``--memory N`` compares memory
after N requests with that after N/10; ``--whole`` sets it to 200,000. ``--beside`` measures LiteLLM's proxy in place of
all that (``beside``).
"""

from __future__ import annotations

import argparse
import json
import platform
import socket
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from benchmarks.gateway.beside import compared, litellm
from benchmarks.gateway.load import Client, closed_loop, first_event, question
from benchmarks.gateway.processes import Server, home_of_another, home_with_a_mission, started
from benchmarks.gateway.upstream import Upstream

_ANNOUNCED = "http://127.0.0.1:"
CLIENTS = 16
CHUNKS = 64
GAP = 0.001
"""Seconds between two chunks of the upstream; less, and a server reads several at once."""


class Bench:
    """The upstream, the two servers, and how to ask each."""

    def __init__(self, upstream: Upstream, servers: dict[str, Server], asked: dict[str, dict[bool, Any]]) -> None:
        self.upstream, self.servers, self.asked = upstream, servers, asked

    async def cpu(self, name: str, times: int, *, stream: bool) -> float:
        """CPU seconds of that server for so many requests."""
        server = self.servers[name]
        before = server.cpu()
        await closed_loop(server.port, self.asked[name][stream], times, CLIENTS, stream=stream)
        return server.cpu() - before

    async def first_events(self, times: int) -> dict[str, list[float]]:
        """Seconds to the first event, one request at a time, turn by turn."""
        names = ["direct", *self.servers]
        ports = {"direct": self.upstream.port, **{name: server.port for name, server in self.servers.items()}}
        clients = {name: await Client.connect(ports[name]) for name in names}
        found: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(times):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                found[name].append(await first_event(clients[name], self.asked[name][True]))
        for client in clients.values():
            client.transport.close()
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def run(options: argparse.Namespace) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        upstream = await stack.enter_async_context(Upstream().listening())
        secret = await home_with_a_mission(home, upstream.url)
        port = str(free_port())
        floor = await stack.enter_async_context(
            started("-m", "benchmarks.gateway.floor", port, announces="", PORT=port, UPSTREAM=upstream.url)
        )
        gateway = await stack.enter_async_context(started(*_serving(home), announces=_ANNOUNCED))
        if options.beside:
            peer = await stack.enter_async_context(litellm(options.beside, home, free_port(), upstream.url))
            asked = question(upstream.url, "bench", secret, stream=False)
            await closed_loop(gateway.port, asked, 500, CLIENTS, stream=False)
            return {"beside": await compared(gateway, asked, peer, upstream.url, options.requests)}
        found: dict[str, Any] = {
            "python": platform.python_version(),
            "start_cpu_s": round(gateway.start_cpu, 3),
            "idle_pss_mb": {"floor": round(floor.pss(), 1), "gonogo": round(gateway.pss(), 1)},
        }
        servers, secrets = {"floor": floor, "gonogo": gateway}, {"before": ""}
        if options.before:
            older = home.with_name("before")
            checkout = Path(options.before).resolve()
            secrets["before"] = await home_of_another(checkout, older, upstream.url)
            servers["before"] = await stack.enter_async_context(
                started(*_serving(older), announces=_ANNOUNCED, PYTHONPATH=str(checkout / "src"))
            )
        texts = {
            name: {
                stream: question(upstream.url, "bench", secrets.get(name, secret), stream=stream)
                for stream in (False, True)
            }
            for name in ("direct", *servers)
        }
        bench = Bench(upstream, servers, texts)
        found["json"] = await json_cost(bench, options)
        found["stream"] = await stream_cost(bench, options)
        found["memory"] = await memory(bench, options)
        return found


def _serving(home: Path) -> tuple[str, ...]:
    return ("-m", "gonogo", "--home", str(home), "serve", "--port", "0")


async def json_cost(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """CPU of a request, milliseconds."""
    rounds: dict[str, list[float]] = {name: [] for name in bench.servers}
    for name in bench.servers:
        await bench.cpu(name, 500, stream=False)
    for turn in range(options.rounds):
        for name in list(bench.servers)[:: 1 if turn % 2 else -1]:
            used = await bench.cpu(name, options.requests, stream=False)
            rounds[name].append(used / options.requests * 1e3)
    return _compared(rounds, "cpu_ms_a_request")


async def stream_cost(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """CPU of a chunk: what a stream with many costs more than one with none, by their number."""
    rounds: dict[str, list[float]] = {name: [] for name in bench.servers}
    whole: dict[str, list[float]] = {name: [] for name in bench.servers}
    bench.upstream.gap = GAP
    for turn in range(options.rounds):
        for name in list(bench.servers)[:: 1 if turn % 2 else -1]:
            used = []
            for chunks in (0, CHUNKS):
                bench.upstream.chunks = chunks
                await bench.cpu(name, CLIENTS, stream=True)
                used.append(await bench.cpu(name, options.streams, stream=True) / options.streams)
            rounds[name].append((used[1] - used[0]) / CHUNKS * 1e6)
            whole[name].append(used[1] / CHUNKS * 1e6)
    bench.upstream.chunks = 4
    firsts = {
        name: statistics.median(times) * 1e3 for name, times in (await bench.first_events(options.firsts)).items()
    }
    return {
        "chunk": _compared(rounds, "cpu_us_a_chunk"),
        "chunk_with_its_share_of_the_request": _compared(whole, "cpu_us_a_chunk"),
        "first_event_ms": {name: round(value, 3) for name, value in firsts.items()},
        "added_first_event_ms": {name: round(firsts[name] - firsts["direct"], 3) for name in bench.servers},
    }


async def memory(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """Memory after a tenth of the requests and after all."""
    server, asked = bench.servers["gonogo"], bench.asked["gonogo"][False]
    few = options.memory // 10
    await closed_loop(server.port, asked, few, CLIENTS, stream=False)
    before = server.own()
    await closed_loop(server.port, asked, options.memory - few, CLIENTS, stream=False)
    after = server.own()
    return {f"own_mb_after_{few}": round(before, 1), f"own_mb_after_{options.memory}": round(after, 1),
            "ratio": round(after / before, 3)}  # fmt: skip


def _compared(rounds: dict[str, list[float]], unit: str) -> dict[str, Any]:
    medians = {name: statistics.median(values) for name, values in rounds.items()}
    ratios = {
        name: [ours / theirs for ours, theirs in zip(rounds[name], rounds["floor"], strict=True)]
        for name in rounds.keys() - {"floor"}
    }
    found = {
        unit: {name: round(value, 4) for name, value in medians.items()},
        "ratio": round(statistics.median(ratios["gonogo"]), 3),
        "ratio_of_each_round": [round(ratio, 3) for ratio in ratios["gonogo"]],
    }
    if "before" in ratios:
        found["ratio_before"] = round(statistics.median(ratios["before"]), 3)
        found["ratio_before_of_each_round"] = [round(ratio, 3) for ratio in ratios["before"]]
    return found


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=2000, help="JSON requests a round")
    parser.add_argument("--streams", type=int, default=200, help="streams a round")
    parser.add_argument("--firsts", type=int, default=200, help="first events measured")
    parser.add_argument("--memory", type=int, default=20_000)
    parser.add_argument("--whole", action="store_true", help="--memory 200000")
    parser.add_argument("--before", metavar="FOLDER", default="", help="another checkout, measured beside this one")
    parser.add_argument("--beside", metavar="COMMAND", default="", help="the litellm command of its own environment")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args(arguments)
    if options.whole:
        options.memory = 200_000
    found = uvloop.run(run(options))
    text = json.dumps(found, indent=2)
    if options.json:
        Path(options.json).write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
