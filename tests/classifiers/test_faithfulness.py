"""Faithfulness features: what an edit leaves behind, and that no text breaks them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.feature_sets.evidence import EvidenceMemory
from gonogo.classifiers.feature_sets.opposites import are_opposite
from gonogo.contracts import Example, FeatureSet
from gonogo.features import Reader, StaticEmbedder

PAGE = (
    "Opened software cannot be returned. Refunds are paid to the original card within 14 days. The maximum upload size "
    "is 25 MB. Maria Lopez founded the company in Lisbon in 2015. The Basic plan has 3 seats, the Pro plan has 12."
)
READER = Reader(StaticEmbedder())
FEATURES = feature_set("faithfulness")


def example(text: str, *chunks: str, question: str = "") -> Example:
    read = [READER.read(chunk) for chunk in chunks or (PAGE,)]
    if question:
        read.append(READER.read(question))
    return Example(text=READER.read(text), against=tuple(read), context={"question": 1.0} if question else {})


def signals(text: str, *chunks: str, question: str = "") -> Mapping[str, float]:
    return dict(zip(FEATURES.names, FEATURES.dense(example(text, *chunks, question=question)), strict=True))


def shipped() -> LinearClassifier:
    return LinearClassifier(read_folder(SHIPPED / "faithfulness"), FEATURES)


def test_they_are_a_feature_set_with_one_direction_for_each_name() -> None:
    features: FeatureSet = FEATURES
    assert (features.name, features.version) == ("faithfulness", 1)
    assert len(FEATURES.directions) == len(features.names) == len(set(features.names))  # type: ignore[attr-defined]
    assert features.digest == feature_set("faithfulness").digest


def test_a_copied_sentence_is_found_whole() -> None:
    found = signals("Refunds are paid to the original card within 14 days.")
    assert [found[name] for name in ("content_words", "words", "bigrams", "trigrams", "best_sentence")] == [1.0] * 5
    assert sum(found[name] for name in FEATURES.names[FEATURES.names.index("missing_not_asked") :]) == 0.0


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Refunds are paid to the original card within 30 days.", "numbers_missing"),
        ("Refunds are paid to the original card within 30 days.", "exchanged_number"),
        ("Refunds are paid to the original card within 12 days.", "numbers_elsewhere"),
        ("In 2015 Maria Gomez founded the company.", "names_missing"),
        ("The minimum upload size is 25 MB.", "opposite"),
        ("Refunds are not paid to the original card within 14 days.", "polarity"),
        ("Refunds are not paid to the original card.", "denied"),
        ("Opened software be returned.", "undenied"),
        ("Maria Lopez founded the Basic plan.", "recombined"),
        ("Maria Lopez founded the Basic plan.", "recombined_within"),
        ("The card is paid to the original refunds.", "reversed"),
        ("We sell purple umbrellas.", "missing_not_asked"),
        ("I love it!", "talk"),
        ("Do you know the card?", "asks"),
    ],
)
def test_each_kind_of_error_raises_its_own_signal(text: str, signal: str) -> None:
    assert signals(text)[signal] > 0.0


def test_what_the_question_said_is_not_missing() -> None:
    text = "No, umbrellas cannot be returned after 45 days."
    alone, asked = signals(text), signals(text, PAGE, question="Can I return umbrellas after 45 days?")
    assert asked["missing_not_asked"] < alone["missing_not_asked"]
    assert asked["numbers_missing"] < alone["numbers_missing"]


def test_two_chunks_support_what_neither_supports_alone() -> None:
    text = "The hub has a display and a battery."
    one, other = "The hub has a display.", "It runs on a battery."
    assert signals(text, one, other)["content_words"] == 1.0 > signals(text, one)["content_words"]


def test_without_chunks_nothing_is_supported() -> None:
    found = FEATURES.dense(Example(text=READER.read("The hub has a display."), against=()))
    assert found[0] == 0.0
    assert all(map(math.isfinite, found))


def test_the_memory_of_evidence_is_bounded_and_gives_the_same_index() -> None:
    memory = EvidenceMemory(remembered=4)
    texts = [READER.read(f"Chunk number {number}.") for number in range(20)]
    for text in texts:
        memory.of((text,))
    assert len(memory._known) == 4
    assert memory.of((texts[-1],)) is memory.of((texts[-1],))
    assert memory.of(texts[:3]).content == memory.of(texts[:3]).content


@pytest.mark.parametrize(
    ("one", "other", "opposite"),
    [
        ("before", "after", True), ("valid", "invalid", True), ("supported", "unsupported", True),
        ("cat", "dog", False), ("on", "one", False), ("able", "able", False), ("", "", False),
    ],
)  # fmt: skip
def test_opposites_stand_in_a_table_or_behind_a_denying_prefix(one: str, other: str, opposite: bool) -> None:
    assert are_opposite(one, other) is opposite
    assert are_opposite(other, one) is opposite


HARD = [
    "",
    " ",
    "\ud800",
    "😀 😀",
    "a" * 100_000,
    "5 " * 50_000,
    "\x00\x01",
    "日本語 mixed текст",
    ". A" * 20_000,
    "'",
    "I",
]


@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
@pytest.mark.parametrize("chunk", HARD, ids=range(len(HARD)))
def test_any_text_against_any_chunk_gives_finite_numbers(text: str, chunk: str) -> None:
    found = FEATURES.dense(example(text, chunk))
    assert len(found) == len(FEATURES.names)
    assert all(map(math.isfinite, found))


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=80), chunk=st.text(max_size=80))
def test_shares_stay_between_zero_and_one(text: str, chunk: str) -> None:
    found = FEATURES.dense(example(text, chunk))
    assert all(0.0 <= value <= 1.0 for value in found[:11])
    assert all(0.0 <= value < 20.0 for value in found)


def test_the_shipped_classifier_puts_right_above_wrong() -> None:
    classifier = shipped()
    right = ["Refunds go back to the original card within 14 days.", "Opened software can't be returned."]
    wrong = [
        "Refunds go back to the original card within 30 days.", "Opened software can be returned.",
        "Our office is closed on Sundays.", "Maria Gomez founded the company in Madrid.",
    ]  # fmt: skip
    judged = [[classifier.judge(example(text)).probability for text in side] for side in (right, wrong)]
    assert min(judged[0]) > max(judged[1])


def test_the_shipped_card_names_its_features_threshold_and_sources() -> None:
    card = shipped().card
    assert card.features == "faithfulness/1"
    assert card.code == FEATURES.digest
    assert 0.0 < card.threshold.value < 1.0
    assert card.threshold.target == 0.05
    assert {"begin_wow", "q2_wow"} <= {source.name for source in card.data.sources}
    assert all(source.licence for source in card.data.sources)
