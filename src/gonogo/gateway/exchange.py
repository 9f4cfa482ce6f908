"""Exchange: one request of a client, and its reply, on one connection.

Here: the body as it comes, how a reply is framed, waiting for a slow reader, and that a client who left stops the work.
Not here: reading what is on the wire (``protocol``), what is answered (``application``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Protocol

from gonogo.contracts import HttpReply, Route
from gonogo.errors import RequestInvalid, RequestTooLarge

BODY_WITHIN = 30.0
"""Seconds a client may take to send its body."""
PAUSE_AT = 64 * 1024
"""Bytes of a body that may wait before anybody asked for them."""
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_FIXED = b"".join(b"%b: %b\r\n" % header for header in SECURITY_HEADERS)
_UNSAFE = str.maketrans("\r\n\0", "   ")
_WITHOUT_BODY = frozenset({204, 304})
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class TooSlow(RequestInvalid):
    """The body did not come in time."""

    status = 408


class Wire(Protocol):
    """What an Exchange needs of its connection."""

    writable: asyncio.Future[None] | None
    """Awaited before more is written, while the client reads more slowly than we write."""

    def write(self, data: bytes) -> None: ...

    def wait_until(self, seconds: float, late: Callable[[], None]) -> None:
        """Call ``late`` unless ``no_wait`` comes first."""
        ...

    def no_wait(self) -> None: ...

    def read_on(self) -> None:
        """Let bytes of the body come."""
        ...

    def hold_back(self) -> None:
        """Let none come until ``read_on``."""
        ...

    def replied(self) -> None:
        """The reply is whole."""
        ...


class Exchange:
    """``target`` as it was sent; names of ``headers`` in lower case. ``task`` serves it, and is cancelled once the
    client has left (``gone``). ``last``: the connection ends with this reply."""

    __slots__ = (
        "_asked", "_chunked", "_most", "_pieces", "_size", "_waiter", "_wire", "complete", "content_type", "ended",
        "gone", "headers", "last", "method", "old", "route", "started", "stream", "target", "task",
    )  # fmt: skip

    def __init__(
        self, wire: Wire, method: str, target: str, headers: Mapping[str, str], *, last: bool = False, old: bool = False
    ) -> None:
        self.method, self.target, self.headers, self.last, self.old = method, target, headers, last, old
        self.task: asyncio.Task[None] | None = None
        self.complete = self.started = self.ended = self.gone = False
        self.content_type = ""
        self.route: Route | None = None
        self.stream: object = None
        self._wire = wire
        self._pieces: list[bytes] = []
        self._size, self._most = 0, PAUSE_AT
        self._asked = self._chunked = False
        self._waiter: asyncio.Future[None] | None = None

    # --- What the connection calls -------------------------------------------------------------------------------

    def came(self, piece: bytes) -> None:
        """A piece of the body; nobody wants it once the reply is whole, or the body is over its bound."""
        if self.ended or (self._asked and self._size > self._most):
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size <= self._most:
            return
        if self._asked:
            self._pieces.clear()
            self._wake()
        else:
            self._wire.hold_back()

    def whole(self) -> None:
        """The body has come to its end."""
        self.complete = True
        # It may have been held back for its size: whoever stays so hears neither the client leave nor its next request.
        self._wire.read_on()
        if self._waiter is not None:
            self._wake()

    def leave(self) -> None:
        """The client has gone."""
        self.gone = True
        if self.task is not None and not self.ended:
            self.task.cancel()

    # --- What the application calls ------------------------------------------------------------------------------

    async def body(self, most: int) -> bytes:
        """The whole body.

        Raises:
            RequestTooLarge: over ``most`` bytes.
            TooSlow: it did not come within ``BODY_WITHIN``.
        """
        self._asked, self._most = True, most
        if not self.complete:
            await self._until_whole()
        if self._size > most:
            raise RequestTooLarge(f"the body is over {most} bytes")
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _until_whole(self) -> None:
        if self.headers.get("expect", "").lower() == "100-continue" and not self._size:
            self._wire.write(_CONTINUE)
        self._wire.read_on()
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        self._wire.wait_until(BODY_WITHIN, self._late)
        try:
            if self._size <= self._most:
                await waiter
        finally:
            self._waiter = None
            self._wire.no_wait()

    def _late(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(TooSlow(f"the body did not come within {BODY_WITHIN:.0f} s"))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def send(self, reply: HttpReply) -> None:
        """A whole reply, in one write."""
        body = reply.body
        if reply.status in _WITHOUT_BODY:
            framing, body = b"", b""
        else:
            framing = b"content-length: %d\r\n" % len(body)
        self._begin(reply, framing, b"" if self.method == "HEAD" else body)
        self._end()

    def start(self, reply: HttpReply) -> None:
        """Status and headers of a reply whose body follows in pieces."""
        self._chunked = not self.old
        if self.old:  # HTTP/1.0 knows no chunks: the body ends with the connection
            self.last = True
        self._begin(reply, b"transfer-encoding: chunked\r\n" if self._chunked else b"", b"")

    def piece(self, body: bytes) -> asyncio.Future[None] | None:
        """Send a piece of the body. What it gives is to be awaited before the next: the client reads more slowly than
        we write."""
        wire = self._wire
        if body:
            wire.write(b"%x\r\n%b\r\n" % (len(body), body) if self._chunked else body)
        return wire.writable

    def end(self, body: bytes = b"") -> None:
        """Send the last piece."""
        if not self._chunked:
            self._wire.write(body)
        else:
            self._wire.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n")
        self._end()

    def _begin(self, reply: HttpReply, framing: bytes, body: bytes) -> None:
        self.started, self.content_type = True, reply.content_type
        if not self.complete:
            self.last = True  # what is left of the body is not read to its end
        closing = b"connection: close\r\n" if self.last else b""
        opening = _opening(reply.status, reply.content_type)
        self._wire.write(b"".join((opening, _fields(reply), framing, closing, b"\r\n", body)))

    def _end(self) -> None:
        self.ended = True
        self._pieces.clear()
        self._wire.replied()


@lru_cache(maxsize=256)
def _opening(status: int, content_type: str) -> bytes:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    return (
        f"HTTP/1.1 {status} {reason}\r\ncontent-type: {_safe(content_type)}\r\n".encode("latin-1", "replace") + _FIXED
    )


def _fields(reply: HttpReply) -> bytes:
    headers: Any = reply.headers.items()
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    # No text that came from elsewhere may end its line and begin another.
    if text.count("\n") != len(headers) or text.count("\r") != len(headers) or "\0" in text:
        text = "".join([f"{_safe(name)}: {_safe(value)}\r\n" for name, value in headers])
    return text.encode("latin-1", "replace")


def _safe(text: str) -> str:
    return text.translate(_UNSAFE)
