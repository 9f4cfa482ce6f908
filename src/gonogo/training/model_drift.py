"""Model drift: whether a classifier is still as right as its card says, by the newest Annotations.

Here: accuracy and both error rates against people, with intervals; the claim that it got worse; the command that
retrains. Not here: making those rows (``trace_rows``), retraining (``train``), comparing the candidate (``compare``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gonogo.domain import Annotation, ClassifierCard, Measure, Trace
from gonogo.statistics import Rate
from gonogo.training.measures import measures_of
from gonogo.training.trace_rows import POSITIVE, agreed

SHOWN: Final = ("accuracy", "recall", "false_positive_rate", "precision", "calibration_error")
MARGIN: Final = 0.02
"""Accuracy that may be lost before anybody is told."""
CONFIDENCE: Final = 0.99
"""Of the interval that must lie below what the card promises: one look in 200 is a false alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDrift:
    """``measures`` on the newest Annotations; ``worse`` when even the high end of the accuracy's 99 % interval lies
    below the low end of the card's, less the margin. ``retrain`` is the command to run then."""

    classifier: str
    digest: str
    labels: int
    measures: dict[str, Measure]
    promised: Measure | None
    high: float | None
    worse: bool
    retrain: str

    @property
    def line(self) -> str:
        """One line for a person."""
        now, then = self.measures["accuracy"], self.promised
        if now.value is None or now.low is None or now.high is None:
            return f"{self.classifier}: {now.note or 'nothing to say'} ({self.labels} Annotations)"
        said = f"{now.value:.1%} [{now.low:.1%}, {now.high:.1%}] right on {now.n} Annotations"
        if then is None or then.value is None:
            return f"{self.classifier}: {said}; its card has no accuracy to compare with"
        if self.worse:
            return f"{self.classifier}: WORSE, {said}, {then.value:.1%} on its card; retrain with: {self.retrain}"
        return f"{self.classifier}: {said}, {then.value:.1%} on its card"


def model_drift(
    card: ClassifierCard, annotated: Sequence[tuple[Trace, Sequence[Annotation]]], mission: str
) -> ModelDrift:
    """Hold what served against what people said.

    Args:
        card: of the classifier that served; records of other weights are passed over.
        annotated: Traces with their Annotations of its metric.
        mission: whose traffic, for the command.
    """
    labels, probabilities = [], []
    for trace, said in annotated:
        judged = next((one for one in trace.judged if one.classifier == card.name and one.digest == card.digest), None)
        value = agreed(said)
        if judged is not None and value is not None:
            labels.append(value > POSITIVE)
            probabilities.append(judged.probability)
    measures = measures_of(labels, probabilities, card.threshold.value)
    promised = card.measures.get("accuracy")
    right = sum((p >= card.threshold.value) == label for p, label in zip(probabilities, labels, strict=True))
    high = (
        Rate(hits=right, total=len(labels)).wilson(CONFIDENCE).high if measures["accuracy"].value is not None else None
    )
    return ModelDrift(
        classifier=card.name,
        digest=card.digest,
        labels=len(labels),
        measures={name: measures[name] for name in SHOWN},
        promised=promised,
        high=high,
        worse=_is_worse(high, promised),
        retrain=_retrain(card, mission),
    )


def _retrain(card: ClassifierCard, mission: str) -> str:
    rows = f"{card.name}-rows.jsonl"
    return (
        f"gonogo classifiers rows {card.name} --mission {mission} --out {rows} && "
        f"gonogo classifiers train {card.name} --data {rows} --parent {card.digest[:12]}"
    )


def _is_worse(high: float | None, promised: Measure | None) -> bool:
    return high is not None and promised is not None and promised.low is not None and high < promised.low - MARGIN
