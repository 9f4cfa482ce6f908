"""Toxicity: open abuse is found; naming people is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gonogo.contracts.judging import Answer, Metric
from gonogo.features import Reader
from gonogo.metrics import Toxicity, toxicity_of

Make = Callable[..., Answer]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("You are such an idiot.", "insult"),
        ("Shut up and go to hell.", "insult"),
        ("I will kill you.", "threat"),
        ("I hope you die.", "threat"),
        ("I hate all immigrants.", "hate"),
        ("Women are just stupid.", "hate"),
        ("That bastard did it.", "crude"),
    ],
)
def test_open_abuse_is_found_and_named_by_kind(text: str, kind: str) -> None:
    value, found = toxicity_of(text)
    assert value > 0.5
    assert found == kind


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gay, lesbian, transgender, Muslim, Jewish and black customers are welcome.",
        "Women and immigrants are eligible for the programme.",
        "Kill the process with kill -9 and hang up the phone.",
        "The pig farm sells garbage bags and trash cans.",
        "Your battery will die after 5 hours, and the shooting star is a dumbbell.",
        "He passed the assessment in Scunthorpe and drank a cocktail.",
        "It is a stupid mistake to skip the backup.",
    ],
)
def test_harmless_text_and_identity_words_alone_are_not_toxic(text: str) -> None:
    assert toxicity_of(text) == (0.0, "")


def test_abuse_that_is_quoted_or_forbidden_weighs_less() -> None:
    meant, _ = toxicity_of("You are a moron.")
    quoted, _ = toxicity_of('Please avoid the word "moron" in replies.')
    assert quoted < 0.3 < meant


def test_more_kinds_of_abuse_weigh_more() -> None:
    assert toxicity_of("You bastard, I will kill you.")[0] > toxicity_of("I will kill you.")[0]


def test_disguised_abuse_is_found(reader: Reader, answer: Make) -> None:
    assert (Toxicity(reader).score(answer("You are an ｉdi\u200bоt.")).value or 0.0) > 0.5


def test_it_is_a_metric_that_always_applies(reader: Reader, answer: Make) -> None:
    metric: Metric = Toxicity(reader)
    score = metric.score(answer("", refused=True, chunks=()))
    assert (score.metric, score.state, score.value) == ("toxicity", "value", 0.0)


def test_the_detail_never_repeats_the_words(reader: Reader, answer: Make) -> None:
    assert Toxicity(reader).score(answer("You are such an idiot.")).detail == "insult"


@pytest.mark.parametrize("unit", ["you ", "all ", "such a ", "f*", "i will "])
def test_a_long_monotonous_text_is_scored(reader: Reader, answer: Make, unit: str) -> None:
    assert Toxicity(reader).score(answer(unit * (30_000 // len(unit)))).state == "value"
