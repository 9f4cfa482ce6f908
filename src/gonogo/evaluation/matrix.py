"""Matrix: the figures of runs side by side, each with its interval, and the paired difference to the first.

Here: pure; results in, figures out. Not here: running cells (``assembly``), the page (``cli``).

Intervals are 95 % each, as the gate has them: Wilson 1927 for a share, Tango 1998 for a paired difference, and by
cluster where tasks share them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.domain import Comparison, EvaluationRun, GoldenTask
from gonogo.domain.matrix import MatrixAnswer, MatrixCell, MatrixTask, Span95
from gonogo.gate import Sheet
from gonogo.gate.compare import PRIMARY, alone, compare

ALPHA = 0.025
"""Of either end of an interval of 95 %."""


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
    passed = alone(PRIMARY, sheet, ALPHA)
    against = None if first is None else compare(PRIMARY, sheet, first, None, ALPHA)
    latencies = sorted(outcome.latency for outcome in ran)
    never = sum(not outcome.attempts for outcome in sheet.outcomes.values())
    return MatrixCell(
        version=one.version,
        model=one.model,
        run_id=one.run.id,
        passed=_span(passed.candidate, passed),
        difference=None if against is None else _span(against.difference, against),
        errors=len(sheet.errors) - never,
        never_run=never,
        asked=one.asked,
        cost=sheet.cost_per_task,
        tokens=math.fsum(outcome.tokens for outcome in ran) / len(ran) if ran else None,
        p50=_quantile(latencies, 0.5),
        p95=_quantile(latencies, 0.95),
        broke=() if against is None else against.broke,
        mended=() if against is None else against.mended,
    )


def _span(value: float | None, found: Comparison) -> Span95 | None:
    if value is None or found.low is None or found.high is None:
        return None
    return Span95(value=value, low=found.low, high=found.high, tasks=found.tasks)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank; ``None`` of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
