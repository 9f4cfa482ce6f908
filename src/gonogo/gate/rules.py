"""Rules: each looks at the sheets or a Comparison and gives Reasons; none decides alone.

Here: trust (errors), critical tasks, regressions, non-inferiority, floors and ceilings, budgets.
Not here: the statistics (``compare``), the final outcome (``decide``).
"""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.domain import BudgetRule, Comparison, GatePolicy, MetricRule, Reason
from gonogo.gate.compare import PRIMARY
from gonogo.gate.sheets import Sheet
from gonogo.gate.wording import named, percent, points
from gonogo.statistics import PairedCounts, Rate, smallest_passing_set, tasks_needed_for


def untrusted(sheet: Sheet, policy: GatePolicy, whose: str) -> Iterator[Reason]:
    """INVALID: nothing to judge, or more tasks failed to run than the error budget allows."""
    if not sheet.outcomes:
        yield Reason(rule="golden", outcome="INVALID", message="there are no golden tasks that may gate")
        return
    errors = sheet.errors
    share = len(errors) / len(sheet.outcomes)
    if share > policy.error_budget:
        example = f" ({errors[0].task_id}: {errors[0].error})"
        yield Reason(
            rule="error_budget",
            outcome="INVALID",
            message=f"{len(errors)} of {len(sheet.outcomes)} tasks of {whose} did not run, over the error budget of "
            f"{percent(policy.error_budget)}{example}",
            tasks=tuple(outcome.task_id for outcome in errors),
        )


def critical_failed(candidate: Sheet, policy: GatePolicy) -> Iterator[Reason]:
    """NO-GO: a critical task failed. INVALID: one did not run, so nobody knows."""
    critical = candidate.selected(policy.critical)
    failed = tuple(task.id for task in critical if candidate.outcomes[task.id].passed is False)
    unknown = tuple(task.id for task in critical if candidate.outcomes[task.id].passed is None)
    if failed:
        message = f"{len(failed)} of {len(critical)} critical tasks failed: {named(failed)}"
        yield Reason(rule="critical", outcome="NO-GO", message=message, tasks=failed)
    if unknown:
        message = f"{len(unknown)} of {len(critical)} critical tasks did not run: {named(unknown)}"
        yield Reason(rule="critical", outcome="INVALID", message=message, tasks=unknown)


def got_worse(comparison: Comparison, policy: GatePolicy) -> Iterator[Reason]:
    """NO-GO: a required metric is shown to be worse than live, by however little (exact one-sided test)."""
    if comparison.p_worse is None or comparison.p_worse > policy.alpha or not (comparison.difference or 0.0) < 0:
        return
    exact = ", exact" if comparison.metric == PRIMARY else ""
    message = f"{comparison.metric} {points(comparison.difference)}"
    if comparison.broke:
        message += f": {len(comparison.broke)} broke, {len(comparison.mended)} mended"
    message += f" (p={comparison.p_worse:.3g}{exact})"
    if comparison.broke:
        message += f"; {named(comparison.broke)}"
    yield Reason(rule=comparison.metric, outcome="NO-GO", message=message, tasks=comparison.broke)


def not_shown_as_good(comparison: Comparison, policy: GatePolicy) -> Iterator[Reason]:
    """INCONCLUSIVE: not shown to be within the margin of live."""
    if comparison.margin is None or comparison.baseline is None:
        return
    if comparison.p_noninferior is not None and comparison.p_noninferior <= policy.alpha:
        return
    interval = f"({percent(comparison.confidence)} CI {points(comparison.low)}..{points(comparison.high)})"
    message = (
        f"{comparison.metric} {points(comparison.difference)} {interval} on {comparison.tasks} tasks is not shown to "
        f"stay within the margin of {points(-comparison.margin)}; {_more(comparison, policy)}"
    )
    yield Reason(rule=comparison.metric, outcome="INCONCLUSIVE", message=message)


def tasks_to_settle(comparison: Comparison, policy: GatePolicy) -> int | None:
    """How many more tasks would settle a pass rate at 80 % power, ``None`` where no number would or none is needed."""
    if comparison.metric != PRIMARY or not comparison.tasks or comparison.margin is None:
        return None
    kept = comparison.tasks - len(comparison.broke) - len(comparison.mended)
    counts = PairedCounts(
        both=kept, candidate_only=len(comparison.mended), baseline_only=len(comparison.broke), neither=0
    )
    needed = tasks_needed_for(counts, comparison.margin, policy.alpha)
    return None if needed is None else needed.more


def _more(comparison: Comparison, policy: GatePolicy) -> str:
    if comparison.metric != PRIMARY or comparison.margin is None:
        return "more golden tasks, or a wider margin, would settle it"
    least = smallest_passing_set(comparison.margin, policy.alpha)
    if comparison.tasks < least:
        return f"a set of {comparison.tasks} can never show it: at least {least} tasks, with none that changes"
    more = tasks_to_settle(comparison, policy)
    if more is None:
        return "the difference seen is at or beyond the margin: no number of tasks would turn it into GO"
    return f"about {max(more, 1)} more tasks settle it at 80 % power"


def out_of_bounds(comparison: Comparison, rule: MetricRule) -> Iterator[Reason]:
    """Floors and ceilings. Proven on the wrong side: NO-GO. Not proven on the right side, without a live Version to be
    paired with: INCONCLUSIVE; with one, the estimate itself must be on the right side."""
    if rule.min is not None:
        yield from _bound(comparison, rule.min, 1, f"at least {rule.min:g}")
    if rule.max is not None:
        yield from _bound(comparison, rule.max, -1, f"at most {rule.max:g}")


def _bound(comparison: Comparison, bound: float, sign: int, wanted: str) -> Iterator[Reason]:
    if not comparison.tasks:
        message = f"{comparison.metric} must be {wanted}, but no task gave a value"
        yield Reason(rule=comparison.metric, outcome="INVALID", message=message)
        return
    first = comparison.baseline is None
    value = comparison.candidate
    low, high = (comparison.low, comparison.high) if first else (None, None)
    worst = value if low is None or high is None else (low if sign > 0 else high)
    best = value if low is None or high is None else (high if sign > 0 else low)
    interval = "" if low is None else f" ({percent(comparison.confidence)} CI {low:.3f}..{high:.3f})"
    said = f"{comparison.metric} is {value:.3f}{interval}, must be {wanted}"
    if sign * (best - bound) < 0:
        yield Reason(rule=comparison.metric, outcome="NO-GO", message=said)
    elif sign * (worst - bound) < 0:
        yield Reason(
            rule=comparison.metric, outcome="INCONCLUSIVE", message=f"{said}: not shown yet, more tasks needed"
        )


def nothing_passed(candidate: Sheet) -> Iterator[Reason]:
    """NO-GO: not one task passed."""
    rate = Rate(hits=candidate.passed, total=len(candidate.ran))
    if rate.total and not rate.hits:
        yield Reason(rule=PRIMARY, outcome="NO-GO", message=f"none of {rate.total} tasks passed")


def over_budget(candidate: Sheet, budget: BudgetRule) -> Iterator[Reason]:
    """Hard budgets are compared as they are; a budget on an unknown cost cannot be kept, so it is INVALID."""
    ran = candidate.ran
    if not ran:
        return
    if budget.cost_per_task is not None:
        costs = [outcome.cost for outcome in ran if outcome.cost is not None]
        if len(costs) < len(ran):
            message = (
                f"cost is unknown for {len(ran) - len(costs)} tasks (no price for the model), but cost_per_task is set"
            )
            yield Reason(rule="cost_per_task", outcome="INVALID", message=message)
        elif (mean := sum(costs) / len(costs)) > budget.cost_per_task:
            message = f"a task costs ${mean:.6f}, the budget is ${budget.cost_per_task:g}"
            yield Reason(rule="cost_per_task", outcome="NO-GO", message=message)
    if budget.latency_p95 is not None:
        latencies = sorted(outcome.latency for outcome in ran)
        slow = latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))]
        if slow > budget.latency_p95:
            message = f"latency p95 is {slow:.3g} s, the budget is {budget.latency_p95:g} s"
            yield Reason(rule="latency_p95", outcome="NO-GO", message=message)
    if budget.tokens_per_task is not None:
        tokens = sum(outcome.tokens for outcome in ran) / len(ran)
        if tokens > budget.tokens_per_task:
            message = f"a task takes {tokens:.0f} tokens, the budget is {budget.tokens_per_task:g}"
            yield Reason(rule="tokens_per_task", outcome="NO-GO", message=message)
