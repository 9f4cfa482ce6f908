"""Evidence: whether near hits are right often enough to be served, proven from answers that were given anyway.

Here: counts by similarity, the test that opens the cache, the alarm that shuts it again, plain data for export.
Not here: finding neighbours (``semantic``), comparing answers (``answers``).

Opening. For each floor of similarity the hypothesis "at least ``max_error`` of the hits above it are wrong" is tested
by a mixture of likelihood ratios, an e-value that may be looked at after every observation: crossing 1/alpha happens
with probability at most alpha where the hypothesis is true (Ville's inequality; Ramdas et al. 2023, arXiv 2210.01948).
The floors share alpha = 0.05. Without a failure and at max_error 0.02, the lowest floor opens after 186 observations.
Shutting. A CUSUM of likelihood ratios against three times ``max_error``; when it crosses `ALARM`, everything seen so
far is forgotten and must be earned again.

State learned online: it is no part of any digest, its size is fixed, and it is named in Traces by `Evidence.exported`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FLOORS: tuple[float, ...] = (0.70, 0.85, 0.95)
"""Similarities from which hits are judged together with all above. Below the first nothing is ever served."""
ALPHAS: tuple[float, ...] = (0.03, 0.01, 0.01)
"""How the 5 % risk of opening wrongly is shared among the floors."""
ALARM = 50.0
"""A true error rate of ``max_error`` raises a false alarm once in 50 audited hits at most; a false alarm costs savings,
never answers."""
_GUESSES: tuple[tuple[float, float], ...] = ((0.0, 0.6), (0.125, 0.2), (0.25, 0.1), (0.5, 0.1))
"""What the true error rate may be, as a share of ``max_error``, and the weight of each guess."""


@dataclass(slots=True)
class Bucket:
    """Audited near hits from one floor upward."""

    trials: int = 0
    failures: int = 0
    alarm: float = 0.0

    def record(self, right: bool, max_error: float) -> bool:
        """Count one; whether the alarm went off."""
        self.trials += 1
        self.failures += not right
        bad = min(3.0 * max_error, (1.0 + max_error) / 2.0)
        ratio = (1.0 - bad) / (1.0 - max_error) if right else bad / max_error
        self.alarm = max(self.alarm, 1.0) * ratio
        return self.alarm >= ALARM


@dataclass(slots=True)
class Evidence:
    """What is known about near hits. ``max_error`` is the Mission's bound; 0 means that nothing is ever served."""

    max_error: float
    buckets: list[Bucket] = field(default_factory=lambda: [Bucket() for _ in FLOORS])
    alarms: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.max_error < 1.0:
            raise ValueError(f"max_error must lie in [0, 1), not {self.max_error!r}")
        if len(self.buckets) != len(FLOORS):
            raise ValueError(f"evidence has {len(self.buckets)} buckets, not {len(FLOORS)}")

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[float, bool]], *, max_error: float) -> Evidence:
        """Evidence measured offline: (similarity, whether the neighbour's answer was right) of near hits.

        The pairs must be such as traffic would bring, in random order; only those that pass the word rules count.
        """
        evidence = cls(max_error=max_error)
        for similarity, right in pairs:
            evidence.record(similarity, right)
        return evidence

    def record(self, similarity: float, right: bool) -> None:
        """Take in one audited near hit."""
        if self.max_error == 0.0:
            return
        rang = [
            bucket.record(right, self.max_error)
            for floor, bucket in zip(FLOORS, self.buckets, strict=True)
            if similarity >= floor
        ]
        if any(rang):
            self.buckets = [Bucket() for _ in FLOORS]
            self.alarms += 1

    def proven(self, similarity: float) -> bool:
        """Whether hits of this similarity are known to be wrong in less than ``max_error`` of cases, at 95 %."""
        return any(
            similarity >= floor and e_value(bucket.trials, bucket.failures, self.max_error) >= 1.0 / alpha
            for floor, bucket, alpha in zip(FLOORS, self.buckets, ALPHAS, strict=True)
        )

    def exported(self) -> dict[str, Any]:
        """Plain data, for Traces and for keeping it over a restart."""
        return {
            "max_error": self.max_error,
            "alarms": self.alarms,
            "floors": [
                {
                    "similarity": floor,
                    "trials": bucket.trials,
                    "failures": bucket.failures,
                    "alarm": bucket.alarm,
                    "proven": self.proven(floor),
                }
                for floor, bucket in zip(FLOORS, self.buckets, strict=True)
            ],
        }

    @classmethod
    def imported(cls, data: Mapping[str, Any], *, max_error: float) -> Evidence:
        """What `exported` gave. The alarm starts afresh if the bound is another one; the counts hold for any bound.

        Raises:
            ValueError: the data have other floors than this version knows.
        """
        floors = data["floors"]
        if tuple(row["similarity"] for row in floors) != FLOORS:
            raise ValueError(f"this evidence was gathered for other floors than {FLOORS}: start without it")
        same = data["max_error"] == max_error
        buckets = [
            Bucket(int(row["trials"]), int(row["failures"]), float(row["alarm"]) if same else 0.0) for row in floors
        ]
        return cls(max_error=max_error, buckets=buckets, alarms=int(data["alarms"]))


def e_value(trials: int, failures: int, max_error: float) -> float:
    """Evidence against "at least ``max_error`` of hits are wrong": mixture over smaller error rates, at most 1e300."""
    if max_error <= 0.0 or trials == 0:
        return 0.0
    total = 0.0
    for share, weight in _GUESSES:
        rate = share * max_error
        if rate == 0.0 and failures:
            continue
        log = (trials - failures) * math.log((1.0 - rate) / (1.0 - max_error))
        if failures:
            log += failures * math.log(rate / max_error)
        total += weight * math.exp(min(log, 690.0))
    return total


def needed(max_error: float, *, failures: int = 0, floor: int = 0) -> int:
    """Observations that open a floor (by its index in ``FLOORS``) with so many failures among them.

    Raises:
        ValueError: ``max_error`` is not strictly between 0 and 1.
    """
    if not 0.0 < max_error < 1.0:
        raise ValueError(f"max_error must lie strictly between 0 and 1, not {max_error!r}")
    high = 1
    while e_value(high + failures, failures, max_error) < 1.0 / ALPHAS[floor]:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        enough = e_value(middle + failures, failures, max_error) >= 1.0 / ALPHAS[floor]
        low, high = (low, middle) if enough else (middle, high)
    return high + failures
