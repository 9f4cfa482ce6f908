"""ASGI: the one adapter between a server and our handlers.

Here: routing, body limits, security headers, sending. Not here: any handler, the watch for clients that leave
(``connection``), how many are let in at once (``turnstile``). ASGI 3.0, asgi.readthedocs.io/en/latest/specs/www.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl, unquote

from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.errors import GonogoError, NotFound, RequestInvalid, RequestTooLarge, TryAgain
from gonogo.gateway.connection import ClientGone, Connection, Receive, Scope, Send
from gonogo.gateway.door import Door
from gonogo.gateway.faults import error_body, error_event, error_reply
from gonogo.gateway.turnstile import Turnstile
from gonogo.telemetry import CALLER_TRACE, caller_trace

BODY_WITHIN = 30.0
"""Seconds a client may take to send its body."""
STOP_WITHIN = 5.0
"""Seconds that cancelled requests have to leave their Traces before the server ends."""
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ShuttingDown(TryAgain):
    """The server ends and has waited long enough for this request."""

    status = 503
    retry_after = 1.0


class MethodRefused(RequestInvalid):
    """The path exists, but not for this method."""

    status = 405

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        self.headers = {"allow": ", ".join(allowed)}
        super().__init__(f"{method} is not served at {path}: use {' or '.join(allowed)}", code="method_not_allowed")


class TooSlow(RequestInvalid):
    """The body did not come in time."""

    status = 408


class Application:
    """Dispatches to routes. ``max_body`` in bytes; over ``max_in_flight`` requests at once, ``max_waiting`` more wait
    up to ``max_wait`` seconds, and all others get 429."""

    def __init__(
        self,
        routes: Sequence[Route],
        door: Door,
        *,
        max_body: int,
        max_in_flight: int,
        max_waiting: int = 0,
        max_wait: float = 1.0,
        on_start: Callable[[], Awaitable[None]] | None = None,
        on_stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.routes = tuple(routes)
        self._exact = {(route.method, route.path): route for route in routes if "{" not in route.path}
        self._patterns = [(route, route.path.split("/")) for route in routes if "{" in route.path]
        self._door, self._max_body = door, max_body
        self.turnstile = Turnstile(max_in_flight, waiting=max_waiting, deadline=max_wait)
        self._on_start, self._on_stop = on_start, on_stop
        self._running: set[asyncio.Task[object]] = set()

    async def start(self) -> None:
        """Before the first request."""
        if self._on_start is not None:
            await self._on_start()

    async def stop(self) -> None:
        """After the last one; requests that were cancelled leave their Traces first."""
        running = self._running - {asyncio.current_task()}
        if running:
            await asyncio.wait(running, timeout=STOP_WITHIN)
        if self._on_stop is not None:
            await self._on_stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection event, as ASGI calls it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await self.start()
            await send({"type": "lifespan.startup.complete"})
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(receive, send)
        self._running.add(connection.task)
        try:
            await self._answer(scope, connection)
        except ClientGone:
            return
        except asyncio.CancelledError:
            # Swallowed on purpose: the request ends here, and the server would only log a traceback.
            connection.task.uncancel()
            if not connection.gone:
                await self._cut_off(connection)
        finally:
            connection.stop_watching()
            self._running.discard(connection.task)

    async def _answer(self, scope: Scope, connection: Connection) -> None:
        try:
            route, values = self._route(scope["method"], scope["path"])
            connection.route = route
            if route.role is not None:
                await self.turnstile.enter()
        except GonogoError as error:
            await self._send(_phrased(error, connection.route), connection)
            return
        try:
            await self._send(await self._reply(scope, route, values, connection), connection)
        finally:
            if route.role is not None:
                self.turnstile.leave()

    async def _reply(self, scope: Scope, route: Route, values: Mapping[str, str], connection: Connection) -> HttpReply:
        method = scope["method"]
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            caller = await self._door.let_in(route, headers)
            CALLER_TRACE.set(caller_trace(headers.get("traceparent", "")))
            body = await self._body(headers, connection, route) if method in _WITH_BODY else b""
            connection.watch()
            query = scope["query_string"]
            return await route.handler(
                HttpRequest(
                    method=method,
                    path=scope["path"],
                    query=dict(parse_qsl(query.decode("latin-1"))) if query else {},
                    headers=headers,
                    body=body,
                    path_values=values,
                    caller=caller,
                )
            )
        except ClientGone:
            raise
        except Exception as error:  # the last line of defence: a client gets a clear 500, the log gets the traceback
            return _phrased(error, route)

    def _route(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        asked = "GET" if method == "HEAD" else method
        route = self._exact.get((asked, path))
        if route is not None:
            return route, {}
        segments = path.split("/")
        allowed = {known for known, exact in self._exact if exact == path}
        for candidate, pattern in self._patterns:
            values = _matched(pattern, segments)
            if values is not None and candidate.method == asked:
                return candidate, values
            if values is not None:
                allowed.add(candidate.method)
        if allowed:
            raise MethodRefused(method, path, sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
        raise NotFound(f"there is nothing at {path}; the OpenAI-compatible API is under /v1")

    async def _body(self, headers: Mapping[str, str], connection: Connection, route: Route) -> bytes:
        most = self._max_body if route.max_body is None else route.max_body
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            raise RequestTooLarge(f"the body has {declared} bytes, at most {most} are taken")
        try:
            async with asyncio.timeout(BODY_WITHIN):
                return await connection.body(most)
        except TimeoutError as error:
            raise TooSlow(f"the body did not come within {BODY_WITHIN:.0f} s") from error

    async def _send(self, reply: HttpReply, connection: Connection) -> None:
        headers = [(b"content-type", reply.content_type.encode("latin-1")), *SECURITY_HEADERS]
        headers += [(name.encode("latin-1"), _header(value)) for name, value in reply.headers.items()]
        stream = connection.stream = reply.stream
        if stream is None:
            headers.append((b"content-length", str(len(reply.body)).encode()))
            await connection.start(reply.status, headers, reply.content_type)
            await connection.end(reply.body)
            return
        try:
            await connection.start(reply.status, headers, reply.content_type)
            async for piece in stream:
                await connection.piece(piece)
            await connection.end(b"")
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    async def _cut_off(self, connection: Connection) -> None:
        error = ShuttingDown("the server is shutting down: ask again, another one will answer")
        if not connection.started:
            await self._send(_phrased(error, connection.route), connection)
        elif connection.content_type == "text/event-stream":
            await connection.end(_event_of(error, connection.stream))
        else:
            await connection.end(b"")


def _phrased(error: Exception, route: Route | None) -> HttpReply:
    """An error in the words of the route's wire format, OpenAI's where it names none."""
    return route.error(error) if route is not None and route.error is not None else error_reply(error)


def _event_of(error: Exception, stream: object) -> bytes:
    phrase: Callable[[Exception], bytes] | None = getattr(stream, "error_event", None)
    return error_event(error_body(error)) if phrase is None else phrase(error)


def _matched(pattern: Sequence[str], segments: Sequence[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    values = {}
    for wanted, got in zip(pattern, segments, strict=True):
        if wanted.startswith("{"):
            values[wanted[1:-1]] = unquote(got)
        elif wanted != got:
            return None
    return values


def _header(value: str) -> bytes:
    return value.encode("latin-1", "replace")
