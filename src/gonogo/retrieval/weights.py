"""Weights: whether vectors help this index, proven on questions with known sources.

Here: the comparison of weights against BM25 alone. Not here: the figures (``evaluation``), searching (``embedded``).

A weight is taken only when its gain in nDCG is proven at once with all others tried: the intervals are simultaneous
(bootstrap of the largest studentised deviation; Romano and Wolf 2005, Econometrica 73:1237), so that trying more
weights does not make luck look like a gain. Fusion is not safe by itself: on some indexes it costs a tenth of nDCG.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Index, TextReader
from gonogo.retrieval.evaluation import JudgedQuestion, NameOf, RetrievalReport, by_source, evaluate
from gonogo.statistics import Estimate, Interval

WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
MIN_QUESTIONS = 20
"""With fewer answerable questions no gain is proven, whatever the figures."""

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRow:
    """What one weight does: its own figures and its gain in nDCG over weight 0 with a simultaneous interval."""

    weight: float
    report: RetrievalReport
    gain: Estimate

    @property
    def proven(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.gain.interval.low > 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChoice:
    """The weight to set, why, weight 0's figures, and the table of all weights tried (empty: too few questions)."""

    weight: float
    reason: str
    baseline: RetrievalReport
    rows: tuple[WeightRow, ...]


def choose_dense_weight(
    questions: Sequence[JudgedQuestion],
    index_of: Callable[[float], Index],
    reader: TextReader,
    *,
    weights: Sequence[float] = WEIGHTS,
    k: int = 10,
    name_of: NameOf = by_source,
    confidence: float = 0.90,
    seed: int = 0,
) -> WeightChoice:
    """The weight whose proven gain over BM25 alone is surest, else 0.

    Args:
        questions: golden questions; unanswerable ones are reported and decide nothing.
        index_of: weight -> index, such as ``FusedIndex.weighted``.
        confidence: of all intervals together; 0.90 two-sided leaves a chance of about 5 % that any useless weight is
            taken.
    """
    baseline = evaluate(index_of(0.0), questions, reader, k=k, name_of=name_of)
    count = len(baseline.answerable)
    if count < MIN_QUESTIONS:
        reason = f"{count} answerable questions are too few, at least {MIN_QUESTIONS} are needed"
        return WeightChoice(weight=0.0, reason=reason, baseline=baseline, rows=())
    reports = [evaluate(index_of(weight), questions, reader, k=k, name_of=name_of) for weight in weights]
    gains = np.array([[score.ndcg for score in report.answerable] for report in reports])
    gains -= np.array([score.ndcg for score in baseline.answerable])
    rows = tuple(
        WeightRow(weight=weight, report=report, gain=gain)
        for weight, report, gain in zip(weights, reports, simultaneous_gains(gains, confidence, seed), strict=True)
    )
    weight, reason = _decide(rows, k)
    return WeightChoice(weight=weight, reason=reason, baseline=baseline, rows=rows)


def simultaneous_gains(gains: NDArray[np.float64], confidence: float, seed: int) -> list[Estimate]:
    """Mean gain of each row of ``[weights, questions]`` with intervals that hold together at ``confidence``.

    A row without any variation has no standard error to studentise by; its interval reaches to 0, since equal gains on
    every question prove nothing about the next one.
    """
    count = gains.shape[1]
    means, errors = gains.mean(axis=1), gains.std(axis=1, ddof=1) / np.sqrt(count)
    drawn = np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
    deviations = np.zeros((RESAMPLES, len(gains)))
    for place, (row, mean, error) in enumerate(zip(gains, means, errors, strict=True)):
        if error > 0.0:
            samples = row[drawn]
            spread = samples.std(axis=1, ddof=1) / np.sqrt(count)
            # A resample without variation would divide by nothing; the row's own error stands in.
            deviations[:, place] = np.abs(samples.mean(axis=1) - mean) / np.where(spread > 0.0, spread, error)
    reach = float(np.quantile(deviations.max(axis=1), confidence)) * errors
    return [
        Estimate(float(mean), _interval(float(mean), float(half), confidence))
        for mean, half in zip(means, reach, strict=True)
    ]


def _interval(mean: float, half: float, confidence: float) -> Interval:
    low, high = (mean - half, mean + half) if half > 0.0 else (min(mean, 0.0), max(mean, 0.0))
    return Interval(low=low, high=high, confidence=confidence, method="bootstrap-simultaneous")


def _decide(rows: Sequence[WeightRow], k: int) -> tuple[float, str]:
    proven = [row for row in rows if row.proven]
    if not proven:
        return 0.0, f"no weight's gain in nDCG@{k} is proven"
    row = max(proven, key=lambda row: (row.gain.interval.low, -row.weight))
    low, high = row.gain.interval.low, row.gain.interval.high
    return row.weight, f"nDCG@{k} gains {row.gain.value:+.3f} [{low:+.3f}, {high:+.3f}] over BM25 alone"
