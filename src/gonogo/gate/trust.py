"""Trust: whether the sheets can be judged at all. An error is neither a pass nor a fail.

Here: reasons for INVALID. Not here: what good sheets show (``regressions``, ``bounds``).
"""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.domain import Comparison, GatePolicy, Reason
from gonogo.gate.compare import PRIMARY
from gonogo.gate.sheets import Sheet, out_of_scale
from gonogo.gate.wording import counted, named, percent


def untrusted(sheet: Sheet, policy: GatePolicy, whose: str) -> Iterator[Reason]:
    """Nothing to judge, or more attempts without a result than the error budget allows."""
    if not sheet.outcomes:
        yield Reason(
            rule="golden", outcome="INVALID", message="no golden task may gate: all are drafts, or none exists"
        )
        return
    missing = [outcome for outcome in sheet.outcomes.values() if not outcome.attempts]
    failed = [outcome for outcome in sheet.outcomes.values() if outcome.failed_attempts]
    # A task that was never run counts as one attempt without a result.
    attempts = sum(max(outcome.attempts, 1) for outcome in sheet.outcomes.values())
    lost = sum(outcome.failed_attempts for outcome in failed)
    if lost + len(missing) <= policy.error_budget * attempts:
        return
    budget = f"over the error budget of {percent(policy.error_budget)}"
    if failed:
        of = "tasks" if attempts == len(sheet.outcomes) else "attempts at the tasks"
        example = _example(failed[0].task_id, failed[0].error)
        message = f"{lost} of {attempts} {of} of {whose} gave no result, {budget} ({example})"
        yield _invalid("error_budget", message, [outcome.task_id for outcome in failed])
    if missing:
        ids = [outcome.task_id for outcome in missing]
        total = counted(len(sheet.outcomes), "task")
        message = f"{whose} was never run on {len(ids)} of {total}, {budget} ({named(ids)})"
        yield _invalid("error_budget", message, ids)


def metric_untrusted(metric: str, sheet: Sheet, policy: GatePolicy, whose: str) -> Iterator[Reason]:
    """A required metric that failed on too many tasks, or that is not on the scale 0..1."""
    failed = [outcome for outcome in sheet.ran if metric in outcome.metric_errors]
    if len(failed) > policy.error_budget * len(sheet.ran):
        first = failed[0]
        message = (
            f"{metric} could not be scored on {len(failed)} of {counted(len(sheet.ran), 'task')} of {whose}, over the "
            f"error budget of {percent(policy.error_budget)} ({_example(first.task_id, first.metric_errors[metric])})"
        )
        yield _invalid(metric, message, [outcome.task_id for outcome in failed])
    if strange := out_of_scale(sheet, metric):
        task_id, value = strange
        message = f"{metric} is {value:g} for {task_id} of {whose}: the gate judges scores from 0 to 1 only"
        yield _invalid(metric, message, [task_id])


def not_comparable(comparison: Comparison) -> Iterator[Reason]:
    """A margin is required, but no task has a value on both sides: nobody knows what changed."""
    if comparison.margin is not None and not comparison.tasks:
        what = "a result" if comparison.metric == PRIMARY else f"a value of {comparison.metric}"
        message = f"{comparison.metric} has a margin, but no task gave {what} for both candidate and live Version"
        yield _invalid(comparison.metric, message, [])


def _example(task_id: str, why: str | None) -> str:
    return f"{task_id}: {why}"


def _invalid(rule: str, message: str, tasks: list[str]) -> Reason:
    return Reason(rule=rule, outcome="INVALID", message=message, tasks=tuple(tasks))
