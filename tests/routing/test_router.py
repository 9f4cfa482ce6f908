"""Routers: which model, which after it, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gonogo.contracts import Example, Judgement
from gonogo.domain import Measure, RoutingPolicy
from gonogo.errors import BadInput
from gonogo.features import Reader
from gonogo.routing import DEFAULT_THRESHOLD, OVER_READABLE, DifficultyRouter, SingleRouter, problems

MODELS = ("small", "large", "spare")
EASY = "When do you open?"
HARD = "Compare both plans and explain why one is better if I only need it until June, and how much I save."


def router(**options: object) -> DifficultyRouter:
    return DifficultyRouter(RoutingPolicy(simple="small", complex="large", **options), MODELS)  # type: ignore[arg-type]


def test_an_easy_question_goes_to_the_simple_model(reader: Reader) -> None:
    assert router().route(reader.read(EASY), 0, 5).model == "small"


def test_a_hard_question_goes_to_the_complex_model_with_reasons(reader: Reader) -> None:
    decision = router().route(reader.read(HARD), 0, 5)
    assert decision.model == "large"
    assert decision.reasons
    assert decision.difficulty is not None
    assert decision.difficulty >= DEFAULT_THRESHOLD


def test_a_decision_without_signals_still_says_why(reader: Reader) -> None:
    assert router().route(reader.read("Hello"), 0, 0).reasons == ("short and plain",)


def test_the_threshold_of_the_policy_is_used_and_reported(reader: Reader) -> None:
    decision = router(threshold=0.0).route(reader.read(EASY), 0, 0)
    assert (decision.model, decision.threshold) == ("large", 0.0)


def test_a_threshold_of_one_sends_nothing_to_the_complex_model(reader: Reader) -> None:
    assert router(threshold=1.0).route(reader.read(HARD * 20), 9, 0).model == "small"


def test_fallback_keeps_its_order_and_leaves_out_the_chosen_model(reader: Reader) -> None:
    chain = router(fallback=("large", "small", "spare", "large"))
    assert chain.route(reader.read(EASY), 0, 0).fallback == ("large", "spare")
    assert chain.route(reader.read(HARD), 0, 0).fallback == ("small", "spare")


def test_without_fallback_in_the_policy_no_other_model_is_tried(reader: Reader) -> None:
    assert router().route(reader.read(EASY), 0, 0).fallback == ()


def test_the_same_question_always_takes_the_same_way(reader: Reader) -> None:
    question = reader.read(HARD)
    assert router().route(question, 2, 5) == router().route(question, 2, 0)


def test_a_policy_that_names_an_unknown_model_is_refused() -> None:
    with pytest.raises(BadInput, match="no model 'huge'"):
        DifficultyRouter(RoutingPolicy(simple="small", complex="huge"), MODELS)


def test_a_threshold_that_is_no_share_is_a_problem() -> None:
    assert problems(RoutingPolicy(simple="small", complex="large", threshold=1.5), MODELS)
    assert problems(RoutingPolicy(simple="small", complex="large", threshold=0.5), MODELS) is None


def test_a_mission_without_routing_always_takes_its_one_model(reader: Reader) -> None:
    decision = SingleRouter("small", ("small", "spare", "spare")).route(reader.read(HARD), 3, 5)
    assert (decision.model, decision.fallback) == ("small", ("spare",))
    assert decision.difficulty is None


class Learned:
    """A classifier of difficulty that finds everything as hard as it was told."""

    name, digest = "difficulty", "d" * 64

    def __init__(self, probability: float, gain: tuple[float, float] | None) -> None:
        measures = {} if gain is None else {OVER_READABLE: Measure(value=gain[1], low=gain[0], high=0.2, n=1000)}
        self.card: Any = SimpleNamespace(measures=measures, threshold=SimpleNamespace(value=0.4))
        self._probability = probability

    def judge(self, example: Example) -> Judgement:
        return Judgement(probability=self._probability, positive=self._probability >= 0.4)


def learned(probability: float, gain: tuple[float, float] | None, **options: object) -> DifficultyRouter:
    policy = RoutingPolicy(simple="small", complex="large", **options)  # type: ignore[arg-type]
    return DifficultyRouter(policy, MODELS, learned=Learned(probability, gain))


def test_a_classifier_that_is_proven_better_decides_and_the_signals_stay_reasons(reader: Reader) -> None:
    decision = learned(0.5, (0.01, 0.05)).route(reader.read(EASY), 0, 0)
    assert (decision.model, decision.difficulty, decision.threshold) == ("large", 0.5, 0.4)
    assert decision.reasons[0] == "the larger model is needed with probability 0.50"
    assert len(learned(0.1, (0.01, 0.05)).route(reader.read(HARD), 0, 0).reasons) > 1


def test_the_policy_comes_before_the_threshold_of_the_card(reader: Reader) -> None:
    assert learned(0.5, (0.01, 0.05), threshold=0.6).route(reader.read(HARD), 0, 0).model == "small"


@pytest.mark.parametrize("gain", [None, (-0.01, 0.02), (0.0, 0.02)])
def test_a_classifier_that_is_not_proven_better_is_not_asked(gain: tuple[float, float] | None, reader: Reader) -> None:
    decision = learned(0.99, gain).route(reader.read(EASY), 0, 0)
    assert (decision.model, decision.threshold) == ("small", DEFAULT_THRESHOLD)
