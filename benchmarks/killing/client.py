"""Client: asks a server over bare sockets and notes what was completely received.

Here: HTTP/1.1 with a length or in chunks, JSON and server-sent events. Not here: starting or killing the server
(``load``).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

QUESTIONS = (
    "How many days do I have to return a light?",
    "When do refunds reach my bank account?",
    "How long does express delivery take?",
    "How long does the battery of the Beam front light last?",
    "Who painted the Mona Lisa?",
)
DONE = b"data: [DONE]"
CUT = (ConnectionError, asyncio.IncompleteReadError, EOFError)
"""What a client sees when its server dies."""


@dataclass
class Received:
    """What all clients together sent and got. ``complete`` maps the Trace of each whole reply to its form."""

    complete: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    in_flight: int = 0
    refused: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    another: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def between_replies(self) -> float:
        """Seconds from one reply to the next, of whichever client, on average."""
        return (time.monotonic() - self.started) / max(1, len(self.complete))


@dataclass(frozen=True)
class Connection:
    """One connection that is kept alive."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, model: str, question: str, *, stream: bool) -> tuple[int, str, bool]:
        """(status, id of its Trace, whether the whole reply came)."""
        body = {"model": model, "stream": stream, "messages": [{"role": "user", "content": question}]}
        payload = json.dumps(body).encode()
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(payload)}\r\n\r\n"
        )
        self.writer.write(head.encode() + payload)
        await self.writer.drain()
        status, headers = await self._head()
        if "content-length" in headers:
            reply = await self.reader.readexactly(int(headers["content-length"]))
            return status, headers.get("x-gonogo-trace", ""), bool(json.loads(reply))
        return status, headers.get("x-gonogo-trace", ""), await self._until_done()

    async def get(self, path: str) -> bytes:
        """The body of a page."""
        self.writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode())
        _, headers = await self._head()
        return await self.reader.readexactly(int(headers["content-length"]))

    async def _head(self) -> tuple[int, dict[str, str]]:
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines[1:] if line)
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, _, value in fields}

    async def _until_done(self) -> bool:
        """Whether ``[DONE]`` came; a connection that is cut after it takes nothing back."""
        done = False
        try:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                done = DONE in await self.reader.readexactly(size) or done
                await self.reader.readexactly(2)
            await self.reader.readexactly(2)
        except CUT:
            if not done:
                raise
        return done


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(*CUT):
            await writer.wait_closed()


async def ask_until_cut(port: int, model: str, who: int, received: Received) -> None:
    """Ask one question after the other until the server is gone; odd clients stream."""
    stream = who % 2 == 1
    with contextlib.suppress(*CUT):
        async with connected(port) as connection:
            for question in _questions(who):
                received.sent += 1
                received.in_flight += 1
                status, trace_id, whole = await connection.ask(model, question, stream=stream)
                received.in_flight -= 1
                received.another.set()
                if status != 200 or not whole:
                    received.refused.append(f"{status} for {question!r}, Trace {trace_id}")
                    return
                received.complete[trace_id] = "streamed" if stream else "JSON"


def _questions(who: int) -> Iterator[str]:
    """Every other one was asked before, so that some answers come from the cache."""
    for number in itertools.count():
        question = QUESTIONS[(who + number) % len(QUESTIONS)]
        yield question if number % 2 else f"My order is number {who}{number:05}. {question}"
