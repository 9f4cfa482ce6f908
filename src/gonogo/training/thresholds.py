"""Thresholds: from which probability on a text counts as positive, set on negatives before any test.

Here: the conservative order statistic, and what it gave. Not here: which negatives are used (the caller's choice is
what makes a threshold hold: diverse ones, long documents included).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gonogo.domain import Measure, Threshold
from gonogo.statistics import Rate

_ONLY_JUST = 1e-6
_FEWEST = 3


def threshold_at(negative_scores: Sequence[float], target: float, negatives: str = "") -> Threshold:
    """The lowest threshold that a new negative passes with a chance of at most ``target``.

    Set so that (k + 1) / (n + 1) <= ``target`` when k of the n negatives lie above it: for a new negative like these
    the chance is then at most ``target`` on average over samples (Vovk, Gammerman and Shafer 2005, "Algorithmic
    Learning in a Random World", 2.2), where k / n <= ``target`` would let too many through. With n under 1 / target - 1
    no threshold can promise that: it then lies just above all negatives, and the note says so.

    Args:
        negative_scores: probabilities of rows that are none, at least one.
        target: share of them that may pass, 0..1 exclusive.
        negatives: what these rows are, for the card.

    Raises:
        ValueError: no score, a score that is not finite, or a target outside 0..1.
    """
    scores = sorted((float(score) for score in negative_scores), reverse=True)
    if not 0.0 < target < 1.0:
        raise ValueError(f"target must lie strictly between 0 and 1, not {target!r}")
    if not scores or not all(map(math.isfinite, scores)):
        raise ValueError("a threshold needs at least one negative, each with a finite score")
    allowed = math.floor(target * (len(scores) + 1) + 1e-9) - 1
    value = _just_above(scores, max(0, allowed))
    passed = sum(score >= value for score in scores)
    note = "seen on the rows it was set on"
    if allowed < 0:
        note = f"{len(scores)} negatives are too few for {target:.2%}: lies above all of them and promises nothing"
    interval = Rate(hits=passed, total=len(scores)).wilson()
    return Threshold(
        value=value,
        target=target,
        false_positives=Measure(
            value=passed / len(scores), low=interval.low, high=interval.high, n=len(scores), note=note
        ),
        negatives=negatives,
    )


def _just_above(descending: Sequence[float], place: int) -> float:
    """Between the score at ``place`` and the next higher one, in as few digits as tell them apart: the last digits of a
    float decide nothing, and those of a sum differ from one processor to the next."""
    score = descending[place]
    higher = [other for other in descending[:place] if other > score]
    if not higher:
        return score + _ONLY_JUST
    middle = (score + higher[-1]) / 2.0
    for digits in range(_FEWEST, 17):
        shorter = float(f"{middle:.{digits}g}")
        if score < shorter <= higher[-1]:
            return shorter
    return max(middle, math.nextafter(score, math.inf))
