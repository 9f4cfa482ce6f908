"""Chi-square: whether two samples of counts come from one distribution.

Here: the tail of the chi-square distribution, the test of two samples over the same bins.
Not here: paired counts (``paired``), which bins (the caller's).

Written from the formulas of the Digital Library of Mathematical Functions (DLMF, dlmf.nist.gov), chapter 8.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

SMALLEST_EXPECTED = 5.0
"""Bins that expect fewer in either sample are put together: the tail would not be chi-square's (Cochran 1954)."""
_TERMS = 10_000
_CLOSE = 1e-15


class TwoSamples(NamedTuple):
    """Statistic, degrees of freedom (0 where nothing can be compared) and p."""

    statistic: float
    degrees_of_freedom: int
    p: float


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    """Chance of at least ``statistic``: Q(k / 2, x / 2), DLMF 8.2.4 by 8.7.1 (series) or 8.9.2 (continued fraction).

    Raises:
        ValueError: a negative statistic or no degree of freedom.
    """
    if not statistic >= 0.0 or degrees_of_freedom < 1:
        raise ValueError("a chi-square tail needs a statistic of at least 0 and a degree of freedom")
    a, x = degrees_of_freedom / 2.0, statistic / 2.0
    if x == 0.0:
        return 1.0
    if math.isinf(x):
        return 0.0
    scale = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        return max(0.0, 1.0 - scale * _series(a, x))
    return min(1.0, scale * _fraction(a, x))


def _series(a: float, x: float) -> float:
    term = total = 1.0 / a
    for step in range(1, _TERMS):
        term *= x / (a + step)
        total += term
        if term < total * _CLOSE:
            break
    return total


def _fraction(a: float, x: float) -> float:
    """Lentz's method (Thompson and Barnett 1986, J Comput Phys 64:490)."""
    tiny = 1e-300
    b = x + 1.0 - a
    c, d = 1.0 / tiny, 1.0 / (b or tiny)
    value = d
    for step in range(1, _TERMS):
        an = -step * (step - a)
        b += 2.0
        d = 1.0 / ((an * d + b) or tiny)
        c = (b + an / c) or tiny
        value *= c * d
        if abs(c * d - 1.0) < _CLOSE:
            break
    return value


def two_samples(first: Sequence[int], second: Sequence[int]) -> TwoSamples:
    """Pearson's test that both samples have the same shares of the bins (Pearson 1911, Biometrika 8:250).

    Args:
        first: counts by bin.
        second: counts of the other sample by the same bins.

    Raises:
        ValueError: two numbers of bins.
    """
    if len(first) != len(second):
        raise ValueError(f"both samples need the same bins, not {len(first)} and {len(second)}")
    n, m = sum(first), sum(second)
    if not n or not m:
        return TwoSamples(0.0, 0, 1.0)
    pairs = _merged(first, second, n, m)
    statistic = 0.0
    for a, b in pairs:
        expected = (a + b) * n / (n + m)
        statistic += (a - expected) ** 2 / expected
        expected = (a + b) * m / (n + m)
        statistic += (b - expected) ** 2 / expected
    degrees = len(pairs) - 1
    return TwoSamples(statistic, degrees, chi_square_tail(statistic, degrees) if degrees else 1.0)


def _merged(first: Sequence[int], second: Sequence[int], n: int, m: int) -> list[tuple[int, int]]:
    """The bins, those that expect too few put together from the rarest on."""
    least = SMALLEST_EXPECTED * (n + m) / min(n, m)
    kept, rare = list[tuple[int, int]](), (0, 0)
    for a, b in sorted(zip(first, second, strict=True), key=sum):
        if a + b < least or 0 < sum(rare) < least:
            rare = (rare[0] + a, rare[1] + b)
        else:
            kept.append((a, b))
    return [*kept, *([rare] if sum(rare) else [])]
