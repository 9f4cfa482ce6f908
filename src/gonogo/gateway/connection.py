"""Connection: one request's ends of the server, and the watch that stops work when the client leaves.

Here: reading the body, sending, noticing a disconnect. Not here: what is sent (``asgi``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from gonogo.contracts import Route
from gonogo.errors import RequestTooLarge

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

WATCH_AFTER = 0.02
"""Seconds before the watch begins. Most requests are answered by then and need none; a client that leaves earlier is
noticed then."""


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


class Connection:
    """Made inside the task that serves the request: that task is cancelled once the client has left (``gone``)."""

    def __init__(self, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a Connection is made inside the task that serves it")
        self.task: asyncio.Task[Any] = task
        self.gone = False
        self.started = False
        self.content_type = ""
        self.route: Route | None = None
        self.stream: object = None
        self._receive, self._send = receive, send
        self._timer: asyncio.TimerHandle | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def body(self, most: int) -> bytes:
        """The whole body.

        Raises:
            RequestTooLarge: over ``most`` bytes.
            ClientGone: the client left before its end.
        """
        body = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            if len(body) > most:
                raise RequestTooLarge(f"the body is over {most} bytes")
            if not message.get("more_body"):
                return bytes(body)

    def watch(self) -> None:
        """From now on, cancel the serving task when the client leaves. Call it once the body has been read."""
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER, self._begin)

    def stop_watching(self) -> None:
        """The request has been served."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    async def start(self, status: int, headers: Sequence[tuple[bytes, bytes]], content_type: str) -> None:
        """Send status and headers."""
        self.started, self.content_type = True, content_type
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def piece(self, body: bytes) -> None:
        """Send a piece of the body; waits while the client reads more slowly than we write."""
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self, body: bytes) -> None:
        """Send the last piece."""
        await self._send({"type": "http.response.body", "body": body})
        self.stop_watching()

    def _begin(self) -> None:
        self._watcher = asyncio.get_running_loop().create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        self.task.cancel()
