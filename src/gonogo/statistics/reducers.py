"""Reducers: the repeats of one task become one number before anything is tested.

Here: mean, median, extremes, majority, at-least-k, and the chance that some or every one of k tries passes.
Not here: how many repeats pay (``power``). Missing and failed scores are the caller's to decide on: only numbers come
in.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from gonogo.statistics.arguments import count, sample

_PASSED = 0.5


def majority(scores: Sequence[float]) -> float:
    """1 when more than half of the repeats passed, else 0; a tie is no pass. Scores must be 0 or 1."""
    return float(2 * _passes(scores) > len(scores))


def at_least(scores: Sequence[float], k: int) -> float:
    """1 when ``k`` repeats or more passed, else 0. Scores must be 0 or 1, and there must be at least ``k``."""
    passed = _passes(scores)
    if count("k", k, least=1) > len(scores):
        raise ValueError(f"k ({k}) cannot be more than the {len(scores)} repeats there are")
    return float(passed >= k)


def pass_at_k(passed: int, repeats: int, k: int) -> float:
    """Unbiased chance that one of ``k`` tries passes: 1 - C(n-c, k)/C(n, k) (Chen et al. 2021, arXiv 2107.03374)."""
    _tries(passed, repeats, k)
    return 1.0 - math.comb(repeats - passed, k) / math.comb(repeats, k)


def pass_every_k(passed: int, repeats: int, k: int) -> float:
    """Unbiased chance that all of ``k`` tries pass, pass^k: C(c, k)/C(n, k) (Yao et al. 2024, arXiv 2406.12045)."""
    _tries(passed, repeats, k)
    return math.comb(passed, k) / math.comb(repeats, k)


def reduce_repeats(scores: Sequence[float], how: str = "mean") -> float:
    """One number for one task's repeats; ``how`` is a key of `REDUCERS`."""
    if how not in REDUCERS:
        raise ValueError(f"how must be one of {', '.join(REDUCERS)}, not {how!r}")
    return REDUCERS[how](sample("scores", scores))


def _mean(scores: Sequence[float]) -> float:
    return math.fsum(scores) / len(scores)


def _median(scores: Sequence[float]) -> float:
    return float(statistics.median(scores))


REDUCERS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = MappingProxyType(
    {"mean": _mean, "median": _median, "min": min, "max": max, "majority": majority}
)
"""Every reducer that needs nothing but the scores, by name."""


def _passes(scores: Sequence[float]) -> int:
    numbers = sample("scores", scores)
    for place, number in enumerate(numbers):
        if number not in (0.0, 1.0):
            raise ValueError(f"scores[{place}] must be 0 or 1, not {number!r}: reduce graded scores by mean or median")
    return sum(number > _PASSED for number in numbers)


def _tries(passed: int, repeats: int, k: int) -> None:
    if count("passed", passed) > count("repeats", repeats, least=1):
        raise ValueError(f"passed ({passed}) cannot be more than repeats ({repeats})")
    if count("k", k, least=1) > repeats:
        raise ValueError(f"k ({k}) cannot be more than repeats ({repeats})")
