"""A model's server that misbehaves on demand: raw sockets, so that it can break off anywhere.

One ``Fault`` says how one request is answered; the last one of a list stands for all that follow. What it saw is kept:
bodies, and how many clients hung up before the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

WORDS = ["Thirty", " days", " from", " delivery."]
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
encode = msgspec.json.encode


class Exchange:
    """One request and the connection it came on."""

    def __init__(
        self, upstream: MockUpstream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: Any
    ) -> None:
        self.upstream, self.reader, self.writer, self.body = upstream, reader, writer, body
        self.stream, self.keeps = bool(body.get("stream")), False

    def head(self, status: int = 200, kind: str = "", length: int | None = None, **headers: str) -> bytes:
        kind = kind or ("text/event-stream" if self.stream else "application/json")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {"content-type": kind, **named, **({} if length is None else {"content-length": str(length)})}
        self.keeps = length is not None
        if length is None:
            fields["connection"] = "close"
        return f"HTTP/1.1 {status} X\r\n".encode() + b"".join(
            f"{name}: {value}\r\n".encode() for name, value in fields.items()
        ) + b"\r\n"  # fmt: skip

    def pieces(self, words: list[str] | None = None) -> list[bytes]:
        """The whole answer in the form that was asked for, in pieces."""
        words = WORDS if words is None else words
        if not self.stream:
            choice = {"index": 0, "message": {"role": "assistant", "content": "".join(words)}, "finish_reason": "stop"}
            whole = encode(
                {"id": "c1", "object": "chat.completion", "model": "m-1", "choices": [choice], "usage": USAGE}
            )
            return [whole[at : at + 40] for at in range(0, len(whole), 40)]
        chunks = [{"index": 0, "delta": {"content": word}, "finish_reason": None} for word in words]
        chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
        events = [{"id": "c1", "object": "chat.completion.chunk", "model": "m-1", "choices": [one]} for one in chunks]
        events.append({"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": USAGE})
        return [*(b"data: " + encode(event) + b"\n\n" for event in events), b"data: [DONE]\n\n"]

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def left(self) -> None:
        """Until the client hangs up."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(1024):
                pass
        self.upstream.hung_up += 1
        self.upstream.left.set()

    def reset(self) -> None:
        """Break off so that the other side is told: connection reset by peer."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Fault = Callable[[Exchange], Awaitable[None]]


async def fine(on: Exchange) -> None:
    pieces = on.pieces()
    await on.send(on.head(length=sum(map(len, pieces))), *pieces)


async def drip(on: Exchange) -> None:
    """Byte by byte: every border a network could make."""
    whole = b"".join(on.pieces())
    await on.send(on.head(length=len(whole)), *(whole[at : at + 1] for at in range(len(whole))))


async def all_at_once(on: Exchange) -> None:
    whole = b"".join(on.pieces())
    await on.send(on.head(length=len(whole)) + whole)


async def late(on: Exchange) -> None:
    await asyncio.sleep(0.05)
    await fine(on)


async def large(on: Exchange) -> None:
    """A megabyte in one piece of an answer: unusual, and allowed."""
    whole = b"".join(on.pieces(["x" * (1 << 20)]))
    await on.send(on.head(length=len(whole)), whole)


def refusal(status: int, **headers: str) -> Fault:
    async def refuse(on: Exchange) -> None:
        body = encode({"error": {"message": f"no, {status}", "type": "t", "code": None}})
        await on.send(on.head(status, "application/json", len(body), **headers), body)

    return refuse


def cut(after: int) -> Fault:
    """Break off after so many pieces of the body."""

    async def break_off(on: Exchange) -> None:
        pieces = on.pieces()
        await on.send(on.head(length=sum(map(len, pieces))), *pieces[:after])
        await asyncio.sleep(0.01)  # what was sent is read before the reset, which would discard it
        on.reset()

    return break_off


async def ends_early(on: Exchange) -> None:
    """Ends in order, but without a finish reason and without [DONE]."""
    await on.send(on.head(), *on.pieces()[:2])


async def resets_at_once(on: Exchange) -> None:
    on.reset()


async def resets_in_its_headers(on: Exchange) -> None:
    await on.send(b"HTTP/1.1 200 OK\r\ncontent-ty")
    on.reset()


async def closes_without_a_word(on: Exchange) -> None:
    """As a server whose keep-alive ended at that moment."""


async def speaks_no_http(on: Exchange) -> None:
    await on.send(b"SSH-2.0-OpenSSH_9.2\r\n")


async def stalls(on: Exchange) -> None:
    await on.left()


async def stalls_after_two(on: Exchange) -> None:
    await on.send(on.head(), *on.pieces()[:2])
    await on.left()


async def malformed(on: Exchange) -> None:
    body = b"data: {oops\n\n" if on.stream else b"{oops"
    await on.send(on.head(length=len(body)), body)


async def page(on: Exchange) -> None:
    body = b"<html>Welcome to nginx</html>"
    await on.send(on.head(200, "text/html", len(body)), body)


async def error_within(on: Exchange) -> None:
    """An error where a chunk should stand."""
    error = encode({"error": {"message": "no, out of memory"}})
    body = b"".join(on.pieces()[:2]) + b"data: " + error + b"\n\n" if on.stream else error
    await on.send(on.head(length=len(body)), body)


async def endless(on: Exchange) -> None:
    """One event, or one reply, that never ends."""
    await on.send(on.head(), b'data: {"choices":"' if on.stream else b'{"choices":"')
    with contextlib.suppress(ConnectionError):
        while True:
            await on.send(b"x" * 65536)


class MockUpstream:
    """Listens, answers as ``faults`` say, and counts."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults) or [fine]
        self.asked: list[Any] = []
        self.hung_up = 0
        self.arrived, self.left = asyncio.Event(), asyncio.Event()
        self.url = ""

    @asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[MockUpstream]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http{'s' if tls else ''}://{host}:{port}/v1"
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            keeps = True
            while keeps:
                head = await reader.readexactly(1)
                if head == b"\x16":  # the first byte of TLS, where none is spoken
                    writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                    break
                head += await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                on = Exchange(self, reader, writer, msgspec.json.decode(await reader.readexactly(length)))
                fault = self.faults[min(len(self.asked), len(self.faults) - 1)]
                self.asked.append(on.body)
                self.arrived.set()
                await fault(on)
                keeps = on.keeps
        writer.close()
