"""Calibrate: one Mission's few dozen Annotations make a classifier's probabilities true for its own traffic.

Here: slope and offset with a prior that keeps a handful of labels from doing harm, and whether it helped.
Not here: weights (they stay), where the labels come from (``trace_rows``).

Ranking transfers between sources, thresholds do not: a classifier that orders another team's answers well may still
call all of them wrong. Slope and offset on the logit (Platt 1999) mend that, and change no order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.errors import BadInput
from gonogo.statistics import Estimate, bootstrap_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LEAST, LEAST_OF_A_LABEL = 24, 5
SLOPE_SPREAD, OFFSET_SPREAD = 0.5, 2.0
"""Standard deviations of the prior: slopes near 1, offsets of either sign."""
FURTHEST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """``gain``: log loss before minus after, each label judged by a calibration that did not see it.

    Above 0 is better; its interval is at 95 %.
    """

    slope: float
    offset: float
    labels: int
    positives: int
    gain: Estimate

    @property
    def helps(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.gain.interval.low > 0.0

    def apply(self, probability: float) -> float:
        """The calibrated probability."""
        import numpy as np

        return float(_sigmoid(self.slope * _logit(np.array([probability])) + self.offset)[0])


def calibrate(labels: Sequence[bool], probabilities: Sequence[float]) -> Calibration:
    """Slope and offset for these labels.

    Args:
        labels: of people, in any order.
        probabilities: what the classifier said of the same texts.

    Raises:
        BadInput: fewer than 24 labels, or fewer than 5 of one kind.
        ValueError: two lengths.
    """
    import numpy as np

    truth, logits = np.asarray(labels, dtype=np.float64), _logit(np.asarray(probabilities, dtype=np.float64))
    if truth.shape != logits.shape:
        raise ValueError(f"{truth.size} labels for {logits.size} probabilities")
    positives = int(truth.sum())
    if truth.size < LEAST or min(positives, truth.size - positives) < LEAST_OF_A_LABEL:
        raise BadInput(
            f"{truth.size} Annotations ({positives} positive) cannot calibrate: at least {LEAST} are needed, "
            f"{LEAST_OF_A_LABEL} of each kind; annotate more Traces"
        )
    before = _loss(truth, _sigmoid(logits))
    after = np.empty_like(before)
    for place in range(truth.size):
        kept = np.arange(truth.size) != place
        slope, offset = _fitted(truth[kept], logits[kept])
        after[place] = _loss(truth[place : place + 1], _sigmoid(slope * logits[place : place + 1] + offset))[0]
    slope, offset = _fitted(truth, logits)
    gain = bootstrap_mean((before - after).tolist(), resamples=1_999)
    return Calibration(slope=slope, offset=offset, labels=int(truth.size), positives=positives, gain=gain)


def _fitted(truth: Numbers, logits: Numbers) -> tuple[float, float]:
    """The mode of the posterior by Newton's method."""
    import numpy as np

    found, prior = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    precision = np.array([SLOPE_SPREAD**-2, OFFSET_SPREAD**-2])
    design = np.column_stack([logits, np.ones_like(logits)])
    for _ in range(50):
        p = _sigmoid(design @ found)
        gradient = design.T @ (p - truth) + precision * (found - prior)
        curve = (design * (p * (1.0 - p))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(curve, gradient)
        found = found - np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return max(0.05, float(found[0])), float(found[1])


def _loss(truth: Numbers, p: Numbers) -> Numbers:
    import numpy as np

    kept = np.clip(p, FURTHEST, 1.0 - FURTHEST)
    return -(truth * np.log(kept) + (1.0 - truth) * np.log(1.0 - kept))


def _logit(p: Numbers) -> Numbers:
    import numpy as np

    kept = np.clip(p, FURTHEST, 1.0 - FURTHEST)
    return np.log(kept / (1.0 - kept))


def _sigmoid(values: Numbers) -> Numbers:
    import numpy as np

    return 1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0)))
