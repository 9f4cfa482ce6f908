"""Asking: one question to the model behind a judge, until it gives a usable reply or nothing more can be hoped for.

Here: retries of calls that failed, one repair of a reply that says nothing, what all of it took.
Not here: what is asked (``grading``, ``claims``, ``contexts``), reading replies (``replies``).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gonogo.clock import Clock, SystemClock
from gonogo.contracts import PriceList, Provider
from gonogo.domain import NO_USAGE, Json, Judge, ModelRequest, Usage
from gonogo.errors import GonogoError, ProviderFailed
from gonogo.judging.prompts import AGAIN
from gonogo.judging.replies import Unusable, read_object

ATTEMPTS = 5
"""Calls for one reply before it is given up."""
FIRST_DELAY = 0.5
"""Seconds; doubled with every try, full jitter below it (Brooker 2015, Exponential Backoff And Jitter)."""
LONGEST_DELAY = 60.0
"""Seconds; a server that asks for a longer pause is not asked again."""
CHARACTERS_PER_TOKEN = 4
"""Where a provider reports no Usage: the rule of thumb for English; marked ``estimated``."""
PATIENCE = 60.0
"""Seconds without one answer, while calls fail, after which a judge is given up for the rest of a command: hundreds of
answers must not each wait for an upstream that limits for ever."""
MOST_CALLS = 16
"""Calls of one judge in flight: the RAG metrics ask about every context at once."""
MOST_TOP_LOGPROBS = 20
MOST_QUOTED = 160

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]


class JudgeFailed(Exception):
    """The judge gave nothing usable; the message says why."""


@dataclass(slots=True)
class Bill:
    """What one case took so far. ``cost`` in dollars, ``None`` once a price is unknown."""

    usage: Usage = NO_USAGE
    cost: float | None = 0.0

    def add(self, usage: Usage, cost: float | None) -> None:
        """One more call."""
        self.usage += usage
        self.cost = None if self.cost is None or cost is None else self.cost + cost


@dataclass(slots=True)
class Said:
    """A reply as it came. ``tokens``: each with the log probabilities of what could have stood there."""

    text: str = ""
    usage: Usage | None = None
    finish_reason: str | None = None
    tokens: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``system`` is what the judge is told, ``user`` what it judges."""

    system: str
    user: str


class Asker:
    """Asks one judge's model.

    Args:
        spec: the judge.
        provider: what answers.
        prices: what that costs.
        sleep: waits; give another to test retries without waiting.
        clock: says how long nothing was answered.
    """

    def __init__(
        self,
        spec: Judge,
        provider: Provider,
        prices: PriceList,
        sleep: Sleep = asyncio.sleep,
        clock: Clock | None = None,
    ) -> None:
        self._spec, self._provider, self._prices, self._sleep = spec, provider, prices, sleep
        self._clock = clock or SystemClock()
        self._failing_since: float | None = None
        self._given_up = ""
        self._logprobs = True
        self._places = asyncio.Semaphore(MOST_CALLS)

    async def ask(
        self, question: Question, read: Callable[[dict[str, Any]], T], bill: Bill, *, logprobs: bool = False
    ) -> tuple[T, Said]:
        """What ``read`` makes of the reply, and the reply itself.

        Args:
            read: raises ``Unusable`` where the reply lacks something; the model is then told what, and asked once more.
            bill: every call is added to it, also one in vain.
            logprobs: ask for the log probabilities of tokens; a provider that refuses is asked without.

        Raises:
            JudgeFailed: no usable reply.
        """
        messages: tuple[Json, ...] = (
            {"role": "system", "content": question.system},
            {"role": "user", "content": question.user},
        )
        said = await self._called(messages, question, bill, logprobs)
        try:
            return read(read_object(said.text)), said
        except Unusable as problem:
            again = {"role": "user", "content": AGAIN.format(problem=problem)}
            messages = (*messages, {"role": "assistant", "content": said.text or "(nothing)"}, again)
        said = await self._called(messages, question, bill, logprobs)
        try:
            return read(read_object(said.text)), said
        except Unusable as problem:
            raise JudgeFailed(f"its reply cannot be used twice over ({problem}): {quoted(said.text)}") from problem

    async def _called(self, messages: tuple[Json, ...], question: Question, bill: Bill, logprobs: bool) -> Said:
        for attempt in range(ATTEMPTS):
            if self._given_up:
                raise JudgeFailed(self._given_up)
            wanted = logprobs and self._logprobs
            try:
                async with self._places:
                    said = await self._once(self._request(messages, question, wanted), bill)
            except ProviderFailed as error:
                if wanted and error.upstream_status == 400:
                    self._logprobs = False  # this provider knows none: its judges give plain grades from now on
                    continue
                delay = _delay(attempt, error)
                if delay is not None and not self._waits(delay):
                    self._given_up = f"it gave no answer for {PATIENCE:.0f} s and was given up: {error}"
                    raise JudgeFailed(self._given_up) from error
                if delay is None:
                    tries = "" if attempt == 0 else f" after {attempt + 1} tries"
                    raise JudgeFailed(f"it could not be asked{tries}: {error}") from error
                await self._sleep(delay)
            except GonogoError as error:
                raise JudgeFailed(f"it could not be asked: {error}") from error
            else:
                self._failing_since = None
                return said
        raise JudgeFailed("it could not be asked")

    def _waits(self, delay: float) -> bool:
        """Whether waiting so many seconds more is within our patience."""
        now = self._clock.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        return now + delay <= self._failing_since + PATIENCE

    def _request(self, messages: tuple[Json, ...], question: Question, logprobs: bool) -> ModelRequest:
        likely = {"logprobs": True, "top_logprobs": MOST_TOP_LOGPROBS} if logprobs else {}
        return ModelRequest(
            model=self._spec.model,
            messages=messages,
            system=question.system,
            question=question.user,
            parameters={**likely, **self._spec.params},
            stream=False,
        )

    async def _once(self, request: ModelRequest, bill: Bill) -> Said:
        said = Said()
        stream = self._provider.generate(request)
        try:
            async for delta in stream:
                said.text += delta.content
                said.usage = delta.usage or said.usage
                said.finish_reason = delta.finish_reason or said.finish_reason
                said.tokens += _tokens(delta.extra)
        except ProviderFailed:
            if said.text or said.usage:
                self._book(request, said, bill)
            raise
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()
        self._book(request, said, bill)
        if said.finish_reason is None:
            raise ProviderFailed("the reply has no end", provider=self._provider.name, retryable=True)
        return said

    def _book(self, request: ModelRequest, said: Said, bill: Bill) -> None:
        usage = said.usage
        if usage is None:
            asked = sum(len(str(message["content"])) for message in request.messages)
            read, written = -(-asked // CHARACTERS_PER_TOKEN), -(-len(said.text) // CHARACTERS_PER_TOKEN)
            usage = Usage(input=read, output=written, estimated=True)
        price = self._prices.price(self._spec.provider, self._spec.model)
        bill.add(usage, None if price is None else price.of(usage))


def quoted(text: str) -> str:
    """A reply in one short line."""
    flat = " ".join(text.split())
    if not flat:
        return "it said nothing"
    return f'"{flat[: MOST_QUOTED - 1]}…"' if len(flat) > MOST_QUOTED else f'"{flat}"'


def _delay(attempt: int, error: ProviderFailed) -> float | None:
    """Seconds before the next try; ``None`` to give up."""
    if not error.retryable or attempt + 1 == ATTEMPTS:
        return None
    if error.retry_after is not None:
        return max(0.0, error.retry_after) if error.retry_after <= LONGEST_DELAY else None
    return random.uniform(0, min(FIRST_DELAY * 2**attempt, LONGEST_DELAY))


def _tokens(extra: dict[str, Any]) -> list[Json]:
    """The log probabilities of OpenAI's format, which pass through as a field of the choice."""
    choice = extra.get("choice")
    found = choice.get("logprobs") if isinstance(choice, dict) else None
    content = found.get("content") if isinstance(found, dict) else None
    return [item for item in content if isinstance(item, dict)] if isinstance(content, list) else []
