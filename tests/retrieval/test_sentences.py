"""Sentences: cautious, complete, linear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.retrieval.sentences import divide_sentences, divide_words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four", 4),
        ("See Dr. Smith, i.e. J. Smith, at No. 5. He waits.", 2),
        ("It costs 3.50 now. 12 units remain.", 2),
        ("1. Open the lid. 2 screws fall out.", 2),
        ("Wait ... and see. Good.", 2),
        ('He said "Stop." Then he left.', 2),
        ("はい。いいえ。", 2),
        ("", 0),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, count: int) -> None:
    assert len(list(divide_sentences(text))) == count


@given(st.text(alphabet='aB1.!? \n)"。', max_size=80))
def test_sentences_joined_are_the_text(text: str) -> None:
    parts = list(divide_sentences(text))
    assert "".join(part for _, part in parts) == text
    assert all(text[offset:].startswith(part) for offset, part in parts)


@given(st.text(alphabet="ab \n", max_size=80), st.integers(2, 20))
def test_parts_at_words_joined_are_the_text_and_keep_to_the_limit(text: str, limit: int) -> None:
    parts = [part for _, part in divide_words(text, limit)]
    assert "".join(parts) == text
    assert all(len(part) <= limit for part in parts)


def test_words_are_not_cut_where_there_are_blanks() -> None:
    assert [part for _, part in divide_words("alpha beta gamma", 8)] == ["alpha ", "beta ", "gamma"]
