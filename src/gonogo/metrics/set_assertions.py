"""Sets of assertions: several that count as one, which holds where enough of them do.

Here: reading what stands inside a set, and its score. Not here: the kinds themselves, and sets that ask a judge or run
Python: those stand in the task itself, whose ``threshold`` weighs them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, Protocol

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score, asks_a_judge
from gonogo.metrics.judgement import Kind, Problem, argument, bound_problem, failed, not_applicable, number_of, verdict

NAME: Final = "assert-set"
LARGEST: Final = 50
"""Assertions in one set."""


class Judging(Protocol):
    """What a set needs of the table of kinds that it stands in."""

    def problems(self, assertion: Assertion) -> str | None:
        """What is wrong with an assertion as written."""
        ...

    def judge(self, assertion: Assertion, answer: Answer) -> Score:
        """A Score named as the assertion."""
        ...


def set_kind(table: Judging | None) -> Kind:
    """The kind ``assert-set`` over a table of kinds; without one it only shows how it is written."""

    def problem(assertion: Assertion) -> Problem:
        return _problem(assertion, table) if table is not None else None

    def judge(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
        return _judged(assertion, answer, table) if table is not None else failed(assertion, "no table of kinds")

    return Kind(
        name=NAME,
        summary="all of these hold; with min, the weighted mean of what they count reaches it; none asks a judge",
        argument="[{contains: a}, ...] | {of: [{contains: a}, {regex: b}], min: 0.5}",
        options=("of", "min"),
        threshold="min",
        graded=True,
        problem=problem,
        judge=judge,
    )


def _problem(assertion: Assertion, table: Judging) -> Problem:
    written = argument(assertion, "of")
    if not isinstance(written, list | tuple) or not 0 < len(written) <= LARGEST:
        return f"needs a list of 1 to {LARGEST} assertions"
    for place, item in enumerate(written, 1):
        readings = list(_readings(item))
        if not readings:
            return f"item {place}: must be one assertion, such as {{contains: 30 days}}"
        kind = readings[0].kind
        if kind in (NAME, "python") or asks_a_judge(readings[0]):
            return f"item {place}: {kind} cannot stand in a set; write it beside the set"
        problems = [table.problems(reading) for reading in readings]
        if all(problems):
            return f"item {place}: {problems[0]}"
    if not any(_inside(item, table).weight for item in written):
        return "every assertion inside has weight 0, so nothing decides"
    return bound_problem(assertion, "min")


def _readings(item: object) -> Iterator[Assertion]:
    """The ways to read one item, as in a golden file: a name, or a name with a value or with options."""
    if isinstance(item, str):
        yield _named(item)
        return
    if not isinstance(item, dict) or len(item) != 1:
        return
    name, value = next(iter(item.items()))
    if not isinstance(name, str):
        return
    if isinstance(value, dict):
        weight = value.get("weight", 1.0)
        options = {key: one for key, one in value.items() if key not in ("value", "weight")}
        yield _named(name, value=value.get("value"), options=options, weight=weight)
    yield _named(name, value=value)


def _named(name: str, **more: object) -> Assertion:
    kind = name.removeprefix("not-")
    return Assertion(kind=kind, negate=kind != name, **more)  # type: ignore[arg-type]


def _inside(item: object, table: Judging) -> Assertion:
    """The first reading that is well written; ``problem`` saw that there is one."""
    return next(reading for reading in _readings(item) if table.problems(reading) is None)


def _judged(assertion: Assertion, answer: Answer, table: Judging) -> Score:
    written = argument(assertion, "of")
    inside = [_inside(item, table) for item in (written if isinstance(written, list | tuple) else ())]
    scores = [(one, table.judge(one, answer)) for one in inside]
    broken = next((score for _, score in scores if score.state == "error"), None)
    if broken is not None:
        return failed(assertion, f"{broken.metric}: {broken.detail}")
    counted = [(one.weight, score) for one, score in scores if score.state == "value" and one.weight]
    if not counted:
        return not_applicable(assertion, "none of the assertions inside says anything about this answer")
    weights = math.fsum(weight for weight, _ in counted)
    value = min(1.0, math.fsum(weight * _credit(score) for weight, score in counted) / weights)
    least = number_of(assertion.options.get("min"))
    holds = (
        all(score.passed for _, score in counted) if least is None else value >= least - 1e-9
    )  # as the threshold of a task
    missed = ", ".join(score.metric for _, score in counted if not score.passed)
    said = f"not {missed}" if least is None else f"{value:.2f} against {least:g}, without {missed or 'a miss'}"
    return verdict(assertion, holds, said, value)


def _credit(score: Score) -> float:
    return float(bool(score.passed)) if score.credit is None else score.credit
