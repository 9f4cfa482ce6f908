"""Rise: evidence that a rate rose above a known bound, at whatever moment it did.

Here: one e-process over yes/no observations. Pure numbers.
Not here: endless watching with a stated time between false alarms (``statistics.FlagDetector``): that one alarms
without a change sooner or later, this one does so with a stated probability for the whole life of a Version.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gonogo.statistics import FlagDetector

_BETS = 3
_CEILING = 1e300


@dataclass(slots=True, kw_only=True)
class RiseEvidence:
    """Evidence against "the rate never exceeds ``base_rate``" (in (0, 1)).

    Likelihood ratios of three higher rates (Wald 1945, Ann Math Stat 16:117), each mixed over all starts: weight
    1/((t+1)(t+2)) for a rise that begins with observation t, so that the whole is a martingale of mean 1 and reaches
    1/alpha with probability at most alpha, ever (Ville 1939). A late rise costs the logarithm of its start squared; a
    rise from the first observation costs a factor of 2.
    """

    base_rate: float
    seen: int = 0
    started: list[float] = field(default_factory=lambda: [0.0] * _BETS)
    runs: list[float] = field(default_factory=lambda: [0.0] * _BETS)
    starts: list[int] = field(default_factory=lambda: [0] * _BETS)
    highest: float = 1.0
    highest_start: int = 0
    _factors: dict[bool, list[float]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        base, rates = self.base_rate, FlagDetector(base_rate=self.base_rate).alternatives
        self._factors = {
            True: [rate / base for rate in rates],
            False: [(1.0 - rate) / (1.0 - base) for rate in rates],
        }

    def update(self, raised: bool) -> float:
        """Take in one observation; returns the evidence so far."""
        weight = 1.0 / ((self.seen + 1) * (self.seen + 2))
        for bet, factor in enumerate(self._factors[raised]):
            self.started[bet] = min(_CEILING, (self.started[bet] + weight) * factor)
            if self.runs[bet] <= 1.0:
                self.runs[bet], self.starts[bet] = 1.0, self.seen
            self.runs[bet] = min(_CEILING, self.runs[bet] * factor)
        self.seen += 1
        evidence = self.evidence
        if evidence > self.highest:
            self.highest, self.highest_start = evidence, self.started_at
        return evidence

    @property
    def evidence(self) -> float:
        """Mean over bets, with the weight of starts still to come; 1 before the first observation."""
        return sum(self.started) / _BETS + 1.0 / (self.seen + 1)

    @property
    def started_at(self) -> int:
        """Likeliest first observation after the rise, counted from 0."""
        return self.starts[max(range(_BETS), key=lambda bet: self.started[bet])]
