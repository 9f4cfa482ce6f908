"""Protocol: HTTP/1.1 with one client, request after request.

Here: bytes in, Exchanges out; every bound of a request's head, every deadline of a connection, and the refusal of what
is no HTTP or could be read in two ways. Not here: one request and its reply (``exchange``), the listening socket and
the drain (``server``).

``httptools`` parses (llhttp in its strict mode, RFC 9112): two lengths, a length beside ``Transfer-Encoding``, numbers
that are none, folded headers, bare line ends and NUL never come through it. What it leaves to us is refused here: a
missing or second ``Host``, a second key, heads and trailers without end. One request at a time: what a client sends
before it has its reply is not answered, and the connection ends with that reply. No upgrade to another protocol.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httptools

from gonogo.errors import RequestInvalid
from gonogo.gateway.exchange import Exchange
from gonogo.gateway.faults import error_reply

KEEP_ALIVE = 75.0
"""Seconds an idle connection stays open: longer than SDKs keep theirs in the pool, so that none is cut while in use."""
HEAD_WITHIN = 30.0
"""Seconds from the first byte of a request to the end of its headers."""
STALLED = 300.0
"""Seconds a client may leave a reply unread before it counts as gone."""
LINGER = 5.0
"""Seconds in which a client may send on what nobody reads: closed at once, it might lose the reply it has."""
MOST_HEAD_BYTES = 64 * 1024
MOST_HEADERS = 128
_ONCE = frozenset({"host", "content-length", "authorization", "content-type"})
"""A second one of these contradicts the first."""
_NAMES = {
    name.encode(): name
    for name in (
        "host", "content-type", "content-length", "authorization", "accept", "accept-encoding", "user-agent",
        "connection", "x-api-key", "traceparent", "x-session-id",
    )
}  # fmt: skip


class Malformed(RequestInvalid):
    """What came is no HTTP/1.1 request that can be read in one way only."""


class HeadTooLarge(Malformed):
    """The request line or the headers are over their bounds."""

    status = 431


class ClientConnection(asyncio.Protocol):
    """Lives on one event loop.

    Args:
        serve: answers one Exchange; runs in a task of its own.
        connections: all that are open; this one enters and leaves.
    """

    def __init__(
        self,
        serve: Callable[[Exchange], Coroutine[Any, Any, None]],
        connections: set[ClientConnection],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._serve, self._connections, self._loop = serve, connections, loop
        self._transport: asyncio.Transport | None = None
        self._parser: Any = httptools.HttpRequestParser(self)
        self.exchange: Exchange | None = None
        self.writable: asyncio.Future[None] | None = None
        self._new: Exchange | None = None
        self._deaf = self._in_head = self._held = self._stopping = False
        self._refusal: Malformed | None = None
        self._target, self._headers = b"", dict[str, str]()
        self._count = self._piece_bytes = self._beside = self._body_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._deadline, self._late = 0.0, self.close

    # --- What the server calls -----------------------------------------------------------------------------------

    def stop(self) -> None:
        """Take no further request; an idle connection ends now, any other with its reply."""
        self._stopping = True
        if self.exchange is None or self.exchange.ended:
            self.close()
        else:
            self.exchange.last = True

    def cut_off(self) -> None:
        """Stop what is still answered; the application tells the client."""
        if self.exchange is not None and self.exchange.task is not None and not self.exchange.ended:
            self.exchange.task.cancel()

    def close(self) -> None:
        """End the connection once everything written has been sent, or after a while without that."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.close()
            self.wait_until(LINGER, self.abort)

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- What an Exchange calls ----------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send; goes nowhere once the client has left."""
        if self._transport is not None:
            self._transport.write(data)

    def wait_until(self, seconds: float, late: Callable[[], None]) -> None:
        """Call ``late`` after so many seconds; replaces what was waited for before."""
        self._deadline, self._late = self._loop.time() + seconds, late
        # One timer for a connection, which finds out late that its deadline has moved: most never do anything.
        if self._timer is None or self._timer.when() > self._deadline:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)

    def no_wait(self) -> None:
        """Wait for nothing."""
        self._deadline = float("inf")

    def hold_back(self) -> None:
        """Let no more bytes come."""
        if self._transport is not None and not self._held:
            self._held = True
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Let bytes come again."""
        if self._transport is not None and self._held:
            self._held = False
            self._transport.resume_reading()

    def replied(self) -> None:
        """A reply is whole: wait for the next request, or end."""
        exchange = self.exchange
        if exchange is None or self._transport is None:
            return
        if not exchange.last and not self._stopping:
            self.exchange = None
            self.wait_until(KEEP_ALIVE, self.close)
        elif exchange.complete:
            self.close()
        else:
            self.read_on()
            self._transport.write_eof()
            self.wait_until(LINGER, self.abort)

    def _look_at_the_clock(self) -> None:
        self._timer = None
        if self._deadline == float("inf"):
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look_at_the_clock)
        else:
            self._deadline = float("inf")
            self._late()

    # --- What the transport calls --------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is here."""
        self._transport = transport  # type: ignore[assignment]
        self._connections.add(self)
        self.wait_until(KEEP_ALIVE, self.close)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._deaf:
            return
        self._piece_bytes = len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._hear_no_more()
        except httptools.HttpParserError as error:
            self._refuse(Malformed(f"this is no HTTP/1.1 request that can be answered: {error}"))
        new = self._new
        if new is not None:
            # Begun only now: most bodies came in the same piece as their headers, and need not be waited for.
            self._new = None
            self.no_wait()
            new.task = self._loop.create_task(self._serve(new))
        if self._in_head or (self.exchange is not None and not self.exchange.complete):
            self._count_what_is_no_body(len(data))
        if self._refusal is not None:
            self._refuse(self._refusal)

    def _count_what_is_no_body(self, came: int) -> None:
        if not self._beside and self._in_head:
            self.wait_until(HEAD_WITHIN, self.close)
        self._beside += came
        # One byte a chunk takes six more; what is far beyond that are extensions and trailers without end.
        if self._beside > MOST_HEAD_BYTES + 8 * self._body_bytes:
            self._refusal = HeadTooLarge(f"a request may have {MOST_HEAD_BYTES} bytes beside its body")

    def eof_received(self) -> bool:
        """The client sends no more: with HTTP/1.1 that is how one leaves."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended; whatever works for it stops."""
        self._transport, self._deaf = None, True
        self._connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self.exchange is not None:
            self.exchange.leave()
        self.resume_writing()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self.writable = self._loop.create_future()
        self.wait_until(STALLED, self.abort)

    def resume_writing(self) -> None:
        """It has caught up."""
        writable, self.writable = self.writable, None
        if writable is None:
            return
        if not writable.done():
            writable.set_result(None)
        if self.exchange is None:
            self.wait_until(KEEP_ALIVE, self.close)
        elif not self.exchange.ended:
            self.no_wait()

    # --- What the parser calls -----------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A request begins."""
        if self.exchange is not None:
            self._hear_no_more()  # the one before it has no reply yet
            return
        self._in_head, self._target, self._headers = True, b"", {}
        self._count = self._beside = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        if not self._deaf:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._deaf or not self._in_head:  # those behind a body are not read: nobody would look for a key there
            return
        self._count += 1
        key = _NAMES[name] if name in _NAMES else name.decode("latin-1").lower()
        headers, text = self._headers, value.decode("latin-1")
        if key not in headers:
            headers[key] = text
        elif key in _ONCE:
            self._refusal = Malformed(f"'{key[:32]}' came twice")
        else:
            headers[key] = f"{headers[key]}, {text}"

    def on_headers_complete(self) -> None:
        """The head of a request is whole."""
        if self._deaf:
            return
        self._in_head = False
        parser, headers = self._parser, self._headers
        version = parser.get_http_version()
        old = version != "1.1"
        if old and version != "1.0":
            self._refusal = Malformed(f"HTTP/{version} is not spoken here: HTTP/1.1 is")
        elif "host" not in headers and not old:
            self._refusal = Malformed("a request needs a 'Host' header")
        elif self._count > MOST_HEADERS or self._head_is_too_large():
            self._refusal = HeadTooLarge(f"a request may have {MOST_HEADERS} headers of {MOST_HEAD_BYTES} bytes")
        if self._refusal is not None:
            self._deaf = True
            return
        last = self._stopping or old or not parser.should_keep_alive()
        method, target = parser.get_method().decode("latin-1"), self._target.decode("latin-1")
        self.exchange = self._new = Exchange(self, method, target, headers, last=last, old=old)

    def _head_is_too_large(self) -> bool:
        # What came before this piece was counted as it came; most heads come in one piece, and end far below the bound.
        if self._beside + self._piece_bytes <= MOST_HEAD_BYTES:
            return False
        return len(self._target) + sum(len(name) + len(text) for name, text in self._headers.items()) > MOST_HEAD_BYTES

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if not self._deaf and self.exchange is not None:
            self._body_bytes += len(body)
            self.exchange.came(body)

    def on_message_complete(self) -> None:
        """The end of a request."""
        if self._deaf or self.exchange is None:
            return
        self.exchange.whole()
        if self.exchange.ended:
            self.close()

    def _hear_no_more(self) -> None:
        self._deaf = True
        if self.exchange is not None:
            self.exchange.last = True

    def _refuse(self, error: Malformed) -> None:
        """Tell the client, where nothing else is being told, and end."""
        self._deaf, self._refusal = True, None
        exchange = self.exchange
        if exchange is not None and (exchange.complete or exchange.ended):
            exchange.last = True  # what cannot be read came behind a whole request, which is answered
            return
        if exchange is not None and exchange is not self._new:
            self.abort()  # a body that cannot be read: whoever waits for it is stopped
            return
        self._new = None
        exchange = self.exchange = Exchange(self, "GET", "", {}, last=True)
        exchange.send(error_reply(error))
