"""Matrix: the figures of runs side by side, each with its interval, and the paired difference to the first.

Here: pure; results in, figures out. Not here: running cells (``assembly``), the page (``cli``).

Intervals are 95 % each: Wilson 1927 for a share, Tango 1998 for a paired difference.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.domain import EvaluationRun, GoldenTask
from gonogo.domain.matrix import MatrixAnswer, MatrixCell, MatrixTask, Span95
from gonogo.gate import Sheet
from gonogo.statistics import PairedCounts, Rate, tango_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRun:
    """A run under the names of its cell; ``asked``: tasks that were run for it."""

    version: str
    model: str
    run: EvaluationRun
    asked: int


def cells_of(runs: Sequence[CellRun], tasks: Sequence[GoldenTask]) -> tuple[MatrixCell, ...]:
    """The figures of every cell; the first is what the others are held against."""
    sheets = [Sheet.of(one.run, tasks) for one in runs]
    return tuple(
        _cell(one, sheet, None if place == 0 else sheets[0])
        for place, (one, sheet) in enumerate(zip(runs, sheets, strict=True))
    )


def answers_of(runs: Sequence[CellRun], tasks: Sequence[GoldenTask]) -> tuple[MatrixTask, ...]:
    """What every cell answered, task by task."""
    by_cell = [
        {result.task_id: result for result in sorted(one.run.results, key=lambda one: -one.repeat)} for one in runs
    ]
    rows = []
    for task in tasks:
        found = [results.get(task.id) for results in by_cell]
        answers = tuple(
            MatrixAnswer(passed=None, text="", error="it was never run")
            if result is None
            else MatrixAnswer(passed=result.passed, text=result.answer, error=result.error)
            for result in found
        )
        rows.append(MatrixTask(id=task.id, question=task.question, answers=answers))
    return tuple(rows)


def _cell(one: CellRun, sheet: Sheet, first: Sheet | None) -> MatrixCell:
    ran = sheet.ran
    rate = Rate(hits=sheet.passed, total=len(ran))
    interval = rate.wilson()
    latencies = sorted(outcome.latency for outcome in ran)
    pairs = {} if first is None else _pairs(sheet, first)
    never = sum(not outcome.attempts for outcome in sheet.outcomes.values())
    return MatrixCell(
        version=one.version,
        model=one.model,
        run_id=one.run.id,
        passed=Span95(value=rate.hits / rate.total, low=interval.low, high=interval.high, tasks=rate.total)
        if rate.total
        else None,
        difference=_difference(PairedCounts.of(pairs.values())) if pairs else None,
        errors=len(sheet.errors) - never,
        never_run=never,
        asked=one.asked,
        cost=sheet.cost_per_task,
        tokens=math.fsum(outcome.tokens for outcome in ran) / len(ran) if ran else None,
        p50=_quantile(latencies, 0.5),
        p95=_quantile(latencies, 0.95),
        broke=tuple(name for name, (ours, theirs) in pairs.items() if theirs and not ours),
        mended=tuple(name for name, (ours, theirs) in pairs.items() if ours and not theirs),
    )


def _pairs(sheet: Sheet, first: Sheet) -> dict[str, tuple[bool, bool]]:
    """Tasks that ran in both: whether they passed here, and there."""
    found = {}
    for name, ours in sheet.outcomes.items():
        theirs = first.outcomes.get(name)
        if theirs is not None and ours.passed is not None and theirs.passed is not None:
            found[name] = (ours.passed, theirs.passed)
    return found


def _difference(counts: PairedCounts) -> Span95:
    interval = tango_interval(counts, 0.95)
    return Span95(value=counts.difference or 0.0, low=interval.low, high=interval.high, tasks=counts.total)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank; ``None`` of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
