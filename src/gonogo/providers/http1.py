"""HTTP/1.1: one connection to an upstream, and one exchange on it at a time.

Here: bytes out, a parsed reply in, its end however it is framed, deadlines of waiting. Not here: which connection is
used (``http``), what is sent and what comes back.

``httptools`` parses (llhttp, RFC 9112). What is left out is what a call of a model never needs: redirects, cookies,
compression, proxies, upgrades, pipelining. A general client spends four times the CPU on them; the profile is in
``docs/performance.md``.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httptools

MOST_HEADER_BYTES = 64 * 1024
PAUSE_AT = 256 * 1024
"""Bytes that may wait to be read before the upstream is made to wait."""
_NAMES = {
    name.encode(): name.lower()
    for name in (
        "content-type", "content-length", "transfer-encoding", "date", "server", "connection", "x-request-id",
        "Content-Type", "Content-Length", "Transfer-Encoding", "Date", "Server", "Connection",
    )
}  # fmt: skip


class Broken(Exception):
    """The connection ended, or what came is no HTTP; the message says which."""


class Headers(dict[str, str]):
    """Of a reply; names are compared without case."""

    def get(self, name: str, default: Any = None) -> Any:
        """A value; of a header that came more than once, all joined by commas."""
        return super().get(name.lower(), default)


class Connection(asyncio.Protocol):
    """Lives on one event loop. ``reusable`` says, once a reply is complete, whether another exchange may follow."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._failure: Exception | None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = self._timer_at = 0.0
        self._parser: Any = None
        self.idle_since = 0.0
        self._begin()

    def _begin(self) -> None:
        self.status, self.headers = 0, Headers()
        self.begun = self.complete = False
        self._pieces: list[bytes] = []
        self._waiting = self._header_bytes = 0
        self._framed = self._paused = self._spoiled = False
        self._failure = None

    @property
    def reusable(self) -> bool:
        """Complete, whole, and kept open by the upstream."""
        transport = self._transport
        return (
            self.complete
            and not self._spoiled
            and self._failure is None
            and transport is not None
            and not transport.is_closing()
        )

    def send(self, request: bytes) -> None:
        """Begin an exchange."""
        self._begin()
        if self._parser is None:  # the same one reads reply after reply; after a fault a connection is not used again
            self._parser = httptools.HttpResponseParser(self)
        if self._transport is None or self._transport.is_closing():
            self._failure = Broken("it was closed before anything was asked")
            return
        self._transport.write(request)

    async def until_headers(self, deadline: float) -> None:
        """Wait for status and headers.

        Raises:
            TimeoutError: ``deadline`` (of the loop's clock) passed.
            Broken: no reply came, or none that is HTTP.
        """
        while not self.begun:
            await self._wait(deadline)

    async def read(self, deadline: float) -> bytes:
        """All bytes of the body that are here, or the next that come; empty at its end.

        Raises:
            TimeoutError: ``deadline`` passed.
            Broken: the body ended before its end.
        """
        while not self._pieces:
            if self.complete:
                return b""
            await self._wait(deadline)
        pieces, self._pieces, self._waiting = self._pieces, [], 0
        found = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return found

    def now(self) -> float:
        """By the clock that deadlines are of."""
        return self._loop.time()

    def abort(self) -> None:
        """Close at once: an upstream that still speaks is told to stop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport is not None:
            self._transport.abort()

    async def _wait(self, deadline: float) -> None:
        if self._failure is not None:
            raise self._failure
        self._deadline = deadline
        if self._timer is None or self._timer_at > deadline:
            self._arm(deadline)
        self._waiter = waiter = self._loop.create_future()
        try:
            await waiter
        finally:
            self._waiter = None
        if not self._pieces:
            self._raise_if_failed()

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _arm(self, at: float) -> None:
        # One timer for a connection, which finds out late that its deadline has moved: most never do anything.
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_at(at, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._arm(self._deadline)
        else:
            waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._failure is None and not self.complete:
            self._failure = error
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    # --- What the transport calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._parser is None or self.complete:
            self.abort()  # nobody asked
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(Broken(f"what it sent is no HTTP/1.1 reply ({type(error).__name__})"))
            return
        if self._waiting > PAUSE_AT and not self._paused:
            self._hold_back()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _hold_back(self) -> None:
        if self._transport is not None and not self.complete:
            self._paused = True
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended: for a body without a length, that is its end."""
        if self.begun and not self._framed and exc is None and self._failure is None:
            self.complete = True
        elif not self.complete and self._failure is None:
            self._failure = Broken("it was closed in between" if exc is None else type(exc).__name__)
        self._transport = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()

    # --- What the parser calls -----------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A reply begins; a second one to one request is not for anybody."""
        self._spoiled = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MOST_HEADER_BYTES:
            self._failure = Broken(f"its headers are over {MOST_HEADER_BYTES} bytes")
            return
        headers, text = self.headers, value.decode("latin-1")
        key = _NAMES[name] if name in _NAMES else name.decode("latin-1").lower()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        """All headers of a reply, or of an interim one (1xx), which is passed over."""
        if self._spoiled:
            return
        self.status = self._parser.get_status_code()
        if self.status < 200:
            return
        self.begun = self._failure is None
        self._framed = (
            "content-length" in self.headers
            or "transfer-encoding" in self.headers
            or self.status in (204, 304)
        )  # fmt: skip

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if not self._spoiled:
            self._pieces.append(body)
            self._waiting += len(body)

    def on_message_complete(self) -> None:
        """The end of a reply."""
        if self.status < 200:
            self.headers = Headers()
            return
        self.complete = True
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()
