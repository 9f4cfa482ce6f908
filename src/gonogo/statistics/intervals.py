"""Intervals: a range with the confidence it was made for.

Here: the two nouns only.
Not here: how a range is found (``rates``, ``paired``, ``graded``, ``agreement``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gonogo.statistics.arguments import finite, open_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From ``low`` to ``high``, both included, at ``confidence`` (0..1), found by ``method`` ("wilson", "tango")."""

    low: float
    high: float
    confidence: float
    method: str

    def __post_init__(self) -> None:
        finite("low", self.low)
        finite("high", self.high)
        open_unit("confidence", self.confidence)
        if self.low > self.high:
            raise ValueError(f"low {self.low!r} is above high {self.high!r}")

    @property
    def width(self) -> float:
        """Distance between the two ends."""
        return self.high - self.low

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


class Estimate(NamedTuple):
    """A number and the interval around it."""

    value: float
    interval: Interval
