"""Sentences of plain text and Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.features import sentences_of


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("It costs 3.5 dollars. Fine.", ["It costs 3.5 dollars.", "Fine."]),
        ("Dr. Smith, e.g. Ann, met J. Doe. They left.", ["Dr. Smith, e.g. Ann, met J. Doe.", "They left."]),
        ("See p. 3 for it. The answer is no. 5 remain.", ["See p. 3 for it.", "The answer is no. 5 remain."]),
        ("The answer is no. We close.", ["The answer is no.", "We close."]),
        ("In 30 days.[1] Not later.", ["In 30 days.[1]", "Not later."]),
        ('"Really?" Yes.', ['"Really?"', "Yes."]),
        ("Wait... what? ok. fine", ["Wait... what? ok. fine"]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("One line\nbroken here. Next.", ["One line broken here.", "Next."]),
        ("", []),
        (" \n\n ", []),
        ("😀", ["😀"]),
    ],
)
def test_plain_text_is_cut_at_sentence_ends(text: str, sentences: list[str]) -> None:
    assert sentences_of(text) == sentences


def test_list_items_and_headings_are_sentences_of_their_own() -> None:
    text = "# Refunds #\n- item one. More\n  of it\n2. item two\n\nEnd of it"
    assert sentences_of(text) == ["Refunds", "item one.", "More of it", "item two", "End of it"]


def test_a_table_row_is_read_with_its_header() -> None:
    text = "Prices:\n\n| Plan | Price | |\n|---|:-:|---|\n| Basic | 5 | x |\n| Pro | | |\n\nThat is all."
    assert sentences_of(text) == ["Prices:", "Plan: Basic; Price: 5; x", "Plan: Pro", "That is all."]


def test_a_table_without_outer_bars_is_a_table() -> None:
    assert sentences_of("Plan | Price\n--- | ---\nBasic | 5") == ["Plan: Basic; Price: 5"]


def test_rows_without_a_header_keep_their_cells() -> None:
    assert sentences_of("| a | b |\n| c | d |") == ["a; b", "c; d"]


def test_a_code_block_stays_whole() -> None:
    assert sentences_of("Run:\n```python\nx = 1. Y\ny = 2\n```\nDone.") == ["Run:", "x = 1. Y\ny = 2", "Done."]


def test_an_open_code_block_runs_to_the_end() -> None:
    assert sentences_of("```\na = 1. B\nc = 2") == ["a = 1. B\nc = 2"]


def test_quoted_lines_lose_their_mark() -> None:
    assert sentences_of("> Said he.\n> Said she.") == ["Said he.", "Said she."]


@settings(max_examples=120, deadline=None)
@given(st.text(alphabet="ab .!?|-#>`\n1A()[]é。", max_size=80))
def test_no_sentence_is_empty_and_no_letter_is_lost(text: str) -> None:
    sentences = sentences_of(text)
    assert all(sentence.strip() for sentence in sentences)


@pytest.mark.parametrize("unit", [".", ". ", ". A", " ", "|", "|a\n", "\n", "- ", "#", "[1]", "```\n", "(", "。"])
def test_a_long_monotonous_text_is_cut_in_linear_time(unit: str) -> None:
    assert isinstance(sentences_of(unit * (100_000 // len(unit))), list)
