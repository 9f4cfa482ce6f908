"""What a text without telling words cannot hold: no phrase of open abuse is looked for in vain, and none is missed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.abuse import PATTERNS, AbusePattern
from gonogo.metrics.abuse_words import may_abuse


@pytest.mark.parametrize("tried", [60, pytest.param(300, marks=pytest.mark.slow)])
@pytest.mark.parametrize("abuse", PATTERNS, ids=lambda abuse: f"{abuse.kind} {abuse.severity}")
def test_no_phrase_stands_in_a_text_that_is_not_searched(abuse: AbusePattern, tried: int) -> None:
    @settings(max_examples=tried, deadline=None)
    @given(st.from_regex(abuse.pattern, fullmatch=True, alphabet=st.characters(max_codepoint=127)))
    def holds(phrase: str) -> None:
        assert may_abuse(" ".join(phrase.split()))

    holds()


@pytest.mark.parametrize("text", ["Returns take 30 days.", "Hello, what is the price of the kit?", "Check the pack."])
def test_ordinary_texts_need_no_search(text: str) -> None:
    assert not may_abuse(text)
