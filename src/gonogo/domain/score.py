"""Score and Annotation: a machine's judgement of an answer; a person's.

Here: the nouns. Missing, failed and not-applicable are three states, never 0, 1 or NaN.
Not here: how scores are made (``metrics``).
"""

from __future__ import annotations

from math import isfinite
from typing import Literal

from msgspec import Struct

WANTED_LOW = frozenset({"toxicity", "reference-noise"})
"""Metrics of which less is better; of judges, their kind tells (``judge.LESS_IS_BETTER``)."""
ScoreState = Literal["value", "error", "not-applicable"]


class Score(Struct, frozen=True, kw_only=True):
    """One metric of one answer. ``value`` is set when, and only when, ``state`` is ``value``.

    ``passed`` is set for assertions and bounded metrics. ``detail`` says why in a few words. ``judge`` is the digest of
    the Judge that gave it, empty where no model was asked. ``credit``, 0..1, is what a graded assertion counts in the
    score of its task; ``None`` counts 1 where it passed and 0 where it failed.
    """

    metric: str
    state: ScoreState = "value"
    value: float | None = None
    passed: bool | None = None
    detail: str = ""
    judge: str = ""
    credit: float | None = None

    def __post_init__(self) -> None:
        if (self.state == "value") != (self.value is not None):
            raise ValueError(f"a Score of state {self.state} with value {self.value}")
        if self.value is not None and not isfinite(self.value):
            said = "NaN" if self.value != self.value else "an infinite value"
            raise ValueError(f"{self.metric} gave {said}: return an error Score instead")


class Annotation(Struct, frozen=True, kw_only=True):
    """A person's judgement of a Trace. ``value`` 0..1."""

    trace_id: str
    metric: str
    value: float
    author: str
    created_at: float
    note: str = ""
