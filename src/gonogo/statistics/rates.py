"""Rates: so many out of so many, never without an interval.

Here: one rate, its Wilson and Clopper-Pearson intervals, the bound that remains when nothing failed.
Not here: the difference of two rates on the same tasks (``paired``), rates seen by an imperfect judge (``agreement``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gonogo.statistics.arguments import count, open_unit
from gonogo.statistics.intervals import Interval
from gonogo.statistics.special import beta_quantile, normal_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``hits`` out of ``total`` independent trials."""

    hits: int
    total: int

    def __post_init__(self) -> None:
        count("hits", self.hits)
        count("total", self.total)
        if self.hits > self.total:
            raise ValueError(f"hits ({self.hits}) cannot be more than total ({self.total})")

    @property
    def value(self) -> float | None:
        """hits / total; ``None`` when there were no trials."""
        return self.hits / self.total if self.total else None

    def wilson(self, confidence: float = 0.95) -> Interval:
        """Score interval (Wilson 1927, JASA 22:209): right near 0 and 1 and for few trials. [0, 1] without trials."""
        z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
        if not self.total:
            return Interval(low=0.0, high=1.0, confidence=confidence, method="wilson")
        share, squared = self.hits / self.total, z * z
        centre = (self.hits + squared / 2.0) / (self.total + squared)
        spread = z * math.sqrt(self.total * share * (1.0 - share) + squared / 4.0) / (self.total + squared)
        low = max(0.0, centre - spread) if self.hits else 0.0
        high = min(1.0, centre + spread) if self.hits < self.total else 1.0
        return Interval(low=low, high=high, confidence=confidence, method="wilson")

    def clopper_pearson(self, confidence: float = 0.95) -> Interval:
        """Exact interval (Clopper and Pearson 1934, Biometrika 26:404): covers at least ``confidence``, often more."""
        tail = (1.0 - open_unit("confidence", confidence)) / 2.0
        low = beta_quantile(tail, self.hits, self.total - self.hits + 1) if self.hits else 0.0
        high = beta_quantile(1.0 - tail, self.hits + 1, self.total - self.hits) if self.hits < self.total else 1.0
        return Interval(low=low, high=high, confidence=confidence, method="clopper-pearson")

    def upper_bound(self, confidence: float = 0.95) -> float:
        """Exact one-sided upper bound: the true rate lies above it with probability at most 1 - ``confidence`` (Clopper
        and Pearson 1934, Biometrika 26:404)."""
        open_unit("confidence", confidence)
        return beta_quantile(confidence, self.hits + 1, self.total - self.hits) if self.hits < self.total else 1.0


def zero_failure_bound(n: int, confidence: float = 0.95) -> float:
    """Largest failure rate that ``n`` trials without a failure cannot exclude: 1 - (1 - confidence)^(1/n).

    One-sided Clopper-Pearson bound at 0 hits; about 3/n at 95 % (Hanley and Lippman-Hand 1983, JAMA 249:1743).
    """
    open_unit("confidence", confidence)
    return -math.expm1(math.log1p(-confidence) / count("n", n, least=1))
