"""Training: one deterministic run from rows to weights with a card that says what is known of them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.training.toy import ToyFeatures, toy_rows

from gonogo.classifiers import LinearClassifier, read_folder, write_folder
from gonogo.clock import SystemClock
from gonogo.domain import Measure, Threshold, TrainingRow
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.rows import example_of
from gonogo.training.train import Trained, set_threshold, train

pytestmark = pytest.mark.needs_training


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture(scope="module")
def trained(reader: Reader) -> Trained:
    rows = [*toy_rows(600, source="shop"), *toy_rows(600, seed=3, source="forum")]
    return train("toy", rows, ToyFeatures(), reader, SystemClock())


def test_same_rows_and_seed_give_the_same_digest_in_any_order(reader: Reader, trained: Trained) -> None:
    rows = trained.rows[:]
    random.Random(5).shuffle(rows)
    assert train("toy", rows, ToyFeatures(), reader, SystemClock()).card.digest == trained.card.digest


def test_one_more_row_is_another_digest(reader: Reader, trained: Trained) -> None:
    rows = [*trained.rows, TrainingRow(text="a bad parcel and more of it", label=True)]
    other = train("toy", rows, ToyFeatures(), reader, SystemClock()).card
    assert other.digest != trained.card.digest
    assert other.data.digest != trained.card.data.digest


def test_the_card_measures_with_intervals_overall_and_by_source(trained: Trained) -> None:
    card = trained.card
    auc = card.measures["auc"]
    assert auc.value is not None
    assert auc.low is not None
    assert 0.9 < auc.low < auc.value
    assert {part.name for part in card.slices if part.dimension == "source"} == {"shop", "forum"}
    assert card.data.rows == 1200
    assert "5 folds" in card.tested_on


def test_the_card_counts_what_training_took(trained: Trained) -> None:
    cost = trained.card.cost
    assert cost is not None
    assert cost.cpu_seconds > 0
    assert cost.peak_memory > 10_000_000


def test_the_threshold_keeps_its_false_positive_rate_on_new_rows(reader: Reader, tmp_path: Path) -> None:
    rows = toy_rows(3000, noise=0.0)
    found = train("toy", rows, ToyFeatures(), reader, SystemClock())
    write_folder(tmp_path / "toy", found.card, found.tensors)
    classifier = LinearClassifier(read_folder(tmp_path / "toy"), ToyFeatures())
    new = [row for row in toy_rows(2000, seed=8, noise=0.0) if not row.label]
    false = sum(classifier.judge(example_of(row, reader)).positive for row in new)
    assert false / len(new) <= 0.02


def test_another_threshold_is_another_digest_of_the_same_weights(trained: Trained) -> None:
    threshold = Threshold(value=0.9, target=0.001, false_positives=Measure(value=None))
    moved = set_threshold(trained, threshold)
    assert moved.card.digest != trained.card.digest
    assert moved.card.measures["auc"] == trained.card.measures["auc"]


def test_one_label_only_is_refused_before_any_work(reader: Reader) -> None:
    with pytest.raises(BadInput, match="label false"):
        train("toy", [TrainingRow(text=str(n), label=True) for n in range(50)], ToyFeatures(), reader, SystemClock())
