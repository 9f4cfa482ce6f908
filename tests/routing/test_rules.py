"""Rules: classifiers that say where a question goes before its difficulty does."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.contracts import Example, Judgement
from gonogo.domain import RoutingPolicy, RoutingRule, RuleCondition
from gonogo.domain.columns import Column
from gonogo.errors import BadInput, NotFound
from gonogo.features import Reader
from gonogo.routing import DifficultyRouter, RuleBook, problems

MODELS = ("small", "large", "review")
EASY = "When do you open?"


class Churn:
    """A tabular classifier: the more calls, the likelier. Counts how often it is asked."""

    name = "churn"
    columns = (
        Column(name="calls", kind="number"),
        Column(name="plan", kind="category", categories=("basic", "pro")),
        Column(name="since", kind="date"),
    )

    def __init__(self, threshold: float = 0.5) -> None:
        self.card = SimpleNamespace(threshold=SimpleNamespace(value=threshold))
        self.seen: list[Mapping[str, float]] = []

    def judge(self, example: Example) -> Judgement:
        self.seen.append(example.context)
        probability = min(1.0, example.context.get("calls", 1.0) / 10)
        return Judgement(probability=probability, positive=probability >= self.card.threshold.value)


class Rude:
    """A classifier of texts."""

    name = "rude"
    card = SimpleNamespace(threshold=SimpleNamespace(value=0.5))

    def judge(self, example: Example) -> Judgement:
        rude = "stupid" in example.text.text
        return Judgement(probability=0.9 if rude else 0.1, positive=rude)


class Library:
    def __init__(self, *classifiers: Any) -> None:
        self._found = {classifier.name: classifier for classifier in classifiers}

    def classifier(self, name: str, digest: str | None = None) -> Any:
        if name not in self._found:
            raise NotFound(f"no classifier {name!r}")
        return self._found[name]

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._found))


def rule(to: str, classifier: str = "churn", above: float | None = None) -> RoutingRule:
    return RoutingRule(when=RuleCondition(classifier=classifier, above=above), to=to)


def router(*rules: RoutingRule, library: Any = None, **options: Any) -> DifficultyRouter:
    policy = RoutingPolicy(simple="small", complex="large", rules=rules, **options)
    return DifficultyRouter(policy, MODELS, library or Library(Churn(), Rude()))


def test_a_rule_that_holds_decides_with_its_reason(reader: Reader) -> None:
    values = {"calls": "9", "plan": "pro", "since": "2026-01-02"}
    decision = router(rule("review", above=0.7), fallback=("large", "review")).route(reader.read(EASY), 0, 0, values)
    assert (decision.model, decision.fallback) == ("review", ("large",))
    assert decision.difficulty is None
    assert decision.reasons == ("rule 1: churn 0.90, at least 0.70",)


def test_where_no_rule_holds_difficulty_decides_and_the_rules_are_reasons(reader: Reader) -> None:
    values = {"calls": 2, "plan": "pro", "since": "2026-01-02"}
    decision = router(rule("review", above=0.7)).route(reader.read(EASY), 0, 0, values)
    assert decision.model == "small"
    assert decision.difficulty is not None
    assert decision.reasons == ("not rule 1: churn 0.20, under 0.70", "short and plain")


def test_the_first_rule_that_holds_wins_and_a_classifier_is_asked_once(reader: Reader) -> None:
    churn = Churn()
    chain = router(rule("review", above=0.9), rule("large", above=0.6), rule("small"), library=Library(churn))
    assert chain.route(reader.read(EASY), 0, 0, {"calls": "7"}).model == "large"
    assert len(churn.seen) == 1


def test_without_a_bound_the_threshold_of_the_card_counts(reader: Reader) -> None:
    strict, mild = (router(rule("review"), library=Library(Churn(threshold))) for threshold in (0.8, 0.3))
    assert strict.route(reader.read(EASY), 0, 0, {"calls": "5"}).model == "small"
    assert mild.route(reader.read(EASY), 0, 0, {"calls": "5"}).model == "review"


def test_a_classifier_of_texts_judges_the_question(reader: Reader) -> None:
    chain = router(rule("review", "rude"), rule("large", above=0.9))
    assert chain.route(reader.read("You are stupid"), 0, 0).model == "review"
    assert chain.route(reader.read(EASY), 0, 0).model == "small"


def test_values_that_cannot_be_used_are_missing_and_named_without_their_content(reader: Reader) -> None:
    churn = Churn()
    values = {"calls": "call 0171 5551234", "plan": "gold", "since": ["x"], "other": "y"}
    decision = router(rule("review"), library=Library(churn)).route(reader.read(EASY), 0, 0, values)
    assert churn.seen == [{}]
    assert decision.reasons[:3] == (
        "churn: calls must be a number: counts as missing",
        "churn: plan holds a value not seen in training: counts as missing",
        "churn: since must be a date such as 2026-03-31 or 2026-03-31T12:00:00Z: counts as missing",
    )
    assert not any("0171" in reason or "gold" in reason for reason in decision.reasons)


def test_columns_that_are_not_there_are_named(reader: Reader) -> None:
    chain = router(rule("review"))
    assert "churn: missing plan, since" in chain.route(reader.read(EASY), 0, 0, {"calls": "1"}).reasons
    assert "churn: none of its columns is in the metadata" in chain.route(reader.read(EASY), 0, 0).reasons


ANY_VALUE = st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.lists(st.integers()), st.just("\ud800"))


@given(values=st.dictionaries(st.sampled_from(["calls", "plan", "since", "x"]), ANY_VALUE))
def test_no_metadata_stops_a_request(reader: Reader, values: dict[str, Any]) -> None:
    assert router(rule("review")).route(reader.read(EASY), 0, 0, values).model in MODELS


def test_rules_without_classifiers_or_with_an_unknown_one_are_refused() -> None:
    with pytest.raises(BadInput, match="none are at hand"):
        RuleBook((rule("small"),), None)
    with pytest.raises(NotFound, match="'fraud'"):
        router(rule("small", "fraud"))


@pytest.mark.parametrize(
    ("wrong", "said"), [(rule("huge"), "no model 'huge'"), (rule("small", above=1.5), "above must lie in")]
)
def test_a_rule_to_an_unknown_model_or_with_an_impossible_bound_is_a_problem(wrong: RoutingRule, said: str) -> None:
    found = problems(RoutingPolicy(simple="small", complex="large", rules=(wrong,)), MODELS)
    assert found is not None
    assert said in found
