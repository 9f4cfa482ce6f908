"""Scripted: a provider that says what it was told to, for tests of Missions without a model or a key.

Here: answers from a list or by question, failures and delays on request. Not here: answers that depend on the prompt
(``simulated``, ``extractive``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

from msgspec import Struct

from gonogo.domain import Delta, Json, ModelRequest, Usage
from gonogo.errors import ProviderFailed

Sleep = Callable[[float], Awaitable[None]]


class Scripted(Struct, frozen=True, kw_only=True):
    """One scripted answer.

    ``delay`` in seconds before the first piece, ``gap`` between pieces. ``failure`` is raised at once, or after
    ``fail_after`` pieces. ``usage`` ``None`` reports none.
    """

    text: str = ""
    tool_calls: tuple[Json, ...] = ()
    finish_reason: str = "stop"
    delay: float = 0.0
    gap: float = 0.0
    failure: ProviderFailed | None = None
    fail_after: int = 0
    usage: Usage | None = Usage(input=10, output=5)
    extra: Json = {}


Answer = str | Scripted | ProviderFailed


class ScriptedModel:
    """Says its answers.

    Args:
        answers: a sequence is said in order, its last answer repeated; a mapping is looked up by the question, with
            ``""`` as the answer to every other.
        name: what it is called in ``mission.yaml``.
        sleep: waits; give another to test delays without waiting.

    ``requests`` holds every ModelRequest it was asked, ``cancelled`` counts answers that were not read to the end.

    Raises:
        ValueError: there is no answer at all.
    """

    def __init__(
        self,
        answers: Sequence[Answer] | Mapping[str, Answer] | str,
        *,
        name: str = "scripted",
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._answers = (answers,) if isinstance(answers, str) else answers
        if not self._answers:
            raise ValueError("a ScriptedModel needs at least one answer")
        self._name, self._sleep = name, sleep
        self.requests: list[ModelRequest] = []
        self.cancelled = 0

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        """Yield the next answer word by word, then its finish reason, then its Usage.

        Raises:
            ProviderFailed: the script says so, or knows no answer to this question.
        """
        answer = self._next(request)
        self.requests.append(request)
        whole = False
        try:
            await self._sleep(answer.delay)
            for delta in self._pieces(answer, request):
                yield delta
                if answer.gap:
                    await self._sleep(answer.gap)
            whole = True
        finally:
            self.cancelled += not whole and answer.failure is None

    async def close(self) -> None:
        """Nothing is held open."""

    def _next(self, request: ModelRequest) -> Scripted:
        if isinstance(self._answers, Mapping):
            found = self._answers.get(request.question, self._answers.get(""))
        else:
            found = self._answers[min(len(self.requests), len(self._answers) - 1)]
        if found is None:
            message = f'the script of {self._name} has no answer to {request.question!r}: add it, or one under ""'
            raise ProviderFailed(message, provider=self._name)
        if isinstance(found, ProviderFailed):
            return Scripted(failure=found)
        return found if isinstance(found, Scripted) else Scripted(text=found)

    def _pieces(self, answer: Scripted, request: ModelRequest) -> Iterator[Delta]:
        words = answer.text.split(" ") if answer.text else []
        for at, word in enumerate(words):
            if answer.failure is not None and at == answer.fail_after:
                break
            yield Delta(content=word if at == 0 else f" {word}", model=request.model)
        if answer.failure is not None:
            raise answer.failure
        calls, reason = answer.tool_calls, answer.finish_reason
        yield Delta(finish_reason=reason, tool_calls=calls, model=request.model, extra=answer.extra)
        if answer.usage is not None:
            yield Delta(usage=answer.usage, model=request.model)
