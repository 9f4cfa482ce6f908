"""Step ``generate``: ask the model; retry and fall back only before its first byte; account every call.

Here: attempts, the fallback chain. Not here: booking a call (``model_call``), the wire (``providers``), choosing
(``route``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator

from gonogo.contracts import Components
from gonogo.domain import Delta, Request, RetrievedChunk, RoutingDecision, Version
from gonogo.errors import CircuitOpen, ProviderFailed
from gonogo.pipeline.model_call import ModelCalling
from gonogo.pipeline.prompting import model_request
from gonogo.pipeline.trace_builder import TraceBuilder
from gonogo.pipeline.waiting import apart

ATTEMPTS = 3
"""Tries of one model before the next in the fallback chain."""
FIRST_DELAY = 0.2
"""Seconds; doubled with every try, full jitter below it (Brooker 2015, Exponential Backoff And Jitter)."""
LONGEST_DELAY = 8.0
"""Seconds; a longer Retry-After makes us fall back instead of waiting."""
EVALUATION = "evaluation"
"""The Environment that golden tasks run in."""
PATIENT_DELAY = 60.0
"""The same for golden tasks: nobody waits for an answer, and a task that did not run makes a Verdict INVALID."""


async def generate(
    request: Request,
    chunks: tuple[RetrievedChunk, ...],
    decision: RoutingDecision,
    version: Version,
    parts: Components,
    trace: TraceBuilder,
) -> AsyncGenerator[Delta, None]:
    """Yield the answer of the first model that starts one. The last Delta carries its Usage.

    Raises:
        ProviderFailed: every model of the chain failed before its first byte, or one broke off after it.
    """
    with trace.step("generate") as span:
        last_error: ProviderFailed | None = None
        attempts = 0
        longest = PATIENT_DELAY if request.environment == EVALUATION else LONGEST_DELAY
        for name in dict.fromkeys((decision.model, *decision.fallback)):
            asked = model_request(request, chunks, version.mission.models[name], decision, version)
            for attempt in range(ATTEMPTS):
                attempts += 1
                span["model"], span["attempts"] = name, attempts
                started = False
                try:
                    with ModelCalling(name, asked, version, parts, trace) as call:
                        try:
                            while (delta := await call.next()) is not None:
                                started = started or _reaches_the_user(delta)
                                yield delta
                        finally:
                            await call.close()
                    return
                except ProviderFailed as error:
                    if started:
                        raise
                    last_error = error
                    delay = delay_before_retry(attempt, error, longest)
                    if delay is None:
                        break
                    await apart(asyncio.sleep(delay), trace.clock.cpu, trace.others_used)
        raise last_error or ProviderFailed("no model was asked", provider=decision.model)


def delay_before_retry(attempt: int, error: ProviderFailed, longest: float = LONGEST_DELAY) -> float | None:
    """Seconds to wait before the next try of the same model, at most ``longest``; ``None`` to give it up. ``attempt``
    counts from 0."""
    if isinstance(error, CircuitOpen) and longest < PATIENT_DELAY:
        return None  # waiting for a probe would hold the client up where a fallback, or a clear 503, is at hand
    if not error.retryable or attempt + 1 == ATTEMPTS:
        return None
    if error.retry_after is not None:
        return max(0.0, error.retry_after) if error.retry_after <= longest else None
    return random.uniform(0, min(FIRST_DELAY * 2**attempt, longest))


def _reaches_the_user(delta: Delta) -> bool:
    # Providers may open with a Delta that only names the model; nobody has seen anything by then.
    return bool(delta.content or delta.reasoning or delta.tool_calls or delta.finish_reason or delta.extra)
