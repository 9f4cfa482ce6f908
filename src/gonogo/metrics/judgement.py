"""Judgement: how a kind of assertion is described, checked as written and judged.

Here: the shape of a kind, and what all kinds share (Scores, bounds, reading arguments).
Not here: the kinds (``text_assertions``, ``reading_assertions``, ``record_assertions``), their table (``assertions``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from msgspec import Struct

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score

Problem = str | None


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of assertion.

    ``argument`` shows what is written behind its name; ``options`` are the named arguments it knows. ``problem`` says
    what is wrong with an assertion as written; ``judge`` is only called where nothing is.

    ``aliases`` are other names of the field for the same thing. ``threshold`` is the option (``min`` or ``max``) that
    may also be written ``threshold``; empty where there is none. ``graded``: its value is a share, 0..1, more is
    better, and counts as such in the score of a task.
    """

    name: str
    summary: str
    argument: str
    options: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    threshold: str = ""
    graded: bool = False
    problem: Callable[[Assertion], Problem]
    judge: Callable[[Assertion, Answer, TextReader], Score]


def verdict(assertion: Assertion, holds: bool, detail: str = "", value: float | None = None) -> Score:
    """A Score for an assertion that could be judged; ``negate`` turns ``passed`` round.

    ``value`` is the measured quantity; without one it is 1.0 for a pass and 0.0 for a failure.
    """
    passed = holds != assertion.negate
    shown = detail if not passed else ""
    return Score(metric=assertion.name, value=float(passed) if value is None else value, passed=passed, detail=shown)


def not_applicable(assertion: Assertion, detail: str) -> Score:
    """The assertion says nothing about this answer."""
    return Score(metric=assertion.name, state="not-applicable", detail=detail)


def failed(assertion: Assertion, detail: str) -> Score:
    """The assertion could not be judged."""
    return Score(metric=assertion.name, state="error", detail=detail)


def argument(assertion: Assertion, option: str) -> object:
    """The argument, written behind the name or as a named option."""
    return assertion.options.get(option, assertion.value)


def plain_text(value: object) -> str | None:
    """Text as written; a number as its text; ``None`` for anything else. YAML's booleans are not text."""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


def text_problem(value: object) -> Problem:
    """What keeps a value from being a text."""
    if isinstance(value, bool):
        return f'needs a text, got the boolean {str(value).lower()}; put it in quotes ("yes", "no")'
    if plain_text(value) is None:
        return "needs a text" if value is None else f"needs a text, got a {_kind_of(value)}"
    return "needs a text that is not empty" if value == "" else None


def bound_problem(assertion: Assertion, option: str, *, required: bool = False) -> Problem:
    """What is wrong with a bound between 0 and 1."""
    value = assertion.options.get(option)
    if value is None:
        return f"needs {option}: a number between 0 and 1" if required else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return f"{option} must be a number between 0 and 1, got {value!r}"
    return None if 0 <= value <= 1 else f"{option} must be between 0 and 1, got {value}"


def number_of(value: object) -> float | None:
    """A finite number; ``None`` for anything else, booleans included."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def count_problem(assertion: Assertion, option: str, *, least: int = 0) -> Problem:
    """What is wrong with an option that counts something."""
    value = assertion.options.get(option)
    if value is None or (type(value) is int and value >= least):
        return None
    return f"{option} must be a whole number of at least {least}, got {value!r}"


def texts_problem(value: object) -> Problem:
    """What keeps a value from being a text or a list of texts."""
    if not isinstance(value, (list, tuple)):
        return text_problem(value)
    if not value:
        return "needs a list with at least one text"
    problems = (text_problem(item) for item in value)
    return next((f"item {place}: {problem}" for place, problem in enumerate(problems, 1) if problem), None)


def texts(value: object) -> list[str]:
    """A text or a list of texts as a list."""
    values = value if isinstance(value, (list, tuple)) else (value,)
    return [plain_text(item) or "" for item in values]


def bound(assertion: Assertion, option: str, default: float) -> float:
    """A bound that was checked before."""
    value = assertion.options.get(option, default)
    return float(value) if isinstance(value, (int, float)) else default


_DURATION = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*(ms|s|sec|seconds?|m|min|minutes?)?\s*$", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}


def seconds(value: object) -> float | None:
    """ "3s", "500ms", "2 min" or a number of seconds; ``None`` for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if value > 0 else None
    match = _DURATION.match(value[:40]) if isinstance(value, str) else None
    if match is None or float(match[1]) <= 0:
        return None
    unit = (match[2] or "s").lower()
    return float(match[1]) * _SECONDS["ms" if unit == "ms" else unit[0]]


def _kind_of(value: object) -> str:
    return {"dict": "mapping", "list": "list", "tuple": "list", "bool": "boolean"}.get(type(value).__name__, "value")
