"""Judged pairs: the answers of two Versions to the same golden tasks, and what a pairwise judge says of them.

Here: pairing, counting. Not here: asking the judge (``judges``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.contracts import Judged, JudgedCase
from gonogo.domain import FIRST_TWICE, SECOND_TWICE, GoldenTask
from gonogo.gate.sheets import cluster_labels
from gonogo.statistics import (
    Interval,
    PairedCounts,
    mcnemar_better,
    mcnemar_worse,
    score_interval,
    sign_flip_test,
    tango_interval,
)

if TYPE_CHECKING:
    from gonogo.assembly.judges import GoldenAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """Answers of two Versions to the same golden tasks, compared by a pairwise judge in both orders.

    ``mean``: 1 where the candidate's is better, 0 where the other's is, 0.5 for a tie; its 95 % ``interval`` counts
    tasks, or clusters of them. ``p_better`` and ``p_worse`` are exact sign tests. ``by_place``: ties that come of an
    order that the judge follows.
    """

    candidate: str
    baseline: str
    won: tuple[str, ...]
    lost: tuple[str, ...]
    tied: int
    by_place: int
    failed: int
    mean: float | None
    interval: Interval | None
    p_better: float
    p_worse: float
    calls: int
    cost: float | None


def paired(ours: Sequence[GoldenAnswer], theirs: Sequence[GoldenAnswer]) -> Iterator[tuple[GoldenTask, JudgedCase]]:
    """(task, what the judge sees): the first repeat of every task that both answered."""
    others = {one.result.task_id: one.result for one in theirs if one.result.repeat == 0}
    for answer in ours:
        other = others.get(answer.result.task_id)
        if other is not None and answer.task is not None and answer.result.repeat == 0:
            question, text = answer.task.question, answer.result.answer
            yield answer.task, JudgedCase(question=question, answer=text, reference=other.answer)


def preferred(
    ours: GoldenAnswer, theirs: GoldenAnswer, tasks: Sequence[GoldenTask], judged: Sequence[Judged]
) -> Preferred:
    """What a pairwise judge said of them, counted. ``ours`` and ``theirs``: any answer of each side."""
    said = [(task, one.score) for task, one in zip(tasks, judged, strict=True) if one.score.value is not None]
    won = tuple(task.id for task, score in said if score.value == 1.0)
    lost = tuple(task.id for task, score in said if score.value == 0.0)
    counts = PairedCounts(
        both=0, candidate_only=len(won), baseline_only=len(lost), neither=len(said) - len(won) - len(lost)
    )
    spread = tango_interval(counts) if said else None
    better, worse = mcnemar_better(counts), mcnemar_worse(counts)
    labels = cluster_labels([task for task, _ in said])
    if labels is not None:
        differences = [2.0 * (score.value or 0.0) - 1.0 for _, score in said]
        spread = score_interval(differences, clusters=labels)
        better = max(better, sign_flip_test(differences, alternative="greater", clusters=labels).p)
        worse = max(worse, sign_flip_test(differences, alternative="less", clusters=labels).p)
    costs = [one.cost for one in judged]
    return Preferred(
        candidate=f"{ours.run.mission}@{ours.run.version}",
        baseline=f"{theirs.run.mission}@{theirs.run.version}",
        won=won,
        lost=lost,
        tied=counts.neither,
        by_place=sum(score.detail in (FIRST_TWICE, SECOND_TWICE) for _, score in said),
        failed=len(tasks) - len(said),
        mean=None if counts.difference is None else (1.0 + counts.difference) / 2.0,
        interval=None
        if spread is None
        else Interval(
            low=(1.0 + spread.low) / 2.0,
            high=(1.0 + spread.high) / 2.0,
            confidence=spread.confidence,
            method=spread.method,
        ),
        p_better=better,
        p_worse=worse,
        calls=sum(one.usage.calls for one in judged),
        cost=None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
    )
