"""Assertions: judges an answer by what a golden task says a good one must show.

Here: the table of kinds, and the one way in. Each kind is also written with ``not-`` before it.
Not here: the kinds themselves (``text_assertions``, ``reading_assertions``, ``record_assertions``), golden files
(``building``).
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.metrics import reading_assertions, record_assertions, text_assertions
from gonogo.metrics.judgement import Kind, failed

KINDS: tuple[Kind, ...] = (*text_assertions.KINDS, *reading_assertions.KINDS, *record_assertions.KINDS)
"""Every kind, in the order the documentation lists them."""


class BuiltInAssertions:
    """The contract ``Assertions`` over a table of kinds.

    Args:
        reader: reads answers for the kinds that look at meaning.
        kinds: the table; a later kind of the same name replaces an earlier one.
    """

    def __init__(self, reader: TextReader, kinds: Iterable[Kind] = KINDS) -> None:
        self._reader = reader
        self._kinds = {kind.name: kind for kind in kinds}

    def problems(self, assertion: Assertion) -> str | None:
        """What is wrong with an assertion as written, starting with its name, or ``None``."""
        kind = self._kinds.get(assertion.kind)
        if kind is None:
            return f"{assertion.name}: unknown kind of assertion; {self._suggestion(assertion.kind)}"
        unknown = [option for option in assertion.options if option not in kind.options]
        if unknown:
            known = f"it knows {', '.join(kind.options)}" if kind.options else "it takes none"
            return f"{assertion.name}: unknown option {unknown[0]!r}; {known} (write {assertion.name}: {kind.argument})"
        problem = kind.problem(assertion)
        return f"{assertion.name}: {problem} (write {assertion.name}: {kind.argument})" if problem else None

    def judge(self, assertion: Assertion, answer: Answer) -> Score:
        """A Score named as the assertion; an error Score where it is not well written."""
        problem = self.problems(assertion)
        if problem is not None:
            return failed(assertion, problem)
        return self._kinds[assertion.kind].judge(assertion, answer, self._reader)

    def _suggestion(self, kind: str) -> str:
        nearest = get_close_matches(kind[:60].removeprefix("not-"), self._kinds, n=1, cutoff=0.5)
        return f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(self._kinds)}"
