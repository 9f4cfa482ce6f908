"""What two runs over recorded questions come to, and how often that is wrong."""

from __future__ import annotations

import random

import pytest

from gonogo.digest import Digest
from gonogo.domain import (
    Backtest,
    BudgetRule,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    Judge,
    MetricRule,
    Mission,
    ModelSpec,
    PromptSpec,
    RetrievalPolicy,
    Score,
    TaskResult,
    Verdict,
    Version,
)
from gonogo.evaluation.backtest_decision import backtest_verdict
from gonogo.evaluation.backtest_rules import backtest_policy, examination
from gonogo.statistics import Interval, Rate

FACTS = Backtest(looked_at=1, replayed=1, clusters=1, clustered_by="user")
METRICS = ("faithfulness", "relevance", "toxicity")


def version(*, retrieves: bool = True, judges: dict[str, Judge] | None = None, **gate: object) -> Version:
    mission = Mission(
        name="support",
        models={"only": ModelSpec(provider="p", model="m")},
        prompt=PromptSpec(system="Answer."),
        retrieval=RetrievalPolicy(sources=("*.md",)) if retrieves else None,
        gate=GatePolicy(**gate),
        judges=judges or {},
    )
    return Version(
        mission=mission, number=2, parts=(), behaviour_digest=Digest("b"), gate_digest=Digest("g"), index_digest=None,
        pins={}, created_at=0.0, edited_at=0.0,
    )  # fmt: skip


def run(results: list[TaskResult], name: str, exam: Version) -> EvaluationRun:
    return EvaluationRun(
        id=name, mission="support", version=1, behaviour_digest=Digest(name), gate_digest=exam.gate_digest, seed=0,
        started_at=0.0, finished_at=1.0, results=tuple(results),
    )  # fmt: skip


def result(
    place: int,
    answered: bool | None = True,
    *,
    cost: float | None = 0.01,
    latency: float = 1.0,
    model: str = "only",
    error: str | None = None,
    **scores: float,
) -> TaskResult:
    return TaskResult(
        task_id=f"q{place}", answer="a", passed=answered, cost=cost, latency=latency, model=model, error=error,
        trace_id=f"{place}", scores=tuple(Score(metric=name, value=value) for name, value in scores.items()),
    )  # fmt: skip


def decided(
    ours: list[TaskResult], theirs: list[TaskResult], *, clusters: list[str] | None = None, **gate: object
) -> Verdict:
    candidate = version(**gate)
    labels = clusters or [""] * len(theirs)
    tasks = tuple(GoldenTask(id=f"q{place}", question="?", cluster=label) for place, label in enumerate(labels))
    exam = examination(candidate, tasks)
    return backtest_verdict(candidate, exam, (run(ours, "ours", exam), run(theirs, "theirs", exam)), FACTS)


def even(count: int, **changed: object) -> list[TaskResult]:
    return [result(place, **changed) for place in range(count)]


def test_a_toxic_candidate_is_no_go_and_a_gentler_one_is_not():
    worse = decided(even(100, toxicity=0.3), even(100, toxicity=0.01))
    assert (worse.outcome, "not-toxic -29.0 pts" in worse.line) == ("NO-GO", True)
    assert decided(even(100, toxicity=0.01), even(100, toxicity=0.3)).outcome == "GO"


def test_a_ceiling_of_toxicity_holds():
    found = decided(even(100, toxicity=0.2), even(100, toxicity=0.2), require={"toxicity": MetricRule(max=0.01)})
    assert (found.outcome, "not-toxic is 0.800" in found.line) == ("NO-GO", True)


def test_a_dearer_and_slower_candidate_is_told_with_its_interval_and_blocks_where_a_budget_says_so():
    ours, theirs = even(100, cost=0.02, latency=1.5), even(100, cost=0.01, latency=1.0)
    found = decided(ours, theirs)
    assert found.outcome == "GO"
    assert "cost times 2.00 (90 % CI 2.00..2.00) on 100 questions that no cache answered" in found.line
    assert "latency times 1.50" in found.line
    dear = decided(ours, theirs, budget=BudgetRule(cost_per_task=0.015))
    assert (dear.outcome, "a question costs $0.02, the budget is $0.015" in dear.line) == ("NO-GO", True)


def test_answers_of_the_cache_are_no_measure_of_cost_and_time():
    theirs = [
        result(place, **({"model": "", "cost": None, "latency": 0.001} if place % 2 else {})) for place in range(60)
    ]
    found = decided(even(60), theirs)
    assert "latency times 1.00 (90 % CI 1.00..1.00) on 30 questions that no cache answered" in found.line


def test_an_error_is_told_in_its_own_words():
    ours = even(60, answered=None, error="3 golden tasks wait in the queue")
    found = decided(ours, even(60))
    assert (found.outcome, "3 golden tasks wait in the queue" in found.line) == ("INVALID", True)


def test_the_same_runs_give_the_same_verdict():
    ours, theirs = even(80, faithfulness=0.9), even(80, faithfulness=0.95)
    assert decided(ours, theirs) == decided(ours, theirs)


def test_the_rules_are_those_of_the_mission_as_far_as_they_need_no_right_answer():
    rubric = Judge(name="kind", kind="llm-rubric", provider="p", model="m", rubric="Kind?")
    right = Judge(name="right", kind="factual-correctness", provider="p", model="m")
    gate = {
        "require": {
            "pass_rate": MetricRule(margin=0.02, min=0.9), "faithfulness": MetricRule(margin=0.1, min=0.8),
            "kind": MetricRule(min=0.7), "right": MetricRule(min=0.9), "source-recall": MetricRule(margin=0.05),
        },
        "critical": ("tag:safety",), "mode": "advisory", "min_pass_rate": 0.8,
    }  # fmt: skip
    found = backtest_policy(version(judges={"kind": rubric, "right": right}, **gate).mission)
    assert found.require == {
        "pass_rate": MetricRule(margin=0.02),
        "faithfulness": MetricRule(margin=0.1, min=0.8),
        "relevance": MetricRule(margin=0.05),
        "toxicity": MetricRule(margin=0.05),
        "kind": MetricRule(min=0.7),
    }
    assert (found.critical, found.mode, found.min_pass_rate, found.stopping) == ((), "enforced", 0.0, "fixed")


def test_what_needs_a_right_answer_is_named():
    found = decided(even(60), even(60), require={"source-recall": MetricRule(margin=0.05)})
    assert "source-recall needs a right answer: golden tasks decide" in found.line


def test_faithfulness_is_asked_for_only_where_the_mission_retrieves():
    assert "faithfulness" not in backtest_policy(version(retrieves=False).mission).require


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without intervals of graded metrics: no floor is set here, so that tests alone make a NO-GO."""

    def whole(values: object, confidence: float, clusters: object = None) -> Interval:
        return Interval(low=-1.0, high=1.0, confidence=confidence, method="none")

    monkeypatch.setattr("gonogo.gate.compare.score_interval", whole)


def noisy(draw: random.Random, count: int, *, loss: float = 0.0, flake: float = 0.06) -> list[TaskResult]:
    """Questions of different difficulty, each answered anew."""
    found = []
    for place in range(count):
        hard = random.Random(place).random()
        answered = draw.random() > flake * 2 * hard + loss
        quality = min(1.0, max(0.0, draw.gauss(0.9 - 0.3 * hard, 0.1)))
        scores = {"faithfulness": quality, "relevance": draw.betavariate(5, 2)} if answered else {}
        found.append(result(place, answered, toxicity=draw.random() * 0.02, **scores))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 4])
def test_an_unchanged_version_is_no_go_in_at_most_one_of_twenty(size, quick):
    draw, runs, count = random.Random(size), 200, 100
    clusters = None if size == 1 else [f"u{place // size}" for place in range(count)]
    red = sum(
        decided(noisy(draw, count), noisy(draw, count), clusters=clusters).outcome == "NO-GO" for _ in range(runs)
    )
    # The simulation refutes the bound where even the low end of its exact interval lies above it.
    assert Rate(hits=red, total=runs).clopper_pearson(0.99).low <= 0.05, red


@pytest.mark.slow
def test_one_that_declines_eight_points_more_often_is_caught(quick):
    draw, runs, count = random.Random(7), 60, 300
    found = [decided(noisy(draw, count, loss=0.08), noisy(draw, count)).outcome for _ in range(runs)]
    assert (found.count("NO-GO") >= 0.8 * runs, found.count("GO") <= 0.05 * runs) == (True, True), found
