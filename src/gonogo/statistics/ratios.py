"""Ratios: how many times as slow or as dear the candidate is, on the same tasks.

Here: the geometric mean ratio and its one-sided bounds.
Not here: differences of quantiles (``bootstrap``), hard limits on totals, which need no test.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from gonogo.statistics.arguments import open_unit, same_length
from gonogo.statistics.graded import standard_error
from gonogo.statistics.special import t_quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioBound:
    """Candidate over baseline: geometric mean ``ratio``, and the values it lies above and below, each with
    ``confidence``."""

    ratio: float
    lower: float
    upper: float
    confidence: float

    def within(self, budget: float) -> bool:
        """True when the bound lies below 1 + ``budget`` (0.15 allows 15 % more)."""
        return self.upper < 1.0 + budget


def geometric_mean_ratio(
    baseline: Sequence[float],
    candidate: Sequence[float],
    confidence: float = 0.95,
    clusters: Sequence[Hashable] | None = None,
) -> RatioBound:
    """Ratio of latencies or costs, task by task: t bounds on the mean log ratio, then exponentiated.

    Both sequences hold positive numbers in the same unit and order, at least 2 tasks. Wrong for tasks that cost
    nothing: leave those out or compare totals. Standard for ratios of positive quantities (Chow and Liu 2008, chapter
    3, bioequivalence).
    """
    open_unit("confidence", confidence)
    same_length("baseline", len(baseline), "candidate", len(candidate))
    logs = [_log("candidate", new) - _log("baseline", old) for old, new in zip(baseline, candidate, strict=True)]
    error = standard_error(logs, clusters)
    centre = math.fsum(logs) / len(logs)
    reach = t_quantile(confidence, error.degrees_of_freedom) * error.value
    low, high = math.exp(max(-700.0, centre - reach)), math.exp(min(700.0, centre + reach))
    return RatioBound(ratio=math.exp(centre), lower=low, upper=high, confidence=confidence)


def _log(name: str, value: float) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise ValueError(f"{name} must hold finite numbers above 0, not {value!r}")
    return math.log(value)
