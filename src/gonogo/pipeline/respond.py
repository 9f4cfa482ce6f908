"""Respond: the one call path of a request, from question to last Delta.

Here: the order of the steps, and that exactly one Trace is recorded whatever happens.
Not here: what a step does (its own file), turning Deltas into SSE or JSON (``gateway``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from gonogo.contracts import Components
from gonogo.domain import Delta, Request, Trace, Version
from gonogo.errors import GonogoError
from gonogo.pipeline.cache_lookup import cache_lookup, replay
from gonogo.pipeline.cache_write import cache_write
from gonogo.pipeline.citing import with_citations
from gonogo.pipeline.generate import generate
from gonogo.pipeline.input_guardrails import input_guardrails
from gonogo.pipeline.output_guardrails import output_guardrails
from gonogo.pipeline.reading import APART_FROM, check_length, on_a_thread
from gonogo.pipeline.redaction import Recording
from gonogo.pipeline.refusal import Refusal
from gonogo.pipeline.retrieve import retrieve
from gonogo.pipeline.route import route
from gonogo.pipeline.score import score
from gonogo.pipeline.trace_builder import TraceBuilder

RecordTrace = Callable[[Trace], Coroutine[Any, Any, None] | None]
"""Makes a Trace durable, now or once what it gives has been awaited; the reply is not complete before that."""


async def respond(
    request: Request, version: Version, parts: Components, record: RecordTrace
) -> AsyncGenerator[Delta, None]:
    """Answer one request the way this Version says. Every step adds one Span to the Trace.

    The Trace is recorded after the last Delta and before the generator ends, also when the client leaves
    (``aborted``) or a step fails (``failed``).

    Args:
        request: an admitted Request (see ``admit``).
        version: what answers; never changes while the request runs.
        parts: the Components of exactly this Version.
        record: called once with the finished Trace.

    Raises:
        GonogoError: what a step raised, after the Trace was recorded.
    """
    trace = TraceBuilder(request, version, parts.clock, Recording(parts))
    try:
        try:
            request = await _read(request, parts, trace)
            question = parts.reader.read(request.question)
            if hit := cache_lookup(request, question, version, parts, trace):
                for delta in replay(hit):
                    trace.saw(delta)
                    yield with_citations(delta, trace)
                return
            chunks = await retrieve(request, question, version, parts, trace)
            decision = route(request, question, chunks, version, parts, trace)
            draft = generate(request, chunks, decision, version, parts, trace)
            if parts.output_guardrails:
                draft = output_guardrails(draft, request, chunks, version, parts, trace)
            try:
                async for delta in draft:
                    trace.saw(delta)
                    yield with_citations(delta, trace) if delta.finish_reason else delta
            finally:
                await draft.aclose()
            cache_write(request, question, version, parts, trace)
        except Refusal as refusal:
            for delta in trace.refused(refusal):
                trace.saw(delta)
                yield delta
    except (asyncio.CancelledError, GeneratorExit):
        trace.aborted()
        raise
    except GonogoError as error:
        trace.failed(str(error))
        raise
    except Exception as error:  # a bug of ours must still leave a Trace; it is raised on, never swallowed
        trace.failed(f"{type(error).__name__}: {error}")
        raise
    finally:
        score(version, parts, trace)
        recording = record(trace.finish())
        if recording is not None:
            await _to_its_end(recording)


async def _read(request: Request, parts: Components, trace: TraceBuilder) -> Request:
    if check_length(request, parts) < APART_FROM or not parts.input_guardrails:
        return input_guardrails(request, parts, trace)
    return await on_a_thread(lambda: input_guardrails(request, parts, trace), trace)


async def _to_its_end(recording: Coroutine[Any, Any, None]) -> None:
    """Wait for the record, however often the request is cancelled meanwhile; the cancellation holds afterwards."""
    task = asyncio.ensure_future(recording)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
