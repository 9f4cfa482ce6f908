"""HTTP: the connections of one provider, with four timeouts and no redirects.

Here: the pool, deadlines, and network errors phrased as ``ProviderFailed``. Not here: one connection (``http1``), what
is sent and what comes back (``openai_compatible``, ``chat_chunks``).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from msgspec import Struct

from gonogo.errors import BadInput, ProviderFailed
from gonogo.providers.http1 import Broken, Connection, Headers
from gonogo.providers.timeouts import Timeouts

_CALL = "/chat/completions"
KEPT_IDLE = 30.0
"""Seconds an unused connection is kept: shorter than servers keep theirs, so that none is closed while in use."""
MOST_IDLE = 512
DRAIN_SECONDS = 0.1
MAX_ERROR_BYTES = 64 * 1024
MAX_REPLY_BYTES = 64 * 1024 * 1024


def checked_base_url(provider: str, base_url: str) -> str:
    """The address without a trailing slash.

    Raises:
        BadInput: not http or https, no host, no such port, or something inside that does not belong there.
    """
    try:
        parts = urlsplit(base_url.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError as error:  # an unfinished IPv6 address, or a port that is none
        raise BadInput(f"base_url of provider {provider} is no address: {error}") from error
    if parts.username or parts.password:
        raise BadInput(f"base_url of provider {provider} holds a user name or password: put the key in api_key_env")
    if not usable:
        raise BadInput(f"base_url of provider {provider} is {base_url!r}: write http:// or https:// and a host")
    if parts.query or parts.fragment:
        raise BadInput(f"base_url of provider {provider} holds a ? or #: end it with the path, as in {parts.path!r}")
    path = parts.path.rstrip("/")
    if path.endswith(_CALL):
        raise BadInput(f"base_url of provider {provider} names the call itself: leave {_CALL} out, it is added")
    return base_url.strip().rstrip("/")


def checked_key(provider: str, key: str) -> str:
    """The key without blanks and line breaks around it, as files and shells leave them.

    Raises:
        BadInput: a control character inside; the message does not repeat the key.
    """
    stripped = key.strip()
    if not stripped.isprintable():
        raise BadInput(f"the key of provider {provider} holds a line break or control character: set the variable anew")
    return stripped


class Address(Struct, frozen=True):
    """Where a URL leads: what to connect to, and how each request to it begins."""

    host: str
    port: int
    secure: bool
    shown: str
    opening: bytes


@lru_cache(maxsize=256)
def address_of(url: str) -> Address:
    """Of a checked URL."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    if not host.isascii():
        host = host.encode("idna").decode()
    port = parts.port or (443 if secure else 80)
    named = f"[{host}]" if ":" in host else host
    shown = named if parts.port is None else f"{named}:{port}"
    path = quote(parts.path or "/", safe="/%!$&'()*+,;=:@~")
    opening = f"POST {path} HTTP/1.1\r\nHost: {shown}\r\nAccept-Encoding: identity\r\n"
    return Address(host, port, secure, shown, opening.encode())


def header_block(headers: Mapping[str, str]) -> bytes:
    """Headers as they are sent.

    Raises:
        ValueError: one holds a line break.
    """
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    if fields.count("\r") != len(headers) or fields.count("\n") != len(headers):
        raise ValueError("a header holds a line break")
    return fields.encode()


class NotConnected(Exception):
    """No connection was made, and how far it came."""

    def __init__(self, why: Literal["unreachable", "too slow", "certificate", "no TLS"]) -> None:
        self.why = why
        super().__init__(why)


class Upstream:
    """The connections of one provider. They open with the first call and live on one event loop.

    Args:
        provider: its name, for messages.
        timeouts: see ``Timeouts``.
    """

    def __init__(self, provider: str, timeouts: Timeouts) -> None:
        self.provider, self.timeouts = provider, timeouts
        self._idle: dict[tuple[str, int], list[Connection]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._trusted: ssl.SSLContext | None = None

    def post(self, url: str, headers: bytes, body: bytes, *, stream: bool = True) -> Call:
        """A call to be entered with ``async with``; gives the Reply once its headers are here. Leaving the block closes
        the connection if the reply was not read to its end. Without ``stream`` only the total time counts: a reply that
        comes whole comes when it is whole. ``headers`` are a ``header_block``.

        Raises:
            ProviderFailed: no connection, no answer in time; raised inside the block too.
        """
        return Call(self, address_of(url), headers, body, stream)

    async def close(self) -> None:
        """Close all connections that are not in use; a later call opens new ones."""
        idle, self._idle = self._idle, {}
        for connection in (one for kept in idle.values() for one in kept):
            connection.abort()

    async def connected(self, address: Address) -> Connection:
        """A connection to ask on, kept or new.

        Raises:
            NotConnected: it could not be made.
        """
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # those of a loop that has ended can be of no use
            self._loop, self._idle = loop, {}
        kept = self._idle.get((address.host, address.port))
        while kept:
            connection = kept.pop()
            if connection.reusable and loop.time() - connection.idle_since < KEPT_IDLE:
                return connection
            connection.abort()
        return await self._connect(address, loop)

    def keep(self, address: Address, connection: Connection) -> None:
        """Take a connection back whose reply was read to its end."""
        if self._loop is None:
            return
        connection.idle_since = self._loop.time()
        kept = self._idle.setdefault((address.host, address.port), [])
        kept.append(connection)
        # The oldest are closed from the other end: those in use now and then are always the newest.
        while kept and (len(kept) > MOST_IDLE or connection.idle_since - kept[0].idle_since > KEPT_IDLE):
            kept.pop(0).abort()

    async def _connect(self, address: Address, loop: asyncio.AbstractEventLoop) -> Connection:
        secured = {"ssl": self._trust(), "server_hostname": address.host} if address.secure else {}
        try:
            async with asyncio.timeout(self.timeouts.connect):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop), address.host, address.port, **secured
                )  # type: ignore[call-overload]
        except ssl.SSLCertVerificationError as error:
            raise NotConnected("certificate") from error
        except ssl.SSLError as error:
            raise NotConnected("no TLS") from error
        except TimeoutError as error:
            raise NotConnected("too slow") from error
        except (ConnectionResetError, ConnectionAbortedError) as error:
            raise NotConnected("no TLS" if address.secure else "unreachable") from error
        except (OSError, UnicodeError) as error:
            raise NotConnected("unreachable") from error
        made: Connection = connection
        return made

    def _trust(self) -> ssl.SSLContext:
        if self._trusted is None:
            self._trusted = ssl.create_default_context()
        return self._trusted


class Call:
    """One request and its Reply, for ``async with``."""

    def __init__(self, upstream: Upstream, address: Address, headers: bytes, body: bytes, stream: bool) -> None:
        self._upstream, self._address, self._stream = upstream, address, stream
        self._request = b"%b%bContent-Length: %d\r\n\r\n%b" % (address.opening, headers, len(body), body)
        self._reply: Reply | None = None

    async def __aenter__(self) -> Reply:
        timeouts, loop = self._upstream.timeouts, asyncio.get_running_loop()
        started = loop.time()
        first = started + (min(timeouts.first_token, timeouts.total) if self._stream else timeouts.total)
        connection: Connection | None = None
        try:
            connection = await self._upstream.connected(self._address)
            connection.send(self._request)
            await connection.until_headers(first)
        except (TimeoutError, Broken, NotConnected) as error:
            if connection is not None:
                connection.abort()
            raise self._failure(error, answered=False) from error
        except BaseException:  # cancelled: whatever was begun ends here
            if connection is not None:
                connection.abort()
            raise
        self._reply = Reply(connection, self._upstream.provider, timeouts, started)
        return self._reply

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reply is None:
            return
        connection = self._reply.connection
        if connection.reusable:
            self._upstream.keep(self._address, connection)
        else:
            connection.abort()
        if isinstance(error, TimeoutError | Broken):
            failed = self._failure(error, answered=True)
            failed.answering = self._reply.status < 300
            raise failed from error

    def _failure(self, error: Exception, *, answered: bool) -> ProviderFailed:
        name, host, timeouts = self._upstream.provider, self._address.shown, self._upstream.timeouts
        if isinstance(error, NotConnected):
            text = _UNCONNECTED[error.why].format(name=name, host=host, seconds=timeouts.connect)
        elif isinstance(error, TimeoutError) and not answered and not self._stream:
            text = f"{name} did not answer within {timeouts.total:g} s (timeout in settings)"
        elif isinstance(error, TimeoutError) and not answered:
            text = f"{name} sent nothing within {timeouts.first_token:g} s (first_token_timeout in settings)"
        elif isinstance(error, TimeoutError):
            text = f"{name} stopped sending for longer than its timeouts allow; what came before is not a whole answer"
        else:
            text = f"{name} broke the connection off ({error}); what came before is not a whole answer"
        return ProviderFailed(text, provider=name, retryable=True)


_UNCONNECTED = {
    "unreachable": "{name} cannot be reached at {host}: is it running, and is base_url in settings right?",
    "too slow": (
        "{name} cannot be reached at {host} within {seconds:g} s: is it running, and is base_url in settings right?"
    ),
    "certificate": (
        "{name} at {host} shows a certificate that this machine does not trust: is base_url in settings right? "
        "SSL_CERT_FILE names a file with more authorities"
    ),
    "no TLS": "{name} at {host} does not speak TLS: is base_url in settings right, or is it http:// there?",
}


class Reply:
    """One reply while it is read."""

    def __init__(self, connection: Connection, provider: str, timeouts: Timeouts, started: float) -> None:
        self.connection, self._provider, self._timeouts = connection, provider, timeouts
        self.status: int = connection.status
        self.headers: Headers = connection.headers
        self._total = started + timeouts.total
        self._deadline = min(started + timeouts.first_token, self._total)
        self._token_came = False

    @property
    def content_type(self) -> str:
        """Lower case, without parameters; empty where none was sent."""
        kind: str = self.headers.get("content-type", "")
        return "application/json" if kind == "application/json" else kind.partition(";")[0].strip().lower()

    def token_came(self) -> None:
        """Content arrived: from the next wait on, the deadline is that of the next token."""
        self._token_came = True

    def piece(self) -> Coroutine[Any, Any, bytes]:
        """Bytes as they arrive, awaited until the deadline of the next token or the total one; empty at the end."""
        if self._token_came:
            self._token_came = False
            self._deadline = min(self.connection.now() + self._timeouts.between_tokens, self._total)
        return self.connection.read(self._deadline)

    async def drain(self) -> None:
        """Wait a moment for the end, which stands behind the last event, so that the connection can be used again."""
        until = asyncio.get_running_loop().time() + DRAIN_SECONDS
        with suppress(TimeoutError, Broken):
            while await self.connection.read(until):
                pass

    async def body(self, limit: int) -> bytes:
        """The rest of the body.

        Raises:
            ProviderFailed: larger than ``limit`` bytes, for a reply that is no error (an error's body is cut instead).
        """
        received = bytearray()
        while piece := await self.connection.read(self._total):
            if not received and self.connection.complete and len(piece) <= limit:
                return piece  # all of it, as nearly always
            received += piece
            if len(received) > limit:
                if self.status >= 300:
                    break
                raise ProviderFailed(f"{self._provider} sent over {limit} bytes", provider=self._provider)
        return bytes(received[:limit])
