"""Clock: where time and random identifiers come from, so that everything above can be given others.

Here: wall time, CPU time, sortable trace and run identifiers.
Not here: formatting for people (``cli``).
"""

from __future__ import annotations

import os
import time
from typing import Protocol


class Clock(Protocol):
    """What a component may ask of time."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    def cpu(self) -> float:
        """CPU seconds this thread has used."""
        ...


class SystemClock:
    """The machine's own clocks."""

    # Asked two dozen times a request: no function of ours stands between.
    now = staticmethod(time.time)
    monotonic = staticmethod(time.perf_counter)
    cpu = staticmethod(time.thread_time)


def new_id(now: float) -> str:
    """32 hexadecimal digits, sortable by time (layout of UUID version 7, RFC 9562); an OpenTelemetry trace id as well.

    Args:
        now: seconds since 1970-01-01 UTC.
    """
    milliseconds = int(now * 1000) & ((1 << 48) - 1)
    random_bits = int.from_bytes(os.urandom(10), "big")
    high, low = random_bits >> 68, random_bits & ((1 << 62) - 1)
    value = (milliseconds << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low
    return f"{value:032x}"
