"""Ranking: how well scores put positives above negatives, whatever the threshold.

Here: area under the ROC curve, average precision, recall at a false-positive rate; values and 95 % intervals.
Not here: measures at a threshold (``measures``), setting one (``thresholds``).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gonogo.statistics import Rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

Z95 = 1.959963984540054
"""Of a standard normal variable, 95 % lie within so many deviations."""
_DRAWS = 4_000


def area_under_curve(positives: Numbers, negatives: Numbers) -> float:
    """Chance that a positive scores higher than a negative, ties counting half. Needs one of each."""
    return float(_placements(positives, negatives)[0].mean())


def area_interval(positives: Numbers, negatives: Numbers) -> tuple[float, float]:
    """95 % interval of the area under the curve: DeLong's variance on the logit scale.

    DeLong, DeLong and Clarke-Pearson 1988, Biometrics 44:837, by ranks (Sun and Xu 2014, IEEE Signal Processing
    Letters 21:1389); logit scale: Pepe 2003, "The Statistical Evaluation of Medical Tests", 5.2.4. Where the two
    classes do not overlap there is no variance to estimate: the far end is Wilson's, for as many rows as the smaller
    class has.
    """
    above, below = _placements(positives, negatives)
    area = float(above.mean())
    variance = float(above.var(ddof=1)) / above.size + float(below.var(ddof=1)) / below.size
    if not 0.0 < area < 1.0 or variance <= 0.0:
        fewer = min(above.size, below.size)
        wilson = Rate(hits=round(area * fewer), total=fewer).wilson()
        return min(area, wilson.low), max(area, wilson.high)
    return _around_logit(area, math.sqrt(variance) / (area * (1.0 - area)))


def _placements(positives: Numbers, negatives: Numbers) -> tuple[Numbers, Numbers]:
    """For each positive the share of negatives below it, for each negative the share of positives above it."""
    import numpy as np

    high, low = np.sort(positives), np.sort(negatives)
    above = (np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")) / (2.0 * low.size)
    below = 1.0 - (np.searchsorted(high, low, "left") + np.searchsorted(high, low, "right")) / (2.0 * high.size)
    return above, below


def average_precision(positives: Numbers, negatives: Numbers) -> float:
    """Mean precision over the recalls, by steps; equal scores enter together. Needs one positive."""
    import numpy as np

    high, low = np.sort(positives), np.sort(negatives)
    found = high.size - np.searchsorted(high, high, "left")
    wrong = low.size - np.searchsorted(low, high, "left")
    return float((found / (found + wrong)).mean())


def average_precision_interval(precision: float, positives: int) -> tuple[float, float]:
    """95 % interval on the logit scale, as for a share of the positives (Boyd, Eng and Page 2013, ECML PKDD: 451)."""
    if not 0.0 < precision < 1.0:
        wilson = Rate(hits=round(precision * positives), total=positives).wilson()
        return wilson.low, wilson.high
    return _around_logit(precision, 1.0 / math.sqrt(positives * precision * (1.0 - precision)))


def recall_at(positives: Numbers, negatives: Numbers, rate: float) -> float:
    """Share of positives above all but a share ``rate`` of the negatives."""
    import numpy as np

    low = np.sort(negatives)
    return float((positives > low[low.size - 1 - int(rate * low.size + 1e-9)]).mean())


def recall_at_interval(positives: Numbers, negatives: Numbers, rate: float, seed: int = 0) -> tuple[float, float]:
    """95 % interval of `recall_at`, with the doubt about where the threshold lies and about the recall there.

    The order statistic that is the threshold is drawn as the bootstrap would draw it (a Beta variable of its rank), the
    recall at it from its Jeffreys posterior; percentiles of 4,000 draws. After Zhou and Qin 2005, Stat Med 24:465.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    high, low = np.sort(positives), np.sort(negatives)
    rank = low.size - int(rate * low.size + 1e-9)
    places = (low.size * draw.beta(rank, low.size - rank + 1, _DRAWS)).astype(np.int64)
    found = high.size - np.searchsorted(high, low[np.minimum(places, low.size - 1)], "right")
    ends = np.quantile(draw.beta(found + 0.5, high.size - found + 0.5), (0.025, 0.975))
    seen = recall_at(positives, negatives, rate)
    return min(seen, float(ends[0])), max(seen, float(ends[1]))


def _around_logit(share: float, error: float) -> tuple[float, float]:
    """``share`` with 95 % of a normal error on the logit scale, carried back."""
    centre = math.log(share / (1.0 - share))
    low, high = (1.0 / (1.0 + math.exp(-max(-700.0, centre + side * Z95 * error))) for side in (-1.0, 1.0))
    return low, high
