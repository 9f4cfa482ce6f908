"""A real upstream on 127.0.0.1: it checks key and JSON, streams, cuts, stalls and refuses, as the path says."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

KEY = "sk-test-3141592653"
Handler = Callable[["FakeUpstream", web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def chunk(content: str | None = None, *, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as the wire has it; ``delta`` and ``choice`` add fields there, all others beside."""
    delta = {**({"content": content} if content is not None else {}), **more.pop("delta", {})}
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more.pop("choice", {})}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "echo-2024-01-01"}
    return {**head, "system_fingerprint": "fp_7", "choices": [choice], **more}


def sse(*values: Any) -> bytes:
    """Events of JSON values; a string stands as it is."""
    return b"".join(
        b"data: " + (value if isinstance(value, str) else json.dumps(value)).encode() + b"\n\n" for value in values
    )


USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 7,
    "total_tokens": 19,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
WHOLE = sse(
    chunk("", delta={"role": "assistant"}),
    chunk("Hel"),
    chunk("lo"),
    chunk(finish="stop"),
    {**chunk(), "choices": [], "usage": USAGE},
    "[DONE]",
)


class FakeUpstream:
    """What it was asked, and whether its clients left early."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked, self.left = asyncio.Event(), asyncio.Event()
        self.url = ""
        self.needs_key = True
        self.answer: Handler = streamed(WHOLE)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.needs_key and request.headers.get("Authorization") != f"Bearer {KEY}":
            given = request.headers.get("Authorization", "none")
            error = {"message": f"Incorrect API key provided: {given}", "type": "invalid_request_error", "code": None}
            return web.json_response({"error": error}, status=401)
        if request.content_type != "application/json":
            return web.json_response({"error": {"message": "send JSON"}}, status=415)
        body = await request.json()
        if not isinstance(body.get("model"), str) or not isinstance(body.get("messages"), list):
            return web.json_response({"error": {"message": "model and messages are required"}}, status=400)
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        self.asked.set()
        try:
            return await self.answer(self, request, body)
        except (ConnectionResetError, asyncio.CancelledError):
            self.left.set()
            raise


def streamed(*pieces: bytes, then: str = "end", content_type: str = "text/event-stream") -> Handler:
    """Send the pieces one by one, then ``end`` properly, ``cut`` the connection, or ``stall`` until one leaves."""

    async def answer(upstream: FakeUpstream, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(0)
        if then == "cut" and request.transport is not None:
            request.transport.close()
        if then == "stall":
            while True:
                await asyncio.sleep(0.01)
                await response.write(b": still here\n\n")
        return response

    return answer


def replied(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    """One JSON reply, or text where the value is text."""

    async def answer(upstream: FakeUpstream, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if isinstance(value, str):
            return web.Response(text=value, status=status, headers=headers, content_type="text/html")
        return web.json_response(value, status=status, headers=headers)

    return answer


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """Listening on a free port; ``url`` is its base_url."""
    fake = FakeUpstream()
    application = web.Application()
    application.router.add_post("/v1/chat/completions", fake.handle)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.url = f"http://{host}:{port}/v1"
    yield fake
    await runner.cleanup()


@pytest.fixture
def wire() -> Any:
    """The module's builders of wire content, for tests that shape their own streams."""

    class Wire:
        KEY, USAGE, WHOLE = KEY, USAGE, WHOLE
        chunk, sse = staticmethod(chunk), staticmethod(sse)
        streamed, replied = staticmethod(streamed), staticmethod(replied)

    return Wire


@pytest.fixture
def unused_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
