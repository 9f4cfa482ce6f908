"""Step ``generate``: ask the model; retry and fall back only before its first byte; account every call.

Here: attempts, the fallback chain, Usage and cost. Not here: the wire (``providers``), choosing (``route``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

from gonogo.contracts import Components, Provider
from gonogo.domain import Delta, ModelCall, ModelRequest, Request, RetrievedChunk, RoutingDecision, Usage, Version
from gonogo.errors import ProviderFailed
from gonogo.pipeline.prompting import model_request
from gonogo.pipeline.trace_builder import TraceBuilder

ATTEMPTS = 3
"""Tries of one model before the next in the fallback chain."""
FIRST_DELAY = 0.2
"""Seconds; doubled with every try, full jitter below it (Brooker 2015, Exponential Backoff And Jitter)."""
LONGEST_DELAY = 8.0
"""Seconds; a longer Retry-After makes us fall back instead of waiting."""
CHARACTERS_PER_TOKEN = 4
"""Where a provider reports no Usage: the common rule of thumb for English; marked ``estimated``."""


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
        last_error = ProviderFailed("no model was asked", provider=decision.model)
        for name in (decision.model, *decision.fallback):
            spec = version.mission.models[name]
            asked = model_request(request, chunks, spec, decision, version)
            call = _Call(name, spec.provider, asked, parts)
            for attempt in range(ATTEMPTS):
                span["model"], span["attempts"] = name, attempt + 1
                started = False
                try:
                    async with aclosing(call.deltas(parts.providers[name], trace)) as deltas:
                        async for delta in deltas:
                            started = True
                            yield delta
                    return
                except ProviderFailed as error:
                    if started:
                        raise
                    last_error = error
                    delay = _delay(attempt, error)
                    if delay is None:
                        break
                    await asyncio.sleep(delay)
        raise last_error


def _delay(attempt: int, error: ProviderFailed) -> float | None:
    """Seconds to wait before the next try of the same model; ``None`` to give it up."""
    if not error.retryable or attempt + 1 == ATTEMPTS:
        return None
    if error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST_DELAY else None
    return random.uniform(0, min(FIRST_DELAY * 2**attempt, LONGEST_DELAY))


class _Call:
    """Calls of one model: passes Deltas on and books each call, also one that was cut short."""

    def __init__(self, name: str, provider: str, asked: ModelRequest, parts: Components) -> None:
        self._name, self._provider, self._asked, self._parts = name, provider, asked, parts

    async def deltas(self, provider: Provider, trace: TraceBuilder) -> AsyncGenerator[Delta, None]:
        usage: Usage | None = None
        model = fingerprint = error = None
        characters, completed = 0, False
        stream = provider.generate(self._asked)
        try:
            async for delta in stream:
                usage = delta.usage or usage
                model, fingerprint = delta.model or model, delta.fingerprint or fingerprint
                characters += len(delta.content) + len(delta.reasoning)
                yield delta
            completed = True
        except ProviderFailed as failure:
            error = str(failure)
            raise
        finally:
            if usage is None and (characters or completed):
                usage = self._estimate(characters)
            if usage is None:
                usage = Usage(calls=1, estimated=True)
            trace.calls.append(self._booked(usage, model, fingerprint, error))
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()

    def _booked(self, usage: Usage, model: str | None, fingerprint: str | None, error: str | None) -> ModelCall:
        price = self._parts.prices.price(self._provider, self._asked.model)
        return ModelCall(
            name=self._name,
            provider=self._provider,
            model=self._asked.model,
            usage=usage,
            cost=None if price is None else price.of(usage),
            returned_model=model,
            fingerprint=fingerprint,
            error=error,
        )

    def _estimate(self, characters: int) -> Usage:
        asked = sum(len(str(message.get("content") or "")) for message in self._asked.messages)
        return Usage(
            input=-(-asked // CHARACTERS_PER_TOKEN), output=-(-characters // CHARACTERS_PER_TOKEN), estimated=True
        )
