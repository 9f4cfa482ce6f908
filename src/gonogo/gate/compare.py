"""Compare: one metric of candidate and baseline on the same tasks, or of the candidate alone.

Here: paired differences with their intervals and tests. Not here: what follows from them (``regressions``, ``bounds``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from gonogo.domain import WANTED_LOW, Comparison
from gonogo.gate.sheets import Sheet
from gonogo.statistics import (
    Interval,
    PairedCounts,
    Rate,
    independent_clusters,
    independent_tasks,
    mcnemar_worse,
    score_interval,
    score_noninferiority,
    sign_flip_test,
    tango_interval,
    tango_noninferiority,
)

PRIMARY = "pass_rate"
"""The share of tasks that pass: the one metric every Mission has."""


def compare(
    metric: str, candidate: Sheet, baseline: Sheet, margin: float | None, alpha: float, *, less_is_better: bool = False
) -> Comparison:
    """One metric on the tasks that gave a value on both sides; ``difference`` is ``None`` where there is none.

    ``confidence`` is 1 - 2 alpha: a two-sided interval whose ends match one-sided tests at ``alpha``.
    """
    if metric == PRIMARY:
        return _pass_rates(candidate, baseline, margin, 1 - 2 * alpha)
    return _graded(metric, candidate, baseline, margin, 1 - 2 * alpha, less_is_better or metric in WANTED_LOW)


def alone(metric: str, candidate: Sheet, alpha: float) -> Comparison:
    """One metric of the candidate with its interval: for a first deployment, and for floors and ceilings."""
    confidence = 1 - 2 * alpha
    errors = sum(metric in outcome.metric_errors for outcome in candidate.outcomes.values())
    if metric == PRIMARY:
        values = {one.task_id: float(one.passed is True) for one in candidate.ran}
        errors = len(candidate.errors)
    else:
        values = _values(candidate, metric)
    given, labels = list(values.values()), candidate.clusters(values)
    interval = None
    if metric == PRIMARY and labels is None and given:
        interval = Rate(hits=candidate.passed, total=len(given)).wilson(confidence)
    elif given:
        interval = _mean_interval(given, confidence, labels)
    return Comparison(
        metric=metric,
        tasks=len(given),
        candidate=_mean(given),
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        confidence=confidence,
        errors=errors,
        **_worth(given, labels),
    )


def _pass_rates(candidate: Sheet, baseline: Sheet, margin: float | None, confidence: float) -> Comparison:
    pairs = {
        task_id: (ours.passed, theirs.passed)
        for task_id, ours in candidate.outcomes.items()
        if (theirs := baseline.outcomes.get(task_id)) is not None
        and ours.passed is not None
        and theirs.passed is not None
    }
    counts = PairedCounts.of(pairs.values())
    errors = len(candidate.outcomes) - counts.total
    if not counts.total:
        return Comparison(metric=PRIMARY, tasks=0, candidate=0.0, confidence=confidence, margin=margin, errors=errors)
    labels = candidate.clusters(pairs)
    differences = [float(ours) - float(theirs) for ours, theirs in pairs.values()]
    interval, p_noninferior, p_worse = _of_pairs(counts, margin, confidence)
    if labels is not None:
        interval, p_noninferior, by_cluster = _of_differences(differences, margin, confidence, labels)
        p_worse = max(p_worse, by_cluster)
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
        p_noninferior=p_noninferior,
        p_worse=p_worse,
        broke=tuple(task_id for task_id, (ours, theirs) in pairs.items() if theirs and not ours),
        mended=tuple(task_id for task_id, (ours, theirs) in pairs.items() if ours and not theirs),
        errors=errors,
        **_worth(differences, labels),
    )


def _graded(
    metric: str, candidate: Sheet, baseline: Sheet, margin: float | None, confidence: float, less_is_better: bool
) -> Comparison:
    ours, theirs = _values(candidate, metric), _values(baseline, metric)
    shared = [task_id for task_id in ours if task_id in theirs]
    failed = [
        task_id
        for task_id, outcome in candidate.outcomes.items()
        if metric in outcome.metric_errors
        or (task_id in baseline.outcomes and metric in baseline.outcomes[task_id].metric_errors)
    ]
    if not shared:
        return Comparison(
            metric=metric, tasks=0, candidate=0.0, confidence=confidence, margin=margin, errors=len(failed)
        )
    differences = [ours[task_id] - theirs[task_id] for task_id in shared]
    labels = candidate.clusters(shared)
    # The tests ask whether it fell; where less is better, a rise is the loss.
    sign = -1.0 if less_is_better else 1.0
    found, p_noninferior, p_worse = _of_differences([sign * one for one in differences], margin, confidence, labels)
    interval = found if sign > 0 else replace(found, low=-found.high, high=-found.low)
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
        p_noninferior=p_noninferior,
        p_worse=p_worse,
        errors=len(failed),
        less_is_better=less_is_better,
        **_worth(differences, labels),
    )


_Tested = tuple[Interval, float | None, float]
"""(interval of the difference, p of "worse by the margin", p of "worse")."""


def _of_pairs(counts: PairedCounts, margin: float | None, confidence: float) -> _Tested:
    noninferior = None if margin is None else tango_noninferiority(counts, margin).p
    return tango_interval(counts, confidence), noninferior, mcnemar_worse(counts)


def _of_differences(
    differences: Sequence[float], margin: float | None, confidence: float, labels: Sequence[str] | None
) -> _Tested:
    """By cluster where there are labels."""
    worse = sign_flip_test(differences, alternative="less").p
    if labels is not None:  # negative correlation within clusters must not make a loss look surer
        worse = max(worse, sign_flip_test(differences, alternative="less", clusters=labels).p)
    noninferior = None if margin is None else score_noninferiority(differences, margin, labels).p
    return score_interval(differences, confidence, labels), noninferior, worse


class _Worth(TypedDict, total=False):
    clusters: int
    worth: float
    worth_least: float


def _worth(values: Sequence[float], labels: Sequence[str] | None) -> _Worth:
    if labels is None:
        return {}
    least = independent_clusters(labels)
    return {"clusters": len(set(labels)), "worth": independent_tasks(values, labels), "worth_least": least}


def _values(sheet: Sheet, metric: str) -> dict[str, float]:
    return {
        task_id: outcome.metrics[metric] for task_id, outcome in sheet.outcomes.items() if metric in outcome.metrics
    }


def _mean_interval(values: Sequence[float], confidence: float, labels: Sequence[str] | None) -> Interval:
    """Of scores in 0..1. Stretched to the scale of differences, so that equal scores still leave a width."""
    stretched = score_interval([2.0 * value - 1.0 for value in values], confidence, labels)
    return Interval(
        low=(stretched.low + 1.0) / 2.0, high=(stretched.high + 1.0) / 2.0, confidence=confidence, method="score"
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
