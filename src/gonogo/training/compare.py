"""Compare: two classifiers on the same rows, paired, with an interval of the difference.

Here: paired bootstrap of AUC, accuracy and recall at a threshold; the decision whether a candidate may follow.
Not here: measures of one classifier (``measures``), promoting (``promote``).

Resampled are groups of rows (one context, one conversation), or rows where there are no groups, both classifiers
together: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 8 for pairs, percentile interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gonogo.training.ranking import area_under_curve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Quality = Callable[[Flags, Numbers], float]

LEAST = 30
"""Rows of each label that a comparison needs."""
DRAWS = 2_000
CONFIDENCE = 0.90
"""Two-sided: the low end above 0 is a one-sided test at 5 %."""
Outcome = Literal["better", "not worse", "worse", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """``candidate`` minus ``baseline`` of one quality on the same rows, with its interval at 90 %.

    ``note`` says why there is none.
    """

    quality: str
    rows: int
    candidate: float | None = None
    baseline: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""

    @property
    def value(self) -> float | None:
        """How much higher the candidate is."""
        return None if self.candidate is None or self.baseline is None else self.candidate - self.baseline

    def outcome(self, margin: float = 0.0) -> Outcome:
        """``better``: the whole interval above 0; ``not worse``: above -margin; ``worse``: all of it below -margin."""
        if self.low is None or self.high is None:
            return "cannot tell"
        if self.low > 0.0:
            return "better"
        if self.high < -margin or (margin == 0.0 and self.high < 0.0):
            return "worse"
        return "not worse" if self.low >= -margin else "cannot tell"


def difference(
    quality: str,
    labels: Sequence[bool] | Flags,
    candidate: Sequence[float] | Numbers,
    baseline: Sequence[float] | Numbers,
    *,
    groups: Sequence[str] = (),
    thresholds: tuple[float, float] = (0.5, 0.5),
    draws: int = DRAWS,
    seed: int = 0,
) -> Difference:
    """One quality of both on the same rows.

    Args:
        quality: ``auc``; ``accuracy`` or ``recall`` at ``thresholds`` (candidate's, baseline's).
        groups: of the rows; empty takes every row for itself.

    Raises:
        ValueError: unknown quality, or lengths that differ.
    """
    import numpy as np

    truth = np.asarray(labels, dtype=np.bool_)
    scores = [np.asarray(one, dtype=np.float64) for one in (candidate, baseline)]
    if any(one.shape != truth.shape for one in scores) or (groups and len(groups) != truth.size):
        raise ValueError("labels, both scores and groups must have one length")
    measure = _quality(quality)
    if quality != "auc":
        scores = [(one >= threshold).astype(np.float64) for one, threshold in zip(scores, thresholds, strict=True)]
    positives = int(truth.sum())
    if min(positives, truth.size - positives) < LEAST:
        note = (
            f"n too small to say: {positives} positives and {truth.size - positives} negatives, {LEAST} of each needed"
        )
        return Difference(quality=quality, rows=int(truth.size), note=note)
    spread = _resampled(truth, scores[0], scores[1], measure, _members(groups, truth.size), draws, seed)
    tail = (1.0 - CONFIDENCE) / 2.0
    return Difference(
        quality=quality,
        rows=int(truth.size),
        candidate=measure(truth, scores[0]),
        baseline=measure(truth, scores[1]),
        low=float(np.quantile(spread, tail)),
        high=float(np.quantile(spread, 1.0 - tail)),
    )


def _quality(name: str) -> Quality:
    known: dict[str, Quality] = {
        "auc": lambda truth, scores: area_under_curve(scores[truth], scores[~truth]),
        "accuracy": lambda truth, called: float((truth == (called > 0.5)).mean()),
        "recall": lambda truth, called: float(called[truth].mean()),
    }
    if name not in known:
        raise ValueError(f"unknown quality {name!r}: known are {', '.join(known)}")
    return known[name]


def _members(groups: Sequence[str], rows: int) -> list[NDArray[np.int64]]:
    """Rows of each group."""
    import numpy as np

    if not groups:
        return [np.array([row]) for row in range(rows)]
    found: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        found.setdefault(group or f"row {row}", []).append(row)
    return [np.array(rows_of_group) for rows_of_group in found.values()]


def _resampled(
    truth: Flags,
    candidate: Numbers,
    baseline: Numbers,
    measure: Quality,
    members: Sequence[NDArray[np.int64]],
    draws: int,
    seed: int,
) -> Numbers:
    """Differences of so many resamples. One without both labels says nothing and is drawn again."""
    import numpy as np

    chance = np.random.default_rng(seed)
    alone = all(len(rows) == 1 for rows in members)
    found: list[float] = []
    while len(found) < draws:
        drawn = chance.integers(0, len(members), len(members))
        rows = drawn if alone else np.concatenate([members[group] for group in drawn])
        labels = truth[rows]
        if labels.any() and not labels.all():
            found.append(measure(labels, candidate[rows]) - measure(labels, baseline[rows]))
    return np.array(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """``overall`` on all rows, and each slice; ``margin`` is what a slice may lose."""

    overall: Difference
    slices: tuple[tuple[str, Difference], ...]
    margin: float

    @property
    def outcome(self) -> Outcome:
        """Of all rows; ``worse`` as soon as one slice is proven to lose more than the margin."""
        return "worse" if self.worse_slices else self.overall.outcome(self.margin)

    @property
    def worse_slices(self) -> tuple[str, ...]:
        """Slices proven to lose more than the margin."""
        return tuple(name for name, found in self.slices if found.outcome(self.margin) == "worse")

    @property
    def may_follow(self) -> bool:
        """Whether the candidate wins on all rows and loses on no slice beyond the margin."""
        return self.outcome == "better"


def compare(
    labels: Sequence[bool],
    candidate: Sequence[float],
    baseline: Sequence[float],
    *,
    groups: Sequence[str] = (),
    slices: Sequence[dict[str, str]] = (),
    margin: float = 0.02,
    seed: int = 0,
) -> Comparison:
    """AUC of both on the same rows, overall and on each slice that is large enough to say anything.

    Args:
        slices: of each row, as ``TrainingRow.slices``.
        margin: AUC that a slice may lose.
    """
    overall = difference("auc", labels, candidate, baseline, groups=groups, seed=seed)
    names = sorted({f"{dimension}: {name}" for row in slices for dimension, name in row.items()})
    found = []
    for name in names:
        dimension, _, value = name.partition(": ")
        kept = [place for place, row in enumerate(slices) if row.get(dimension) == value]
        if len(kept) < len(labels):
            part = difference(
                "auc",
                [labels[place] for place in kept],
                [candidate[place] for place in kept],
                [baseline[place] for place in kept],
                groups=[groups[place] for place in kept] if groups else (),
                seed=seed,
            )
            found.append((name, part))
    return Comparison(overall=overall, slices=tuple(found), margin=margin)
