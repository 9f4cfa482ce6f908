"""Multiplicity: many claims at once, and how often one of them may be wrong.

Here: adjusted p-values (Holm, Benjamini-Hochberg) and the e-value counterpart of the latter.
Not here: the GO rule, which needs no correction because every primary metric must pass (Berger 1982, Technometrics
24:295).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gonogo.statistics.arguments import closed_unit, open_unit


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the order given (Holm 1979, Scand J Stat 6:65).

    Claiming where adjusted p <= alpha makes any false claim with probability at most alpha, whatever the dependence.
    """
    order = _ascending(p_values)
    adjusted, largest = [0.0] * len(order), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        adjusted[place] = largest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values, in the order given (Benjamini and Hochberg 1995, JRSS B 57:289).

    Of the claims with adjusted p <= alpha, a share of at most alpha is false on average (independent or positively
    dependent tests). For lists that a person reads, not for blocking.
    """
    order = _ascending(p_values)
    adjusted, smallest = [1.0] * len(order), 1.0
    for rank in range(len(order) - 1, -1, -1):
        place = order[rank]
        smallest = min(smallest, len(order) / (rank + 1) * p_values[place])
        adjusted[place] = smallest
    return tuple(adjusted)


def e_benjamini_hochberg(e_values: Sequence[float], alpha: float) -> tuple[bool, ...]:
    """Which claims stand: the k largest e-values with e >= K / (alpha k), for the largest such k.

    Share of false claims at most alpha under any dependence (Wang and Ramdas 2022, JRSS B 84:822).
    """
    open_unit("alpha", alpha)
    for place, value in enumerate(e_values):
        if math.isnan(value) or value < 0.0:
            raise ValueError(f"e_values[{place}] must be at least 0, not {value!r}")
    order = sorted(range(len(e_values)), key=lambda place: -e_values[place])
    standing = 0
    for k, place in enumerate(order, start=1):
        if e_values[place] * alpha * k >= len(order):
            standing = k
    claimed = set(order[:standing])
    return tuple(place in claimed for place in range(len(order)))


def _ascending(p_values: Sequence[float]) -> list[int]:
    for place, value in enumerate(p_values):
        closed_unit(f"p_values[{place}]", value)
    return sorted(range(len(p_values)), key=lambda place: p_values[place])
