"""What a pairwise judge said, counted by task and by cluster."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.assembly.judged_pairs import preferred
from gonogo.assembly.judges import GoldenAnswer
from gonogo.contracts import Judged
from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, GoldenTask, Score, TaskResult

TASKS = [GoldenTask(id=f"t{number}", question="?") for number in range(20)]


def answer() -> GoldenAnswer:
    run = EvaluationRun(
        id="r", mission="m", version=1, behaviour_digest=Digest("b"), gate_digest=Digest("g"), seed=0, started_at=0.0
    )
    return GoldenAnswer(run=run, result=TaskResult(task_id="t0", answer="a", passed=True), task=TASKS[0])


def said(value: float) -> Judged:
    return Judged(score=Score(metric="better", value=value), cost=0.0)


def test_a_preference_for_whole_pages_counts_pages():
    judged = [said(1.0)] * 15 + [said(0.5)] * 5
    alone = preferred(answer(), answer(), TASKS, judged)
    paged = [structs.replace(task, cluster=f"page {place // 5}") for place, task in enumerate(TASKS)]
    together = preferred(answer(), answer(), paged, judged)
    assert (alone.won, alone.mean) == (together.won, together.mean)
    assert alone.p_better < 0.001
    assert together.p_better == pytest.approx(0.125)  # three pages of three
    assert together.interval.width > alone.interval.width
