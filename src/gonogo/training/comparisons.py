"""Comparisons: what a comparison found, as the record that is kept and that a promotion rests on.

Here: the record. Not here: the statistics (``compare``), judging rows (the caller does), what it permits (``promote``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.clock import Clock, new_id
from gonogo.domain import ClassifierCard, ClassifierComparison, ComparedRows, TrainingRow
from gonogo.training.compare import Difference, compare
from gonogo.training.rows import fingerprint
from gonogo.training.slices import slices_of


def compared(
    candidate: ClassifierCard,
    baseline: ClassifierCard,
    rows: Sequence[TrainingRow],
    scores: tuple[Sequence[float], Sequence[float]],
    *,
    tested_on: str,
    author: str,
    clock: Clock,
    margin: float = 0.02,
    cross_fitted: bool = False,
) -> ClassifierComparison:
    """Compare two classifiers on the same rows.

    Args:
        scores: probabilities of candidate and baseline, in the order of ``rows``.
        tested_on: what the rows are, in words.
        margin: AUC that a slice may lose.
        cross_fitted: the candidate's probabilities come from weights that saw no row of the group they judge.
    """
    found = compare(
        [row.label for row in rows],
        *scores,
        groups=[row.group and f"{row.source}\n{row.group}" for row in rows],
        slices=[slices_of(row) for row in rows],
        margin=margin,
    )
    data, now = fingerprint(rows), clock.now()
    return ClassifierComparison(
        id=new_id(now),
        name=candidate.name,
        candidate=candidate.digest,
        baseline=baseline.digest,
        outcome=found.outcome,
        overall=_part("all rows", found.overall, margin),
        slices=tuple(_part(name, part, margin) for name, part in found.slices),
        margin=margin,
        data=data,
        tested_on=tested_on,
        author=author,
        created_at=now,
        independent=cross_fitted or candidate.data.digest != data.digest,
    )


def _part(name: str, found: Difference, margin: float) -> ComparedRows:
    return ComparedRows(
        name=name,
        rows=found.rows,
        candidate=found.candidate,
        baseline=found.baseline,
        low=found.low,
        high=found.high,
        outcome=found.outcome(margin),
        note=found.note,
    )
