"""Ratios: budgets of cost and latency that are held against live, task by task.

Here: the ratio of each quantity with its interval, and what follows. Not here: budgets in dollars and seconds
(``bounds``), the statistics.

A sum that is dearer may be one long answer; the geometric mean of the tasks' ratios is what a usual task takes more. GO
needs its upper bound within the budget, NO-GO its lower one beyond; an unknown cost is unknown, and never 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import structs

from gonogo.domain import BudgetRule, EvaluationRun, RatioComparison, Reason, TaskResult
from gonogo.gate.sheets import Sheet, TaskOutcome
from gonogo.gate.wording import counted, named, ratio_said
from gonogo.statistics import geometric_mean_ratio

APART = 900.0
"""Seconds; two runs side by side answer a task within minutes of each other."""
FREE = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One relative budget: the ratio beside it, and what speaks against GO."""

    found: RatioComparison
    reasons: tuple[Reason, ...] = ()


def relative_budgets(budget: BudgetRule) -> dict[str, float]:
    """Those that a Mission has, by quantity."""
    found = {"cost": budget.cost_ratio, "latency": budget.latency_ratio}
    return {quantity: most for quantity, most in found.items() if most is not None}


def held_to_ratios(ours: Sheet, theirs: Sheet, budget: BudgetRule, alpha: float, *, replayed: bool) -> tuple[Held, ...]:
    """Every relative budget on the tasks that both sides ran. ``replayed``: latencies are those of a file."""
    return tuple(
        _held(quantity, most, ours, theirs, alpha, unmeasured=replayed and quantity == "latency")
        for quantity, most in relative_budgets(budget).items()
    )


def _held(quantity: str, most: float, ours: Sheet, theirs: Sheet, alpha: float, *, unmeasured: bool) -> Held:
    empty = RatioComparison(quantity=quantity, budget=most, tasks=0, confidence=1 - 2 * alpha)
    rule = f"{quantity}_ratio"
    wanted = f"{quantity} must be at most {most:g} times that of live"
    if unmeasured:
        message = f"{wanted}, but answers were replayed, and their latencies are those of a file: run without --replay"
        return Held(found=empty, reasons=(Reason(rule=rule, outcome="INCONCLUSIVE", message=message),))
    pairs = _pairs(quantity, ours, theirs)
    unknown = [task_id for task_id, (one, other) in pairs.items() if one is None or other is None]
    if unknown:
        what = "no price is known for the model" if quantity == "cost" else "nobody measured it"
        message = f"{wanted}, but that of {counted(len(unknown), 'task')} is unknown: {what}"
        return Held(found=empty, reasons=(Reason(rule=rule, outcome="INVALID", message=message, tasks=tuple(unknown)),))
    taken = {task_id: (one or FREE, other or FREE) for task_id, (one, other) in pairs.items()}
    endless = [task_id for task_id, (one, other) in taken.items() if one > FREE and other <= FREE]
    if endless:
        message = (
            f"{wanted}, but live takes nothing for {counted(len(endless), 'task')} ({named(endless)}): there is no "
            f"ratio of that; hold it to {'cost_per_task' if quantity == 'cost' else 'latency_p95'}"
        )
        return Held(found=empty, reasons=(Reason(rule=rule, outcome="INVALID", message=message, tasks=tuple(endless)),))
    # What takes nothing on both sides says nothing; what takes nothing any more is left out, which favours live.
    paid = {task_id: pair for task_id, pair in taken.items() if pair[0] > FREE}
    return _compared(empty, paid, ours, wanted) if paid else Held(found=empty)


def _compared(empty: RatioComparison, paid: Mapping[str, tuple[float, float]], ours: Sheet, wanted: str) -> Held:
    labels, rule = ours.clusters(paid), f"{empty.quantity}_ratio"
    units = len(paid) if labels is None else len(set(labels))
    if units < 2:
        message = f"{wanted}; {counted(len(paid), 'task')} cannot show it"
        found = structs.replace(empty, tasks=len(paid))
        return Held(found=found, reasons=(Reason(rule=rule, outcome="INCONCLUSIVE", message=message),))
    now, before = [one for one, _ in paid.values()], [other for _, other in paid.values()]
    bound = geometric_mean_ratio(before, now, (1 + empty.confidence) / 2, labels)
    found = structs.replace(empty, tasks=len(paid), ratio=bound.ratio, low=bound.lower, high=bound.upper)
    said = f"{ratio_said(found)}, and must be at most {empty.budget:g}"
    if bound.lower > empty.budget:
        return Held(found=found, reasons=(Reason(rule=rule, outcome="NO-GO", message=said),))
    if bound.upper > empty.budget:
        message = f"{said}: {'not shown' if bound.ratio <= empty.budget else 'not met, though not proven to be missed'}"
        return Held(found=found, reasons=(Reason(rule=rule, outcome="INCONCLUSIVE", message=message),))
    return Held(found=found)


def measured_apart(candidate: EvaluationRun, baseline: EvaluationRun, budget: BudgetRule) -> Iterator[Reason]:
    """A note: latencies of some tasks were measured at other times on either side, as stored answers were used again.
    How busy the upstream was then, no interval knows."""
    if budget.latency_ratio is None:
        return
    before = {(one.task_id, one.repeat): _made_at(one) for one in baseline.results}
    gaps = [
        abs(made - other)
        for one in candidate.results
        if (made := _made_at(one)) and (other := before.get((one.task_id, one.repeat), 0.0)) and not one.rerun
    ]
    far = [gap for gap in gaps if gap > APART]
    if far:
        message = (
            f"latencies of {counted(len(far), 'task')} were measured up to {max(far) / 3600:.1f} hours apart: --fresh "
            "measures both sides together"
        )
        yield Reason(rule="latency_ratio", outcome="GO", message=message)


def _made_at(result: TaskResult) -> float:
    """Seconds since 1970, which the id of its Trace begins with; 0 of a task that did not run."""
    return int(result.trace_id[:12], 16) / 1000 if result.trace_id else 0.0


def _pairs(quantity: str, ours: Sheet, theirs: Sheet) -> dict[str, tuple[float | None, float | None]]:
    """By task, what candidate and live took."""
    others = {outcome.task_id: outcome for outcome in theirs.ran}
    return {
        one.task_id: (_taken(quantity, one), _taken(quantity, others[one.task_id]))
        for one in ours.ran
        if one.task_id in others
    }


def _taken(quantity: str, outcome: TaskOutcome) -> float | None:
    return outcome.cost if quantity == "cost" else outcome.latency
