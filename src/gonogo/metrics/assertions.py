"""Assertions: judges an answer by what a golden task says a good one must show.

Here: the table of kinds, and the one way in. Each kind is also written with ``not-`` before it.
Not here: the kinds themselves (``text_assertions``, ``format_assertions``, ``sql_assertions``, ``overlap_assertions``,
``reading_assertions``, ``context_assertions``, ``tool_assertions``, ``record_assertions``,
``python_assertions``, ``set_assertions``), golden files (``building``).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import structs

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics import (
    context_assertions,
    format_assertions,
    judged_assertions,
    overlap_assertions,
    python_assertions,
    reading_assertions,
    record_assertions,
    set_assertions,
    sql_assertions,
    text_assertions,
    tool_assertions,
)
from gonogo.metrics.judgement import Kind, failed, number_of

KINDS: tuple[Kind, ...] = (
    *text_assertions.KINDS,
    *format_assertions.KINDS,
    *sql_assertions.KINDS,
    *overlap_assertions.KINDS,
    *reading_assertions.KINDS,
    *context_assertions.KINDS,
    *tool_assertions.KINDS,
    *record_assertions.KINDS,
    *python_assertions.KINDS,
    set_assertions.set_kind(None),
    *judged_assertions.KINDS,
)
"""Every kind, in the order the documentation lists them."""

SHARES = frozenset(kind.name for kind in KINDS if kind.graded) | {"reference-noise"}
"""Kinds whose value lies in 0..1 and is more than a yes or no: the gate may hold its mean to a bound."""


class BuiltInAssertions:
    """The contract ``Assertions`` over a table of kinds.

    Args:
        reader: reads answers for the kinds that look at meaning.
        kinds: the table; a later kind of the same name replaces an earlier one.
    """

    def __init__(self, reader: TextReader, kinds: Iterable[Kind] = KINDS) -> None:
        self._reader = reader
        # A set judges by the table that it stands in, plug-ins included.
        table = (*kinds, set_assertions.set_kind(self))
        self._kinds = {name: kind for kind in table for name in (kind.name, *kind.aliases)}

    def problems(self, assertion: Assertion) -> str | None:
        """What is wrong with an assertion as written, starting with its name, or ``None``."""
        kind = self._kinds.get(assertion.kind)
        if kind is None:
            return f"{assertion.name}: unknown kind of assertion; {self._suggestion(assertion.kind)}"
        problem = _common_problem(assertion, kind) or kind.problem(_plain(assertion, kind))
        return f"{assertion.name}: {problem} (write {assertion.name}: {kind.argument})" if problem else None

    def judge(self, assertion: Assertion, answer: Answer) -> Score:
        """A Score named as the assertion; an error Score where it is not well written."""
        problem = self.problems(assertion)
        if problem is not None:
            return failed(assertion, problem)
        kind = self._kinds[assertion.kind]
        score = kind.judge(_plain(assertion, kind), answer, self._reader)
        if not kind.graded or score.value is None:
            return score
        share = min(1.0, max(0.0, score.value))
        return structs.replace(score, credit=1.0 - share if assertion.negate else share)

    def _suggestion(self, kind: str) -> str:
        nearest = get_close_matches(kind[:60].removeprefix("not-"), self._kinds, n=1, cutoff=0.5)
        known = dict.fromkeys(kind.name for kind in self._kinds.values())
        return f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(known)}"


def _common_problem(assertion: Assertion, kind: Kind) -> str | None:
    """What is wrong with what all kinds share: names of options, ``threshold``, ``weight``."""
    known = (*kind.options, "threshold") if kind.threshold else kind.options
    unknown = next((option for option in assertion.options if option not in known), None)
    if unknown is not None:
        nearest = get_close_matches(str(unknown)[:60], (*known, "weight"), n=1, cutoff=0.6)
        told = (
            f"did you mean {nearest[0]}?" if nearest else f"it knows {', '.join(known)}" if known else "it takes none"
        )
        return f"unknown option {unknown!r}; {told}"
    if kind.threshold and "threshold" in assertion.options and kind.threshold in assertion.options:
        return f"threshold and {kind.threshold} mean the same: write one of them"
    weight = number_of(assertion.weight)
    return None if weight is not None and weight >= 0 else f"weight must be a number of 0 or more, got {weight!r}"


def _plain(assertion: Assertion, kind: Kind) -> Assertion:
    """The assertion with ``threshold`` under the name that its kind reads."""
    if not kind.threshold or "threshold" not in assertion.options:
        return assertion
    options = {kind.threshold if name == "threshold" else name: value for name, value in assertion.options.items()}
    return structs.replace(assertion, options=options)
