"""One spelling for one question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.caching.exact import same_spelling


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is it?", "what is it"),
        ("WHAT IS IT", "what is it"),
        ("a  b\n c", "a b c"),
        ("ｆｕｌｌ", "full"),
        ("Straße", "STRASSE"),
    ],
)
def test_these_are_one_question(one: str, other: str) -> None:
    assert same_spelling(one) == same_spelling(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ship to US", "ship to us"),
        ("30 days", "60 days"),
        ("C", "C++"),
        ("BL-20", "BL-20X"),
        ("on", "off"),
        ("IT help", "it help"),
    ],
)
def test_these_are_two_questions(one: str, other: str) -> None:
    assert same_spelling(one) != same_spelling(other)


@given(st.text(max_size=60))
def test_one_spelling_is_its_own_spelling(text: str) -> None:
    once = same_spelling(text)
    assert same_spelling(once) == same_spelling(same_spelling(once))
