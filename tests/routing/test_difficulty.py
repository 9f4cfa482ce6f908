"""The difficulty score: its range, its order, its reasons."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.features import Reader, StaticEmbedder
from gonogo.routing.difficulty import SIGNALS, difficulty
from gonogo.routing.router import DEFAULT_THRESHOLD

READER = Reader(StaticEmbedder())


@pytest.mark.parametrize(
    "easy",
    [
        "When do you open?",
        "How do I reset my password?",
        "Where is my order?",
        "What is the price?",
        "Hello",
        "thanks!",
    ],
)
def test_a_short_plain_question_is_easy(easy: str, reader: Reader) -> None:
    assert difficulty(reader.read(easy)).value < DEFAULT_THRESHOLD


@pytest.mark.parametrize(
    "hard",
    [
        "Compare the Pro and the Team plan and explain why one is better for a school with only two admins.",
        "Why does my sync fail only after the update, and how can I fix it without losing files?",
        "If I cancel before the renewal but after a downgrade, must I still pay both fees, or only the lower one?",
        "Calculate the total of 12 lamps at 39.50 each with 15 percent off, and how much is 19 percent tax on it?",
        "Solve x^2 + 3x = 10 and prove that there is no other solution.",
        "Explain what this does:\n```\ndef f(x):\n    return g(x)\n```",
    ],
)
def test_a_question_with_several_demands_is_hard(hard: str, reader: Reader) -> None:
    assert difficulty(reader.read(hard)).value >= DEFAULT_THRESHOLD


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("word " * 60, "long question"),
        ("What is it? Where is it? Who made it?", "several questions in one"),
        ("A versus B", "compares"),
        ("Why?", "asks for reasons"),
        ("Compute the average ratio", "asks to calculate"),
        ("Only if both must", "several conditions"),
        ("from 10 to 20 and 30", "several numbers"),
        ("what does f(x) => y do", "code"),
        ("x = 3 + 4", "formulas"),
        ("does Anna know Ben and Carla", "several names"),
        ("it does not work", "negation"),
    ],
)
def test_each_signal_is_named_as_a_reason(text: str, reason: str, reader: Reader) -> None:
    assert any(one.startswith(reason) for one in difficulty(reader.read(text)).reasons)


def test_every_signal_is_a_share_and_has_a_weight() -> None:
    assert all(weight > 0 for weight, _ in SIGNALS.values())


def test_the_strongest_reason_comes_first(reader: Reader) -> None:
    reasons = difficulty(reader.read("Compare A with B, not C.")).reasons
    weights = [float(reason.split("+")[1].rstrip(")")) for reason in reasons]
    assert weights == sorted(weights, reverse=True)


def test_earlier_turns_make_a_question_that_leans_on_them_harder(reader: Reader) -> None:
    question = reader.read("And what about that?")
    alone, later = difficulty(question), difficulty(question, 4)
    assert later.value > alone.value
    assert any("earlier turns" in reason for reason in later.reasons)


def test_the_hundredth_turn_is_no_harder_than_the_seventh(reader: Reader) -> None:
    question = reader.read("And then?")
    assert difficulty(question, 100) == difficulty(question, 7)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200), turns=st.integers(0, 50))
def test_the_score_is_a_share_for_every_text(text: str, turns: int) -> None:
    features = READER.read(text)
    assert 0.0 <= difficulty(features, turns).value < 1.0
    assert all(0.0 <= read(features) <= 1.0 for _, read in SIGNALS.values())


@pytest.mark.parametrize("seed", ["?", "f(", "x^", "select ", "<a", "{ ", "1+", "a b c ", "\\a", "not "])
def test_a_hundred_kilobytes_of_one_thing_are_scored(seed: str, reader: Reader) -> None:
    assert 0.0 <= difficulty(reader.read((seed * 100_000)[:100_000])).value < 1.0
