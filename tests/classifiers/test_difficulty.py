"""Difficulty: features of a prompt - defined for any text, and bounded in what they read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.classifiers.feature_sets.difficulty import DifficultyFeatures
from gonogo.contracts import Example
from gonogo.features import Reader, StaticEmbedder

READER = Reader(StaticEmbedder())
FEATURES = DifficultyFeatures()


def read(text: str) -> dict[str, float]:
    return dict(zip(FEATURES.names, FEATURES.dense(Example(text=READER.read(text))), strict=True))


def test_a_word_problem_has_numbers_sums_and_length() -> None:
    easy = read("What is the capital of France?")
    hard = read(
        "If Ann has 12 eggs, sells half of them at 3 dollars each and buys 7 more, how much does she have left?"
    )
    assert hard["numbers"] > easy["numbers"]
    assert hard["sums"] > easy["sums"]
    assert hard["conditions"] > easy["conditions"]
    assert hard["words"] > easy["words"]


def test_answers_to_choose_from_are_counted() -> None:
    assert read("Which is it?\nA. one\nB. two\nC. three\nD. four")["options"] == pytest.approx(math.log1p(4))


@pytest.mark.parametrize(
    "text", ["", "?", "\ud800", "a" * 5_000_000, "1 + 1 = " * 50_000, "😀😀", "\x00\x01", "东京 hotel"]
)
def test_bad_texts_have_defined_features(text: str) -> None:
    assert all(map(math.isfinite, read(text).values()))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=300))
def test_features_are_finite(text: str) -> None:
    assert all(map(math.isfinite, read(text).values()))
