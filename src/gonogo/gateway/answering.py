"""Answering: one request of any wire format, from its model name to a recorded Trace and a reply, JSON or stream.

Here: the one path that chat completions, responses and messages share, and the one place where limits and budgets are
held. Not here: reading a body and phrasing an answer (one module for each wire format), the steps (``pipeline``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from typing import Any, Protocol

from msgspec import Struct, structs

from gonogo.assembly.allowances import Grant
from gonogo.assembly.reference import parse_reference
from gonogo.assembly.serving import Served, Serving
from gonogo.contracts import Caller, HttpReply
from gonogo.digest import short
from gonogo.domain import Delta, Request, Trace, Usage
from gonogo.errors import GonogoError, NotAllowed
from gonogo.gateway.faults import log_if_ours
from gonogo.pipeline import Admitted, RecordTrace, admit, respond
from gonogo.telemetry import CALLER_TRACE

STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class ReplyHead(Struct, frozen=True, kw_only=True):
    """What every chunk and reply carries. ``model`` is the Version that answers; ``created`` whole seconds;
    ``output_limit`` the tokens of one answer where the client asked for more than it may have."""

    id: str
    created: int
    model: str
    fingerprint: str
    output_limit: int | None = None


class UsageReading:
    """The Usage of a request, known once its Trace is recorded: after the last Delta, before the reply ends."""

    def __init__(self) -> None:
        self.total = Usage(calls=0)


class Phrasing(Protocol):
    """One wire format, for one answer. Both forms are made from the same Deltas, so they cannot differ."""

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        """The JSON body."""
        ...

    def events(self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading) -> AsyncGenerator[bytes, None]:
        """Server-sent events; what says that the answer is complete comes only after its last Delta."""
        ...

    def error(self, error: Exception) -> HttpReply:
        """A failure before the first byte."""
        ...

    def error_event(self, error: Exception) -> bytes:
        """A failure after it; nothing follows."""
        ...


class Answering:
    """Answers parsed requests; one for the life of a server."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def answer(self, model: str, request: Request, caller: Caller, phrasing: Phrasing) -> HttpReply:
        """Answer one request.

        Args:
            model: what the client asked for: a Mission, an Environment of it, or one Version.
            request: parsed, not yet admitted.
            caller: who asks, as the door let it in.
            phrasing: how the answer is told.

        Raises:
            NotAllowed: the key is not for this Mission.
            LimitReached, BudgetSpent: a limit or a budget has too little left.
            GonogoError: the request was refused before any step ran; the adapter phrases it.
        """
        if caller.missions and not caller.may_call(parse_reference(model).mission):
            raise NotAllowed(f"this key is for {', '.join(caller.missions)} only: '{model}' needs another key")
        served = await self._serving.resolve(model, caller.role)
        request = structs.replace(
            request,
            environment=served.environment,
            use_cache=served.counts and request.use_cache,
            parent=CALLER_TRACE.get(),
        )
        mission = served.version.mission.name
        admitted = admit(request, served.version, self._serving.most_output(caller, mission))
        grant = await self._serving.admit(caller, admitted.request, served)
        headers = {**_headers(admitted, served), **grant.headers}
        try:
            return await self._answer(admitted, served, phrasing, headers, grant)
        except GonogoError as error:
            grant.release()  # a Trace has settled it, unless the answer never began
            # Its Trace has been recorded: the reply names it, so that somebody can look up what went wrong.
            reply = phrasing.error(error)
            return structs.replace(reply, headers={**headers, **reply.headers})
        except BaseException:
            grant.release()
            raise

    async def _answer(
        self, admitted: Admitted, served: Served, phrasing: Phrasing, headers: dict[str, str], grant: Grant
    ) -> HttpReply:
        usage, head = UsageReading(), _head(admitted, served)
        deltas = respond(admitted.request, served.version, served.components, self._recorder(served, usage, grant))
        if not admitted.request.stream:
            try:
                kept = [delta async for delta in deltas]
            finally:
                await deltas.aclose()
            return HttpReply(body=phrasing.whole(head, kept, usage.total), headers=headers)
        told = phrasing.events(head, deltas, usage)
        try:
            # The first event is awaited before any header goes out, so that an early failure keeps its HTTP status.
            first = await anext(told)
        except BaseException:  # cancelled or failed: whatever was begun ends here
            await deltas.aclose()
            raise
        stream = EventStream(first, told, deltas, phrasing)
        return HttpReply(content_type="text/event-stream", headers={**headers, **STREAM_HEADERS}, stream=stream)

    def _recorder(self, served: Served, usage: UsageReading, grant: Grant) -> RecordTrace:
        def record(trace: Trace) -> Coroutine[Any, Any, None] | None:
            usage.total = trace.usage
            grant.settle(trace)
            if not served.recorded or self._serving.record_now(trace):
                return None
            return self._serving.record(trace)

        return record


class EventStream:
    """Events of an answer that has begun. Closing it stops the answer, even if no event was ever asked for."""

    def __init__(
        self, first: bytes, told: AsyncGenerator[bytes, None], deltas: AsyncGenerator[Delta, None], phrasing: Phrasing
    ) -> None:
        self._first: bytes | None = first
        self._told, self._deltas = told, deltas
        self.error_event = phrasing.error_event

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        """The next event; a failure after the first byte becomes an error event, and nothing follows it."""
        if self._first is not None:
            first, self._first = self._first, None
            return first
        try:
            return await anext(self._told)
        except StopAsyncIteration:
            raise
        except Exception as error:  # the headers are out: an event is the only way left to tell the client
            log_if_ours(error)
            return self.error_event(error)  # what has failed is over: nothing follows

    async def aclose(self) -> None:
        """Stop the answer."""
        await self._told.aclose()
        await self._deltas.aclose()


def _head(admitted: Admitted, served: Served) -> ReplyHead:
    return ReplyHead(
        id=admitted.request.id,
        created=int(admitted.request.received_at),
        model=served.version.name,
        fingerprint=f"fp_{short(served.version.behaviour_digest)}",
        output_limit=admitted.lowered,
    )


def _headers(admitted: Admitted, served: Served) -> dict[str, str]:
    headers = {"x-gonogo-version": served.version.name, "x-gonogo-trace": admitted.request.id}
    if served.environment:
        headers["x-gonogo-environment"] = served.environment
    if admitted.pinned:
        headers["x-gonogo-pinned"] = ", ".join(admitted.pinned)
    if admitted.lowered is not None:
        headers["x-gonogo-output-limit"] = str(admitted.lowered)
    return headers
