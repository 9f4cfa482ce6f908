"""Compare: one metric of candidate and baseline on the same tasks.

Here: paired differences with their intervals and tests. Not here: what follows from them (``rules``).
"""

from __future__ import annotations

from gonogo.domain import Comparison
from gonogo.gate.sheets import Sheet
from gonogo.statistics import (
    Interval,
    PairedCounts,
    Rate,
    mcnemar_worse,
    score_interval,
    score_noninferiority,
    sign_flip_test,
    t_interval,
    tango_interval,
    tango_noninferiority,
)

PRIMARY = "pass_rate"


def compare(metric: str, candidate: Sheet, baseline: Sheet | None, margin: float | None, alpha: float) -> Comparison:
    """Compare one metric; without a baseline, the candidate alone with its interval.

    ``confidence`` is 1 - 2 alpha: a two-sided interval whose ends match one-sided tests at ``alpha``.
    """
    if metric == PRIMARY:
        return _pass_rate(candidate, baseline, margin, alpha)
    return _graded(metric, candidate, baseline, margin, alpha)


def _pass_rate(candidate: Sheet, baseline: Sheet | None, margin: float | None, alpha: float) -> Comparison:
    confidence = 1 - 2 * alpha
    if baseline is None:
        rate = Rate(hits=candidate.passed, total=len(candidate.ran))
        interval = rate.wilson(confidence) if rate.total else None
        return _alone(PRIMARY, rate.total, rate.value or 0.0, interval, confidence, len(candidate.errors))
    pairs = {
        task_id: (ours.passed, theirs.passed)
        for task_id, ours in candidate.outcomes.items()
        if (theirs := baseline.outcomes.get(task_id)) and ours.passed is not None and theirs.passed is not None
    }
    counts = PairedCounts.of((bool(ours), bool(theirs)) for ours, theirs in pairs.values())
    if not counts.total:
        return Comparison(metric=PRIMARY, tasks=0, candidate=0.0, errors=len(candidate.outcomes))
    interval = tango_interval(counts, confidence)
    return Comparison(
        metric=PRIMARY,
        tasks=counts.total,
        candidate=counts.candidate.value or 0.0,
        baseline=counts.baseline.value or 0.0,
        difference=counts.difference,
        low=interval.low,
        high=interval.high,
        confidence=confidence,
        margin=margin,
        p_noninferior=None if margin is None else tango_noninferiority(counts, margin).p,
        p_worse=mcnemar_worse(counts),
        broke=tuple(task_id for task_id, (ours, theirs) in pairs.items() if theirs and not ours),
        mended=tuple(task_id for task_id, (ours, theirs) in pairs.items() if ours and not theirs),
        errors=len(candidate.outcomes) - counts.total,
    )


def _graded(metric: str, candidate: Sheet, baseline: Sheet | None, margin: float | None, alpha: float) -> Comparison:
    confidence = 1 - 2 * alpha
    ours = {
        task_id: outcome.metrics[metric] for task_id, outcome in candidate.outcomes.items() if metric in outcome.metrics
    }
    errors = sum(metric in outcome.metric_errors for outcome in candidate.outcomes.values())
    if baseline is None:
        values = list(ours.values())
        interval = t_interval(values, confidence) if len(values) > 1 else None
        return _alone(metric, len(values), _mean(values), interval, confidence, errors)
    theirs = {
        task_id: outcome.metrics[metric] for task_id, outcome in baseline.outcomes.items() if metric in outcome.metrics
    }
    shared = [task_id for task_id in ours if task_id in theirs]
    if len(shared) < 2:
        return Comparison(metric=metric, tasks=len(shared), candidate=_mean(list(ours.values())), errors=errors)
    differences = [ours[task_id] - theirs[task_id] for task_id in shared]
    interval = score_interval(differences, confidence)
    return Comparison(
        metric=metric,
        tasks=len(shared),
        candidate=_mean([ours[task_id] for task_id in shared]),
        baseline=_mean([theirs[task_id] for task_id in shared]),
        difference=_mean(differences),
        low=interval.low,
        high=interval.high,
        confidence=confidence,
        margin=margin,
        p_noninferior=None if margin is None else score_noninferiority(differences, margin).p,
        p_worse=sign_flip_test(differences, alternative="less").p,
        errors=errors,
    )


def _alone(
    metric: str, tasks: int, value: float, interval: Interval | None, confidence: float, errors: int
) -> Comparison:
    return Comparison(
        metric=metric,
        tasks=tasks,
        candidate=value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        confidence=confidence,
        errors=errors,
    )


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
