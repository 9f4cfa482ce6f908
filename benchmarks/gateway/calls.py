"""How many functions a request calls: the budget that a profile too flat to read cannot give.

Every call of a Python function and of a C function is counted, in the thread that serves, while the server answers
requests one after another; of the median request, for what is done ten times a second falls into some. The count is the
same on a busy machine and on a quiet one.

    python -m benchmarks.gateway.calls [--stream] [--requests 200] [--list 40] [--in-order]

``--list N`` names the N functions that are called most, ``--in-order`` every call of one request.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.gateway.load import closed_loop, question
from benchmarks.gateway.processes import Server, home_with_a_mission, started
from benchmarks.gateway.upstream import Upstream

WARM = 50
CHUNKS = 64


class Counted:
    """Calls between two signals, written to a file at the second."""

    def __init__(self, place: Path) -> None:
        self._place, self._counts, self._order = place, Counter[str](), list[str]()

    def toggle(self, *_: object) -> None:
        """Begin, or write down what was counted and end."""
        if sys.getprofile() is None:
            self._counts.clear()
            self._order.clear()
            sys.setprofile(self._note)
            return
        sys.setprofile(None)
        part = self._place.with_suffix(".part")
        part.write_text(json.dumps({"counts": self._counts, "order": self._order}))
        part.rename(self._place)

    def _note(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            code = frame.f_code
            name = f"{_short(code.co_filename)}:{code.co_qualname}"
        elif event == "c_call":
            name = f"C {getattr(function, '__qualname__', function)}"
        else:
            return
        self._counts[name] += 1
        self._order.append(name)


def _short(path: str) -> str:
    return path.rpartition("gonogo/")[2] if "/gonogo/" in path else "/".join(path.rsplit("/", 2)[-2:])


def serve(place: Path, words: list[str]) -> None:
    """``gonogo WORDS`` in this process, counted."""
    from gonogo.cli.app import main

    counted = Counted(place)
    signal.signal(signal.SIGUSR1, counted.toggle)
    main(words)


async def counted(server: Server, place: Path, asked: Any, times: int, *, stream: bool) -> dict[str, Any]:
    """What the server called for so many requests, one after another on one connection."""
    await closed_loop(server.port, asked, WARM, 1, stream=stream)
    os.kill(server.process.pid, signal.SIGUSR1)
    await asyncio.sleep(0.1)
    await closed_loop(server.port, asked, times, 1, stream=stream)
    os.kill(server.process.pid, signal.SIGUSR1)
    await closed_loop(server.port, asked, 1, 1, stream=stream)  # a handler of signals runs with the next bytecode
    for _ in range(500):
        if place.exists():
            break
        await asyncio.sleep(0.02)
    found: dict[str, Any] = json.loads(place.read_text())
    place.unlink()
    return found


async def run(options: argparse.Namespace) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = await stack.enter_async_context(Upstream().listening())
        secret = await home_with_a_mission(folder / "home", upstream.url)
        place = folder / "calls.json"
        words = ("--home", str(folder / "home"), "serve", "--port", "0")
        server = await stack.enter_async_context(
            started("-m", "benchmarks.gateway.calls", "--serve", str(place), *words, announces="http://127.0.0.1:")
        )
        asked = question(upstream.url, "bench", secret, stream=options.stream)
        if options.stream:
            upstream.gap, upstream.chunks = 0.001, CHUNKS
        found = await counted(server, place, asked, options.requests, stream=options.stream)
    counts: dict[str, int] = found["counts"]
    requests = sorted(_apart(found["order"]), key=len)
    middle = requests[len(requests) // 2]
    python = sum(not name.startswith("C ") for name in middle)
    print(f"{len(middle)} calls a request: {python} of Python functions, {len(middle) - python} of C functions")
    for name, count in sorted(counts.items(), key=lambda one: -one[1])[: options.list]:
        print(f"{count / options.requests:8.2f}  {name}")
    if options.in_order:
        print("\n".join(middle))


def _apart(order: list[str]) -> list[list[str]]:
    """The calls of each request; the first and the last are not whole."""
    starts = [at for at, name in enumerate(order) if name.endswith("ClientConnection.data_received")]
    return [order[start:end] for start, end in pairwise(starts)]


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--serve"]:
        serve(Path(arguments[1]), arguments[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stream", action="store_true", help=f"streams of {CHUNKS} chunks")
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--list", type=int, default=0)
    parser.add_argument("--in-order", action="store_true")
    asyncio.run(run(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
