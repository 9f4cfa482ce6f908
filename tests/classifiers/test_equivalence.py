"""Equivalence: features of two questions - symmetric, defined for any text, and blind to the kind of a difference."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.feature_sets.equivalence import EquivalenceFeatures
from gonogo.classifiers.feature_sets.question_parts import aligned, taken_apart
from gonogo.contracts import Example
from gonogo.features import Reader, StaticEmbedder

READER = Reader(StaticEmbedder())
FEATURES = EquivalenceFeatures()


def read(one: str, other: str) -> dict[str, float]:
    example = Example(text=READER.read(one), against=(READER.read(other),))
    return dict(zip(FEATURES.names, FEATURES.dense(example), strict=True))


QUESTION = "How do I transfer 100 dollars from savings to checking in 2016?"
EDITS = {
    "number": "How do I transfer 300 dollars from savings to checking in 2016?",
    "year": "How do I transfer 100 dollars from savings to checking in 2019?",
    "unit": "How do I transfer 100 euros from savings to checking in 2016?",
    "role swap": "How do I transfer 100 dollars from checking to savings in 2016?",
    "negation": "How do I not transfer 100 dollars from savings to checking in 2016?",
    "word": "How do I transfer 100 dollars from savings to mortgage in 2016?",
    "direction": "How do I transfer 100 dollars from savings to checking before 2016?",
    "question word": "When do I transfer 100 dollars from savings to checking in 2016?",
}


@pytest.mark.parametrize("kind", EDITS)
def test_any_kind_of_edit_is_a_conflict(kind: str) -> None:
    assert read(QUESTION, EDITS[kind])["any_conflict"] == 1.0


SAME = [
    "how do i transfer 100 dollars from savings to checking in 2016",
    "Please tell me how I can transfer 100 dollars from savings to checking in 2016",
    "In 2016, how do I transfer 100 dollars from savings to checking?",
    "What is the best way to transfer 100 dollars from savings to checking in 2016?",
    "How do I tranfser 100 dollars from savings to checking in 2016? Thanks!",
]


@pytest.mark.parametrize("other", SAME)
def test_another_way_of_asking_is_no_conflict(other: str) -> None:
    found = read(QUESTION, other)
    assert found["any_conflict"] == 0.0
    assert found["nothing_left"] == 1.0


def test_synonyms_forms_and_misspellings_meet() -> None:
    pairs = aligned(taken_apart(["cancel", "purchase", "delivery"]), taken_apart(["cancellation", "buy", "delivrey"]))
    assert not pairs.left
    assert not pairs.right
    assert pairs.alike == 3


def test_opposites_are_no_synonyms() -> None:
    found = read("What is the best phone for travel?", "What is the worst phone for travel?")
    assert found["any_conflict"] == 1.0


WORDS = """how do i pay the card bill in 2016 2019 not best worst from to Paris London can't what's"""
_TEXTS = st.text(max_size=120) | st.lists(st.sampled_from(WORDS.split())).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(one=_TEXTS, other=_TEXTS)
def test_features_are_finite_and_the_same_in_both_directions(one: str, other: str) -> None:
    assert read(one, other) == pytest.approx(read(other, one), abs=1e-6)
    assert all(map(math.isfinite, read(one, other).values()))


@pytest.mark.parametrize(
    "text", ["", "?", "\ud800", "a" * 1_000_000, "word " * 5_000, "😀😀", "\x00\x01", "东京 hotel"]
)
def test_bad_texts_have_defined_features(text: str) -> None:
    assert all(map(math.isfinite, read(text, "how do I pay?").values()))
    assert all(map(math.isfinite, read(text, text).values()))


def test_without_another_question_all_is_nothing() -> None:
    assert set(FEATURES.dense(Example(text=READER.read("how?")))) == {0.0}


def test_the_shipped_weights_put_every_way_of_asking_above_every_edit() -> None:
    shipped = LinearClassifier(read_folder(SHIPPED / "equivalence"), feature_set("equivalence"))
    asked = READER.read(QUESTION)
    same, edited = (
        [shipped.judge(Example(text=asked, against=(READER.read(other),))).probability for other in others]
        for others in (SAME, EDITS.values())
    )
    assert min(same) > max(edited)
    assert max(edited) < shipped.card.threshold.value
