"""Levels: how much evidence each stopping rule asks for, before the end of the set and at it.

Here: the split of ``alpha`` between early looks and the test at the full set. Not here: the looks (``stopping``).

GO: alpha / 5 is spent on early looks (an e-value of 100 at alpha 0.05), the rest on the test at the full set; together
alpha by the union bound. NO-GO: an early look needs an e-value of 1 / alpha, the test at the full set 0.4 alpha. A walk
of fair coins, summed step by step, crosses either with probability at most alpha for up to 567 tasks that change at
alpha 0.05 and 235 at any alpha from 0.01 to 0.1, and 1.11 alpha for 1,000 (``tests/gate/test_levels.py``): sets of
some thousand tasks, where one in ten changes. The union bound alone would leave nothing for the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from gonogo.domain import GatePolicy
from gonogo.statistics import obrien_fleming
from gonogo.statistics.special import normal_cdf

PLANNED_LOOKS = 5
"""Looks of the planned rule, evenly spaced, the last at the full set."""
_EARLY_GO_SHARE = 0.2
_FINAL_NO_GO_SHARE = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """``go`` and ``no_go``: one-sided levels of the tests at the full set; ``go_evidence`` and ``no_go_evidence``:
    e-values at which a run may stop before it, ``None`` where none does."""

    go: float
    no_go: float
    go_evidence: float | None = None
    no_go_evidence: float | None = None


def levels(policy: GatePolicy, *, first: bool = False, clustered: bool = False) -> Levels:
    """What a policy asks for. A ``first`` deployment has nothing to be paired with, so that it never stops early.

    A ``clustered`` set is looked at after whole clusters under the hybrid rule, and its NO-GO is split by the union
    bound: the walk of fair coins is one of single tasks. Its GO is held to 0.8 alpha under any rule, since the score
    test lets up to 1.4 alpha through where few units are left.
    """
    alpha = policy.alpha
    if clustered and not first:
        go = (1 - _EARLY_GO_SHARE) * alpha
        if policy.stopping != "hybrid":
            return Levels(go=go, no_go=alpha)
        early = (1 - _FINAL_NO_GO_SHARE) * alpha
        return Levels(
            go=go,
            no_go=_FINAL_NO_GO_SHARE * alpha,
            go_evidence=1 / (_EARLY_GO_SHARE * alpha),
            no_go_evidence=1 / early,
        )
    if first or policy.stopping == "fixed":
        return Levels(go=alpha, no_go=alpha)
    if policy.stopping == "planned":
        last = look_levels(alpha)[-1]
        return Levels(go=last, no_go=last)
    return Levels(
        go=(1 - _EARLY_GO_SHARE) * alpha,
        no_go=_FINAL_NO_GO_SHARE * alpha,
        go_evidence=1 / (_EARLY_GO_SHARE * alpha),
        no_go_evidence=1 / alpha,
    )


@lru_cache(maxsize=16)
def look_levels(alpha: float) -> tuple[float, ...]:
    """One-sided level of each planned look (O'Brien and Fleming 1979, Biometrics 35:549)."""
    return tuple(normal_cdf(-bound) for bound in obrien_fleming(PLANNED_LOOKS, alpha))


def look_sizes(tasks: int) -> tuple[int, ...]:
    """After how many tasks the planned looks are, the last at all of them."""
    return tuple(-(-tasks * look // PLANNED_LOOKS) for look in range(1, PLANNED_LOOKS + 1))
