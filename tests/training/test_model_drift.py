"""Whether a classifier is still as right as its card says, by the newest Annotations."""

from __future__ import annotations

import random

from tests.training.traffic import annotation, judged, trace

from gonogo.digest import Digest
from gonogo.domain import Annotation, ClassifierCard, DataFingerprint, Measure, Threshold, Trace
from gonogo.training.model_drift import ModelDrift, model_drift

CARD = ClassifierCard(
    name="toxicity", digest=Digest("ab" * 32), form="linear", features="toy/1", code=Digest("0" * 64), seed=0,
    created_at=0.0, data=DataFingerprint(digest=Digest("0" * 64), rows=0, positives=0),
    threshold=Threshold(value=0.5, target=0.01, false_positives=Measure(value=None)),
    measures={"accuracy": Measure(value=0.95, low=0.93, high=0.97, n=1000)},
)  # fmt: skip


def annotated(count: int, right: float, seed: int = 0) -> list[tuple[Trace, list[Annotation]]]:
    """Traffic in which the classifier agrees with people in a share ``right`` of cases."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        label = chance.random() < 0.4
        said = label if chance.random() < right else not label
        found.append((trace(number, judged=[judged(0.9 if said else 0.1)]), [annotation(float(label))]))
    return found


def drift(count: int, right: float, seed: int = 0) -> ModelDrift:
    return model_drift(CARD, annotated(count, right, seed), "support")


def test_a_classifier_that_got_worse_is_told_with_the_command_that_retrains() -> None:
    found = drift(200, 0.7)
    assert found.worse
    assert "gonogo classifiers rows toxicity --mission support --out toxicity-rows.jsonl" in found.line
    assert found.line.endswith("gonogo classifiers train toxicity --data toxicity-rows.jsonl --parent abababababab")


def test_one_as_right_as_promised_is_hardly_ever_called_worse() -> None:
    assert sum(drift(150, 0.95, seed).worse for seed in range(100)) == 0


def test_few_annotations_say_nothing() -> None:
    found = drift(10, 0.2)
    assert not found.worse
    assert "too small" in found.line


def test_records_of_other_weights_are_passed_over() -> None:
    cases = [(trace(n, judged=[judged(digest="cd" * 32)]), [annotation(1.0)]) for n in range(60)]
    assert model_drift(CARD, cases, "support").labels == 0
