"""Chat: ``POST /v1/chat/completions``.

Here: from an HTTP request to a reply, JSON or stream, through ``pipeline.respond``. Not here: the steps of it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from msgspec import structs

from gonogo.assembly.serving import Served, Serving
from gonogo.clock import new_id
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.digest import short
from gonogo.domain import Delta, Trace
from gonogo.errors import GonogoError
from gonogo.gateway.chat_reply import ReplyHead, UsageReading, completion, error_event, events
from gonogo.gateway.chat_request import ChatRequest, parse_chat
from gonogo.gateway.faults import error_body
from gonogo.pipeline import Admitted, admit, respond

STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class ChatCompletions:
    """The handler; one for the life of a server."""

    def __init__(self, serving: Serving, *, max_messages: int) -> None:
        self._serving, self._max_messages = serving, max_messages

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer a chat completion.

        Raises:
            GonogoError: before anything was sent; the adapter phrases it.
        """
        now = self._serving.clock.now()
        chat = parse_chat(
            http.body,
            request_id=new_id(now),
            received_at=now,
            caller=http.caller,
            session=http.headers.get("x-session-id", ""),
            max_messages=self._max_messages,
        )
        served = await self._serving.resolve(chat.model, http.caller.role)
        request = structs.replace(
            chat.request, environment=served.environment, use_cache=served.counts and chat.request.use_cache
        )
        admitted = admit(request, served.version)
        usage = UsageReading()
        deltas = respond(admitted.request, served.version, served.components, self._recorder(served, usage))
        head = _head(admitted, served)
        headers = _headers(admitted, served)
        if not admitted.request.stream:
            async with aclosing(deltas):
                kept = [delta async for delta in deltas]
            return HttpReply(body=completion(head, kept, usage.total), headers=headers)
        # The first Delta is awaited before any header goes out, so that an early failure keeps its HTTP status.
        started = await _started(deltas)
        stream = _stream(head, started, usage, chat)
        return HttpReply(content_type="text/event-stream", headers={**headers, **STREAM_HEADERS}, stream=stream)

    def _recorder(self, served: Served, usage: UsageReading):  # type: ignore[no-untyped-def]
        async def record(trace: Trace) -> None:
            usage.total = trace.usage
            if served.recorded:
                await self._serving.record(trace)

        return record


async def _stream(
    head: ReplyHead, deltas: AsyncGenerator[Delta, None], usage: UsageReading, chat: ChatRequest
) -> AsyncIterator[bytes]:
    async with aclosing(deltas):
        try:
            async for event in events(head, deltas, usage, chat.include_usage):
                yield event
        except GonogoError as error:
            yield error_event(error_body(error))


async def _started(deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Delta, None]:
    try:
        first = await anext(deltas)
    except StopAsyncIteration:
        return _rest(None, deltas)
    return _rest(first, deltas)


async def _rest(first: Delta | None, deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Delta, None]:
    async with aclosing(deltas):
        if first is not None:
            yield first
        async for delta in deltas:
            yield delta


def _head(admitted: Admitted, served: Served) -> ReplyHead:
    return ReplyHead(
        id=admitted.request.id,
        created=int(admitted.request.received_at),
        model=served.version.name,
        fingerprint=f"fp_{short(served.version.behaviour_digest)}",
    )


def _headers(admitted: Admitted, served: Served) -> dict[str, str]:
    headers = {"x-gonogo-version": served.version.name, "x-gonogo-trace": admitted.request.id}
    if served.environment:
        headers["x-gonogo-environment"] = served.environment
    if admitted.pinned:
        headers["x-gonogo-pinned"] = ", ".join(admitted.pinned)
    return headers
