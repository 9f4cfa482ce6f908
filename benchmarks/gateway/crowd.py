"""What happens to the upstream when clients leave, and to the server when thousands of slow ones stay.

    python -m benchmarks.gateway.crowd [--leaving 50] [--clients 4000] [--seconds 10]

Leaving: milliseconds from the moment a client closes its connection until the upstream's is closed, before the first
token, in the middle of a stream, and in a JSON call. The crowd: so many streams at once, each as slow as a person
reads, and how many were whole; memory of the server for each of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from benchmarks.gateway.load import Client, question
from benchmarks.gateway.processes import Server, home_with_a_mission, started
from benchmarks.gateway.upstream import Upstream

CHUNKS = 20


async def leaving(upstream: Upstream, server: Server, asked: Any, times: int, *, stream: bool, after: int) -> Any:
    """Milliseconds until the upstream is left alone."""
    found = []
    upstream.silent_after = after
    for _ in range(times):
        client = await Client.connect(server.port)
        upstream.arrived.clear()
        upstream.left.clear()
        asking = asyncio.ensure_future(client.ask(*asked, stream=stream))
        await upstream.arrived.wait()
        await asyncio.sleep(0.05)
        closed = time.perf_counter()
        client.transport.abort()
        await asyncio.gather(asking, return_exceptions=True)
        await upstream.left.wait()
        found.append((upstream.left_at - closed) * 1e3)
    upstream.silent_after = None
    return {"median_ms": round(statistics.median(found), 2), "longest_ms": round(max(found), 2)}


async def crowd(upstream: Upstream, server: Server, asked: Any, clients: int, seconds: float) -> dict[str, Any]:
    """So many slow streams at once."""
    upstream.chunks, upstream.gap = CHUNKS, seconds / CHUNKS
    before, cpu = server.pss(), server.cpu()
    highest = before

    async def one(number: int) -> str:
        await asyncio.sleep(number / clients * 3)  # as they come: a server takes some thousand connections a second
        try:
            client = await Client.connect(server.port)
            await client.ask(*asked, stream=True)
        except (OSError, RuntimeError) as error:
            return str(error)[:60]
        client.transport.close()
        return "whole" if bytes(client.buffer).count(b"word") == CHUNKS else "not whole"

    tasks = [asyncio.ensure_future(one(number)) for number in range(clients)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0.5)
        highest = max(highest, server.pss())
    outcomes = [task.result() for task in tasks]
    return {
        "clients": clients,
        "outcomes": {outcome: outcomes.count(outcome) for outcome in set(outcomes)},
        "pss_mb": {"idle": round(before, 1), "highest": round(highest, 1)},
        "kb_a_client": round((highest - before) * 1024 / clients, 1),
        "cpu_us_a_chunk": round((server.cpu() - cpu) / clients / CHUNKS * 1e6, 1),
    }


async def run(options: argparse.Namespace) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        upstream = await stack.enter_async_context(Upstream().listening())
        room = f"[server]\nmax_in_flight = {max(1, options.clients)}\n"
        secret = await home_with_a_mission(home, upstream.url, room)
        words = ("-m", "gonogo", "--home", str(home), "serve", "--port", "0")
        server = await stack.enter_async_context(started(*words, announces="http://127.0.0.1:"))
        asked = {stream: question(upstream.url, "bench", secret, stream=stream) for stream in (False, True)}
        found = {
            name: await leaving(upstream, server, asked[stream], options.leaving, stream=stream, after=after)
            for name, stream, after in (
                ("before the first token", True, 0), ("mid-stream", True, 5), ("in a JSON call", False, 0)
            )
        }  # fmt: skip
        return {"leaving": found, "crowd": await crowd(upstream, server, asked[True], options.clients, options.seconds)}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaving", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4000)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of one answer")
    options = parser.parse_args(arguments)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(json.dumps(uvloop.run(run(options)), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
