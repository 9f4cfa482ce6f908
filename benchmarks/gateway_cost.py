"""What the gateway itself costs: CPU of one request, everything but the model.

A Mission without retrieval and guardrails, a provider that answers from a script, a real store, uvicorn and a raw
client in one process on one core. The client's own CPU is measured apart on a route that does nothing, and taken off.

    python benchmarks/gateway_cost.py [--requests 2000] [--clients 8] [--uvloop] [--profile FILE]

Prints one JSON object: CPU in milliseconds a request, by form of the reply; wall times in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gonogo.assembly.serving import Serving
from gonogo.clock import SystemClock, new_id
from gonogo.contracts import Components, HttpReply, HttpRequest, Route
from gonogo.domain import (
    Deployment,
    Mission,
    ModelSpec,
    PromptSpec,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.features import Reader, StaticEmbedder
from gonogo.gateway import Application, Door, ServerOptions, bind, gateway_routes, serve
from gonogo.providers import PriceTable, ScriptedModel
from gonogo.store import SqliteStore, TraceSpool, open_store

WORDS = 40
"""Deltas of one answer."""


def version() -> Version:
    mission = Mission(
        name="bench", models={"main": ModelSpec(provider="scripted", model="m")}, prompt=PromptSpec(system="Be brief.")
    )
    parts = part_digests(mission, None, {})
    return Version(
        mission=mission,
        number=0,
        parts=parts,
        behaviour_digest=behaviour_digest("bench", parts),
        gate_digest=gate_digest(parts),
        index_digest=None,
        pins={},
        created_at=1.0,
        edited_at=1.0,
    )


async def deployed(store: SqliteStore) -> None:
    built = await store.add_version(version(), None)
    change = Deployment(
        id=new_id(1.0),
        mission="bench",
        environment="production",
        version=built.number,
        previous=None,
        kind="deploy",
        author="bench",
        created_at=1.0,
        revision=1,
    )
    await store.move(change, 0)


async def nothing(http: HttpRequest) -> HttpReply:
    return HttpReply(body=b"{}")


@asynccontextmanager
async def gateway() -> Any:
    """A port that serves ``bench``, and ``/nothing`` beside it."""
    reader = Reader(StaticEmbedder())
    parts = Components(
        reader=reader,
        providers={"main": ScriptedModel(" ".join(["word"] * WORDS))},
        prices=PriceTable({}),
    )

    async def components(version: Version) -> Components:
        return parts

    with tempfile.TemporaryDirectory() as home:
        store = await open_store(Path(home))
        await deployed(store)
        serving = Serving(store, components, SystemClock(), TraceSpool(Path(home) / "spool"))
        routes = (
            *gateway_routes(serving, max_messages=100),
            Route(method="POST", path="/nothing", handler=nothing, role=None),
        )
        app = Application(
            routes,
            Door(store, open_locally=True),
            max_body=1 << 20,
            max_in_flight=256,
            on_start=serving.start,
            on_stop=serving.stop,
        )
        listener, ready = bind(ServerOptions(port=0)), asyncio.Event()
        port = listener.getsockname()[1]
        server = asyncio.create_task(serve(app, listener, ServerOptions(port=0), lambda address: ready.set()))
        await ready.wait()
        try:
            yield port
        finally:
            server.cancel()
            await asyncio.gather(server, return_exceptions=True)
            await store.close()


def request_bytes(path: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    return f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(content)}\r\n\r\n".encode() + content


async def client(port: int, request: bytes, times: int, walls: list[float]) -> None:
    """Ask again and again on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(times):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        if b"chunked" in head:
            await reader.readuntil(b"[DONE]\n\n\r\n0\r\n\r\n")
        else:
            await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        walls.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def measured(port: int, request: bytes, requests: int, clients: int) -> dict[str, float]:
    """CPU and wall of a request, milliseconds."""
    await client(port, request, 50, [])
    walls: list[float] = []
    cpu, began = time.process_time(), time.perf_counter()
    await asyncio.gather(*(client(port, request, requests // clients, walls) for _ in range(clients)))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - began
    walls.sort()
    return {
        "cpu_ms": round(cpu / len(walls) * 1e3, 4),
        "requests_per_second": round(len(walls) / wall, 1),
        "wall_median_ms": round(statistics.median(walls) * 1e3, 3),
        "wall_p99_ms": round(walls[int(0.99 * len(walls))] * 1e3, 3),
    }


async def run(options: argparse.Namespace) -> dict[str, Any]:
    body = {"model": "bench", "messages": [{"role": "user", "content": "How long is the refund period?"}]}
    forms = {
        "nothing": request_bytes("/nothing", body),
        "json": request_bytes("/v1/chat/completions", body),
        "stream": request_bytes("/v1/chat/completions", {**body, "stream": True}),
    }
    found: dict[str, Any] = {}
    async with gateway() as port:
        for form, request in forms.items():
            found[form] = await measured(port, request, options.requests, options.clients)
    base = found["nothing"]["cpu_ms"]
    return {
        "python": platform.python_version(),
        "loop": "uvloop" if options.uvloop else "asyncio",
        "requests": options.requests,
        "clients": options.clients,
        "deltas": WORDS,
        **found,
        "own_cpu_ms": {form: round(found[form]["cpu_ms"] - base, 4) for form in ("json", "stream")},
    }


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--profile", metavar="FILE", help="write a cProfile of the whole run")
    options = parser.parse_args(arguments)
    start: Callable[[Any], Any] = asyncio.run
    if options.uvloop:
        import uvloop

        start = uvloop.run
    work: Awaitable[dict[str, Any]] = run(options)
    if options.profile:
        with cProfile.Profile() as profile:
            found = start(work)
        profile.dump_stats(options.profile)
    else:
        found = start(work)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
