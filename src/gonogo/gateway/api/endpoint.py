"""Endpoint: one row of the management API, and the one way from a request to its handler and back.

Here: reading query and body into types that refuse unknown fields, entity tags, the reply. Not here: what an endpoint
does (one module for each noun), how a failure is told (``faults``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from gonogo.access import LEAST, Action
from gonogo.assembly import Workspace
from gonogo.assembly.serving import Serving
from gonogo.contracts import Caller, HttpReply, HttpRequest, Route
from gonogo.digest import digest_of_bytes
from gonogo.errors import NotAllowed, RequestInvalid
from gonogo.gateway.api.faults import api_error

MAX_UPLOAD = 64 * 1024 * 1024
"""Bytes of a Mission folder that is sent."""
UPLOAD_TYPE = "application/x-tar"


class NoQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An endpoint without a query."""


class UnsupportedType(RequestInvalid):
    """The body is of a type that the endpoint does not read."""

    status = 415


Q = TypeVar("Q", bound=Struct)
B = TypeVar("B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Q, B]):
    """One request, read. ``values`` are what the path's ``{name}`` parts matched."""

    workspace: Workspace
    serving: Serving
    http: HttpRequest
    query: Q
    body: B

    @property
    def values(self) -> Mapping[str, str]:
        """Of the path."""
        return self.http.path_values

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return self.http.caller

    @property
    def author(self) -> str:
        """Who is named in histories: the key, or the person at this machine."""
        key_id = self.http.caller.key_id
        return f"key {key_id}" if key_id else self.workspace.settings.author

    @property
    def expected(self) -> int | None:
        """The revision that ``If-Match`` names; ``None`` where it is not sent.

        Raises:
            RequestInvalid: it is no revision.
        """
        written = self.http.headers.get("if-match")
        if written is None:
            return None
        digits = written.strip().strip('"')
        if not digits.isascii() or not digits.isdecimal() or len(digits) > 15:
            raise RequestInvalid(
                'If-Match takes the ETag of the Environment, such as "3"; "0" where nothing is live yet',
                param="If-Match",
            )
        return int(digits)

    def for_mission(self, mission: str) -> str:
        """The same name, when the key is for it.

        Raises:
            NotAllowed: it is for others.
        """
        if not self.caller.may_call(mission):
            raise NotAllowed(f"this key is not for {mission}")
        return mission


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[Q, B]):
    """A row. ``reply`` is the type of what ``handler`` gives; ``body`` is ``bytes`` for a folder that is sent as tar
    and ``None`` where nothing is. ``streams``: with ``Accept: text/event-stream`` the handler gives events instead.
    ``etag`` tells the entity tag of a reply where it is not the digest of its body. ``result``: the type of what the
    operation makes that is started."""

    method: str
    path: str
    name: str
    summary: str
    action: Action
    handler: Callable[[Call[Q, B]], Awaitable[Any]]
    reply: Any
    query: type[Q] = NoQuery  # type: ignore[assignment]
    body: Any = None
    status: int = 200
    streams: bool = False
    result: Any = None
    etag: Callable[[Any], str] | None = None

    def route(self, workspace: Workspace, serving: Serving) -> Route:
        """As the server takes it."""
        return Route(
            method=self.method,
            path=self.path,
            handler=_Handler(self, workspace, serving),
            role=LEAST[self.action],
            error=api_error,
            max_body=MAX_UPLOAD if self.body is bytes else None,
        )


class _Handler:
    def __init__(self, endpoint: Endpoint[Any, Any], workspace: Workspace, serving: Serving) -> None:
        self._endpoint, self._workspace, self._serving = endpoint, workspace, serving
        self._read = None if endpoint.body in (None, bytes) else msgspec.json.Decoder(endpoint.body)

    async def __call__(self, http: HttpRequest) -> HttpReply:
        call: Call[Any, Any] = Call(
            workspace=self._workspace,
            serving=self._serving,
            http=http,
            query=_query(http, self._endpoint.query),
            body=self._body(http),
        )
        given = await self._endpoint.handler(call)
        if isinstance(given, AsyncIterator):
            return HttpReply(content_type="text/event-stream", headers=UNCACHED, stream=given)
        body = b"" if self._endpoint.reply is None else msgspec.json.encode(given)
        if http.method not in ("GET", "HEAD"):
            tagged = {} if self._endpoint.etag is None else {"etag": self._endpoint.etag(given)}
            return HttpReply(status=self._endpoint.status, body=body, headers={**UNCACHED, **tagged})
        tag = self._endpoint.etag(given) if self._endpoint.etag is not None else f'"{digest_of_bytes(body)[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        if _known(http.headers.get("if-none-match", ""), tag):
            return HttpReply(status=304, headers=headers)
        return HttpReply(status=self._endpoint.status, body=body, headers=headers)

    def _body(self, http: HttpRequest) -> Any:
        said = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if self._endpoint.body is bytes:
            if said != UPLOAD_TYPE:
                raise UnsupportedType(f"send the folder as {UPLOAD_TYPE}, uncompressed, not as '{said}'")
            return http.body
        if self._read is None:
            if http.body.strip() not in (b"", b"{}"):
                raise RequestInvalid(f"{http.method} {self._endpoint.path} takes no body")
            return None
        if said not in ("", "application/json"):
            raise UnsupportedType(f"send application/json, not '{said}'")
        try:
            return self._read.decode(http.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RequestInvalid(f"the body cannot be used: {error}", param=_param(str(error))) from error


UNCACHED = {"cache-control": "no-store"}


def _query(http: HttpRequest, shape: type[Struct]) -> Struct:
    try:
        read = msgspec.convert(dict(http.query), shape, strict=False)
    except msgspec.ValidationError as error:
        raise RequestInvalid(f"the query cannot be used: {error}", param=_param(str(error))) from error
    for name, value in http.query.items():
        if getattr(read, name) is None:  # the word null, which a lax reading of numbers takes for nothing
            raise RequestInvalid(f"the query cannot be used: '{name}' is {value!r}; leave it out", param=name)
    return read


def _param(message: str) -> str | None:
    """The field that a refusal of msgspec names: ``... - at `$.name```, or an unknown one."""
    quoted = message.split("`")[1::2]
    return quoted[-1].removeprefix("$.") if quoted else None


def _known(sent: str, tag: str) -> bool:
    # RFC 9110, 13.1.2: a weak comparison, and * stands for any.
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in sent.split(","))
