"""Detectors: endless streams watched for a change, with a stated time between false alarms.

Here: the Shiryaev-Roberts e-detector, one for yes/no flags, and how much evidence an alarm needs for a false-alarm
budget.
Not here: scores without a known distribution (``conformal``), canary against control (``rollback``), which alarm pages
a person (``monitoring``).

An alarm at evidence A comes, without a change, not more often than once in A observations on average, however dependent
they are (Shin, Ramdas and Rinaldo 2022, arXiv 2203.03532). A detector's fields are its whole state: plain numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from gonogo.statistics.arguments import count, open_unit, positive
from gonogo.statistics.rates import Rate

_CEILING = 1e300


@dataclass(slots=True, kw_only=True)
class ShiryaevRoberts:
    """Average of ``bets`` e-detectors M_t = (M_{t-1} + 1) e_t, which is an e-detector again.

    ``runs`` and ``starts`` follow the best start of each bet (the CUSUM form max(M, 1) e_t), to say since when.
    """

    bets: int
    evidence_by_bet: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    seen: int = 0

    def __post_init__(self) -> None:
        count("bets", self.bets, least=1)
        count("seen", self.seen)
        self.evidence_by_bet = self.evidence_by_bet or [0.0] * self.bets
        self.runs = self.runs or [0.0] * self.bets
        self.starts = self.starts or [0] * self.bets
        if {len(self.evidence_by_bet), len(self.runs), len(self.starts)} != {self.bets}:
            raise ValueError(f"evidence_by_bet, runs and starts must each have {self.bets} entries, one a bet")

    def update(self, factors: Sequence[float]) -> float:
        """Take in what one observation multiplies each bet by (mean at most 1 without a change); returns evidence."""
        if len(factors) != self.bets:
            raise ValueError(f"factors must have {self.bets} entries, not {len(factors)}")
        for bet, factor in enumerate(factors):
            if not 0.0 <= factor < math.inf:
                raise ValueError(f"factors[{bet}] must be finite and at least 0, not {factor!r}")
            self.evidence_by_bet[bet] = min(_CEILING, (self.evidence_by_bet[bet] + 1.0) * factor)
            if self.runs[bet] <= 1.0:
                self.runs[bet], self.starts[bet] = 1.0, self.seen
            self.runs[bet] = min(_CEILING, self.runs[bet] * factor)
        self.seen += 1
        return self.evidence

    @property
    def evidence(self) -> float:
        """Compare with the threshold A; 0 before the first observation."""
        return math.fsum(evidence / self.bets for evidence in self.evidence_by_bet)

    @property
    def leading_bet(self) -> int:
        """The bet with most evidence, counted from 0: it says what kind of change it is."""
        return max(range(self.bets), key=lambda bet: self.evidence_by_bet[bet])

    @property
    def started_at(self) -> int:
        """Likeliest first observation after the change, counted from 0, as the leading bet sees it."""
        return self.starts[self.leading_bet]

    def restart(self) -> None:
        """Forget all evidence, as after an accepted new baseline."""
        self.evidence_by_bet, self.runs = [0.0] * self.bets, [0.0] * self.bets
        self.starts, self.seen = [0] * self.bets, 0


@dataclass(slots=True, kw_only=True)
class FlagDetector:
    """Watches a yes/no flag whose rate should stay at or below ``base_rate`` (in (0, 1)).

    Three bets on higher rates p1, each multiplying by p1/p0 or (1-p1)/(1-p0): the likelihood ratio of Page (1954,
    Biometrika 41:100) in a Shiryaev-Roberts e-detector. No ranks are learnt, so a lasting small rise is never
    absorbed. To watch for a fall, give the flag negated.
    """

    base_rate: float
    detector: ShiryaevRoberts = field(default_factory=lambda: ShiryaevRoberts(bets=3))

    def __post_init__(self) -> None:
        open_unit("base_rate", self.base_rate)
        if self.detector.bets != len(self.alternatives):
            raise ValueError(f"detector must have {len(self.alternatives)} bets, not {self.detector.bets}")

    @classmethod
    def from_reference(cls, reference: Rate, confidence: float = 0.995) -> FlagDetector:
        """Detector above the exact upper bound of a reference rate (Clopper and Pearson 1934); 2,000 rows or more
        advised.

        The bound is wrong with probability 1 - ``confidence`` per flag, and then false alarms come sooner than stated.
        """
        bound = reference.upper_bound(confidence)
        if bound >= 1.0:
            raise ValueError("the reference has no row without this flag: there is no higher rate to watch for")
        return cls(base_rate=bound)

    @property
    def alternatives(self) -> tuple[float, float, float]:
        """The rates betted on: a small, a middling and a large rise."""
        middle = (1.0 + self.base_rate) / 2.0
        small, middling, large = 1.5 * self.base_rate + 0.005, self.base_rate + 0.04, self.base_rate + 0.12
        return min(small, middle), min(middling, middle), min(large, middle)

    def update(self, flag: bool) -> float:
        """Take in one observation; returns the evidence of a rise."""
        base = self.base_rate
        if flag:
            return self.detector.update([rate / base for rate in self.alternatives])
        return self.detector.update([(1.0 - rate) / (1.0 - base) for rate in self.alternatives])

    @property
    def evidence(self) -> float:
        """Evidence so far."""
        return self.detector.evidence

    @property
    def started_at(self) -> int:
        """Likeliest first observation after the rise, counted from 0."""
        return self.detector.started_at

    def restart(self) -> None:
        """Forget all evidence; the base rate stays."""
        self.detector.restart()


def average_evidence(evidence: Sequence[float]) -> float:
    """One detector out of several on the same stream: averages of e-detectors are e-detectors (arXiv 2203.03532)."""
    if not evidence:
        raise ValueError("evidence is empty: there is nothing to average")
    for place, value in enumerate(evidence):
        if not 0.0 <= value < math.inf:
            raise ValueError(f"evidence[{place}] must be finite and at least 0, not {value!r}")
    return math.fsum(value / len(evidence) for value in evidence)


def evidence_needed(*, detectors: int, observations_per_week: float, false_alarms_per_week: float) -> float:
    """Threshold A for a false-alarm budget over several separate detectors: K n / allowed.

    20 detectors, 50,000 requests a week and one false alarm in four weeks (0.25) need 4,000,000. Bonferroni over
    detectors (Dandapanthula and Ramdas 2025, arXiv 2501.04130).
    """
    count("detectors", detectors, least=1)
    observations = positive("observations_per_week", observations_per_week)
    return max(1.0, detectors * observations / positive("false_alarms_per_week", false_alarms_per_week))
