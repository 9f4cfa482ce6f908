"""Instruments: counters and histograms in memory, each with a bound on how many series it may grow to.

Here: adding up. Not here: what is counted (``measures``, ``genai_metrics``), how it is written (``prometheus``,
``otlp_metrics``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

MOST_SERIES = 1000
"""Label combinations that one instrument keeps apart; what comes after them is added up under ``other``."""
OTHER = "other"
LONGEST_VALUE = 128
"""Characters of a label's value: upstreams choose some of them."""

Labels = tuple[str, ...]


@dataclass(slots=True)
class Series:
    """One label combination. ``counts`` per bucket, the last one above every bound; empty for a counter."""

    total: float = 0.0
    count: int = 0
    counts: list[int] = field(default_factory=list)


class Instrument:
    """A counter, or a histogram where ``bounds`` are given.

    Args:
        labels: names, in the order in which values come.
        bounds: upper ends of the buckets, inclusive, ascending.
    """

    def __init__(
        self,
        name: str,
        about: str,
        labels: Labels,
        *,
        unit: str = "1",
        bounds: Sequence[float] = (),
        most: int = MOST_SERIES,
    ) -> None:
        self.name, self.about, self.labels, self.unit = name, about, labels, unit
        self.bounds = tuple(bounds)
        self._most = most
        self._series: dict[Labels, Series] = {}

    def add(self, values: Labels, amount: float = 1.0) -> None:
        """Add to a counter, or put one observation into a histogram."""
        series = self._series.get(values)
        if series is None:
            series = self._begin(values)
        series.total += amount
        if self.bounds:
            series.count += 1
            series.counts[bisect_left(self.bounds, amount)] += 1

    def series(self) -> Iterator[tuple[Labels, Series]]:
        """All of them, as they are now."""
        yield from list(self._series.items())

    def _begin(self, values: Labels) -> Series:
        kept = tuple(value[:LONGEST_VALUE] for value in values)
        if kept not in self._series and len(self._series) >= self._most:
            kept = (OTHER,) * len(self.labels)
        series = self._series.get(kept)
        if series is None:
            series = self._series[kept] = Series(counts=[0] * (len(self.bounds) + 1) if self.bounds else [])
        return series
