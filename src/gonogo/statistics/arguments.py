"""Arguments: what a statistical function refuses to work with.

Here: the checks that every module of this package makes at its door, and the wording of the refusals.
Not here: what a caller does about a refusal; each is a ``ValueError``, since a wrong number is a caller's mistake.
"""

from __future__ import annotations

import math
from collections.abc import Iterable


def open_unit(name: str, value: float) -> float:
    """``value`` when it lies strictly between 0 and 1 (error rates, confidences, margins)."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {value!r}")
    return float(value)


def closed_unit(name: str, value: float) -> float:
    """``value`` when it lies in [0, 1] (probabilities, shares)."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} must lie in [0, 1], not {value!r}")
    return float(value)


def count(name: str, value: int, *, least: int = 0) -> int:
    """``value`` when it is a whole number of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, not {value!r}")  # noqa: TRY004 - one error class for callers
    if value < least:
        raise ValueError(f"{name} must be at least {least}, not {value}")
    return value


def positive(name: str, value: float) -> float:
    """``value`` when it is finite and above 0."""
    if not (math.isfinite(value) and value > 0.0):
        raise ValueError(f"{name} must be a finite number above 0, not {value!r}")
    return float(value)


def finite(name: str, value: float) -> float:
    """``value`` when it is neither NaN nor infinite."""
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, not {value!r}")
    return float(value)


def sample(name: str, values: Iterable[float], *, least: int = 1) -> list[float]:
    """``values`` as a list of finite floats, at least ``least`` of them."""
    numbers = [float(value) for value in values]
    if len(numbers) < least:
        raise ValueError(f"{name} needs at least {least} value{'s' if least != 1 else ''}, got {len(numbers)}")
    for place, number in enumerate(numbers):
        if not math.isfinite(number):
            raise ValueError(f"{name}[{place}] is {number!r}: a missing or failed score must be left out by the caller")
    return numbers


def same_length(first: str, left: int, second: str, right: int) -> None:
    """Refuse two samples that should be paired but differ in length."""
    if left != right:
        raise ValueError(f"{first} and {second} must have the same length, not {left} and {right}")
