"""Chat: ``POST /v1/chat/completions``.

Here: from an HTTP request to a reply, JSON or stream, through ``pipeline.respond``. Not here: the steps of it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from msgspec import structs

from gonogo.assembly.serving import Served, Serving
from gonogo.clock import new_id
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.digest import short
from gonogo.domain import Delta, Trace
from gonogo.errors import GonogoError
from gonogo.gateway.chat_reply import ReplyHead, UsageReading, completion, events
from gonogo.gateway.chat_request import ChatRequest, parse_chat
from gonogo.gateway.faults import error_body, error_event, error_reply, log_if_ours
from gonogo.pipeline import Admitted, RecordTrace, admit, respond

STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class ChatCompletions:
    """The handler; one for the life of a server."""

    def __init__(self, serving: Serving, *, max_messages: int) -> None:
        self._serving, self._max_messages = serving, max_messages

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer a chat completion.

        Raises:
            GonogoError: the request was refused before any step ran; the adapter phrases it.
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
        headers = _headers(admitted, served)
        try:
            return await self._answer(chat, admitted, served, headers)
        except GonogoError as error:
            # Its Trace has been recorded: the reply names it, so that somebody can look up what went wrong.
            reply = error_reply(error)
            return replace(reply, headers={**headers, **reply.headers})

    async def _answer(
        self, chat: ChatRequest, admitted: Admitted, served: Served, headers: dict[str, str]
    ) -> HttpReply:
        usage, head = UsageReading(), _head(admitted, served)
        deltas = respond(admitted.request, served.version, served.components, self._recorder(served, usage))
        if not admitted.request.stream:
            async with aclosing(deltas):
                kept = [delta async for delta in deltas]
            return HttpReply(body=completion(head, kept, usage.total), headers=headers)
        told = events(head, deltas, usage, chat.include_usage)
        try:
            # The first event is awaited before any header goes out, so that an early failure keeps its HTTP status.
            first = await anext(told)
        except BaseException:  # cancelled or failed: whatever was begun ends here
            await deltas.aclose()
            raise
        stream = EventStream(first, told, deltas)
        return HttpReply(content_type="text/event-stream", headers={**headers, **STREAM_HEADERS}, stream=stream)

    def _recorder(self, served: Served, usage: UsageReading) -> RecordTrace:
        async def record(trace: Trace) -> None:
            usage.total = trace.usage
            if served.recorded:
                await self._serving.record(trace)

        return record


class EventStream:
    """Events of an answer that has begun. Closing it stops the answer, even if no event was ever asked for."""

    def __init__(self, first: bytes, told: AsyncGenerator[bytes, None], deltas: AsyncGenerator[Delta, None]) -> None:
        self._events, self._deltas = _with_error(first, told), deltas

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events

    async def __anext__(self) -> bytes:
        return await anext(self._events)

    async def aclose(self) -> None:
        """Stop the answer."""
        await self._events.aclose()
        await self._deltas.aclose()


async def _with_error(first: bytes, told: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The events; a failure after the first byte becomes an error event, and no ``[DONE]`` follows it."""
    yield first
    async with aclosing(told):
        try:
            async for event in told:
                yield event
        except Exception as error:  # the headers are out: an event is the only way left to tell the client
            log_if_ours(error)
            yield error_event(error_body(error))


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
