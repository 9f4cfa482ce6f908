"""Regressions: what got worse, and what is not shown to be as good as live.

Here: critical tasks, proven losses, non-inferiority and how many tasks would settle it.
Not here: the statistics (``compare``), absolute bounds (``bounds``), the final outcome (``decide``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gonogo.domain import Comparison, GatePolicy, Reason
from gonogo.gate.compare import PRIMARY
from gonogo.gate.sheets import Sheet
from gonogo.gate.wording import correction, counted, dollars, interval, named, percent, points
from gonogo.statistics import PairedCounts, TasksNeeded, holm, smallest_passing_set, tasks_needed_for


def critical_failed(candidate: Sheet, policy: GatePolicy) -> Iterator[Reason]:
    """NO-GO: a critical task failed. INVALID: one gave no result, so nobody knows."""
    critical = candidate.selected(policy.critical)
    failed = tuple(task.id for task in critical if candidate.outcomes[task.id].passed is False)
    unknown = tuple(task.id for task in critical if candidate.outcomes[task.id].passed is None)
    total = counted(len(critical), "critical task")
    if failed:
        message = f"{len(failed)} of {total} failed: {named(failed)}"
        yield Reason(rule="critical", outcome="NO-GO", message=message, tasks=failed)
    if unknown:
        first = candidate.outcomes[unknown[0]].error
        message = f"{len(unknown)} of {total} gave no result: {named(unknown)} ({first})"
        yield Reason(rule="critical", outcome="INVALID", message=message, tasks=unknown)


def got_worse(comparisons: Mapping[str, Comparison], policy: GatePolicy) -> Iterator[Reason]:
    """NO-GO: a metric is shown to be worse than live, by however little.

    One claim a metric, so their p-values are adjusted (Holm 1979, Scand J Stat 6:65): an identical candidate meets any
    such reason with probability at most ``alpha``.
    """
    tested = [(found, found.p_worse) for found in comparisons.values() if found.p_worse is not None]
    adjusted = holm([p for _, p in tested])
    for (found, p), corrected in zip(tested, adjusted, strict=True):
        if corrected > policy.alpha or not (found.difference or 0.0) < 0:
            continue
        exact = ", exact" if found.metric == PRIMARY else ""
        family = f", {corrected:.3g} by Holm over {len(tested)} metrics" if len(tested) > 1 else ""
        message = f"{found.metric} {points(found.difference)}"
        if found.broke:
            message += f": {_flips(found)}"
        yield Reason(
            rule=found.metric, outcome="NO-GO", message=f"{message} (p={p:.3g}{exact}{family})", tasks=found.broke
        )


def not_shown_as_good(comparison: Comparison, policy: GatePolicy, price: float | None) -> Iterator[Reason]:
    """INCONCLUSIVE: not shown to be within the margin of live. ``price``: dollars to run one more task on both."""
    if comparison.margin is None or comparison.p_noninferior is None or comparison.p_noninferior <= policy.alpha:
        return
    message = (
        f"{comparison.metric} {points(comparison.difference)} ({interval(comparison)}, "
        f"{counted(comparison.tasks, 'task')}{correction(comparison)}) is not shown to stay within the margin of "
        f"{points(-comparison.margin)}"
    )
    if comparison.broke:
        message += f"; {_flips(comparison)}"
    message += f"; {_what_would_settle(comparison, policy, price)}"
    yield Reason(rule=comparison.metric, outcome="INCONCLUSIVE", message=message, tasks=comparison.broke)


def tasks_to_settle(comparison: Comparison, policy: GatePolicy) -> int | None:
    """How many more tasks would settle a pass rate at 80 % power; ``None`` where no number of tasks would."""
    needed = _needed(comparison, policy)
    return None if needed is None else max(needed.more, 1)


def _needed(comparison: Comparison, policy: GatePolicy) -> TasksNeeded | None:
    if comparison.metric != PRIMARY or not comparison.tasks or comparison.margin is None:
        return None
    kept = comparison.tasks - len(comparison.broke) - len(comparison.mended)
    counts = PairedCounts(
        both=kept, candidate_only=len(comparison.mended), baseline_only=len(comparison.broke), neither=0
    )
    return tasks_needed_for(counts, comparison.margin, policy.alpha)


def _what_would_settle(comparison: Comparison, policy: GatePolicy, price: float | None) -> str:
    if comparison.margin is None or (comparison.difference or 0.0) <= -comparison.margin:
        return "the difference is at or beyond the margin, and no number of tasks would turn that into GO"
    if comparison.metric != PRIMARY:
        return "more golden tasks or a wider margin would settle it"
    least = smallest_passing_set(comparison.margin, policy.alpha)
    if comparison.tasks < least:
        return (
            f"a set of {comparison.tasks} can never show it: that takes at least {least} tasks, with none that changes"
        )
    more = tasks_to_settle(comparison, policy)
    if more is None:
        return "the difference is at or beyond the margin, and no number of tasks would turn that into GO"
    cost = f", for about {dollars(more * price)}" if price else ""
    return f"about {counted(more, 'more task')} would settle it at {percent(0.8)} power{cost}"


def _flips(comparison: Comparison) -> str:
    return f"{len(comparison.broke)} broke ({named(comparison.broke)}), {len(comparison.mended)} mended"
