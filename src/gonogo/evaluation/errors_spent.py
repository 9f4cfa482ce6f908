"""Errors spent: when so many tasks gave no result that nobody could trust the run, and asking on burns tokens.

Here: counting results of both sides as they come. Not here: starting tasks (``crew``), INVALID (``gate.trust``), an
upstream that only limits (``pace``, which waits for it).

An error here and there is no reason to stop: the rest is run, and the next command asks only what is missing. But where
the error budget is spent for good and most of the newest results are errors, the upstream is down, the key is wrong, or
the assertion breaks on every answer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from gonogo.domain import GoldenTask, TaskResult

NEWEST, MOST_LOST = 20, 10
"""Results that are looked at, and how many of them must have failed."""


class ErrorBudget:
    """One for a command, shared by its runs: where one side cannot be trusted, the other is asked for nothing.

    Args:
        share: of a side's attempts that may give no result.
    """

    def __init__(self, share: float) -> None:
        self._share = share
        self._sides: list[ErrorCount] = []

    def side(self, tasks: Iterable[GoldenTask], repeats: int) -> ErrorCount:
        """For a run of these tasks; those that do not gate count for nothing."""
        gating = frozenset(task.id for task in tasks if task.gates)
        made = ErrorCount(gating, self._share * len(gating) * repeats)
        self._sides.append(made)
        return made

    @property
    def spent(self) -> bool:
        """Whether no further task is worth asking."""
        return any(side.spent for side in self._sides)


class ErrorCount:
    """Of one run; at most ``allowed`` attempts at the tasks ``counted`` may give no result."""

    def __init__(self, counted: frozenset[str], allowed: float) -> None:
        self._counted, self._allowed, self._lost = counted, allowed, 0
        self._newest: deque[bool] = deque(maxlen=NEWEST)

    def tell(self, result: TaskResult) -> None:
        """Take in a result."""
        if result.task_id not in self._counted:
            return
        lost = result.passed is None
        self._lost += lost
        self._newest.append(lost)

    @property
    def spent(self) -> bool:
        """Whether more were lost than are allowed, and most of the newest."""
        return self._lost > self._allowed and sum(self._newest) >= MOST_LOST
