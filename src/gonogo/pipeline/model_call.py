"""Model call: one call of one model, booked with its Usage and cost however it ends.

Here: passing Deltas on, estimating Usage where none came, the ModelCall. Not here: retries (``generate``).
"""

from __future__ import annotations

import asyncio
from types import TracebackType

from gonogo.contracts import Components
from gonogo.domain import NO_USAGE, Delta, EndpointUse, ModelCall, ModelRequest, Usage, Version
from gonogo.errors import CircuitOpen, ProviderFailed
from gonogo.pipeline.message_texts import texts_of
from gonogo.pipeline.trace_builder import TraceBuilder
from gonogo.pipeline.waiting import apart

CHARACTERS_PER_TOKEN = 4
"""Where a provider reports no Usage: the common rule of thumb for English; marked ``estimated``."""


class ModelCalling:
    """One call while it runs, for ``with``: when it ends, for whatever reason, it stands in the Trace."""

    def __init__(
        self, name: str, asked: ModelRequest, version: Version, parts: Components, trace: TraceBuilder
    ) -> None:
        self._name, self._asked, self._trace, self._prices = name, asked, trace, parts.prices
        self._provider = version.mission.models[name].provider
        self._seen, self._start = Seen(), trace.since_start()
        self._stream = parts.providers[name].generate(asked)
        self._next = aiter(self._stream).__anext__

    def __enter__(self) -> ModelCalling:
        return self

    async def next(self) -> Delta | None:
        """What the model says next; ``None`` at its end.

        Raises:
            ProviderFailed: the provider did, or its answer has no finish reason and so was cut.
        """
        seen, clock = self._seen, self._trace.clock
        while True:
            asked_at = clock.monotonic()
            try:
                delta = await apart(self._next(), clock.cpu, self._trace.others_used)
            except StopAsyncIteration:
                break
            finally:  # what our own reader takes to read a piece is not the provider's time
                seen.waited += clock.monotonic() - asked_at
            seen.note(delta)
            if delta.endpoint is None:  # an address is for the Trace alone
                return delta
        if not seen.finished:
            raise ProviderFailed(f"{self._provider} ended its answer without a finish reason", provider=self._provider)
        return None

    async def close(self) -> None:
        """Stop the model, where it still speaks."""
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asked, seen = self._asked, self._seen
        usage = seen.usage or estimated_usage(asked, seen.characters, error)
        price = self._prices.price(self._provider, asked.model)
        cost = None if price is None else price.of(usage)
        self._trace.calls.append(
            ModelCall(
                name=self._name,
                provider=self._provider,
                model=asked.model,
                usage=usage,
                cost=cost if usage.calls else 0.0,
                returned_model=seen.model,
                fingerprint=seen.fingerprint,
                endpoint=seen.endpoint,
                error=None if error is None else _in_words(error),
                start=self._start,
                wall=seen.waited,
                first_token=seen.first_token if asked.stream else None,
            )
        )


class Seen:
    """What a call has said so far."""

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.model: str | None = None
        self.fingerprint: str | None = None
        self.endpoint: EndpointUse | None = None
        self.characters = 0
        self.finished = False
        self.waited = 0.0
        self.first_token: float | None = None

    def note(self, delta: Delta) -> None:
        """One more piece."""
        self.characters += len(delta.content)
        if delta.reasoning:
            self.characters += len(delta.reasoning)
        if self.first_token is None and (self.characters or delta.tool_calls):
            self.first_token = self.waited
        if delta.model is not None:
            self.model = delta.model
        if delta.fingerprint is not None:
            self.fingerprint = delta.fingerprint
        if delta.endpoint is not None:
            self.endpoint = delta.endpoint
        if delta.tool_calls:
            self.characters += sum(len(text) for call in delta.tool_calls for text in texts_of(call))
        if delta.finish_reason is not None:
            self.finished = True
        if delta.usage is not None:
            self.usage = delta.usage


def estimated_usage(asked: ModelRequest, characters: int, error: BaseException | None) -> Usage:
    """What a call without reported Usage most likely cost: a refused one nothing, any other its question at least."""
    if isinstance(error, CircuitOpen):
        return NO_USAGE
    if isinstance(error, ProviderFailed) and not characters and not error.answering:
        # A status says that the upstream refused; without one, nobody knows how far it came.
        return Usage(estimated=error.upstream_status is None)
    question = sum(len(text) for message in asked.messages for text in texts_of(message))
    return Usage(
        input=-(-question // CHARACTERS_PER_TOKEN), output=-(-characters // CHARACTERS_PER_TOKEN), estimated=True
    )


def _in_words(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError | GeneratorExit):
        return "stopped before its end"
    return str(error) or type(error).__name__
