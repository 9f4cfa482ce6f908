"""Relevance features: what speaks for an answer and what against, and that no text breaks them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.feature_sets.relevance import VERSION
from gonogo.contracts import Example, FeatureSet
from gonogo.features import Reader, StaticEmbedder

READER = Reader(StaticEmbedder())
FEATURES = feature_set("relevance")
QUESTION = "How long does the battery of the BL-10 last?"


def example(text: str, question: str = QUESTION) -> Example:
    return Example(text=READER.read(text), against=(READER.read(question),))


def signals(text: str, question: str = QUESTION) -> Mapping[str, float]:
    return dict(zip(FEATURES.names, FEATURES.dense(example(text, question)), strict=True))


def probability(text: str, question: str = QUESTION) -> float:
    classifier = LinearClassifier(read_folder(SHIPPED / "relevance"), FEATURES)
    return classifier.judge(example(text, question)).probability


def test_they_are_a_feature_set_with_one_direction_for_each_name() -> None:
    features: FeatureSet = FEATURES
    assert (features.name, features.version) == ("relevance", VERSION)
    assert len(FEATURES.directions) == len(features.names) == len(set(features.names))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "question", "signal"),
    [
        ("The BL-10 battery lasts 12 months.", QUESTION, "overlap"),
        ("The BL-10 battery lasts 12 months.", QUESTION, "names"),
        ("The BL-10 battery lasts 12 months.", QUESTION, "kind_fits"),
        ("It lasts some time.", QUESTION, "kind_misses"),
        ("It was Maria Lopez.", "Who founded it?", "kind_fits"),
        ("No, never.", "Is it open on Sundays?", "says_yes_or_no"),
        ("How long does the battery last?", QUESTION, "nothing_new"),
        ("How long does the battery last?", QUESTION, "asks"),
        ("I am not able to help with that.", QUESTION, "evades"),
        ("A photographer took it.", "Who is the photograph from?", "soft_overlap"),
        ("Send the broken blender back.", "How do I send a broken blender?", "pairs"),
    ],
)
def test_each_signal_is_raised_by_what_it_is_named_for(text: str, question: str, signal: str) -> None:
    assert signals(text, question)[signal] > 0.0


def test_a_relevant_sentence_is_found_in_a_long_text() -> None:
    filler = "The weather was pleasant over the mountains. " * 5
    assert signals(f"{filler}The battery of the BL-10 lasts 12 months.")["best_sentence"] > 0.5


def test_without_a_question_every_signal_is_nought() -> None:
    assert FEATURES.dense(Example(text=READER.read("It lasts."))) == [0.0] * len(FEATURES.names)


HARD = ["", " ", "\ud800", "😀 😀", "a" * 100_000, "5 " * 50_000, "\x00\x01", "日本語 mixed текст", ". A" * 20_000, "?"]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
@pytest.mark.parametrize("question", HARD, ids=range(len(HARD)))
def test_any_text_with_any_question_gives_finite_numbers(text: str, question: str) -> None:
    found = FEATURES.dense(example(text, question))
    assert len(found) == len(FEATURES.names)
    assert all(map(math.isfinite, found))


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80), question=st.text(max_size=80))
def test_shares_stay_between_zero_and_one(text: str, question: str) -> None:
    assert all(0.0 <= value <= 1.0 for value in FEATURES.dense(example(text, question))[:8])


def test_the_shipped_classifier_puts_an_answer_above_evasion_echo_and_another_topic() -> None:
    answer = probability("The BL-10 battery lasts 12 months at a five-minute interval.")
    others = ("I am not able to help with that.", "Refunds are paid to the original card.", QUESTION)
    assert answer > max(map(probability, others))


def test_the_shipped_card_names_its_features_threshold_and_sources() -> None:
    card = read_folder(SHIPPED / "relevance").card
    assert card.features == f"relevance/{VERSION}"
    assert card.code == FEATURES.digest
    assert 0.0 < card.threshold.value < 1.0
    assert {"docs_click", "docs_httpx", "knowledge"} <= {source.name for source in card.data.sources}
    assert all(source.licence for source in card.data.sources)
