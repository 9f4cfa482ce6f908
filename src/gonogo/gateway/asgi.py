"""ASGI: the one adapter between a server and our handlers.

Here: body limit, routing, the watcher that stops work when the client leaves, security headers, the in-flight bound.
Not here: any handler. ASGI 3.0, asgi.readthedocs.io/en/latest/specs/www.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.errors import GonogoError, NotFound, RequestInvalid, RequestTooLarge, TryAgain
from gonogo.gateway.door import Door
from gonogo.gateway.faults import error_reply

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class Overloaded(TryAgain):
    """More requests in flight than the server takes on."""

    status = 429
    retry_after = 1.0


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class Application:
    """Dispatches to routes. ``max_body`` in bytes; over ``max_in_flight`` requests at once, new ones get 429."""

    def __init__(
        self,
        routes: Sequence[Route],
        door: Door,
        *,
        max_body: int,
        max_in_flight: int,
        on_start: Callable[[], Awaitable[None]] | None = None,
        on_stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._exact = {(route.method, route.path): route for route in routes if "{" not in route.path}
        self._patterns = [(route, route.path.split("/")) for route in routes if "{" in route.path]
        self._door, self._max_body, self._max_in_flight = door, max_body, max_in_flight
        self._on_start, self._on_stop = on_start, on_stop
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection event, as ASGI calls it."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            self._in_flight += 1
            try:
                await self._http(scope, receive, send)
            except ClientGone:
                return
            finally:
                self._in_flight -= 1

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if self._on_start is not None:
                    await self._on_start()
                await send({"type": "lifespan.startup.complete"})
            else:
                if self._on_stop is not None:
                    await self._on_stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answering = asyncio.create_task(self._answer(scope, receive, send))
        try:
            await answering
        except asyncio.CancelledError:
            # Drain: the server is going down and has waited long enough.
            answering.cancel()
            raise

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            if self._in_flight > self._max_in_flight:
                raise Overloaded(f"{self._max_in_flight} requests are in flight already: try again in a moment")
            route, values = self._route(scope["method"], scope["path"])
            caller = await self._door.let_in(route, headers)
            body = await self._body(headers, receive)
            request = HttpRequest(
                method=scope["method"],
                path=scope["path"],
                query=dict(parse_qsl(scope["query_string"].decode("latin-1"))),
                headers=headers,
                body=body,
                path_values=values,
                caller=caller,
            )
            reply = await _unless_gone(route.handler(request), receive)
        except GonogoError as error:
            reply = error_reply(error)
        except ClientGone:
            raise
        except Exception as error:  # the last line of defence: a client gets a clear 500, the log gets the traceback
            reply = error_reply(error)
        await _send(reply, receive, send)

    def _route(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        route = self._exact.get((method, path)) or (self._exact.get(("GET", path)) if method == "HEAD" else None)
        if route is not None:
            return route, {}
        segments = path.split("/")
        for candidate, pattern in self._patterns:
            values = _matched(pattern, segments)
            if values is not None and candidate.method in (method, "GET" if method == "HEAD" else method):
                return candidate, values
        if any(known == path for _, known in self._exact):
            raise RequestInvalid(f"{method} is not served at {path}")
        raise NotFound(f"there is nothing at {path}; the OpenAI-compatible API is under /v1")

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > self._max_body:
            raise RequestTooLarge(f"the body has {declared} bytes, at most {self._max_body} are taken")
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            if len(body) > self._max_body:
                raise RequestTooLarge(f"the body is over {self._max_body} bytes")
            if not message.get("more_body"):
                return bytes(body)


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


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _unless_gone(work: Awaitable[HttpReply], receive: Receive) -> HttpReply:
    """The reply, or ``ClientGone`` as soon as the client leaves: whatever works for it is cancelled."""
    task = asyncio.ensure_future(work)
    watcher = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientGone
    finally:
        watcher.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, watcher, return_exceptions=True)


async def _send(reply: HttpReply, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", reply.content_type.encode("latin-1")), *SECURITY_HEADERS]
    headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.stream is None:
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    sending = asyncio.ensure_future(_send_stream(reply, send))
    watcher = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({sending, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        watcher.cancel()
        if not sending.done():
            sending.cancel()
        await asyncio.gather(sending, watcher, return_exceptions=True)


async def _send_stream(reply: HttpReply, send: Send) -> None:
    stream = reply.stream
    if stream is None:
        return
    try:
        async for piece in stream:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
