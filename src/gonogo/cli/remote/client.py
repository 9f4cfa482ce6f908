"""Client: requests to the management API of one server, and its refusals as errors.

Here: one connection, JSON, server-sent events, pages. Not here: what is asked (``workspace``), bytes on a connection
(``providers.http1``). No redirect is followed, so that a key goes to the address that was named and to no other.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from gonogo.cli.remote.refusals import refusal
from gonogo.errors import BadInput, Unreachable
from gonogo.gateway.api.faults import ErrorBody
from gonogo.gateway.api.paging import Page
from gonogo.providers.http1 import Broken, Connection
from gonogo.release import VERSION

CONNECT_WITHIN = 10.0
ANSWER_WITHIN = 300.0
"""Seconds: a question to a large model may take minutes."""
MOST_AT_ONCE = 500
WHOLE = 100_000
"""Rows, where a command asks for all there are."""
T = TypeVar("T")
_error = msgspec.json.Decoder(ErrorBody).decode


class Client:
    """Speaks to one server.

    Args:
        server: ``https://gonogo.example.com``, with a path where it stands below one.
        key: of the gateway; empty where it needs none.

    Raises:
        BadInput: the address or the key cannot be used.
    """

    def __init__(self, server: str, key: str = "") -> None:
        try:
            parts = urlsplit(server.strip())
            usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable or parts.username or parts.query or parts.fragment or not server.strip().isascii():
            raise BadInput(
                f"the server {server!r} is no address: write https://gonogo.example.com or http://127.0.0.1:8420"
            )
        if not key.isascii() or any(char.isspace() or not char.isprintable() for char in key.strip()):
            raise BadInput("GONOGO_KEY holds a blank or a control character: set it anew")
        self.shown = server.strip().rstrip("/")
        self._host, self._secure = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._base = parts.path.rstrip("/")
        self._authority, self._key = parts.netloc, key.strip()
        self._connection: Connection | None = None

    def close(self) -> None:
        """Close the connection: a stream that is not at its end is left, which stops its work."""
        if self._connection is not None:
            self._connection.abort()

    async def get(self, path: str, shape: type[T], **query: object) -> T:
        """``GET``, as a type.

        Raises:
            GonogoError: what the server refused it with.
            Unreachable: no gonogo server answers there.
        """
        return self._read(await self._whole("GET", _with(path, query)), shape)

    async def send(
        self, method: str, path: str, shape: type[T], body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> T:
        """Another method with a JSON body, as a type; raises as ``get``."""
        content = b"" if body is None else msgspec.json.encode(body)
        return self._read(await self._whole(method, path, content, headers=headers), shape)

    async def upload(self, path: str, archive: bytes, shape: type[T]) -> T:
        """A folder as tar; raises as ``get``."""
        return self._read(await self._whole("POST", path, archive, kind="application/x-tar"), shape)

    async def listed(self, path: str, row: type[T], limit: int, **query: object) -> list[T]:
        """Rows of as many pages as needed; raises as ``get``."""
        rows: list[T] = []
        cursor = None
        while len(rows) < limit:
            most = min(limit - len(rows), MOST_AT_ONCE)
            page = await self.get(path, Page[row], **query, limit=most, cursor=cursor)  # type: ignore[valid-type]
            rows += page.items
            cursor = page.next
            if cursor is None:
                break
        return rows

    async def events(
        self, path: str, body: bytes, *, kind: str = "application/json"
    ) -> AsyncIterator[tuple[str, bytes]]:
        """``POST`` that is answered by events: (name, data) as they come; raises as ``get``."""
        connection = await self._ask("POST", path, body, kind=kind, headers={"Accept": "text/event-stream"})
        if connection.status != 200 or "text/event-stream" not in connection.headers.get("content-type", ""):
            raise self._refused(connection.status, await self._rest(connection))
        pending = b""
        while piece := await self._piece(connection, None):
            *blocks, pending = (pending + piece).split(b"\n\n")
            for block in blocks:
                lines = dict(line.partition(b": ")[::2] for line in block.split(b"\n"))
                if b"data" in lines:
                    yield lines.get(b"event", b"").decode(), lines[b"data"]

    # --- One exchange --------------------------------------------------------------------------------------------

    async def _whole(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        connection = await self._ask(method, path, body, kind=kind, headers=headers or {})
        content = await self._rest(connection)
        if not 200 <= connection.status < 300:
            raise self._refused(connection.status, content)
        return content

    async def _ask(self, method: str, path: str, body: bytes, *, kind: str, headers: Mapping[str, str]) -> Connection:
        fields = {
            "Host": self._authority,
            "User-Agent": f"gonogo/{VERSION}",
            "Accept": "application/json",
            "Content-Length": str(len(body)),
            **({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            **({"Content-Type": kind} if body else {}),
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        request = f"{method} {self._base}{path} HTTP/1.1\r\n{head}\r\n".encode() + body
        connection = await self._connected()
        connection.send(request)
        try:
            await connection.until_headers(asyncio.get_running_loop().time() + ANSWER_WITHIN)
        except (Broken, TimeoutError) as error:
            raise self._lost(error) from error
        return connection

    async def _rest(self, connection: Connection) -> bytes:
        received = bytearray()
        while piece := await self._piece(connection, ANSWER_WITHIN):
            received += piece
        return bytes(received)

    async def _piece(self, connection: Connection, within: float | None) -> bytes:
        # A stream of events says every few seconds that it still is one.
        deadline = asyncio.get_running_loop().time() + (ANSWER_WITHIN if within is None else within)
        try:
            return await connection.read(deadline)
        except (Broken, TimeoutError) as error:
            raise self._lost(error) from error

    async def _connected(self) -> Connection:
        if self._connection is not None and self._connection.reusable:
            return self._connection
        self.close()
        loop = asyncio.get_running_loop()
        secured = {"ssl": ssl.create_default_context(), "server_hostname": self._host} if self._secure else {}
        try:
            async with asyncio.timeout(CONNECT_WITHIN):
                _, made = await loop.create_connection(lambda: Connection(loop), self._host, self._port, **secured)  # type: ignore[call-overload]
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"{self.shown} shows a certificate that this machine does not trust: {error}") from error
        except (OSError, TimeoutError, UnicodeError) as error:
            raise Unreachable(
                f"no server answers at {self.shown}: is it running, and is --server (GONOGO_SERVER) right?"
            ) from error
        self._connection = made
        return self._connection

    def _lost(self, error: Exception) -> Unreachable:
        why = "it did not answer in time" if isinstance(error, TimeoutError) else str(error)
        return Unreachable(f"{self.shown} broke off: {why}. What it has done is there: look before you ask again")

    def _read(self, content: bytes, shape: type[T]) -> T:
        if shape is type(None):
            return None
        try:
            return msgspec.json.decode(content, type=shape)
        except msgspec.DecodeError as error:
            raise Unreachable(f"{self.shown} answered something else than this gonogo reads ({error})") from error

    def _refused(self, status: int, content: bytes) -> Exception:
        try:
            fault = _error(content).error
        except msgspec.DecodeError:
            return Unreachable(
                f"{self.shown} answered {status} and speaks no management API: is that the address of gonogo?"
            )
        return refusal(fault, status)


def segment(value: object) -> str:
    """One part of a path."""
    return quote(str(value), safe="@:")


def _with(path: str, query: Mapping[str, Any]) -> str:
    given = {name: _plain(value) for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
