"""Measures: how good probabilities are, each with its 95 % interval and its count, or why nothing can be said.

Here: accuracy, precision, recall, F1, false-positive and false-negative rate at a threshold; AUC, average precision,
recall at 1 % false positives; calibration error and Brier score.
Not here: rankings behind some of them (``ranking``), thresholds (``thresholds``), two classifiers on the same rows
(``compare``).

Intervals are closed forms or seeded: the same rows give the same numbers. Rows are taken as independent; where groups
of rows belong together the true intervals are wider.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from gonogo.domain import Measure
from gonogo.statistics import Rate, t_interval
from gonogo.training.ranking import (
    Z95,
    area_interval,
    area_under_curve,
    average_precision,
    average_precision_interval,
    recall_at,
    recall_at_interval,
)
from gonogo.training.thresholds import threshold_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "ENOUGH",
    "MEASURES",
    "auc",
    "calibration_error",
    "measures_of",
    "rate_measure",
    "threshold_at",
    "too_small",
]

ENOUGH: Final = 30
"""With fewer positives (or negatives, as the measure needs) a measure says that n is too small."""
MEASURES: Final = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "false_positive_rate",
    "false_negative_rate",
    "auc",
    "average_precision",
    "recall_at_1_fpr",
    "calibration_error",
    "brier",
)
"""Names of all measures, in the order in which they are shown."""
_FPR: Final = 0.01
_NEGATIVES_FOR_FPR: Final = 100
_BINS: Final = 15


def measures_of(
    labels: Sequence[bool] | Flags, probabilities: Sequence[float] | Numbers, threshold: float
) -> dict[str, Measure]:
    """Every measure of `MEASURES`; a row is called positive when its probability is at least ``threshold``.

    Args:
        labels: what each row is.
        probabilities: of being positive, 0..1, in the same order.
        threshold: fixed before these rows were seen.

    Raises:
        ValueError: two lengths, or a probability that is not in 0..1.
    """
    truth, scores = _checked(labels, probabilities)
    if scores.size and not bool(((scores >= 0.0) & (scores <= 1.0)).all()):
        raise ValueError("probabilities must lie in 0..1: calibrate scores first")
    called = scores >= threshold
    return {
        **_at_threshold(truth, called),
        "auc": auc(truth, scores),
        "average_precision": _average_precision(truth, scores),
        "recall_at_1_fpr": _recall_at_one_percent(truth, scores),
        "calibration_error": calibration_error(truth, scores),
        "brier": _brier(truth, scores),
    }


def rate_measure(hits: int, total: int, of_what: str, least: int = ENOUGH) -> Measure:
    """``hits`` out of ``total`` with Wilson's interval; under ``least`` rows only the count and a note."""
    if total < least:
        return too_small(total, of_what, least)
    interval = Rate(hits=hits, total=total).wilson()
    return Measure(value=hits / total, low=interval.low, high=interval.high, n=total)


def too_small(n: int, of_what: str, least: int = ENOUGH) -> Measure:
    """No value: ``n`` of ``of_what`` (``positives``) are fewer than ``least``."""
    return Measure(value=None, n=n, note=f"n too small to say: {n} {of_what}, {least} needed")


def auc(labels: Sequence[bool] | Flags, scores: Sequence[float] | Numbers) -> Measure:
    """Area under the ROC curve with DeLong's interval (see `gonogo.training.ranking.area_interval`); any finite scores.

    Needs 30 positives and 30 negatives.
    """
    truth, values = _checked(labels, scores)
    if missing := _missing_class(truth):
        return missing
    high, low = values[truth], values[~truth]
    return _measure(area_under_curve(high, low), area_interval(high, low), truth.size)


def calibration_error(
    labels: Sequence[bool] | Flags, probabilities: Sequence[float] | Numbers, bins: int = _BINS
) -> Measure:
    """Expected calibration error over bins of equal mass, less about half of what chance alone adds.

    Sum over bins of share times |mean label - mean probability|. Small bins make that too large even for perfect
    probabilities: the mean of the folded normal error is taken off (Kumar, Liang and Ma 2019, arXiv 1909.10155,
    appendix; here in closed form). Interval: normal, from the errors of the bins' means; its low end takes off all
    that chance can add, so that 0 stays inside for perfect probabilities. At most ``bins`` bins of at least 30 rows.
    Needs 30 positives and 30 negatives.
    """
    import numpy as np

    truth, values = _checked(labels, probabilities)
    if missing := _missing_class(truth):
        return missing
    order = np.argsort(values, kind="stable")
    parts = np.array_split(order, max(1, min(bins, truth.size // ENOUGH)))
    shares = np.array([part.size / truth.size for part in parts])
    means = np.array([truth[part].mean() for part in parts])
    gaps = np.abs(means - np.array([values[part].mean() for part in parts]))
    counts = np.array([part.size for part in parts])
    # One hit and one miss added: a bin without a miss is still unsure (Agresti and Coull 1998).
    smooth = (means * counts + 1.0) / (counts + 2.0)
    errors = np.sqrt(smooth * (1.0 - smooth) / counts)
    raw = float(shares @ gaps)
    by_chance = float(shares @ np.array([_folded_mean(g, e) - g for g, e in zip(gaps, errors, strict=True)]))
    at_most = math.sqrt(2.0 / math.pi) * float(shares @ errors)
    value, reach = max(0.0, raw - by_chance), Z95 * math.sqrt(float(shares**2 @ errors**2))
    return _measure(value, (max(0.0, raw - at_most - reach), min(1.0, value + reach)), truth.size)


def _folded_mean(mean: float, error: float) -> float:
    """Expected absolute value of a normal variable (Leone, Nelson and Nottingham 1961, Technometrics 3:543)."""
    ratio = mean / error
    return error * math.sqrt(2.0 / math.pi) * math.exp(-ratio * ratio / 2.0) + mean * math.erf(ratio / math.sqrt(2.0))


def _at_threshold(truth: Flags, called: Flags) -> dict[str, Measure]:
    positives, flagged = int(truth.sum()), int(called.sum())
    negatives = truth.size - positives
    hits = int((truth & called).sum())
    false = flagged - hits
    right = hits + negatives - false
    return {
        "accuracy": rate_measure(right, truth.size, "rows"),
        "precision": rate_measure(hits, flagged, "rows called positive"),
        "recall": rate_measure(hits, positives, "positives"),
        "f1": _f1(hits, false, positives - hits),
        "false_positive_rate": rate_measure(false, negatives, "negatives"),
        "false_negative_rate": rate_measure(positives - hits, positives, "positives"),
    }


def _f1(hits: int, false: int, missed: int) -> Measure:
    """F1 with Wilson's interval of q = F1 / (2 - F1), the share of hits among hits, misses and false alarms.

    "Wilson indirect" of Lam, Gopal and Qian 2023, arXiv 2309.14621. Needs 30 positives.
    """
    if hits + missed < ENOUGH:
        return too_small(hits + missed, "positives")
    interval = Rate(hits=hits, total=hits + false + missed).wilson()
    low, high = (2.0 * share / (1.0 + share) for share in (interval.low, interval.high))
    value = 2.0 * hits / (2.0 * hits + false + missed)
    return _measure(value, (low, high), hits + false + missed)


def _average_precision(truth: Flags, scores: Numbers) -> Measure:
    if missing := _missing_class(truth):
        return missing
    value = average_precision(scores[truth], scores[~truth])
    return _measure(value, average_precision_interval(value, int(truth.sum())), truth.size)


def _recall_at_one_percent(truth: Flags, scores: Numbers) -> Measure:
    """Needs 30 positives and 100 negatives: one percent of fewer is not one row."""
    positives, negatives = int(truth.sum()), int(truth.size - truth.sum())
    if positives < ENOUGH:
        return too_small(positives, "positives")
    if negatives < _NEGATIVES_FOR_FPR:
        return too_small(negatives, "negatives", _NEGATIVES_FOR_FPR)
    high, low = scores[truth], scores[~truth]
    return _measure(recall_at(high, low, _FPR), recall_at_interval(high, low, _FPR), positives)


def _brier(truth: Flags, scores: Numbers) -> Measure:
    """Mean squared error of the probabilities (Brier 1950, Mon Weather Rev 78:1), Student's t interval."""
    if truth.size < ENOUGH:
        return too_small(int(truth.size), "rows")
    squares = (scores - truth) ** 2
    value = float(squares.mean())
    if float(squares.max() - squares.min()) == 0.0:
        return Measure(value=value, n=truth.size, note="all rows have the same error: no interval")
    interval = t_interval(squares.tolist())
    return _measure(value, (max(0.0, interval.low), min(1.0, interval.high)), truth.size)


def _missing_class(truth: Flags) -> Measure | None:
    positives = int(truth.sum())
    if positives < ENOUGH:
        return too_small(positives, "positives")
    negatives = int(truth.size) - positives
    return too_small(negatives, "negatives") if negatives < ENOUGH else None


def _measure(value: float, ends: tuple[float, float], n: int) -> Measure:
    return Measure(value=value, low=min(value, ends[0]), high=max(value, ends[1]), n=int(n))


def _checked(labels: Sequence[bool] | Flags, scores: Sequence[float] | Numbers) -> tuple[Flags, Numbers]:
    import numpy as np

    truth, values = np.asarray(labels, dtype=np.bool_), np.asarray(scores, dtype=np.float64)
    if truth.shape != values.shape or truth.ndim != 1:
        raise ValueError(f"labels and probabilities must have the same length, not {truth.shape} and {values.shape}")
    if not bool(np.isfinite(values).all()):
        raise ValueError("probabilities must be finite: a row without one must be left out by the caller")
    return truth, values
