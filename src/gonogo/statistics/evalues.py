"""E-values: evidence that may be looked at after every task and stopped at any time.

Here: the e-value of "not worse by the margin" (from counts, from differences, one difference at a time), the e-value
of "worse", and the thresholds of the hybrid rule that the gate uses.
Not here: streams without an end, where a detector restarts (``detectors``, ``conformal``), canary against control
(``rollback``).

An e-value of 1/alpha or more, at whatever moment, is wrong with probability at most alpha (Ville's inequality; Ramdas
et al. 2023, arXiv 2210.01948), provided that tasks come in random order.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from gonogo.statistics.arguments import count, finite
from gonogo.statistics.paired import PairedCounts
from gonogo.statistics.special import incomplete_beta, log_beta

EARLY_GO_EVIDENCE: Final = 100.0
"""Hybrid rule: GO before the end of the set only at this e-value; spends 0.01 of the 0.05 that a false GO may take."""

EARLY_NO_GO_EVIDENCE: Final = 20.0
"""Hybrid rule: NO-GO before the end of the set at this e-value of "worse"; a false NO-GO takes at most 0.05."""

FINAL_ALPHA: Final = 0.04
"""Hybrid rule: level of the fixed test at the full set; 0.01 + 0.04 = 0.05 by the union bound."""

_BETS: Final = 16
_BOLDEST: Final = 0.95
_LARGEST_LOG: Final = 700.0


@dataclass(slots=True, kw_only=True)
class DifferenceBet:
    """Running evidence that the mean difference lies above ``-margin``, for differences in [-1, 1].

    Sixteen fixed bets on y = (difference + 1) / 2 against mu0 = (1 - margin) / 2, averaged (Waudby-Smith and Ramdas
    2023, arXiv 2010.09686). For a regression of graded scores, use margin 0 and give the differences with their sign
    turned; for "worse by more than a margin", that margin with its sign turned as well. The state is ``log_wealth``
    and ``tasks``; both may be stored and given again.
    """

    margin: float
    log_wealth: list[float] = field(default_factory=lambda: [0.0] * _BETS)
    tasks: int = 0

    def __post_init__(self) -> None:
        if not -1.0 < self.margin < 1.0:
            raise ValueError(f"margin must lie in (-1, 1), not {self.margin!r}")
        count("tasks", self.tasks)
        if len(self.log_wealth) != _BETS:
            raise ValueError(f"log_wealth must have {_BETS} entries, not {len(self.log_wealth)}")

    def update(self, difference: float) -> float:
        """Take in one task's difference (candidate minus baseline); returns the e-value so far."""
        if not -1.0 <= difference <= 1.0:
            raise ValueError(f"difference must lie in [-1, 1], not {difference!r}")
        for place, factor in enumerate(_factors(difference, self.margin)):
            self.log_wealth[place] += math.log(factor)
        self.tasks += 1
        return self.e_value

    @property
    def e_value(self) -> float:
        """Evidence so far; 1 before the first task."""
        return mean_of_exponentials(self.log_wealth)


def noninferiority_e_value(counts: PairedCounts, margin: float) -> float:
    """E-value against "the candidate is worse by ``margin`` or more", from counts: the order of tasks does not matter.

    Same mixture as `DifferenceBet` (arXiv 2010.09686); 1 without tasks.
    """
    outcomes = (
        (counts.candidate_only, _factors(1.0, _margin(margin))),
        (counts.baseline_only, _factors(-1.0, margin)),
        (counts.both + counts.neither, _factors(0.0, margin)),
    )
    return mean_of_exponentials(
        [math.fsum(tasks * math.log(factors[bet]) for tasks, factors in outcomes) for bet in range(_BETS)]
    )


def noninferiority_e_value_of(differences: Iterable[float], margin: float) -> float:
    """`noninferiority_e_value` for graded scores: differences in [-1, 1]."""
    bet = DifferenceBet(margin=margin)
    for difference in differences:
        bet.update(difference)
    return bet.e_value


def mcnemar_e_value(favouring: int, against: int) -> float:
    """Sequential McNemar: evidence that a discordant task favours one side more often than not.

    Uniform mixture over p > 1/2: 2 * 2^(b+c) B(b+1, c+1) (1 - I_1/2(b+1, c+1)), b ``favouring``, c ``against`` (method
    of mixtures, Robbins 1970, Ann Math Stat 41:1397). 1 without discordant tasks.
    """
    b, c = count("favouring", favouring), count("against", against)
    mass = incomplete_beta(c + 1, b + 1, 0.5)
    if mass <= 0.0:
        return 0.0
    return math.exp(min(_LARGEST_LOG, (b + c + 1) * math.log(2.0) + log_beta(b + 1, c + 1) + math.log(mass)))


def regression_e_value(counts: PairedCounts) -> float:
    """Evidence that the candidate is worse: `mcnemar_e_value` with broken tasks favouring, mended tasks against."""
    return mcnemar_e_value(counts.baseline_only, counts.candidate_only)


def mean_of_exponentials(logs: Iterable[float]) -> float:
    """Mean of exp(log), at most about 1e304: evidence beyond that is never needed, infinity would spoil averages."""
    terms = [min(_LARGEST_LOG, finite("log", log)) for log in logs]
    return math.fsum(math.exp(term) for term in terms) / len(terms)


def _factors(difference: float, margin: float) -> list[float]:
    """What one difference multiplies each bet's wealth by; all above 0."""
    null_mean = (1.0 - margin) / 2.0
    surplus = (difference + 1.0) / 2.0 - null_mean
    return [1.0 + bet / _BETS * _BOLDEST / null_mean * surplus for bet in range(1, _BETS + 1)]


def _margin(margin: float) -> float:
    if not 0.0 <= margin < 1.0:
        raise ValueError(f"margin must lie in [0, 1), not {margin!r}")
    return margin
