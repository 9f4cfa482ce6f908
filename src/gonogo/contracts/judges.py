"""Judges: what is asked how good an answer is, and what it says.

Here: the Protocol and the records that travel through it. Not here: asking models (``judging``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from gonogo.contracts.models import Provider
from gonogo.domain import NO_USAGE, Judge, Score, Usage


class JudgedCase(Struct, frozen=True, kw_only=True):
    """An answer as a judge sees it. ``contexts`` are the texts it was to rest on, best first; ``reference`` is an
    answer known to be right; ``rubric`` stands in place of the judge's own. ``refused``: it declines to answer."""

    question: str
    answer: str
    contexts: tuple[str, ...] = ()
    reference: str = ""
    rubric: str = ""
    refused: bool = False


class Judged(Struct, frozen=True, kw_only=True):
    """What a judge said, and what asking it took. ``cost`` in dollars, ``None`` where a price is unknown."""

    score: Score
    usage: Usage = NO_USAGE
    cost: float | None = 0.0


class AnswerJudge(Protocol):
    """A judge that can be asked."""

    @property
    def spec(self) -> Judge: ...
    def over(self, wrap: Callable[[Provider], Provider]) -> AnswerJudge:
        """The same judge, whose models are asked through ``wrap``; one that asks none is itself."""
        ...

    async def judge(self, case: JudgedCase) -> Judged:
        """A Score named as the judge. Never raises on what a model says: nonsense, or a model that cannot be reached,
        is a Score of state ``error``; a case that says nothing to this judge costs no call."""
        ...
