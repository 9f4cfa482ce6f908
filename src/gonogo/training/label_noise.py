"""Label noise: how many labels are probably wrong, and which rows to look at first.

Here: confident learning on cross-fitted probabilities. Not here: making those (``fit``), correcting labels (people).

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70:1373. The
estimate is as good as the classifier: where it is unsure, or shares the bias of those who labelled, noise stays unseen;
where it is wrong with confidence, right labels are counted as noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.domain import Measure
from gonogo.statistics import Rate, Stratum, stratified_rate
from gonogo.training.measures import ENOUGH, too_small

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNoise:
    """``share`` of all labels that are probably wrong; ``suspects``: places of the rows, most doubtful first."""

    share: Measure
    positives_wrong: Measure
    negatives_wrong: Measure
    suspects: tuple[int, ...]


def label_noise(
    labels: Sequence[bool] | NDArray[np.bool_], probabilities: Sequence[float] | NDArray[np.float64]
) -> LabelNoise:
    """Estimate from probabilities of rows that took no part in the weights that judged them.

    A row counts as confidently positive when its probability is at least the mean probability of rows labelled so,
    confidently negative likewise; rows that are neither are left out. The share of each label that is confidently the
    other, weighted by how often the label occurs, is the estimate; its interval that of a stratified rate.

    Raises:
        ValueError: not one probability a label.
    """
    import numpy as np

    truth, scores = np.asarray(labels, dtype=np.bool_), np.asarray(probabilities, dtype=np.float64)
    if truth.shape != scores.shape or truth.ndim != 1:
        raise ValueError(f"labels and probabilities must have the same length, not {truth.shape} and {scores.shape}")
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if min(positives, negatives) < ENOUGH:
        nothing = too_small(min(positives, negatives), "rows of the rarer label")
        return LabelNoise(share=nothing, positives_wrong=nothing, negatives_wrong=nothing, suspects=())
    as_positive, as_negative = scores >= scores[truth].mean(), 1.0 - scores >= (1.0 - scores[~truth]).mean()
    # Where both hold (the classes hardly differ) the more probable label counts, as in the paper.
    both = as_positive & as_negative
    as_positive, as_negative = as_positive & (~both | (scores >= 0.5)), as_negative & (~both | (scores < 0.5))
    wrong_up = Rate(hits=int((truth & as_negative).sum()), total=int((truth & (as_positive | as_negative)).sum()))
    wrong_down = Rate(hits=int((~truth & as_positive).sum()), total=int((~truth & (as_positive | as_negative)).sum()))
    suspects = np.flatnonzero((truth & as_negative) | (~truth & as_positive))
    doubt = np.abs(truth[suspects] - scores[suspects])
    return LabelNoise(
        share=_share([Stratum(judged=positives, labelled=wrong_up), Stratum(judged=negatives, labelled=wrong_down)]),
        positives_wrong=_rate(wrong_up),
        negatives_wrong=_rate(wrong_down),
        suspects=tuple(int(place) for place in suspects[np.argsort(-doubt, kind="stable")]),
    )


def noise_of_scores(
    labels: Sequence[bool] | NDArray[np.bool_], probabilities: Sequence[float] | NDArray[np.float64]
) -> Measure:
    """The share of all labels that are probably wrong: `label_noise` without the suspects, for a card."""
    return label_noise(labels, probabilities).share


def _share(strata: list[Stratum]) -> Measure:
    estimate = stratified_rate(strata)
    return Measure(
        value=estimate.value, low=estimate.interval.low, high=estimate.interval.high,
        n=sum(stratum.labelled.total for stratum in strata), note="by cross-fitted confident disagreement",
    )  # fmt: skip


def _rate(rate: Rate) -> Measure:
    interval = rate.wilson()
    return Measure(value=rate.value, low=interval.low, high=interval.high, n=rate.total)
