"""Paired: two Versions on the same tasks, each task passed or failed.

Here: the four counts, exact McNemar tests, the interval of the difference, the non-inferiority test of the gate.
Not here: graded scores (``graded``), how many tasks are needed (``power``), tests that may stop early (``evalues``).

The difference is always candidate minus baseline; positive is better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from gonogo.statistics.arguments import count, open_unit
from gonogo.statistics.intervals import Interval
from gonogo.statistics.rates import Rate
from gonogo.statistics.special import binomial_at_least, normal_cdf, normal_quantile

_BISECTIONS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedCounts:
    """Tasks by who passed them: ``both``, only the candidate (mended), only the baseline (broke), ``neither``."""

    both: int
    candidate_only: int
    baseline_only: int
    neither: int

    def __post_init__(self) -> None:
        for name in ("both", "candidate_only", "baseline_only", "neither"):
            count(name, getattr(self, name))

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> PairedCounts:
        """Count (candidate passed, baseline passed), one pair a task."""
        table = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
        for candidate, baseline in pairs:
            table[bool(candidate), bool(baseline)] += 1
        return cls(
            both=table[True, True],
            candidate_only=table[True, False],
            baseline_only=table[False, True],
            neither=table[False, False],
        )

    @property
    def total(self) -> int:
        """Number of tasks."""
        return self.both + self.candidate_only + self.baseline_only + self.neither

    @property
    def discordant(self) -> int:
        """Tasks on which the two differ."""
        return self.candidate_only + self.baseline_only

    @property
    def discordance(self) -> float | None:
        """Share of tasks on which the two differ; ``None`` without tasks."""
        return self.discordant / self.total if self.total else None

    @property
    def difference(self) -> float | None:
        """Pass rate of the candidate minus that of the baseline; ``None`` without tasks."""
        return (self.candidate_only - self.baseline_only) / self.total if self.total else None

    @property
    def variance(self) -> float | None:
        """Variance of one task's difference in {-1, 0, 1}: discordance minus squared difference."""
        if not self.total:
            return None
        share = (self.candidate_only - self.baseline_only) / self.total
        return self.discordant / self.total - share * share

    @property
    def wald_error(self) -> float | None:
        """Plain standard error of the difference; 0 without discordant tasks, so never decide on it alone."""
        variance = self.variance
        return None if variance is None else math.sqrt(variance / self.total)

    @property
    def candidate(self) -> Rate:
        """Pass rate of the candidate."""
        return Rate(hits=self.both + self.candidate_only, total=self.total)

    @property
    def baseline(self) -> Rate:
        """Pass rate of the baseline."""
        return Rate(hits=self.both + self.baseline_only, total=self.total)

    def swapped(self) -> PairedCounts:
        """The same tasks with candidate and baseline exchanged."""
        return PairedCounts(
            both=self.both,
            candidate_only=self.baseline_only,
            baseline_only=self.candidate_only,
            neither=self.neither,
        )


def mcnemar_exact(counts: PairedCounts) -> float:
    """Two-sided exact p of "both pass equally often" (McNemar 1947, Psychometrika 12:153); 1 without discordance."""
    larger = max(counts.candidate_only, counts.baseline_only)
    return min(1.0, 2.0 * binomial_at_least(larger, counts.discordant, 0.5))


def mcnemar_better(counts: PairedCounts) -> float:
    """One-sided exact p: small when the candidate is better (half of `mcnemar_exact`, in one direction)."""
    return binomial_at_least(counts.candidate_only, counts.discordant, 0.5)


def mcnemar_worse(counts: PairedCounts) -> float:
    """One-sided exact p: small when the candidate is worse (half of `mcnemar_exact`). The gate's evidence for a
    regression."""
    return binomial_at_least(counts.baseline_only, counts.discordant, 0.5)


def mcnemar_mid_p(counts: PairedCounts) -> float:
    """Two-sided mid-p: less conservative than exact (Fagerland et al. 2013, BMC Med Res Methodol 13:91)."""
    if not counts.discordant:
        return 1.0
    larger = max(counts.candidate_only, counts.baseline_only)
    at_least = binomial_at_least(larger, counts.discordant, 0.5)
    point = at_least - binomial_at_least(larger + 1, counts.discordant, 0.5)
    return min(1.0, max(0.0, 2.0 * at_least - point))


class ChiSquare(NamedTuple):
    """A chi-square value with one degree of freedom, and its p."""

    statistic: float
    p: float


def mcnemar_chi_square(counts: PairedCounts) -> ChiSquare:
    """McNemar's test with Edwards' continuity correction (1948, Psychometrika 13:185). To compare with other tools."""
    if not counts.discordant:
        return ChiSquare(0.0, 1.0)
    distance = abs(counts.candidate_only - counts.baseline_only) - 1
    statistic = distance * distance / counts.discordant
    return ChiSquare(statistic, math.erfc(math.sqrt(statistic / 2.0)))


class NonInferiority(NamedTuple):
    """Result of a non-inferiority test: score ``z`` and one-sided ``p`` of "worse by the margin or more"."""

    z: float
    p: float


def tango_noninferiority(counts: PairedCounts, margin: float) -> NonInferiority:
    """Score test of "the candidate is worse by ``margin`` or more" (Tango 1998, Stat Med 17:891).

    ``margin`` is a share of tasks in (0, 1). Reject, and call the candidate non-inferior, when p <= alpha. Needs at
    least one task. Approximate: summed over all tables at margin 0.05 and 52 to 400 tasks, alpha 0.05 lets through up
    to 5.8 % of candidates at the margin (7 % below 59 tasks), alpha 0.04 (``FINAL_ALPHA``) at most 5 %.
    """
    open_unit("margin", margin)
    _some_tasks(counts)
    z = _tango_score(counts, -margin)
    return NonInferiority(z, normal_cdf(-z))


def tango_interval(counts: PairedCounts, confidence: float = 0.95) -> Interval:
    """Interval of the difference by inverting Tango's score test (Tango 1998, Stat Med 17:891)."""
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    _some_tasks(counts)
    difference = (counts.candidate_only - counts.baseline_only) / counts.total
    low = _crossing(lambda delta: _tango_score(counts, delta) > z, -1.0, difference)
    high = _crossing(lambda delta: _tango_score(counts, delta) > -z, difference, 1.0)
    return Interval(low=low, high=high, confidence=confidence, method="tango")


def newcombe_interval(counts: PairedCounts, confidence: float = 0.95) -> Interval:
    """Interval of the difference in closed form: two Wilson intervals, joined.

    Method 10 of Newcombe (1998, Stat Med 17:2635). Needs at least one task.
    """
    open_unit("confidence", confidence)
    _some_tasks(counts)
    candidate, baseline = counts.candidate, counts.baseline
    first, second = candidate.wilson(confidence), baseline.wilson(confidence)
    p, q = candidate.hits / counts.total, baseline.hits / counts.total
    phi = _newcombe_phi(counts)

    def reach(left: float, right: float) -> float:
        return math.sqrt(max(0.0, left * left - 2.0 * phi * left * right + right * right))

    low = p - q - reach(p - first.low, second.high - q)
    high = p - q + reach(first.high - p, q - second.low)
    return Interval(low=max(-1.0, low), high=min(1.0, high), confidence=confidence, method="newcombe-10")


def _newcombe_phi(counts: PairedCounts) -> float:
    """Correlation of the two outcomes, pulled towards 0 when positive; 0 where a margin is empty."""
    margins = (
        counts.candidate.hits
        * (counts.total - counts.candidate.hits)
        * counts.baseline.hits
        * (counts.total - counts.baseline.hits)
    )
    if not margins:
        return 0.0
    cross = counts.both * counts.neither - counts.candidate_only * counts.baseline_only
    corrected = max(cross - counts.total / 2.0, 0.0) if cross > 0 else float(cross)
    return corrected / math.sqrt(margins)


def _tango_score(counts: PairedCounts, delta: float) -> float:
    """Tango's z of H0: difference = ``delta``, with q the restricted estimate of P[baseline only]."""
    n, b, c = counts.total, counts.candidate_only, counts.baseline_only
    linear = -b - c + (2 * n - b + c) * delta
    constant = -c * delta * (1.0 - delta)
    root = math.sqrt(max(0.0, linear * linear - 8.0 * n * constant))
    q = (root - linear) / (4.0 * n)
    variance = n * (2.0 * q + delta * (1.0 - delta))
    distance = b - c - n * delta
    if variance <= 0.0:
        return 0.0 if distance == 0.0 else math.copysign(1e9, distance)
    return distance / math.sqrt(variance)


def _crossing(is_left: Callable[[float], bool], low: float, high: float) -> float:
    """Where a condition that holds on the left stops holding, between ``low`` and ``high``."""
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if is_left(middle) else (low, middle)
    return (low + high) / 2.0


def _some_tasks(counts: PairedCounts) -> None:
    if not counts.total:
        raise ValueError("no paired tasks: a difference needs at least one task that ran on both sides")
