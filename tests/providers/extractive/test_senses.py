"""Everyday words that stand for one another touch the same sense, unrelated ones do not."""

from __future__ import annotations

import pytest

from gonogo.providers.extractive.senses import senses_of, touched_by


def _shared(one: str, other: str) -> bool:
    return bool(senses_of(one.split()) & senses_of(other.split()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("guarantee", "warranty"),
        ("screen", "display"),
        ("put up with", "withstand"),
        ("for nothing", "free"),
        ("text messages", "sms"),
        ("run dry", "battery life"),
        ("sends", "delivery"),
    ],
)
def test_words_for_the_same_thing_share_a_sense(one: str, other: str) -> None:
    assert _shared(one, other)
    assert _shared(other, one)


@pytest.mark.parametrize(("one", "other"), [("guarantee", "display"), ("price", "colour"), ("violin", "warranty")])
def test_words_for_different_things_share_none(one: str, other: str) -> None:
    assert not _shared(one, other)


def test_a_phrase_counts_as_a_whole_and_names_its_words() -> None:
    found = [touch for touch in touched_by(["it", "must", "put", "up", "with", "rain"]) if touch.end - touch.start == 3]
    assert [(touch.start, touch.end) for touch in found] == [(2, 5)]


def test_half_a_phrase_touches_nothing_of_it() -> None:
    assert not senses_of(["nothing"]) & senses_of(["for", "nothing"])


def test_inflections_touch_the_same_senses() -> None:
    assert senses_of(["repairs"]) == senses_of(["repaired"]) != frozenset()


def test_no_words_touch_no_sense() -> None:
    assert senses_of([]) == frozenset()
    assert touched_by([]) == []
