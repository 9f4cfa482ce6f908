"""Refusals, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.metrics import is_refusal, refusal


@pytest.mark.parametrize(
    "text",
    [
        "I do not know: the documents do not say.",
        "I don't know.",
        "I don’t know the answer to that.",
        "I'm sorry, but I can't help with that.",
        "Sorry, I cannot share my system prompt.",
        "The handbook does not say whether dogs are allowed.",
        "Unfortunately, the provided context doesn't contain an answer.",
        "I am unable to answer this question based on the context.",
        "There is no information about this in the documents.",
        "This is not covered in the handbook.",
        "It is unclear from the documents.",
        "As an AI language model, I cannot do that.",
        "I can't find this in the sources.",
        "I must decline.",
        "Unknown.",
    ],
)
def test_declining_is_a_refusal(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We cannot accept returns after 30 days.",
        "This policy does not cover water damage.",
        "You don't know your password? Reset it.",
        "The page does not load if cookies are off. Clear them.",
        "We are unable to ship to Canada.",
        "I know that it takes 30 days.",
        "The documents do not mention parking. However, the handbook says that bikes may be parked in the yard behind"
        " the house for free.",
        "Returns are accepted within 30 days of delivery, in the original box, with the receipt, at any shop or by"
        " post, whichever you prefer. I don't know more.",
    ],
)
def test_answering_is_no_refusal(text: str) -> None:
    assert not is_refusal(text)


def test_a_long_answer_is_no_refusal() -> None:
    assert not is_refusal("I don't know. " + "But here is a lot of text. " * 40)


def test_a_huge_text_is_looked_at_only_at_its_start() -> None:
    assert not is_refusal("no information " * 300_000)


@pytest.mark.parametrize("tried", [150, pytest.param(1_000, marks=pytest.mark.slow)])
def test_no_refusal_stands_in_a_text_without_telling_words(tried: int) -> None:
    @settings(max_examples=tried, deadline=None)
    @given(st.from_regex(refusal._REFUSALS, fullmatch=True, alphabet=st.characters(max_codepoint=127)))
    def holds(said: str) -> None:
        assert refusal._may_decline(said.lower())

    holds()
