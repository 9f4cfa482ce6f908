"""The toxicity guardrail: a classifier decides at its own threshold, a rule may set another, or ask a careful tier."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.contracts import Answer, Example, GuardrailContext, Judgement
from gonogo.domain import GuardrailRule, Score
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import build, problems

CONTEXT = GuardrailContext(where="question")


class Metric:
    """The metric over one probability."""

    name = "toxicity"

    def __init__(self, value: float) -> None:
        self._value = value

    def score(self, answer: Answer) -> Score:
        return Score(metric="toxicity", value=self._value, detail="insult")


class Says:
    """One probability for every text."""

    def __init__(self, probability: float, *, positive: bool | None = None, threshold: float = 0.7) -> None:
        self.card: Any = SimpleNamespace(threshold=SimpleNamespace(value=threshold))
        self._probability = probability
        self._positive = probability >= threshold if positive is None else positive

    def judge(self, example: Example) -> Judgement:
        return Judgement(probability=self._probability, positive=self._positive, tier="fast")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


def found(reader: Reader, value: float, classifiers: dict[str, Any], **options: Any) -> tuple[Any, ...]:
    rule = GuardrailRule(check="toxicity", action="flag", options=options)
    rail = build(rule, "input", metrics={"toxicity": Metric(value)}, classifiers=classifiers)
    return rail.inspect(reader.read("You are late."), CONTEXT)


def test_the_classifiers_own_threshold_decides(reader: Reader) -> None:
    judge = {"toxicity": Says(0.5, threshold=0.7)}
    assert not found(reader, 0.69, judge)
    (finding,) = found(reader, 0.71, judge)
    assert finding.score == 0.71
    assert finding.signals == ("toxicity 0.71, at least 0.70", "insult")


def test_a_rule_may_set_another_threshold(reader: Reader) -> None:
    judge = {"toxicity": Says(0.5, threshold=0.7)}
    assert found(reader, 0.3, judge, threshold=0.25)
    assert not found(reader, 0.9, judge, threshold=0.95)


def test_where_two_tiers_judge_the_one_that_decides_says_whether_its_threshold_is_passed(reader: Reader) -> None:
    """A careful probability is not to be held against the fast one's threshold."""
    judges = {"toxicity": Says(0.1), "toxicity-careful": Says(0.6, positive=True)}
    assert found(reader, 0.1, judges, careful=True)
    assert not found(reader, 0.1, judges)


def test_no_second_opinion_takes_open_abuse_back(reader: Reader) -> None:
    judges = {"toxicity": Says(0.1), "toxicity-careful": Says(0.01)}
    (finding,) = found(reader, 0.95, judges, careful=True)
    assert finding.score == 0.95


def test_without_a_classifier_the_metric_decides(reader: Reader) -> None:
    (finding,) = found(reader, 0.9, {})
    assert finding.signals == ("toxicity 0.90, at least 0.50", "insult")


def test_a_careful_tier_that_is_not_here_is_named(reader: Reader) -> None:
    with pytest.raises(BadInput, match="needs the classifier toxicity-careful, which is not here"):
        found(reader, 0.9, {}, careful=True)


def test_careful_is_true_or_false() -> None:
    rule = GuardrailRule(check="toxicity", action="flag", options={"careful": "yes"})
    assert problems(rule, "input") == "toxicity.careful must be true or false, not 'yes'"
