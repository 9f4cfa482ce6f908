"""Whether two answers say the same."""

from __future__ import annotations

import pytest

from gonogo.caching.answers import agree
from gonogo.contracts import CachedAnswer
from gonogo.features import Reader


def answer(text: str, *citations: str) -> CachedAnswer:
    return CachedAnswer(question="q", text=text, trace_id="t", citations=citations)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You have 30 days to return it.", "You have 30 days to return it!"),
        ("Open settings and press reset.", "Press reset after you open the settings."),
        ("The price is 1,200 euros.", "The price is 1200 euros."),
    ],
)
def test_the_same_in_almost_the_same_words_agrees(one: str, other: str, reader: Reader) -> None:
    assert agree(answer(one), answer(other), reader)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("You have 30 days to return it.", "You have 60 days to return it."),
        ("You can return it.", "You cannot return it."),
        ("Turn the switch on.", "Turn the switch off."),
        ("Open the valve before the pump starts.", "Open the valve after the pump starts."),
        ("Open settings and press reset.", "Call the support desk."),
        ("", "Something."),
    ],
)
def test_another_number_negation_opposite_or_content_disagrees(one: str, other: str, reader: Reader) -> None:
    assert not agree(answer(one), answer(other), reader)


def test_answers_resting_on_other_sources_disagree(reader: Reader) -> None:
    assert not agree(answer("It opens at nine.", "a.md"), answer("It opens at nine!", "b.md"), reader)


def test_agreement_does_not_depend_on_the_order(same: tuple[str, str], reader: Reader) -> None:
    one, other = map(answer, same)
    assert agree(one, other, reader) == agree(other, one, reader)
