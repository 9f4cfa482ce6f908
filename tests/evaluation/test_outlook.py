"""What tasks will take, from earlier results."""

from __future__ import annotations

import pytest

from gonogo.domain import EvaluationRun, GoldenTask, TaskResult, Usage
from gonogo.evaluation.outlook import outlook

A, B, NEW = (GoldenTask(id=name, question="?") for name in ("a", "b", "new"))


def result(
    task: GoldenTask, *, cost: float | None = 0.01, latency: float = 2.0, passed: bool | None = True, judge: int = 0
):
    return TaskResult(
        task_id=task.id,
        answer="",
        passed=passed,
        usage=Usage(input=100, output=10),
        judge_usage=Usage(input=50, output=5, calls=judge),
        judge_cost=0.5,
        cost=cost,
        latency=latency,
        trace_id=f"{2_000_000:012x}",
    )


def run(*results: TaskResult, wall: float = 1.0, replayed: bool = False, started_at: float = 1.0) -> EvaluationRun:
    return EvaluationRun(
        id="r", mission="m", version=1, behaviour_digest="b", gate_digest="g", seed=0, started_at=started_at,
        finished_at=2.0, results=results, wall=wall, replayed=replayed,
    )  # fmt: skip


def test_a_task_takes_what_it_took_and_a_new_one_the_mean():
    found = outlook([(A, 0, 0), (NEW, 0, 1)], [run(result(A, cost=0.01), result(B, cost=0.03))], judged=False)
    assert found is not None
    assert found.cost == pytest.approx(0.01 + 0.02 + 2 * 0.5)
    assert found.tokens_in == 2 * 150


def test_one_unknown_cost_makes_the_sum_unknown():
    found = outlook([(A, 0, 0)], [run(result(A, cost=None))], judged=False)
    assert found is not None
    assert found.cost is None


def test_what_did_not_run_says_nothing():
    assert outlook([(A, 0, 0)], [run(result(A, passed=None))], judged=False) is None


def test_results_no_judge_was_asked_about_say_nothing_where_judges_will_be():
    assert outlook([(A, 0, 0)], [run(result(A))], judged=True) is None
    assert outlook([(A, 0, 0)], [run(result(A, judge=1))], judged=True) is not None


def test_time_is_that_of_as_many_in_flight_as_before():
    before = run(*(result(A, latency=2.0) for _ in range(8)), wall=4.0)  # four in flight
    found = outlook([(A, 0, place) for place in range(10)], [before], judged=False)
    assert found is not None
    assert found.busy == pytest.approx(20.0)
    assert found.seconds == pytest.approx(5.0)


def test_replayed_latencies_and_runs_that_made_nothing_say_nothing_of_time():
    for before in (run(result(A), replayed=True), run(result(A), started_at=3_000_000.0)):
        found = outlook([(A, 0, 0)], [before], judged=False)
        assert found is not None
        assert found.seconds is None


def test_no_run_is_shorter_than_its_longest_answer():
    found = outlook([(A, 0, 0)], [run(*(result(A, latency=6.0) for _ in range(8)), wall=6.0)], judged=False)
    assert found is not None
    assert found.seconds == pytest.approx(6.0)
