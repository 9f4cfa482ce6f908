"""The whole command, from its start to its Verdict, beside a loop written by hand over the official client.

An upstream of its own answers after a fixed time. Bytecode is kept in a scratch folder and made before the first round,
as an installation has it. Wall time means something on a quiet machine only: the load is printed with it.

    python benchmarks/runner_command.py           prints JSON: 500 tasks at 50 ms, an edit of one word at 300 ms, memory
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CONCURRENCY = 32
ANSWER = json.dumps(
    {
        "id": "x", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": "You may return it within 30 days."}}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 12, "total_tokens": 32},
    }
).encode()  # fmt: skip
REPLY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)
BY_HAND = """
import asyncio, sys
from openai import AsyncOpenAI
url, tasks = sys.argv[1], int(sys.argv[2])
async def main():
    client, slots = AsyncOpenAI(base_url=url, api_key="x", max_retries=0), asyncio.Semaphore(int(sys.argv[3]))
    async def one(number):
        async with slots:
            asked = [{"role": "system", "content": "Answer."}, {"role": "user", "content": f"Question {number}?"}]
            reply = await client.chat.completions.create(model="m", messages=asked)
        text = reply.choices[0].message.content
        return "30 days" in text and "never" not in text
    assert all(await asyncio.gather(*[one(number) for number in range(tasks)]))
asyncio.run(main())
"""


async def serve(delay: float) -> None:
    """Answer everything after ``delay`` seconds; print the port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
                await reader.readexactly(length)
                await asyncio.sleep(delay)
                writer.write(REPLY)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def upstream(delay: float) -> Iterator[str]:
    command = [sys.executable, __file__, "--serve", str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


class Shell:
    """Commands in a scratch folder with one Mission, ``bench``."""

    def __init__(self, folder: Path, url: str, tasks: int) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "GONOGO_AUTHOR": "bench"}
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        mission, home = folder / "bench", folder / ".gonogo"
        (mission / "prompts").mkdir(parents=True)
        home.mkdir()
        (home / "settings.toml").write_text(f'[providers.far]\nkind = "openai"\nbase_url = "{url}"\n')
        (mission / "prompts" / "system.md").write_text("Answer the question shortly.\n")
        (mission / "mission.yaml").write_text(
            "mission: bench\nprompt: {system: prompts/system.md}\n"
            "models: {only: {provider: far, model: m-2024-01-01}}\n"
            "golden: golden.jsonl\ngate: {require: {pass_rate: {margin: 0.05}}}\n"
        )
        expect = [{"contains": "30 days"}, {"regex": r"within \d+ days"}, {"not-contains": "never"}]
        rows = [json.dumps({"id": f"t{n}", "question": f"Question {n}?", "expect": expect}) for n in range(tasks)]
        (mission / "golden.jsonl").write_text("\n".join(rows) + "\n")

    def __call__(self, *words: str) -> dict[str, float]:
        """Wall and CPU seconds of a command, and its peak of memory in MB."""
        return self.run([sys.executable, "-m", "gonogo", *words])

    def run(self, command: list[str]) -> dict[str, float]:
        began = time.monotonic()
        process = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{command} ended with {process.returncode}: the benchmark is broken")
        wall = time.monotonic() - began
        return {"wall_s": wall, "cpu_s": used.ru_utime + used.ru_stime, "rss_mb": used.ru_maxrss / 1024}


def medians(readings: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in readings), 3) for name in readings[0]}


def whole_command(tasks: int, delay: float, rounds: int) -> dict[str, object]:
    ours, theirs = [], []
    with upstream(delay) as url, tempfile.TemporaryDirectory() as scratch:
        shell = Shell(Path(scratch), url, tasks)
        shell("evaluate", "bench", "--concurrency", str(CONCURRENCY))  # makes the bytecode
        started = medians([shell("status") for _ in range(rounds)])
        for _ in range(rounds):
            ours.append(shell("evaluate", "bench", "--fresh", "--concurrency", str(CONCURRENCY)))
            theirs.append(shell.run([sys.executable, "-c", BY_HAND, url, str(tasks), str(CONCURRENCY)]))
        learned = shell("evaluate", "bench", "--fresh")
    return {
        "tasks": tasks, "upstream_s": delay, "ideal_s": -(-tasks // CONCURRENCY) * delay, "gonogo": medians(ours),
        "gonogo_learned_concurrency": learned, "status": started, "openai_by_hand": medians(theirs),
    }  # fmt: skip


def edit_to_verdict(tasks: int, delay: float, rounds: int) -> dict[str, object]:
    """One word of the prompt of what is live is edited; then one command, to its Verdict."""
    readings = []
    with upstream(delay) as url, tempfile.TemporaryDirectory() as scratch:
        shell = Shell(Path(scratch), url, tasks)
        shell("evaluate", "bench", "--concurrency", str(CONCURRENCY))
        shell("deploy", "bench@1")
        for word in ("briefly", "quickly", "plainly")[:rounds]:
            (shell.folder / "bench" / "prompts" / "system.md").write_text(f"Answer the question {word}.\n")
            readings.append(shell("evaluate", "bench", "--concurrency", str(CONCURRENCY)))
    ideal = -(-tasks // CONCURRENCY) * delay
    return {"tasks": tasks, "upstream_s": delay, "ideal_s": ideal, "gonogo": medians(readings)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve is not None:
        asyncio.run(serve(asked.serve))
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    found = {
        "load": os.getloadavg()[0],
        "cores": os.cpu_count(),
        "whole_command": whole_command(500, 0.05, asked.rounds),
        "edit_to_verdict": edit_to_verdict(300, 0.3, asked.rounds),
        "large": whole_command(5_000, 0.0, 1),
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
