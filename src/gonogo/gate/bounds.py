"""Bounds: what must hold whatever live reaches - floors, ceilings and hard budgets.

Here: reasons from absolute values. Not here: differences from live (``regressions``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from gonogo.domain import BudgetRule, Comparison, MetricRule, Reason
from gonogo.gate.compare import PRIMARY
from gonogo.gate.sheets import Sheet, TaskOutcome
from gonogo.gate.wording import correction, counted, dollars, in_clusters, named, percent


def out_of_bounds(value: Comparison, rule: MetricRule, candidate: Sheet, *, first: bool) -> Iterator[Reason]:
    """Floors and ceilings of one metric of the candidate alone.

    Proven on the wrong side: NO-GO. On a first deployment the right side must be proven, else INCONCLUSIVE: nothing
    else vouches for the candidate. Later the estimate must be on the right side, else INCONCLUSIVE.
    """
    if rule.min is not None:
        yield from _bound(value, rule.min, 1, candidate, first=first)
    if rule.max is not None:
        yield from _bound(value, rule.max, -1, candidate, first=first)


def _bound(value: Comparison, bound: float, sign: int, candidate: Sheet, *, first: bool) -> Iterator[Reason]:
    """``sign`` is 1 for a floor and -1 for a ceiling."""
    wanted = f"at {'least' if sign > 0 else 'most'} {bound:g}"
    if value.low is None or value.high is None:
        message = f"{value.metric} must be {wanted}, but no task gave a value"
        yield Reason(rule=value.metric, outcome="INVALID", message=message)
        return
    worst, best = (value.low, value.high) if sign > 0 else (value.high, value.low)
    tasks = counted(value.tasks, "task") + in_clusters(value) + correction(value)
    shown = f"{percent(value.confidence)} CI {value.low:.3f}..{value.high:.3f}, {tasks}"
    said = f"{value.metric} is {value.candidate:.3f} ({shown}) and must be {wanted}"
    failed = candidate.failed if value.metric == PRIMARY and sign > 0 else ()
    if sign * (best - bound) < 0:
        blame = f"; failed: {named(failed)}" if failed else ""
        yield Reason(rule=value.metric, outcome="NO-GO", message=said + blame, tasks=failed)
    elif sign * (value.candidate - bound) < 0:
        message = f"{said}: not met, though not proven to be missed"
        yield Reason(rule=value.metric, outcome="INCONCLUSIVE", message=message, tasks=failed)
    elif first and sign * (worst - bound) < 0:
        message = f"{said}: met, but not proven on so few tasks"
        yield Reason(rule=value.metric, outcome="INCONCLUSIVE", message=message)


def nothing_passed(candidate: Sheet) -> Iterator[Reason]:
    """NO-GO: not one task passed."""
    ran = len(candidate.ran)
    if ran and not candidate.passed:
        message = f"none of {counted(ran, 'task')} passed: {named(candidate.failed)}"
        yield Reason(rule=PRIMARY, outcome="NO-GO", message=message, tasks=candidate.failed)


def over_budget(candidate: Sheet, budget: BudgetRule, *, replayed: bool = False) -> Iterator[Reason]:
    """Hard budgets are compared as they are; a budget on an unknown cost cannot be kept, so it is INVALID. Latencies of
    ``replayed`` answers are those of a file and hold nobody to anything, which is told."""
    if not candidate.ran:
        return
    if budget.cost_per_task is not None:
        yield from _too_dear(candidate, budget.cost_per_task)
    if budget.latency_p95 is not None and replayed:
        message = f"latency p95 was not held to {budget.latency_p95:g} s: answers were replayed"
        yield Reason(rule="latency_p95", outcome="GO", message=message)
    elif budget.latency_p95 is not None:
        slow = latency_p95(candidate.ran)
        if slow > budget.latency_p95:
            message = f"latency p95 is {slow:.3g} s, the budget is {budget.latency_p95:g} s"
            yield Reason(rule="latency_p95", outcome="NO-GO", message=message)
    if budget.tokens_per_task is not None:
        tokens = math.fsum(outcome.tokens for outcome in candidate.ran) / len(candidate.ran)
        if tokens > budget.tokens_per_task:
            message = f"a task takes {tokens:.0f} tokens, the budget is {budget.tokens_per_task:g}"
            yield Reason(rule="tokens_per_task", outcome="NO-GO", message=message)


def latency_p95(ran: Sequence[TaskOutcome]) -> float:
    """Seconds that 95 % of the tasks stay within (nearest rank); needs at least one task."""
    latencies = sorted(outcome.latency for outcome in ran)
    return latencies[math.ceil(0.95 * len(latencies)) - 1]


def _too_dear(candidate: Sheet, most: float) -> Iterator[Reason]:
    unknown = [outcome.task_id for outcome in candidate.ran if outcome.cost is None]
    mean = candidate.cost_per_task
    if unknown:
        message = (
            f"the budget is {dollars(most)} a task, but the cost of {counted(len(unknown), 'task')} is unknown: no "
            "price is known for the model"
        )
        yield Reason(rule="cost_per_task", outcome="INVALID", message=message, tasks=tuple(unknown))
    elif mean is not None and mean > most:
        message = f"a task costs {dollars(mean)}, the budget is {dollars(most)}"
        yield Reason(rule="cost_per_task", outcome="NO-GO", message=message)
