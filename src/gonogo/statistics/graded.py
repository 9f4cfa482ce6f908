"""Graded: paired differences of scores, one number per task.

Here: standard errors (clustered too), t interval and test, the sign-flip permutation test.
Not here: resampled intervals (``bootstrap``), ratios of latency and cost (``ratios``), the gate's non-inferiority test
for graded scores (``noninferiority``), turning repeats into one number (``reducers``).

A cluster is a label per task: tasks of one document or one conversation are not independent of one another.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from gonogo.statistics.arguments import count, open_unit, same_length, sample
from gonogo.statistics.intervals import Interval
from gonogo.statistics.special import t_cdf, t_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Alternative = Literal["two-sided", "greater", "less"]

_EXACT_UP_TO = 20
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardError:
    """Standard error of a mean difference: as if tasks were independent, and by cluster where there are clusters."""

    naive: float
    clustered: float | None
    degrees_of_freedom: int

    @property
    def value(self) -> float:
        """The larger of the two: negative correlation within clusters must not make a result look surer."""
        return self.naive if self.clustered is None else max(self.naive, self.clustered)


def standard_error(differences: Sequence[float], clusters: Sequence[Hashable] | None = None) -> StandardError:
    """Standard error of the mean of at least 2 differences, one per task, in at least 2 clusters where given.

    sd / sqrt(n); by cluster sqrt(G/(G-1) sum_g (sum_i in g (d_i - mean))^2) / n (Miller 2024, arXiv 2411.00640, with
    the small-sample factor G/(G-1) of Cameron and Miller 2015, J Hum Resour 50:317). Degrees of freedom are G - 1 with
    clusters, else n - 1.
    """
    values = sample("differences", differences, least=2)
    # Equal differences must have no variance at all, not the rounding error of their mean.
    centre = values[0] if min(values) == max(values) else math.fsum(values) / len(values)
    naive = math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1) / len(values))
    if clusters is None:
        return StandardError(naive=naive, clustered=None, degrees_of_freedom=len(values) - 1)
    sums = cluster_sums([value - centre for value in values], clusters)
    groups = len(sums)
    if groups < 2:
        raise ValueError("all tasks are in one cluster: a clustered standard error needs at least 2")
    clustered = math.sqrt(groups / (groups - 1) * math.fsum(total * total for total in sums)) / len(values)
    return StandardError(naive=naive, clustered=clustered, degrees_of_freedom=groups - 1)


def cluster_sums(values: Sequence[float], clusters: Sequence[Hashable]) -> list[float]:
    """Sum of ``values`` per cluster, clusters in order of first appearance."""
    same_length("values", len(values), "clusters", len(clusters))
    sums: dict[Hashable, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + value
    return list(sums.values())


def t_interval(
    differences: Sequence[float], confidence: float = 0.95, clusters: Sequence[Hashable] | None = None
) -> Interval:
    """Student's t interval of the mean difference (Student 1908, Biometrika 6:1), with the larger standard error.

    It has no width when all differences are equal: then use `gonogo.statistics.score_interval`.
    """
    open_unit("confidence", confidence)
    error = standard_error(differences, clusters)
    centre = math.fsum(differences) / len(differences)
    reach = t_quantile(0.5 + confidence / 2.0, error.degrees_of_freedom) * error.value
    return Interval(low=centre - reach, high=centre + reach, confidence=confidence, method="t")


class TTest(NamedTuple):
    """Student's t and two-sided p; both ``None`` when the differences do not vary and t cannot judge them."""

    t: float | None
    p: float | None


def t_test(differences: Sequence[float], clusters: Sequence[Hashable] | None = None) -> TTest:
    """Paired t test of "no difference" (Student 1908, Biometrika 6:1), with the larger standard error."""
    error = standard_error(differences, clusters)
    if error.value <= 0.0:
        return TTest(None, None)
    t = math.fsum(differences) / len(differences) / error.value
    return TTest(t, 2.0 * t_cdf(-abs(t), error.degrees_of_freedom))


class PermutationTest(NamedTuple):
    """Result of a sign-flip test: its p, the mean difference seen, whether all flips were tried, and how many."""

    p: float
    difference: float
    exact: bool
    flips: int


def sign_flip_test(
    differences: Sequence[float],
    *,
    alternative: Alternative = "two-sided",
    clusters: Sequence[Hashable] | None = None,
    flips: int = 10_000,
    seed: int = 0,
) -> PermutationTest:
    """Permutation test of "no difference": exchange candidate and baseline, task by task or whole cluster by cluster.

    All 2^n exchanges up to n = 20 tasks (or clusters) with a difference; beyond, ``flips`` random ones with
    p = (1 + count) / (1 + flips) (Fisher 1935; Phipson and Smyth 2010, SAGMB 9:39; Dror et al. 2018, P18-1128). Do not
    add a margin to the differences to test non-inferiority: the test needs symmetry, which rare large losses do not
    have.
    """
    values = sample("differences", differences)
    count("flips", flips, least=1)
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(f"alternative must be 'two-sided', 'greater' or 'less', not {alternative!r}")
    units = values if clusters is None else cluster_sums(values, clusters)
    # A difference of 0 is the same either way: leaving it out halves the work and changes no p.
    sizes = [abs(unit) for unit in units if unit != 0.0]
    seen, mean = math.fsum(units), math.fsum(values) / len(values)
    slack = 1e-12 * math.fsum(sizes)
    if len(sizes) <= _EXACT_UP_TO:
        sums = _all_sums(sizes)
        return PermutationTest(_share_as_extreme(sums, seen, slack, alternative), mean, True, int(sums.size))
    found = sum(
        _share_as_extreme(sums, seen, slack, alternative) * sums.size for sums in _random_sums(sizes, flips, seed)
    )
    return PermutationTest((1 + round(found)) / (1 + flips), mean, False, flips)


def _all_sums(sizes: Sequence[float]) -> NDArray[np.float64]:
    import numpy as np

    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate((sums + size, sums - size))
    return sums


def _random_sums(sizes: Sequence[float], flips: int, seed: int) -> list[NDArray[np.float64]]:
    import numpy as np

    draw = np.random.default_rng(seed)
    weights = np.asarray(sizes)
    rows = [min(_ROWS_AT_ONCE, flips - start) for start in range(0, flips, _ROWS_AT_ONCE)]
    return [(2.0 * draw.integers(0, 2, (some, weights.size)) - 1.0) @ weights for some in rows]


def _share_as_extreme(sums: NDArray[np.float64], seen: float, slack: float, alternative: Alternative) -> float:
    if alternative == "greater":
        extreme = sums >= seen - slack
    elif alternative == "less":
        extreme = sums <= seen + slack
    else:
        extreme = abs(sums) >= abs(seen) - slack
    return float(extreme.mean())
