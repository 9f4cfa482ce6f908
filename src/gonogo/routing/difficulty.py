"""Difficulty: how hard a question looks, as a sum of signals that a person can read.

Here: the signals, their weights, the score and its reasons. Not here: choosing a model (``router``).

Each signal is 0..1; the score is 1 - exp(-sum of weight times signal), so that one strong signal counts and many weak
ones add up without passing 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gonogo.contracts import TextFeatures

LONGEST = 20_000
"""Characters looked at for code and formulas."""

_COMPARING = frozenset({
    "compare", "compared", "comparison", "versus", "vs", "difference", "differences", "differ", "better", "worse",
    "advantages", "disadvantages", "pros", "cons", "alternative", "alternatives", "tradeoff", "tradeoffs", "contrast",
})  # fmt: skip
_REASONING = frozenset({
    "why", "explain", "reason", "reasons", "prove", "derive", "justify", "analyse", "analyze", "evaluate", "assess",
    "infer", "implications", "consequence", "consequences", "argue", "critique", "diagnose", "interpret",
})  # fmt: skip
_CALCULATING = frozenset({
    "calculate", "compute", "estimate", "solve", "total", "percent", "percentage", "average", "ratio", "sum", "twice",
    "half", "many", "much", "remaining", "each", "times", "equation", "probability", "integral", "derivative",
})  # fmt: skip
_CONSTRAINING = frozenset({
    "if", "unless", "except", "only", "without", "must", "should", "both", "either", "neither", "before", "after",
    "until", "while", "provided", "assuming", "given", "least", "most", "exactly", "respectively",
})  # fmt: skip
_CODE = re.compile(
    r"```|\bdef \w|\bclass \w|\breturn\b|[{};] {0,4}\n|\w\(\w{0,40}\)|=>|::|\bselect\b.{1,80}\bfrom\b|</?\w{1,20}>"
)
_FORMULA = re.compile(r"\d ?[+*/^=] ?\d|\d - \d|[a-z] ?\^ ?\d|\\[a-z]{2,12}|[∑∫√≤≥≠∈∀∃πθλ]|\b[a-z]\([a-z]\)|\b[xyz] ?=")
_SIGNS_OF_CODE = frozenset("`{};(=:<")
_SIGNS_OF_FORMULAS = frozenset("+*/^=\\(∑∫√≤≥≠∈∀∃πθλ")
_EARLIER = frozenset({"it", "that", "this", "they", "them", "those", "these", "above", "previous", "earlier", "again"})


@dataclass(frozen=True, slots=True)
class Difficulty:
    """``value`` 0..1; ``reasons`` are the signals that made it, strongest first, in words."""

    value: float
    reasons: tuple[str, ...]


def _up_to(count: int, full: int) -> float:
    return min(1.0, count / full)


def _among(words: tuple[str, ...], known: frozenset[str], full: int) -> float:
    return _up_to(sum(map(known.__contains__, words)), full)


def _sub_questions(text: TextFeatures) -> float:
    low = _low(text)
    joined = sum(low.count(words) for words in (" and how ", " and why ", " and what ", " as well as "))
    return _up_to(max(0, low.count("?") - 1) + joined, 2)


def _matches(pattern: re.Pattern[str], signs: frozenset[str], words: tuple[str, ...], low: str, full: int) -> float:
    """Most questions hold none of the signs and words that every match holds one of, and need no search."""
    if signs.isdisjoint(low) and not any(map(low.__contains__, words)):
        return 0.0
    return _up_to(len(pattern.findall(low)), full)


def _code(text: TextFeatures) -> float:
    return _matches(_CODE, _SIGNS_OF_CODE, ("def ", "class ", "return", "select"), _low(text), 2)


def _formulas(text: TextFeatures) -> float:
    return _matches(_FORMULA, _SIGNS_OF_FORMULAS, (" - ",), _low(text), 2)


def _low(text: TextFeatures) -> str:
    return text.normalised[:LONGEST].lower()


SIGNALS: Mapping[str, tuple[float, Callable[[TextFeatures], float]]] = {
    "long question": (0.70, lambda text: _up_to(max(0, len(text.words) - 8), 72)),
    "several questions in one": (0.35, _sub_questions),
    "compares": (0.35, lambda text: _among(text.words, _COMPARING, 1)),
    "asks for reasons": (0.30, lambda text: _among(text.words, _REASONING, 1)),
    "asks to calculate": (0.30, lambda text: _among(text.words, _CALCULATING, 3)),
    "several conditions": (0.40, lambda text: _among(text.words, _CONSTRAINING, 4)),
    "several numbers": (0.25, lambda text: _up_to(max(0, len(text.numbers) - 1), 4)),
    "code": (0.30, _code),
    "formulas": (0.30, _formulas),
    "several names": (0.20, lambda text: _up_to(max(0, len(text.entities) - 1), 3)),
    "negation": (0.15, lambda text: float(text.negated)),
}
"""Weight and reading of each signal of the question itself."""
EARLIER_TURNS, REFERS_BACK = 0.05, 0.15
"""Weight of each earlier turn, up to six, and of a question that leans on them."""


def difficulty(question: TextFeatures, earlier_turns: int = 0) -> Difficulty:
    """Score a question. ``earlier_turns`` counts the messages before it."""
    parts = {name: weight * read(question) for name, (weight, read) in SIGNALS.items()}
    if earlier_turns:
        parts["long conversation"] = EARLIER_TURNS * min(6, earlier_turns)
        parts["refers to earlier turns"] = REFERS_BACK * (not _EARLIER.isdisjoint(question.words))
    strongest = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
    reasons = tuple(f"{name} (+{part:.2f})" for name, part in strongest if part >= 0.005)
    return Difficulty(1.0 - math.exp(-math.fsum(parts.values())), reasons)
