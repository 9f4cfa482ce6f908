"""Monitor and Alert: a quantity watched over Traces; a bounded claim that it changed.

Here: the nouns. Not here: the tests behind them (``statistics``, ``monitoring``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class RateReading(Struct, frozen=True, kw_only=True):
    """A rate over a window with its interval. ``value`` is ``None`` when nothing was judged."""

    name: str
    hits: int
    total: int
    value: float | None
    low: float | None
    high: float | None
    confidence: float = 0.95


class Alert(Struct, frozen=True, kw_only=True):
    """A claim with a bound: under no change, ``evidence`` reaches its threshold at most as often as ``bound`` states.

    ``before`` and ``after`` are readings of the same quantity; ``examples`` are Trace ids.
    """

    monitor: str
    mission: str
    version: int
    severity: Literal["notice", "page"]
    message: str
    evidence: float
    threshold: float
    bound: str
    since: float
    before: RateReading | None = None
    after: RateReading | None = None
    topic: str = ""
    examples: tuple[str, ...] = ()
    action: str = ""
