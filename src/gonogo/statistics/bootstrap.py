"""Bootstrap: intervals by drawing the tasks again.

Here: the mean difference (percentile and BCa, by cluster where given) and the difference of a quantile.
Not here: closed-form intervals (``graded``, ``paired``, ``noninferiority``).

Seeds are arguments: the same numbers give the same interval. With fewer than about 20 tasks prefer an exact or score
interval.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from gonogo.statistics.arguments import count, open_unit, same_length, sample
from gonogo.statistics.graded import cluster_sums
from gonogo.statistics.intervals import Estimate, Interval
from gonogo.statistics.special import normal_cdf, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DRAWS_AT_ONCE = 1_000_000


def bootstrap_mean(
    differences: Sequence[float],
    *,
    confidence: float = 0.95,
    method: Literal["percentile", "bca"] = "bca",
    clusters: Sequence[Hashable] | None = None,
    resamples: int = 9_999,
    seed: int = 0,
) -> Estimate:
    """Mean of paired differences with a bootstrap interval (Efron 1987, JASA 82:171; paired use: Koehn 2004, W04-3250).

    Needs at least 2 differences, and 2 clusters where given; whole clusters are drawn. The interval has no width when
    all differences are equal: then use `gonogo.statistics.score_interval`.
    """
    import numpy as np

    open_unit("confidence", confidence)
    count("resamples", resamples, least=100)
    if method not in ("percentile", "bca"):
        raise ValueError(f"method must be 'percentile' or 'bca', not {method!r}")
    values = sample("differences", differences, least=2)
    labels = range(len(values)) if clusters is None else clusters
    sums = np.asarray(cluster_sums(values, labels))
    sizes = np.asarray(cluster_sums([1.0] * len(values), labels))
    if sums.size < 2:
        raise ValueError("all tasks are in one cluster: a cluster bootstrap needs at least 2")
    draws = np.concatenate(
        [sums[rows].sum(axis=1) / sizes[rows].sum(axis=1) for rows in _rows(sums.size, resamples, seed)]
    )
    mean = float(sums.sum() / sizes.sum())
    tails = _tails(confidence)
    if method == "bca":
        left_out = (sums.sum() - sums) / (sizes.sum() - sizes)
        tails = _bca_tails(tails, draws, mean, left_out)
    return Estimate(mean, _between(draws, tails, confidence, f"bootstrap-{method}"))


def bootstrap_quantile_difference(
    baseline: Sequence[float],
    candidate: Sequence[float],
    *,
    quantile: float = 0.95,
    confidence: float = 0.95,
    resamples: int = 9_999,
    seed: int = 0,
) -> Estimate:
    """Candidate's quantile minus the baseline's, tasks drawn in pairs; percentile interval (Efron 1979, Ann Stat 7:1).

    For p95 latency, in the unit of the two sequences. A set of n tasks holds only n (1 - quantile) values beyond the
    quantile: below some ten of them the interval is rough.
    """
    import numpy as np

    open_unit("quantile", quantile)
    open_unit("confidence", confidence)
    count("resamples", resamples, least=100)
    same_length("baseline", len(baseline), "candidate", len(candidate))
    old, new = (
        np.asarray(sample(name, values, least=2)) for name, values in (("baseline", baseline), ("candidate", candidate))
    )
    draws = np.concatenate(
        [
            np.quantile(new[rows], quantile, axis=1) - np.quantile(old[rows], quantile, axis=1)
            for rows in _rows(old.size, resamples, seed)
        ]
    )
    seen = float(np.quantile(new, quantile) - np.quantile(old, quantile))
    return Estimate(seen, _between(draws, _tails(confidence), confidence, "bootstrap-percentile"))


def _rows(units: int, resamples: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """Index rows of all resamples, a bounded number at a time."""
    import numpy as np

    draw = np.random.default_rng(seed)
    step = max(1, _DRAWS_AT_ONCE // units)
    for start in range(0, resamples, step):
        yield draw.integers(0, units, (min(step, resamples - start), units))


def _tails(confidence: float) -> tuple[float, float]:
    return (1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0


def _bca_tails(
    tails: tuple[float, float], draws: NDArray[np.float64], seen: float, left_out: NDArray[np.float64]
) -> tuple[float, float]:
    """Percentiles to read off instead: bias from the draws, acceleration from the jackknife (Efron 1987, section 4)."""
    below = (float((draws < seen).mean()) + float((draws <= seen).mean())) / 2.0
    edge = 1.0 / (2.0 * draws.size)
    bias = normal_quantile(min(1.0 - edge, max(edge, below)))
    gaps = left_out.mean() - left_out
    spread = float((gaps**2).sum())
    acceleration = float((gaps**3).sum()) / (6.0 * spread**1.5) if spread > 0.0 else 0.0

    def corrected(tail: float) -> float:
        shifted = bias + normal_quantile(tail)
        room = 1.0 - acceleration * shifted
        # Beyond the pole the correction has no meaning; the extreme draw is the honest end.
        return normal_cdf(bias + shifted / room) if room > 0.0 else float(shifted > 0.0)

    return corrected(tails[0]), corrected(tails[1])


def _between(draws: NDArray[np.float64], tails: tuple[float, float], confidence: float, method: str) -> Interval:
    import numpy as np

    low, high = (float(end) for end in np.quantile(draws, tails))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("the values are too large to be averaged")
    return Interval(low=min(low, high), high=max(low, high), confidence=confidence, method=method)
