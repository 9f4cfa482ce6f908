"""A model's server that costs next to nothing: one protocol, replies made beforehand.

``silent_after`` so many pieces it says nothing more and waits for its client to leave (0: not a word).
``chunks`` of a stream come one by one, ``gap`` seconds apart, as a model's do: a gateway cannot read two at once.
"""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import asynccontextmanager
from typing import Any

import msgspec

TEXT = "An answer of a model that does not exist, as long as answers often are, to be read and to be passed on."
encode = msgspec.json.encode


def _json() -> bytes:
    choice = {
        "index": 0, "message": {"role": "assistant", "content": TEXT, "refusal": None}, "logprobs": None,
        "finish_reason": "stop",
    }  # fmt: skip
    body = encode(
        {
            "id": "chatcmpl-bench", "object": "chat.completion", "created": 1700000000, "model": "m",
            "choices": [choice], "usage": {"prompt_tokens": 24, "completion_tokens": 16, "total_tokens": 40},
        }
    )  # fmt: skip
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def _chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
    return _framed(b"data: " + encode({**head, "choices": [choice], **more}) + b"\n\n")


def _framed(event: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(event), event)


JSON = _json()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
FIRST = _chunk({"role": "assistant", "content": ""})
TAIL = (
    _chunk({}, "stop")
    + _chunk({}, usage={"prompt_tokens": 24, "completion_tokens": 16, "total_tokens": 40})
    + _framed(b"data: [DONE]\n\n")
    + b"0\r\n\r\n"
)


class Upstream:
    """What every connection answers with."""

    def __init__(self) -> None:
        self.chunks, self.gap, self.asked = 32, 0.0, 0
        self.silent_after: int | None = None
        self.arrived, self.left, self.left_at = asyncio.Event(), asyncio.Event(), 0.0
        self.middle = [_chunk({"content": f"word{number} "}) for number in range(1000)]
        self.url, self.port = "", 0

    @asynccontextmanager
    async def listening(self) -> Any:
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            yield self
        finally:
            server.close()


class _Connection(asyncio.Protocol):
    def __init__(self, upstream: Upstream) -> None:
        self.upstream, self.buffer = upstream, b""
        self.transport: Any = None
        self.left, self.waits = 0, False

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waits:
            self.upstream.left_at = time.perf_counter()
            self.upstream.left.set()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        if at < 0 or len(body) < int(lower[at + 15 :].partition(b"\r\n")[0]):
            return
        self.buffer = b""
        self.upstream.asked += 1
        if self.upstream.silent_after is not None:
            self.waits = True
            if self.upstream.silent_after and b'"stream":true' in body:
                self.transport.write(HEAD + FIRST + b"".join(self.upstream.middle[: self.upstream.silent_after]))
            self.upstream.arrived.set()
            return
        if b'"stream":true' in body or b'"stream": true' in body:
            self.transport.write(HEAD + FIRST)
            self.left = self.upstream.chunks
            self._next()
        else:
            self.transport.write(JSON)

    def _next(self) -> None:
        if self.transport.is_closing():
            return
        if not self.left:
            self.transport.write(TAIL)
            return
        self.left -= 1
        self.transport.write(self.upstream.middle[self.left % 1000])
        asyncio.get_running_loop().call_later(self.upstream.gap, self._next)
