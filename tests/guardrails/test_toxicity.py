"""The toxicity guardrail: a classifier decides at its own threshold, a rule may set another, or ask a careful tier."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.contracts import Answer, Example, GuardrailContext, Judgement
from gonogo.domain import GuardrailRule, Score
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import build, problems

CONTEXT = GuardrailContext(where="question")


class Metric:
    name = "toxicity"

    def score(self, answer: Answer) -> Score:
        return Score(metric="toxicity", value=0.9, detail="insult")


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


def found(reader: Reader, classifiers: dict[str, Any], **options: Any) -> tuple[Any, ...]:
    rule = GuardrailRule(check="toxicity", action="flag", options=options)
    rail = build(rule, "input", metrics={"toxicity": Metric()}, classifiers=classifiers)
    return rail.inspect(reader.read("You are late."), CONTEXT)


def test_the_classifiers_own_threshold_decides(reader: Reader) -> None:
    assert not found(reader, {"toxicity": Says(0.69)})
    (finding,) = found(reader, {"toxicity": Says(0.71)})
    assert finding.score == 0.71
    assert finding.signals == ("toxicity 0.71 (fast)", "insult")


def test_a_rule_may_set_another_threshold(reader: Reader) -> None:
    assert found(reader, {"toxicity": Says(0.3)}, threshold=0.25)
    assert not found(reader, {"toxicity": Says(0.9)}, threshold=0.95)


def test_where_two_tiers_judge_the_one_that_decides_says_whether_its_threshold_is_passed(reader: Reader) -> None:
    """A careful probability is not to be held against the fast one's threshold."""
    tiers = Says(0.6, positive=True)
    assert found(reader, {"toxicity": Says(0.1), "toxicity-careful": tiers}, careful=True)
    assert not found(reader, {"toxicity": Says(0.1), "toxicity-careful": tiers})


def test_without_a_classifier_the_metric_decides(reader: Reader) -> None:
    (finding,) = found(reader, {})
    assert finding.signals == ("toxicity 0.90, at least 0.50", "insult")


def test_careful_is_true_or_false() -> None:
    rule = GuardrailRule(check="toxicity", action="flag", options={"careful": "yes"})
    assert problems(rule, "input") == "toxicity.careful must be true or false, not 'yes'"
