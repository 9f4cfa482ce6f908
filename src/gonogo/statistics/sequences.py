"""Sequences: intervals for a mean that hold at every moment at once, so that whoever looks may stop, or go on where it
is worth most.

Here: the interval of a mean of values in 0..1. Not here: evidence for one hypothesis (``evalues``).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from gonogo.statistics.arguments import count, open_unit
from gonogo.statistics.intervals import Interval
from gonogo.statistics.special import log_beta

METHOD: Final = "beta mixture, any time"
_PRIOR: Final = 0.5
_STEPS: Final = 60


def mean_sequence(total: float, n: int, confidence: float = 0.95) -> Interval:
    """An interval for the mean of values in 0..1 that holds for every ``n`` together with that confidence.

    The means that a mixture of Bernoulli likelihood ratios does not refute: with a Beta(1/2, 1/2) mixture, every ``p``
    with B(s + 1/2, n - s + 1/2) / B(1/2, 1/2) < p^s (1 - p)^(n - s) / (1 - confidence), ``s`` the sum (Robbins 1970,
    Ann Math Stat 41:1397; Howard, Ramdas, McAuliffe and Sekhon 2021, Ann Statist 49:1055). It holds for values between
    0 and 1 too: a Bernoulli likelihood ratio is convex in the value, so that its mean is at most that of a coin with
    the same mean, which is 1.

    Args:
        total: sum of the values.
        n: how many there are; none gives 0..1.

    Raises:
        ValueError: a sum outside 0..n, or a confidence outside 0..1.
    """
    level = open_unit("confidence", confidence)
    if not 0.0 <= total <= count("n", n):
        raise ValueError(f"a sum of {n} values in 0..1 lies in 0..{n}, not at {total!r}")
    if n == 0:
        return Interval(low=0.0, high=1.0, confidence=level, method=METHOD)
    limit = -math.log(1.0 - level)
    mixed = log_beta(total + _PRIOR, n - total + _PRIOR) - log_beta(_PRIOR, _PRIOR)

    def refuted(p: float) -> bool:
        return mixed - _log(p, total) - _log(1.0 - p, n - total) >= limit

    mean = total / n
    low = 0.0 if total == 0 else _edge(refuted, 0.0, mean)
    high = 1.0 if total == n else _edge(refuted, 1.0, mean)
    return Interval(low=low, high=high, confidence=level, method=METHOD)


def _log(p: float, times: float) -> float:
    if times == 0:
        return 0.0
    return times * math.log(p) if p > 0.0 else -math.inf


def _edge(refuted: Callable[[float], bool], outside: float, inside: float) -> float:
    """Where refutation begins between the mean, which never is refuted, and the end; the refuted side is given."""
    for _ in range(_STEPS):
        middle = (outside + inside) / 2.0
        if refuted(middle):
            outside = middle
        else:
            inside = middle
    return outside
