"""Application: every request of a server, from its Exchange to a route's handler and back.

Here: routing, limits of bodies, errors phrased, what happens to requests when the server ends. Not here: any handler,
bytes on the wire (``protocol``, ``exchange``), who is let in (``door``), how many at once (``turnstile``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl, unquote

from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.errors import GonogoError, NotFound, RequestInvalid, RequestTooLarge, TryAgain
from gonogo.gateway.door import Door
from gonogo.gateway.exchange import Exchange
from gonogo.gateway.faults import error_body, error_event, error_reply
from gonogo.gateway.turnstile import Turnstile
from gonogo.telemetry import CALLER_TRACE, caller_trace

STOP_WITHIN = 5.0
"""Seconds that cancelled requests have to leave their Traces before the server ends."""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_NO_VALUES: Mapping[str, str] = {}


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
        # Those without a name too: a client may write any letter of a path as %XX.
        self._patterns = [(route, route.path.split("/")) for route in sorted(routes, key=_named)]
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

    async def serve(self, exchange: Exchange) -> None:
        """Answer one request; runs in the Exchange's own task, which is cancelled when the client leaves."""
        task = exchange.task
        if task is None:
            raise RuntimeError("an Exchange is served by a task of its own")
        self._running.add(task)
        try:
            await self._answer(exchange)
        except asyncio.CancelledError:
            # Swallowed on purpose: the request ends here, and the loop would only log a traceback.
            task.uncancel()
            if not exchange.gone:
                self._cut_off(exchange)
        finally:
            self._running.discard(task)

    async def _answer(self, exchange: Exchange) -> None:
        try:
            path, query = exchange.target, ""
            known = self._exact.get((exchange.method, path))  # as nearly every request is written
            if known is not None:
                route, values = known, _NO_VALUES
            else:
                path, query = _split(path)
                route, values = self._route(exchange.method, path)
            exchange.route = route
            if route.role is not None:
                await self.turnstile.enter()
        except GonogoError as error:
            exchange.send(_phrased(error, exchange.route))
            return
        try:
            reply = await self._reply(exchange, route, path, query, values)
            if reply.stream is None:
                exchange.send(reply)
            else:
                await _stream(reply, reply.stream, exchange)
        finally:
            if route.role is not None:
                self.turnstile.leave()

    async def _reply(
        self, exchange: Exchange, route: Route, path: str, query: str, values: Mapping[str, str]
    ) -> HttpReply:
        method, headers = exchange.method, exchange.headers
        try:
            caller = await self._door.let_in(route, headers)
            if "traceparent" in headers:
                CALLER_TRACE.set(caller_trace(headers["traceparent"]))
            return await route.handler(
                HttpRequest(
                    method=method,
                    path=path,
                    query=_query(query) if query else _NO_VALUES,
                    headers=headers,
                    body=await self._body(exchange, route) if method in _WITH_BODY else b"",
                    path_values=values,
                    caller=caller,
                )
            )
        except Exception as error:  # the last line of defence: a client gets a clear 500, the log gets the traceback
            return _phrased(error, route)

    def _route(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        asked = "GET" if method == "HEAD" else method
        route = self._exact.get((asked, path))
        if route is not None:
            return route, _NO_VALUES
        segments = [unquote(segment) for segment in path.split("/")]
        allowed = set()
        for candidate, pattern in self._patterns:
            values = _matched(pattern, segments)
            if values is not None and candidate.method == asked:
                return candidate, values
            if values is not None:
                allowed.add(candidate.method)
        if allowed:
            raise MethodRefused(method, path, sorted(allowed | ({"HEAD"} if "GET" in allowed else set())))
        raise NotFound(f"there is nothing at {path}; the OpenAI-compatible API is under /v1")

    async def _body(self, exchange: Exchange, route: Route) -> bytes:
        most = self._max_body if route.max_body is None else route.max_body
        declared = exchange.headers.get("content-length", "0")
        if int(declared) > most:
            raise RequestTooLarge(f"the body has {declared} bytes, at most {most} are taken")
        return await exchange.body(most)

    def _cut_off(self, exchange: Exchange) -> None:
        error = ShuttingDown("the server is shutting down: ask again, another one will answer")
        if exchange.ended:
            return
        if not exchange.started:
            exchange.send(_phrased(error, exchange.route))
        elif exchange.content_type == "text/event-stream":
            exchange.end(_event_of(error, exchange.stream))
        else:
            exchange.end()


async def _stream(reply: HttpReply, stream: AsyncIterator[bytes], exchange: Exchange) -> None:
    exchange.stream = stream
    try:
        exchange.start(reply)
        if exchange.method != "HEAD":
            async for piece in stream:
                slower = exchange.piece(piece)
                if slower is not None:
                    await slower
        exchange.end()
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


def _split(target: str) -> tuple[str, str]:
    """Path and query, as they were sent."""
    if not target.startswith("/") and "://" in target:  # the form for proxies, which a server must know too
        _, _, rest = target.partition("://")
        target = f"/{rest.partition('/')[2]}"
    path, _, query = target.partition("?")
    return path, query


def _query(query: str) -> Mapping[str, str]:
    """Empty values stay: who writes ``since=`` has said something, and is told where it is nothing.

    Raises:
        RequestInvalid: a name stands there twice, so that nobody knows which value is meant.
    """
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found:
            raise RequestInvalid(f"the query names '{name[:100]}' twice: send it once", param=name[:100])
        found[name] = value
    return found


def _named(route: Route) -> bool:
    return "{" in route.path


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
            values[wanted[1:-1]] = got
        elif wanted != got:
            return None
    return values
