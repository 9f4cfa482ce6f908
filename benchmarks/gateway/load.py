"""A client that costs little: one protocol a connection, the next request when the last was answered."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec

PADDING = (
    "You are given a customer message and a policy excerpt. Answer briefly and only from the excerpt. If the excerpt "
    "does not contain the answer, say that you do not know. "
) * 5
_nonces = itertools.count(1)


PARAMETERS = {"temperature": 0.2, "max_tokens": 64}


def question(
    url: str, model: str, key: str, *, stream: bool, text: str = "", fields: dict[str, Any] = PARAMETERS
) -> tuple[bytes, bytes]:
    """A request around a nonce of twelve digits, so that no two are the same; of 1.2 KB without a text of its own."""
    parts = urlsplit(url)
    asked = text or f"{PADDING} What is the refund window for a damaged item?"
    messages = [{"role": "user", "content": f"NNNNNNNNNNNN {asked}"}]
    body = msgspec.json.encode({"model": model, "messages": messages, "stream": stream, **fields})
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {key}\r\naccept: */*\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    before, _, after = (head.encode() + body).partition(b"NNNNNNNNNNNN")
    return before, after


class Client(asyncio.Protocol):
    """One connection. ``first`` is when the first event of a stream came, by ``perf_counter``."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.answered: asyncio.Future[None] | None = None
        self.buffer, self.first = bytearray(), 0.0
        self.stream = False

    @classmethod
    async def connect(cls, port: int) -> Client:
        _, client = await asyncio.get_running_loop().create_connection(cls, "127.0.0.1", port)
        return client

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    async def ask(self, before: bytes, after: bytes, *, stream: bool) -> None:
        self.buffer.clear()
        self.first, self.stream = 0.0, stream
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(before + b"%012d" % next(_nonces) + after)
        await self.answered

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.stream:
            if not self.first and b"data:" in self.buffer:
                self.first = time.perf_counter()
            whole = self.buffer.endswith(b"0\r\n\r\n") and b"[DONE]" in self.buffer[-64:]
        else:
            head, found, body = self.buffer.partition(b"\r\n\r\n")
            at = head.lower().find(b"content-length:")
            whole = bool(found) and len(body) >= int(head[at + 15 :].partition(b"\r\n")[0])
        if self.buffer.startswith(b"HTTP/1.1 ") and not self.buffer.startswith(b"HTTP/1.1 200"):
            self._fail(RuntimeError(bytes(self.buffer[:600]).decode()))
        elif whole and self.answered is not None and not self.answered.done():
            self.answered.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionError("closed"))

    def _fail(self, error: Exception) -> None:
        if self.answered is not None and not self.answered.done():
            self.answered.set_exception(error)


async def closed_loop(port: int, asked: tuple[bytes, bytes], times: int, clients: int, *, stream: bool) -> None:
    """``times`` requests over ``clients`` connections."""
    left = iter(range(times))

    async def ask() -> None:
        client = await Client.connect(port)
        for _ in left:
            await client.ask(*asked, stream=stream)
        client.transport.close()

    await asyncio.gather(*(ask() for _ in range(clients)))


async def first_event(client: Client, asked: tuple[bytes, bytes]) -> float:
    """Seconds to the first event of one stream."""
    began = time.perf_counter()
    await client.ask(*asked, stream=True)
    return client.first - began
