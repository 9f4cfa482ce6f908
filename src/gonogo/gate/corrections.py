"""Corrections: what a judge said, corrected for what it gets wrong.

Here: prediction-powered means over the labelled answers, Rogan-Gladen for pass or fail. Not here: whether a judge may
decide at all (``judges``), the statistics themselves.

A mean of the candidate is corrected by the best that labels allow:
- 30 labelled answers of this very run: PPI++ on them and the others (arXiv 2311.01453), unbiased for any judge;
- else, where the judge says pass or fail, Rogan-Gladen with the sensitivity and specificity of its calibration;
- else PPI with the calibration's labels, whose mean error is taken to be that on these answers.

A difference to live needs less: errors of the mean that are the same on both sides cancel. But a judge that errs sees
only a part of every difference, and a margin is one of true differences: that is undone, with its own uncertainty.
An error that favours one side does not cancel: a length bias that the calibration proves is taken off where one side
talks more. Others cannot be seen from labels of single answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from gonogo.domain import LESS_IS_BETTER, Comparison, EvaluationRun
from gonogo.gate.judges import JudgeStanding
from gonogo.statistics import Interval, Rate, prediction_powered_mean, rogan_gladen_estimate
from gonogo.statistics.special import normal_cdf, normal_quantile

LEAST_OWN = 30
"""Labelled answers of a run from which its mean rests on them; PPI's interval is one of large samples."""
LEAST_LABELS = 2
LEAST_LONGER = 0.1
"""Doublings of the words from which a length bias is taken off: 7 % longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What a judge gave to the answers of one run: ``labelled`` as (person's value, judge's value), ``rest`` the
    judge's values of the others."""

    labelled: tuple[tuple[float, float], ...]
    rest: tuple[float, ...]

    @property
    def judged(self) -> tuple[float, ...]:
        """All values of the judge."""
        return (*(value for _, value in self.labelled), *self.rest)


def readings_of(run: EvaluationRun, standing: JudgeStanding, gating: frozenset[str]) -> Readings:
    """The first repeat of each gating task: repeats of one task are correlated."""
    calibration, name = standing.calibration, standing.judge.name
    labels: Mapping[str, float] = {}
    if calibration is not None:
        labels = {label.trace_id: label.label for label in calibration.labels if label.metric == name}
    labelled: list[tuple[float, float]] = []
    rest: list[float] = []
    for result in run.results:
        score = result.score(name) if result.task_id in gating and result.repeat == 0 else None
        if score is None or score.value is None:
            continue
        label = labels.get(result.trace_id)
        if label is None:
            rest.append(score.value)
        else:
            labelled.append((label, score.value))
    return Readings(labelled=tuple(labelled), rest=tuple(rest))


def corrected_mean(value: Comparison, standing: JudgeStanding, readings: Readings) -> Comparison:
    """The candidate's mean with its interval, corrected; as it was where labels allow no correction."""
    quality, judge = standing.quality, standing.judge
    if quality is None or standing.calibration is None or judge.kind in LESS_IS_BETTER or not value.tasks:
        return value
    own, others = readings.labelled, readings.rest
    labels = standing.calibration.labels
    if len(own) >= LEAST_OWN and len(others) >= LEAST_LABELS:
        found = _powered([label for label, _ in own], [said for _, said in own], others, None, value.confidence)
        how = f"PPI++ on {len(own)} labelled of {len(own) + len(others)} answers"
    elif judge.binary and quality.sensitivity.total and quality.specificity.total:
        seen = readings.judged
        observed = Rate(hits=sum(judge.passes(one) for one in seen), total=len(seen))
        try:
            estimate = rogan_gladen_estimate(observed, quality.sensitivity, quality.specificity, value.confidence)
        except ValueError:  # no better than chance on the labels
            return value
        found = estimate.value, estimate.interval
        how = f"Rogan-Gladen on {quality.labels} labels"
    elif len(labels) >= LEAST_LABELS and len(readings.judged) >= LEAST_LABELS:
        truth, said = [label.label for label in labels], [label.judged for label in labels]
        found = _powered(truth, said, readings.judged, 1.0, value.confidence)
        how = f"PPI on {quality.labels} labels"
    else:
        return value
    mean, interval = found
    low, high = _by_cluster(mean, interval, value)
    return structs.replace(value, candidate=mean, low=low, high=high, observed=value.candidate, corrected=how)


def _by_cluster(mean: float, interval: Interval, value: Comparison) -> tuple[float, float]:
    """The ends of an interval that took tasks for independent, where they stand in clusters: wider by the design effect
    that the judge's own words show (Kish 1965, Survey Sampling), also for what labels add to it, which errs on the safe
    side."""
    if value.worth is None:
        return interval.low, interval.high
    wider = math.sqrt(value.tasks / value.worth)
    return max(0.0, mean - wider * (mean - interval.low)), min(1.0, mean + wider * (interval.high - mean))


def _powered(
    labels: Sequence[float], judged: Sequence[float], rest: Sequence[float], tuning: float | None, confidence: float
) -> tuple[float, Interval]:
    found = prediction_powered_mean(labels, judged, rest, tuning=tuning, confidence=confidence)
    return min(1.0, max(0.0, found.value)), _within_unit(found.interval)


def _within_unit(interval: Interval) -> Interval:
    """The interval within 0..1."""
    low, high = min(1.0, max(0.0, interval.low)), min(1.0, max(0.0, interval.high))
    return Interval(low=low, high=high, confidence=interval.confidence, method=interval.method)


def longer_by(ours: EvaluationRun, theirs: EvaluationRun, gating: frozenset[str]) -> float:
    """How many times the words of an answer double from live to the candidate, on average over shared tasks."""
    before = {(one.task_id, one.repeat): _words(one.answer) for one in theirs.results if not one.rerun}
    changes = [
        math.log2(now / then)
        for one in ours.results
        if one.task_id in gating and (now := _words(one.answer)) and (then := before.get((one.task_id, one.repeat), 0))
    ]
    return math.fsum(changes) / len(changes) if changes else 0.0


def _words(text: str) -> int:
    return len(text.split())


def corrected_difference(found: Comparison, standing: JudgeStanding, longer: float = 0.0) -> Comparison:
    """The difference to live brought to its true size.

    A judge sees a true difference of 1 as its ``power``: sensitivity + specificity - 1 where it says pass or fail, else
    the slope of its grades on people's. The standard error is that of the observed interval and that of the power, by
    the delta method. The test for "worse" stays, as stretching moves no difference to the other side of 0.

    Where a calibration proves that the judge favours longer (or shorter) answers, what that gives a candidate that
    talks more than live is taken off first, with its uncertainty, and "worse" is tested on what is left.

    Args:
        longer: how many times the words of an answer double from live to the candidate.
    """
    power = _power(standing)
    if power is None or found.difference is None or found.low is None or found.high is None:
        return found
    size, doubt = power
    bias = standing.quality.length if standing.quality else None
    slope = bias if bias is not None and bias.shown and abs(longer) >= LEAST_LONGER else None
    z = normal_quantile(0.5 + found.confidence / 2.0)
    observed = (found.high - found.low) / (2.0 * z)
    favour = 0.0 if slope is None else slope.slope * longer
    if slope is not None:
        observed = math.hypot(observed, longer * slope.error)
    difference = (found.difference - favour) / size
    error = math.sqrt(observed**2 + difference**2 * doubt) / size
    said = f"the judge sees {100 * size:.0f} % of a difference, by {_labels(standing)} labels"
    if slope is not None:
        said += f"; {100 * favour:+.1f} points are its liking for answers {2**longer:.2g} times as long"
    noninferior = found.p_noninferior
    if noninferior is not None and found.margin is not None:
        noninferior = 1.0 - normal_cdf((difference + found.margin) / error) if error else noninferior
    return structs.replace(
        found,
        difference=max(-1.0, min(1.0, difference)),
        low=max(-1.0, difference - z * error),
        high=min(1.0, difference + z * error),
        p_noninferior=noninferior,
        p_worse=found.p_worse if slope is None or not error else normal_cdf(difference / error),
        observed=found.difference,
        corrected=said,
    )


def _power(standing: JudgeStanding) -> tuple[float, float] | None:
    """How much of a true difference a judge sees, and the variance of that; ``None`` where labels do not tell."""
    quality, calibration, judge = standing.quality, standing.calibration, standing.judge
    if quality is None or calibration is None or judge.kind in LESS_IS_BETTER:
        return None
    if judge.binary:
        if not (quality.sensitivity.total and quality.specificity.total):
            return None
        right, wrong = _sharpness(quality.sensitivity), _sharpness(quality.specificity)
        size, doubt = right[0] + wrong[0] - 1.0, right[1] + wrong[1]
    else:
        slope = _slope([(label.label, label.judged) for label in calibration.labels])
        if slope is None:
            return None
        size, doubt = slope
    return (size, doubt) if size > 0.0 else None


def _slope(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Least squares: (slope, its variance); ``None`` where there are too few points or they stand in a column."""
    count = len(points)
    middle = [math.fsum(point[axis] for point in points) / max(count, 1) for axis in (0, 1)]
    spread = math.fsum((x - middle[0]) ** 2 for x, _ in points)
    if count < 3 or spread < 1e-12:
        return None
    slope = math.fsum((x - middle[0]) * (y - middle[1]) for x, y in points) / spread
    left = math.fsum((y - middle[1] - slope * (x - middle[0])) ** 2 for x, y in points)
    return slope, left / (count - 2) / spread


def _labels(standing: JudgeStanding) -> int:
    return len(standing.calibration.labels) if standing.calibration else 0


def _sharpness(rate: Rate) -> tuple[float, float]:
    """(value, variance) of a rate with one success and one failure added (Agresti and Coull 1998)."""
    total = rate.total + 2
    value = (rate.hits + 1) / total
    return value, value * (1.0 - value) / total
