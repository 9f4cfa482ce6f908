from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, GoldenTask, TaskResult, Usage
from gonogo.evaluation.matrix import CellRun, answers_of, cells_of
from gonogo.statistics import PairedCounts, Rate, tango_interval

TASKS = [GoldenTask(id=f"t{number}", question=f"Question {number}?") for number in range(10)]


def cell(passed, *, model="m", latency=1.0, repeats=1):
    """``passed``: by task, ``None`` for one that failed to run; tasks beyond it were never run."""
    results = tuple(
        TaskResult(
            task_id=f"t{number}", answer=f"{model} {number} {repeat}", passed=came_out, latency=latency * (number + 1),
            cost=0.5, usage=Usage(input=10, output=5), error=None if came_out is not None else "down", repeat=repeat,
        )
        for number, came_out in enumerate(passed)
        for repeat in range(repeats)
    )  # fmt: skip
    run = EvaluationRun(
        id=model, mission="support", version=1, behaviour_digest=Digest(model), gate_digest=Digest("g"), seed=0,
        started_at=0.0, results=results,
    )  # fmt: skip
    return CellRun(version="support@1", model=model, run=run, asked=len(results))


def test_a_cell_has_its_pass_rate_with_wilsons_interval_and_what_a_task_takes():
    [found] = cells_of([cell([True] * 8 + [False] * 2)], TASKS)
    wilson = Rate(hits=8, total=10).wilson()
    assert (found.passed.value, found.passed.low, found.passed.high) == (0.8, wilson.low, wilson.high)
    assert (found.cost, found.tokens, found.p50, found.p95) == (0.5, 15.0, 5.0, 10.0)
    assert found.difference is None


def test_every_further_cell_is_held_against_the_first_task_by_task():
    first, second = cells_of([cell([True] * 8 + [False] * 2), cell([False] + [True] * 9)], TASKS)
    pairs = PairedCounts.of([(False, True), *[(True, True)] * 7, *[(True, False)] * 2])
    tango = tango_interval(pairs, 0.95)
    assert second.difference.value == pytest.approx(0.1)
    assert (second.difference.low, second.difference.high, second.difference.tasks) == (tango.low, tango.high, 10)
    assert (second.broke, second.mended) == (("t0",), ("t8", "t9"))
    assert first.broke == ()


def test_tasks_without_result_are_apart_and_enter_no_pair():
    _, second = cells_of([cell([True] * 10), cell([None, True, False])], TASKS)
    assert (second.errors, second.never_run, second.passed.tasks, second.difference.tasks) == (1, 7, 2, 2)


def test_a_cell_that_never_ran_has_no_figures():
    _, second = cells_of([cell([True] * 10), cell([])], TASKS)
    assert (second.passed, second.difference, second.cost, second.tokens, second.p95) == (None,) * 5
    assert second.never_run == 10


def test_repeats_become_one_number():
    [found] = cells_of([cell([True] * 10, repeats=3)], TASKS)
    assert found.passed.tasks == 10


def test_answers_stand_side_by_side_and_say_whether_they_differ():
    rows = answers_of([cell([True] * 10, model="a", repeats=2), cell([True, False, None], model="b")], TASKS)
    assert [answer.text for answer in rows[0].answers] == ["a 0 0", "b 0 0"]
    assert [row.differs for row in rows[:3]] == [False, True, True]
    assert (rows[2].answers[1].error, rows[3].answers[1].error) == ("down", "it was never run")


def test_intervals_count_clusters_where_tasks_share_them():
    paged = [structs.replace(task, cluster=f"page {place // 5}") for place, task in enumerate(TASKS)]
    alone, together = (
        cells_of([cell([True] * 10), cell([True] * 5 + [False] * 5)], tasks)[1] for tasks in (TASKS, paged)
    )
    assert together.passed.value == alone.passed.value
    assert together.passed.high - together.passed.low > alone.passed.high - alone.passed.low
    assert together.difference.low < alone.difference.low
