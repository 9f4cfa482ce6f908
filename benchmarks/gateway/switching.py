"""How soon a deployment holds in other workers: ``gonogo serve --workers 2`` under load, the pointer moved elsewhere.

This process moves the pointer in the store, as another machine would; neither worker is told. For each move, the time
from its commit until the last request was sent that the old Version still answered. No request may fail, and in each
reply the header, the body's model and its fingerprint must name one and the same Version.

    python -m benchmarks.gateway.switching [--moves 20] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvloop
from benchmarks.gateway.load import Client, question
from benchmarks.gateway.processes import home_with_a_mission, started
from benchmarks.gateway.upstream import Upstream
from msgspec import structs

from gonogo.clock import new_id
from gonogo.contracts import Store
from gonogo.domain import Deployment, PromptSpec, Version, behaviour_digest, gate_digest, part_digests
from gonogo.store import open_store

CLIENTS = 16
BETWEEN = 1.5
"""Seconds between two moves."""
NAMED = re.compile(
    rb"x-gonogo-version: (\S+).*?\r\n\r\n.*?\"model\":\"([^\"]+)\".*?\"system_fingerprint\":\"([^\"]+)\"", re.DOTALL
)


class Load:
    """Clients that ask until told to stop: (when a request was sent, the Version that answered)."""

    def __init__(self, port: int, asked: tuple[bytes, bytes]) -> None:
        self.port, self.asked = port, asked
        self.answers: list[tuple[float, str]] = []
        self.fingerprints: dict[str, set[str]] = {}
        self.mixed = self.failed = 0
        self.enough = False

    async def client(self) -> None:
        while not self.enough:
            # A new connection now and then, so that both workers are asked.
            client = await Client.connect(self.port)
            for _ in range(20):
                sent = time.monotonic()
                try:
                    await client.ask(*self.asked, stream=False)
                except (RuntimeError, ConnectionError):
                    self.failed += 1
                    break
                self._note(sent, bytes(client.buffer))
            client.transport.close()

    def _note(self, sent: float, reply: bytes) -> None:
        found = NAMED.search(reply)
        if found is None:
            self.failed += 1
            return
        header, model, fingerprint = (part.decode() for part in found.groups())
        self.mixed += header != model
        self.fingerprints.setdefault(header, set()).add(fingerprint)
        self.answers.append((sent, header))


async def another(store: Store, first: Version) -> Version:
    """The same Mission with another prompt."""
    mission = structs.replace(first.mission, prompt=PromptSpec(system="Answer at length."))
    parts = part_digests(mission, None, {})
    draft = structs.replace(
        first, mission=mission, number=0, parts=parts, behaviour_digest=behaviour_digest("bench", parts),
        gate_digest=gate_digest(parts),
    )  # fmt: skip
    return await store.add_version(draft, None)


async def run(options: argparse.Namespace) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        upstream = await stack.enter_async_context(Upstream().listening())
        secret = await home_with_a_mission(home, upstream.url)
        store = await open_store(home)
        stack.push_async_callback(store.close)
        first = await store.version("bench", 1)
        assert first is not None
        numbers = (first.number, (await another(store, first)).number)
        words = ("-m", "gonogo", "--home", str(home), "serve", "--port", "0", "--workers", "2")
        server = await stack.enter_async_context(started(*words, announces="http://127.0.0.1:"))
        load = Load(server.port, question(upstream.url, "bench", secret, stream=False))
        clients = [asyncio.create_task(load.client()) for _ in range(CLIENTS)]
        await asyncio.sleep(BETWEEN)
        moves: list[tuple[float, str]] = []
        for turn in range(options.moves):
            version, previous = numbers[(turn + 1) % 2], numbers[turn % 2]
            change = Deployment(
                id=new_id(time.time()), mission="bench", environment="production", version=version, previous=previous,
                kind="deploy", author="bench", created_at=time.time(), revision=turn + 2,
            )  # fmt: skip
            await store.move(change, turn + 1)
            moves.append((time.monotonic(), f"bench@{version}"))
            await asyncio.sleep(BETWEEN)
        load.enough = True
        await asyncio.gather(*clients)
        return told(load, moves)


def told(load: Load, moves: list[tuple[float, str]]) -> dict[str, Any]:
    """Seconds until each move held everywhere."""
    held = []
    for at, (moved, now) in enumerate(moves):
        until = moves[at + 1][0] if at + 1 < len(moves) else float("inf")
        held.append(
            max((sent - moved for sent, name in load.answers if moved <= sent < until and name != now), default=0.0)
        )
    return {
        "moves": len(moves),
        "requests": len(load.answers),
        "failed": load.failed,
        "mixed": load.mixed + sum(len(found) > 1 for found in load.fingerprints.values()),
        "held_everywhere_after_s": {"median": round(statistics.median(held), 3), "most": round(max(held), 3)},
    }


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=20)
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args(arguments)
    text = json.dumps(uvloop.run(run(options)), indent=2)
    if options.json:
        Path(options.json).write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main(sys.argv[1:])
