"""Stability: whether a golden task gives the same result each time, so that it may gate.

Here: attempts of one behaviour counted, the bound on how often a result differs, what that comes to.
Not here: results (``runner``), golden files (``building``).

A task whose result changes from run to run makes a gate red by chance: 300 tasks of which each flakes with 1 % fail
somewhere in 95 % of all runs. What can be said of a task is the one-sided exact bound on the share of attempts that
differ from the usual result (Clopper and Pearson 1934, Biometrika 26:404): after n attempts alike,
1 - 0.05^(1/n) at 95 %, that is 45 % after 5 and 24 % after 11.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from gonogo.domain import TaskResult
from gonogo.statistics import Rate, zero_failure_bound

MOST_FLAKE = 0.25
"""Largest share of differing attempts that must be excluded before a task may gate."""
CONFIDENCE = 0.95

State = Literal["unknown", "unproven", "flaky", "stable"]


class Stability(Struct, frozen=True, kw_only=True):
    """``attempts`` with a result, of which ``passed`` passed; ``errors`` gave none. ``version``: the newest Version
    whose behaviour they are of. ``low`` and ``high``: one-sided 95 % bounds on the share that differs from the usual
    result. ``more``: further attempts, all like the usual result, that would prove it stable."""

    attempts: int
    passed: int
    errors: int
    version: int
    low: float
    high: float
    state: State
    more: int

    @property
    def differing(self) -> int:
        """Attempts that are not like most."""
        return min(self.passed, self.attempts - self.passed)

    @property
    def usually(self) -> bool | None:
        """Whether it passes as a rule; ``None`` where nothing was run or nobody can say."""
        other = self.attempts - self.passed
        return None if self.passed == other else self.passed > other


def stability(results: Iterable[TaskResult], *, version: int = 0, most: float = MOST_FLAKE) -> Stability:
    """Of attempts at one task by one behaviour. An answer that several runs hold counts once.

    Args:
        most: the share of differing attempts to exclude, 0..1.
    """
    every = list(results)
    known = list({result.trace_id: result for result in every if result.passed is not None}.values())
    passed = sum(result.passed is True for result in known)
    differing = min(passed, len(known) - passed)
    rate = Rate(hits=differing, total=len(known))
    high = rate.upper_bound(CONFIDENCE) if known else 1.0
    return Stability(
        attempts=len(known),
        passed=passed,
        errors=sum(result.passed is None for result in every),
        version=version,
        low=rate.clopper_pearson(2 * CONFIDENCE - 1).low if known else 0.0,
        high=high,
        state=_state(len(known), differing, high, most),
        more=0 if known and high <= most else _more(differing, len(known), most),
    )


def _state(attempts: int, differing: int, high: float, most: float) -> State:
    if not attempts:
        return "unknown"
    if high <= most:
        return "stable"
    return "flaky" if differing else "unproven"


def _more(differing: int, attempts: int, most: float) -> int:
    """How many more."""
    total = max(attempts, 1)
    while Rate(hits=differing, total=total).upper_bound(CONFIDENCE) > most:
        total += 1
    return total - attempts


def least_attempts(most: float = MOST_FLAKE) -> int:
    """The fewest attempts, all alike, that prove a task stable."""
    attempts = 1
    while zero_failure_bound(attempts, CONFIDENCE) > most:
        attempts += 1
    return attempts
