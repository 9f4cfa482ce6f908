"""Words, stems and negations."""

from __future__ import annotations

import pytest

from gonogo.features import STOP_WORDS, count_negations, stems, words_of
from gonogo.features.words import fold_accents


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't panic, it's 1,200.50!", ["don't", "panic", "it's", "1,200.50"]),
        ("BL-20X user_id C++", ["bl", "20x", "user", "id", "c"]),
        ("5.Next 3.11 v1.2", ["5", "next", "3.11", "v1.2"]),
        ("Straße café", ["straße", "café"]),
        ("日本 test", ["日", "本", "test"]),
        ("", []),
        ("😀 --- !!", []),
    ],
)
def test_words_are_lower_case_and_in_order(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_word_is_cut_at_64_characters() -> None:
    assert words_of("b" * 1000) == ["b" * 64]


def test_stems_leave_stop_words_out_and_keep_the_order() -> None:
    assert stems(words_of("How are the refunds of running customers paid?")) == ["refund", "run", "custom", "paid"]


def test_numbers_among_stems_have_one_spelling() -> None:
    assert stems(["1,200", "1200", "05", "3.50"]) == ["1200", "1200", "5", "3.5"]


def test_accents_do_not_separate_stems() -> None:
    assert stems(["cafés"]) == stems(["cafes"])


def test_letters_that_are_not_latin_keep_their_marks() -> None:
    assert fold_accents("йод") == "йод"


def test_curly_and_straight_apostrophes_have_one_stem() -> None:
    assert stems(["customer’s"]) == stems(["customer's"]) == ["custom"]


def test_stop_words_are_lower_case() -> None:
    assert all(word == word.lower() for word in STOP_WORDS)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Can I return it?", 0),
        ("Can I not return it?", 1),
        ("Why can't I return it?", 1),
        ("Turn the alarm off", 1),
        ("Disable the alarm", 1),
        ("It isn't possible without a receipt", 2),
        ("non-refundable", 1),
        ("Why doesn’t it work", 1),
        ("Nottingham offers notes", 0),
    ],
)
def test_negations_are_counted(text: str, count: int) -> None:
    assert count_negations(words_of(text)) == count
