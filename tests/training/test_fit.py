"""Fitting: what is planted is found, the served classifier says what the fitted one said, same rows same weights."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from tests.training.toy import ToyFeatures, toy_rows

from gonogo.classifiers import LinearClassifier, Weights
from gonogo.contracts import Example, FeatureSet
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, DataFingerprint, Measure, Threshold, TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.safetensors import safetensors_bytes
from gonogo.training.fit import FitOptions, Fitted, fit_linear, learned_windows, platt
from gonogo.training.rows import example_of, in_order

pytestmark = pytest.mark.needs_training


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


def served(fitted: Fitted, features: FeatureSet) -> LinearClassifier:
    threshold = Threshold(value=0.5, target=0.01, false_positives=Measure(value=None))
    card = ClassifierCard(
        name="toy", digest=Digest("0" * 64), form="linear", features="toy/1", code=features.digest, seed=0,
        created_at=0.0, data=DataFingerprint(digest=Digest("0" * 64), rows=0, positives=0), threshold=threshold,
    )  # fmt: skip
    return LinearClassifier(Weights(card, fitted.tensors), features)


def test_what_makes_a_row_positive_gets_the_weight(reader: Reader) -> None:
    fitted = fit_linear(toy_rows(), ToyFeatures(), reader)
    words, bad = fitted.tensors["dense"]
    assert bad > 5 * abs(words)


@pytest.mark.parametrize("blocks", [{}, {"grams": True}, {"vector": True}, {"grams": True, "vector": True}])
def test_the_served_classifier_separates_new_rows(reader: Reader, blocks: dict[str, Any]) -> None:
    features = ToyFeatures(**blocks)
    classifier = served(fit_linear(toy_rows(), features, reader), features)
    new = toy_rows(200, seed=9, noise=0.0)
    right = [classifier.judge(example_of(row, reader)).positive == row.label for row in new]
    assert np.mean(right) > 0.97


def test_cross_fitted_probabilities_are_calibrated(reader: Reader) -> None:
    rows = toy_rows(2000, noise=0.1)
    probabilities = fit_linear(rows, ToyFeatures(), reader, FitOptions(balanced=False)).probabilities
    high = probabilities > 0.5
    labels = np.array([row.label for row in rows])
    assert abs(labels[high].mean() - probabilities[high].mean()) < 0.03


def test_order_of_rows_does_not_change_a_single_byte(reader: Reader) -> None:
    rows = toy_rows(200)
    shuffled = rows[:]
    random.Random(1).shuffle(shuffled)
    features = ToyFeatures(grams=True)
    one, other = (fit_linear(in_order(some), features, reader) for some in (rows, shuffled))
    assert safetensors_bytes(one.tensors) == safetensors_bytes(other.tensors)


def test_probabilities_of_pure_noise_stay_near_the_share_of_positives(reader: Reader) -> None:
    rows = toy_rows(400, noise=0.5)
    probabilities = fit_linear(rows, ToyFeatures(grams=True), reader).probabilities
    assert 0.35 < np.median(probabilities) < 0.65


def test_a_positive_text_is_learned_from_its_first_window_a_negative_from_all(reader: Reader) -> None:
    windows = ToyFeatures().windows(Example(text=reader.read("word " * 400)))
    assert len(learned_windows(windows, label=True)) == 1
    assert len(learned_windows(windows, label=False)) > 3


def test_one_bad_window_of_a_long_text_counts(reader: Reader) -> None:
    features = ToyFeatures()
    classifier = served(fit_linear(toy_rows(), features, reader), features)
    long = TrainingRow(text="parcel " * 300 + "bad " + "parcel " * 300, label=True)
    calm = TrainingRow(text="parcel " * 600, label=False)
    bad, good = (classifier.judge(example_of(row, reader)).probability for row in (long, calm))
    assert bad > good


def test_scores_that_run_the_wrong_way_are_never_turned_round() -> None:
    logits = np.linspace(-3, 3, 100)
    slope, _ = platt(logits, logits < 0)
    assert slope == 0.0


def test_progress_names_rows_and_folds(reader: Reader) -> None:
    seen: list[tuple[str, int, int]] = []
    fit_linear(toy_rows(1200), ToyFeatures(), reader, progress=lambda *step: seen.append(step))
    assert ("rows", 1000, 1200) in seen
    assert ("folds", 5, 5) in seen
