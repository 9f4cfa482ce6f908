"""The linear form: what is served is what the formula says, and broken weights are refused by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.training.toy import ToyFeatures

from gonogo.classifiers import LinearClassifier, Weights
from gonogo.classifiers.linear import sigmoid
from gonogo.contracts import BUCKETS, Example
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, DataFingerprint, Measure, Threshold
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder

READER = Reader(StaticEmbedder())


def card(features: str = "toy/1", threshold: float = 0.5) -> ClassifierCard:
    return ClassifierCard(
        name="toy", digest=Digest("ab" * 32), form="linear", features=features, code=Digest("0" * 64), seed=0,
        created_at=0.0, data=DataFingerprint(digest=Digest("0" * 64), rows=0, positives=0),
        threshold=Threshold(value=threshold, target=0.01, false_positives=Measure(value=None)),
    )  # fmt: skip


def tensors(**changed: Any) -> dict[str, Any]:
    plain = {
        "dense": np.array([0.5, 2.0], np.float32),
        "mean": np.array([4.0, 0.5], np.float32),
        "scale": np.array([2.0, 0.5], np.float32),
        "line": np.array([-1.0, 0.8, 0.3], np.float32),
    }
    return {**plain, **changed}


def judged(text: str, features: ToyFeatures | None = None, **changed: Any) -> float:
    classifier = LinearClassifier(Weights(card(), tensors(**changed)), features or ToyFeatures())
    return classifier.judge(Example(text=READER.read(text))).probability


def test_the_probability_is_that_of_the_formula() -> None:
    logit = -1.0 + 0.5 * (3 - 4.0) / 2.0 + 2.0 * (1 - 0.5) / 0.5
    assert judged("a bad thing") == pytest.approx(1 / (1 + math.exp(-(0.8 * logit + 0.3))), rel=1e-6)


def test_ngrams_and_embedding_join_the_sum() -> None:
    ngrams, text = np.ones(BUCKETS, np.int8), READER.read("a bad thing")
    embedding = np.full(256, 0.1, np.float32)
    features = ToyFeatures(grams=True, vector=True)
    found = judged(
        "a bad thing", features, ngrams=ngrams, ngram_scale=np.array([0.25], np.float32), embedding=embedding
    )
    logit = -1.0 - 0.25 + 2.0 + 0.25 * math.sqrt(len(text.buckets)) + float(embedding @ text.vector)
    assert found == pytest.approx(sigmoid(0.8 * logit + 0.3), rel=1e-5)


def test_a_value_far_out_says_no_more_than_eight_deviations() -> None:
    long = " ".join(["word"] * 60)
    assert judged(long) == pytest.approx(judged(" ".join(["word"] * 40)))


@given(st.text(st.characters(), max_size=300))
def test_any_text_has_a_probability(text: str) -> None:
    assert 0.0 <= judged(text) <= 1.0


@pytest.mark.parametrize("text", ["", "a" * 5_000_000, "😀" * 50, "\ud800\udfff", "\x00\x01\xff"])
def test_nonsense_has_a_probability(text: str) -> None:
    assert 0.0 <= judged(text) <= 1.0


def test_signals_stand_beside_the_judgement_by_name() -> None:
    classifier = LinearClassifier(Weights(card(), tensors()), ToyFeatures())
    assert classifier.judge(Example(text=READER.read("a bad thing"))).signals == {"words": 3.0, "bad": 1.0}


def test_the_threshold_of_the_card_decides() -> None:
    for threshold, positive in ((0.1, True), (0.99, False)):
        classifier = LinearClassifier(Weights(card(threshold=threshold), tensors()), ToyFeatures())
        assert classifier.judge(Example(text=READER.read("a bad thing"))).positive is positive


def test_weights_for_another_version_of_the_features_are_refused_with_the_way_out() -> None:
    with pytest.raises(BadInput, match=r"trained for the features toy/2, this gonogo has toy/1: train it again"):
        LinearClassifier(Weights(card("toy/2"), tensors()), ToyFeatures())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dense": np.zeros(3, np.float32)}, "'dense' must hold 2 numbers"),
        ({"line": np.array([np.nan, 1, 0], np.float32)}, "not finite"),
        ({"ngrams": np.zeros(5, np.int8), "ngram_scale": np.ones(1, np.float32)}, "'ngrams' must hold 65536"),
    ],
)
def test_broken_weights_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        LinearClassifier(Weights(card(), tensors(**changed)), ToyFeatures())


def test_a_missing_tensor_is_named() -> None:
    kept = {name: tensor for name, tensor in tensors().items() if name != "mean"}
    with pytest.raises(BadInput, match="'mean' must hold 2 numbers, has None"):
        LinearClassifier(Weights(card(), kept), ToyFeatures())
