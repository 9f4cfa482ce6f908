"""Choose: trees or one-hot weights, by a paired test on rows that taught neither; and what calibration makes of them.

Here: the test, calibration, loss. Not here: fitting (``learn``), the threshold (``train``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.statistics import bootstrap_mean
from gonogo.training.fit import platt
from gonogo.training.tabular.learn import Learned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

RESAMPLES = 2_000
MOST_COMPARED = 20_000
"""Rows that the two are compared on, of more every second or third; more would only narrow a narrow interval."""
STEEPEST = 60.0
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What serves, with its calibration; ``why`` tells the comparison."""

    learned: Learned
    slope: float
    offset: float
    why: str

    def probabilities(self, numbers: Floats) -> Floats:
        """Calibrated, as they will be served."""
        return calibrated(self.learned.sums.logits(numbers), self.slope, self.offset)


def choose(
    trees: Learned, weights: Learned, numbers: Floats, labels: Flags, groups: Sequence[str] | None, seed: int
) -> Chosen:
    """Trees only where they are proven better: the simpler form otherwise, which is smaller, faster and readable.

    Compared is the log loss after calibration of each, row by row, by a bootstrap of the mean difference (95 %).

    Args:
        numbers: rows that taught neither.
        groups: of these rows; whole groups are drawn.
    """
    candidates = [_calibrated(one, numbers, labels) for one in (trees, weights)]
    losses = [log_losses(labels, one.probabilities(numbers)) for one in candidates]
    step = 1 + (len(labels) - 1) // MOST_COMPARED
    gain = (losses[1] - losses[0])[::step]
    clusters = None if groups is None or len(set(groups[::step])) < 2 else groups[::step]
    found = bootstrap_mean(gain.tolist(), clusters=clusters, method="percentile", resamples=RESAMPLES, seed=seed)
    better = found.interval.low > 0.0
    said = "trees: better than one-hot weights" if better else "one-hot weights: trees were not proven better"
    why = (
        f"{said} (trees lower the log loss by {found.value:.4f}, 95 % {found.interval.low:.4f} to "
        f"{found.interval.high:.4f}, {gain.size} rows)"
    )
    chosen = candidates[0] if better else candidates[1]
    return Chosen(learned=chosen.learned, slope=chosen.slope, offset=chosen.offset, why=why)


def _calibrated(learned: Learned, numbers: Floats, labels: Flags) -> Chosen:
    slope, offset = platt(learned.sums.logits(numbers), labels)
    return Chosen(learned=learned, slope=slope, offset=offset, why="")


def calibrated(logits: Floats, slope: float, offset: float) -> Floats:
    """Probabilities by Platt's line."""
    import numpy as np

    found: Floats = 1.0 / (1.0 + np.exp(-np.clip(slope * logits + offset, -STEEPEST, STEEPEST)))
    return found


def log_losses(labels: Flags, probabilities: Floats) -> Floats:
    """Of each row, in nats."""
    import numpy as np

    found: Floats = -np.log(np.maximum(np.where(labels, probabilities, 1.0 - probabilities), _SMALLEST))
    return found
