"""Readings: numbers over a window of Traces, each with its interval and how many were judged.

Here: a rate, a quantile, and how they and evidence are phrased. Not here: which rates (``rates``), whether they rose
(``regressions``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from gonogo.domain import RateReading
from gonogo.statistics import Rate

_Z = 1.96
_BEYOND_DOUBT = 1e9


class QuantileReading(Struct, frozen=True, kw_only=True):
    """A quantile in seconds with a 95 % interval between order statistics; all ``None`` where nothing was measured.

    ``low`` or ``high`` is ``None`` where too few were measured for a bound on that side.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    total: int


def rate_reading(name: str, hits: int, total: int, *, confidence: float = 0.95) -> RateReading:
    """A rate with its Wilson interval; ``None`` throughout where nothing was judged."""
    rate = Rate(hits=hits, total=total)
    if not total:
        return RateReading(name=name, hits=0, total=0, value=None, low=None, high=None, confidence=confidence)
    interval = rate.wilson(confidence)
    return RateReading(
        name=name,
        hits=hits,
        total=total,
        value=rate.value,
        low=interval.low,
        high=interval.high,
        confidence=confidence,
    )


def quantile_reading(name: str, values: Sequence[float], share: float) -> QuantileReading:
    """The quantile at ``share`` (0..1) with its distribution-free interval (Conover 1999, section 3.2)."""
    ordered, total = sorted(values), len(values)
    if not total:
        return QuantileReading(name=name, value=None, low=None, high=None, total=0)
    spread = _Z * math.sqrt(total * share * (1.0 - share))
    low, high = math.floor(total * share - spread), math.ceil(total * share + spread)
    return QuantileReading(
        name=name,
        value=ordered[min(total - 1, math.ceil(total * share) - 1)],
        low=ordered[low - 1] if low >= 1 else None,
        high=ordered[high - 1] if high <= total else None,
        total=total,
    )


def percent(value: float) -> str:
    """``6.2 %``; two digits under one percent, so that rare things do not look like none."""
    points = 100.0 * value
    return f"{points:.2f} %" if 0.0 < points < 1.0 else f"{points:.1f} %"


def phrased(reading: RateReading) -> str:
    """``6.2 % [4.8, 7.9], 312 judged``, or ``nothing judged``."""
    if reading.value is None or reading.low is None or reading.high is None:
        return "nothing judged"
    return f"{percent(reading.value)} [{100 * reading.low:.1f}, {100 * reading.high:.1f}], {reading.total:,} judged"


def evidence_words(evidence: float) -> str:
    """``38,000``; beyond a thousand million nobody reads the digits."""
    if evidence >= _BEYOND_DOUBT:
        return f"over {_BEYOND_DOUBT:,.0f}"
    return f"{evidence:,.0f}" if evidence >= 10.0 else f"{evidence:.1f}"
