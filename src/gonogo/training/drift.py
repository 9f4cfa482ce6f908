"""Drift: whether what a classifier reads and says has changed since a reference, and by how much.

Here: named features and the probability of one classifier over a stream of Traces - evidence that may be looked at
after every Trace, and the size of each change.
Not here: drift of answers as a whole (``monitoring``), accuracy (``model_drift``).

Evidence: conformal ranks among reference values, an e-detector for each quantity (Vovk et al. 2021, arXiv 2102.10439;
Shin, Ramdas and Rinaldo 2022, arXiv 2203.03532), alarms bounded over all quantities together however often somebody
looks. Size: Kolmogorov and Smirnov's distance, and how far the median moved in units of the reference's spread. A score
that moves while the features do not asks for labels: the meaning of the texts may have changed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gonogo.domain import JudgedText
from gonogo.statistics import RankMartingale, evidence_needed

LEAST_REFERENCE: Final = 100
LEAST_NOW: Final = 30
PROBABILITY: Final = "probability"
FALSE_ALARMS: Final = 0.01
"""Expected false alarms in one stream as long as the one given, all quantities together."""

DriftState = Literal["too-little-data", "calm", "alarm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityDrift:
    """One feature, or the probability. ``distance``: largest gap of the two distribution functions, 0..1.

    ``shift``: how far the median moved over the reference's inner half (0 where that has no width). ``evidence`` is
    held against the report's ``threshold``.
    """

    name: str
    evidence: float
    alarm: bool
    distance: float
    shift: float
    before: float
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierDrift:
    """Quantities with most evidence first. ``needed``: more records before anything can be said."""

    classifier: str
    state: DriftState
    reference: int
    stream: int
    threshold: float = 0.0
    needed: int = 0
    quantities: tuple[QuantityDrift, ...] = ()

    @property
    def reading(self) -> str:
        """What the alarms mean together, in words."""
        moved = [found.name for found in self.quantities if found.alarm]
        if self.state == "too-little-data":
            return f"{self.needed} more judged Traces are needed"
        if not moved:
            return "nothing it reads or says has changed"
        inputs = [name for name in moved if name != PROBABILITY]
        if not inputs:
            return "its scores moved and no feature alone did: label some Traces, the meaning may have changed"
        scores = "and its scores" if PROBABILITY in moved else "while its scores did not"
        return f"what it reads moved ({', '.join(inputs[:3])}) {scores}"


def classifier_drift(
    classifier: str, reference: Sequence[JudgedText], stream: Sequence[JudgedText], *, seed: int = 0
) -> ClassifierDrift:
    """Compare a stream, oldest first, with a reference under which nothing was wrong.

    Args:
        classifier: its name.
        reference: records of this classifier, at least 100.
        stream: records after them, at least 30, of the same version of the features.
        seed: breaks ties of ranks, reproducibly.
    """
    missing = max(LEAST_REFERENCE - len(reference), LEAST_NOW - len(stream), 0)
    if missing:
        return ClassifierDrift(
            classifier=classifier, state="too-little-data", reference=len(reference), stream=len(stream), needed=missing
        )
    names = [PROBABILITY, *sorted(reference[0].signals)]
    threshold = evidence_needed(
        detectors=len(names), observations_per_week=len(stream), false_alarms_per_week=FALSE_ALARMS
    )
    quantities = [_quantity(name, _named(reference, name), _named(stream, name), threshold, seed) for name in names]
    return ClassifierDrift(
        classifier=classifier,
        state="alarm" if any(found.alarm for found in quantities) else "calm",
        reference=len(reference),
        stream=len(stream),
        threshold=threshold,
        quantities=tuple(sorted(quantities, key=lambda found: -found.evidence)),
    )


def _named(judged: Sequence[JudgedText], name: str) -> list[float]:
    return [one.probability if name == PROBABILITY else one.signals.get(name, 0.0) for one in judged]


def _quantity(
    name: str, reference: Sequence[float], stream: Sequence[float], threshold: float, seed: int
) -> QuantityDrift:
    martingale = RankMartingale(seed=seed)
    for value in reference:
        martingale.learn(value)
    highest = max(martingale.update(value) for value in stream)
    known, now = sorted(reference), sorted(stream)
    spread = _quantile(known, 0.75) - _quantile(known, 0.25)
    before, after = _quantile(known, 0.5), _quantile(now, 0.5)
    return QuantityDrift(
        name=name,
        evidence=highest,
        alarm=highest >= threshold,
        distance=ks_distance(known, now),
        shift=(after - before) / spread if spread > 0.0 else 0.0,
        before=before,
        now=after,
    )


def ks_distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Largest gap between the empirical distribution functions of two sorted samples (Smirnov 1939)."""
    return max(
        abs(bisect_right(one, value) / len(one) - bisect_right(other, value) / len(other)) for value in {*one, *other}
    )


def _quantile(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]
