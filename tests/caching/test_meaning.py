"""The word rules: what asks the same, and opposite twins that must never be taken for one another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.caching.exact import same_spelling
from gonogo.caching.meaning import difference, meaning_of
from gonogo.features import Reader


def differs(reader: Reader, one: str, other: str) -> str | None:
    return difference(meaning_of(reader.read(one), reader), meaning_of(reader.read(other), reader))


def test_two_ways_of_asking_one_thing_show_no_difference(same: tuple[str, str], reader: Reader) -> None:
    assert differs(reader, *same) is None
    assert differs(reader, *reversed(same)) is None


def test_opposite_twins_differ(different: tuple[str, str], reader: Reader) -> None:
    assert differs(reader, *different)
    assert differs(reader, *reversed(different))


def test_opposite_twins_are_never_one_spelling(different: tuple[str, str]) -> None:
    assert same_spelling(different[0]) != same_spelling(different[1])


def test_a_question_asks_the_same_as_itself(same: tuple[str, str], reader: Reader) -> None:
    assert differs(reader, same[0], same[0]) is None


@pytest.mark.parametrize("text", ["", "?", "how do I", "word " * 80, "!" * 100_000])
def test_a_question_without_content_or_of_great_length_is_like_no_other(text: str, reader: Reader) -> None:
    assert differs(reader, text, text)


@settings(max_examples=60, deadline=None)
@given(one=st.text(max_size=80), other=st.text(max_size=80))
def test_difference_is_symmetric_and_never_fails(one: str, other: str) -> None:
    assert (differs(READER, one, other) is None) == (differs(READER, other, one) is None)


class _PlainEmbedder:
    """Word rules need no vectors."""

    name, digest, dimensions = "none", "none", 1


READER = Reader(_PlainEmbedder())  # type: ignore[arg-type]
