"""A model that says what a function makes of the question, and judges over it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import numpy as np
import pytest

from gonogo.contracts import JudgedCase
from gonogo.domain import Delta, Json, Judge, ModelRequest, Price, Usage
from gonogo.errors import ProviderFailed
from gonogo.judging import ModelJudge

Reply = str | dict[str, Any] | ProviderFailed


class Teller:
    """Says what ``reply`` makes of (what it is told, what it judges), and remembers what it was asked."""

    name = "teller"

    def __init__(self, reply: Callable[[str, str], Reply], *, extra: Json | None = None) -> None:
        self.reply, self.extra = reply, extra or {}
        self.asked: list[ModelRequest] = []

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.asked.append(request)
        said = self.reply(request.system, str(request.messages[-1]["content"]))
        if isinstance(said, ProviderFailed):
            raise said
        yield Delta(content=said if isinstance(said, str) else json.dumps(said))
        yield Delta(finish_reason="stop", extra=self.extra)
        yield Delta(usage=Usage(input=100, output=10))

    async def close(self) -> None:
        """Nothing is held open."""


class Prices:
    """A dollar for a million tokens of anything."""

    def price(self, provider: str, model: str) -> Price | None:
        return Price(input=1.0, output=1.0) if provider == "teller" else None


class Letters:
    """Texts to counts of letters: near texts have near vectors."""

    name, digest, dimensions = "letters", "letters", 26

    def embed(self, texts: Sequence[str]) -> Any:
        counts = np.array([[text.lower().count(chr(97 + place)) for place in range(26)] for text in texts], np.float32)
        lengths = np.linalg.norm(counts, axis=1, keepdims=True)
        return counts / np.where(lengths == 0, 1, lengths)


async def no_pause(seconds: float) -> None:
    """As if it had waited."""


@pytest.fixture
def teller() -> type[Teller]:
    """The model."""
    return Teller


@pytest.fixture
def judged_by() -> Callable[..., ModelJudge]:
    """A judge of a kind over a model."""

    def made(
        provider: Teller, kind: str = "llm-rubric", *, clock: Any = None, sleep: Any = no_pause, **fields: Any
    ) -> ModelJudge:
        spec = Judge(name="helpful", kind=kind, provider="teller", model="m", **fields)
        return ModelJudge(spec, provider, Prices(), Letters(), sleep=sleep, clock=clock)

    return made


@pytest.fixture
def case() -> Callable[..., JudgedCase]:
    """An answer to judge."""

    def made(**fields: Any) -> JudgedCase:
        return JudgedCase(**{"question": "When are refunds paid?", "answer": "Within 30 days.", **fields})

    return made
