"""Attempts: what repeats of a task say about trying more than once - pass@k and pass^k, with intervals.

Here: both over the gating tasks of one run. Not here: the two estimators (``statistics``), the decision (``decide``):
a Verdict reads one number a task.

A task's estimate is unbiased for any k up to its attempts; attempts of a task are not independent of one another, so
the interval counts tasks, and clusters where tasks share them. It is the score interval for means of values in 0..1,
Wilson's where all are 0 or 1.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gonogo.domain import EvaluationRun, GoldenTask
from gonogo.gate.sheets import cluster_labels
from gonogo.statistics import Estimate, Interval, pass_at_k, pass_every_k, score_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """``pass_at_k``: chance that one of ``k`` attempts at a task passes; ``pass_every_k`` (pass^k): that all do. Over
    ``tasks`` that gave at least ``k`` results; ``left_out`` gave fewer."""

    k: int
    tasks: int
    left_out: int
    pass_at_k: Estimate
    pass_every_k: Estimate


def attempts_of(run: EvaluationRun, tasks: Iterable[GoldenTask], confidence: float = 0.95) -> tuple[Attempts, ...]:
    """For k = 1, 2, 4 ... and the most attempts that any task has; nothing where no task ran twice.

    An attempt without a result counts as none: an error is not a failure. Drafts are left out, and so are reruns of
    critical tasks: they were made because of a failure.
    """
    gating = {task.id: task for task in tasks if task.gates}
    passed: dict[str, list[bool]] = defaultdict(list)
    for result in run.results:
        if result.task_id in gating and result.passed is not None and not result.rerun:
            passed[result.task_id].append(result.passed)
    most = max(map(len, passed.values()), default=0)
    if most < 2:
        return ()
    sizes = sorted({2**power for power in range(most.bit_length())} | {most})
    return tuple(_attempts(k, passed, gating, confidence) for k in sizes)


def _attempts(
    k: int, tried: Mapping[str, Sequence[bool]], gating: Mapping[str, GoldenTask], confidence: float
) -> Attempts:
    with_enough = {task_id: results for task_id, results in tried.items() if len(results) >= k}
    enough = [(sum(results), len(results)) for results in with_enough.values()]
    labels = cluster_labels([gating[task_id] for task_id in with_enough])
    return Attempts(
        k=k,
        tasks=len(enough),
        left_out=len(gating) - len(enough),
        pass_at_k=_mean(pass_at_k, enough, k, confidence, labels),
        pass_every_k=_mean(pass_every_k, enough, k, confidence, labels),
    )


def _mean(
    estimator: Callable[[int, int, int], float],
    tried: Sequence[tuple[int, int]],
    k: int,
    confidence: float,
    labels: Sequence[str] | None,
) -> Estimate:
    values = [estimator(passed, attempts, k) for passed, attempts in tried]
    # On -1..1, where the score test lives: values of 0 and 1 then give Wilson's interval.
    found = score_interval([min(1.0, max(-1.0, 2.0 * value - 1.0)) for value in values], confidence, labels)
    low, high = max(0.0, (found.low + 1.0) / 2.0), min(1.0, (found.high + 1.0) / 2.0)
    interval = Interval(low=low, high=high, confidence=confidence, method=found.method)
    return Estimate(math.fsum(values) / len(values), interval)
