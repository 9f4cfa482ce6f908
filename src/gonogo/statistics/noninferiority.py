"""Non-inferiority of graded scores: is the candidate not worse by the margin, whatever the shape of the differences?

Here: a score test and its interval for paired differences in [-1, 1], by cluster where there are any; what clustered
tasks are worth.
Not here: passed-or-failed tasks (``paired``; both agree on those), early stopping (``evalues``).

Why not a t test or shifted sign flips: golden scores are mostly ties with rare large losses. Twelve ties have no
variance, and both would call that proof. Here the variance is the one the differences would have if the candidate WERE
worse by the margin.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from gonogo.statistics.arguments import open_unit, sample
from gonogo.statistics.graded import cluster_sums, standard_error
from gonogo.statistics.intervals import Interval
from gonogo.statistics.paired import NonInferiority
from gonogo.statistics.special import normal_cdf, normal_quantile

# Most golden sets hold few distinct differences: as (difference, tasks) the work does not grow with the set.
_Tally = Sequence[tuple[float, float]]

_STEPS = 60
_DECIMALS = 12
_NEXT_TO_END = 1e-11
_SURE = 1e9


def score_noninferiority(
    differences: Sequence[float], margin: float, clusters: Sequence[Hashable] | None = None
) -> NonInferiority:
    """Score test of "the mean difference is -``margin`` or less", for differences in [-1, 1], one per task.

    z = sqrt(n) (mean + margin) / sd0, where sd0 belongs to the distribution of largest likelihood among those with
    mean -margin on the values seen and the two ends (empirical likelihood, Owen 1988, Biometrika 75:237). On
    differences of -1, 0 and 1 this is Tango's test (1998, Stat Med 17:891). Approximate, as Tango's test is: reliable
    from some tens of tasks.

    With ``clusters`` (a label a task) each cluster is one observation, its mean, weighted by its tasks; the sum of the
    weights is the number of clusters of equal size that they are worth (`independent_clusters`). What is unseen is then
    a cluster that fails whole, not a task: with three clusters that all tie nothing is shown. z is the smaller of that
    and of the one without clusters, so that negative correlation makes nothing look surer.
    """
    values, delta = _bounded(differences), -open_unit("margin", margin)
    z = min(_score(tally, delta) for tally in _tallies(values, clusters))
    return NonInferiority(z, normal_cdf(-z))


def score_interval(
    differences: Sequence[float], confidence: float = 0.95, clusters: Sequence[Hashable] | None = None
) -> Interval:
    """Interval of the mean difference by inverting `score_noninferiority`; has a width even when all tasks tie."""
    values = _bounded(differences)
    z = normal_quantile(0.5 + open_unit("confidence", confidence) / 2.0)
    mean = math.fsum(values) / len(values)
    tallies = _tallies(values, clusters)
    return Interval(
        low=min(mean, *(_crossing(tally, z, -1.0, mean) for tally in tallies)),
        high=max(mean, *(_crossing(tally, -z, mean, 1.0) for tally in tallies)),
        confidence=confidence,
        method="score",
    )


def independent_clusters(clusters: Sequence[Hashable]) -> float:
    """How many clusters of equal size these are worth: n^2 / sum of squared sizes (Kish 1965, Survey Sampling).

    It is what n tasks are worth where all tasks of a cluster change together; n where each is one of its own.
    """
    sizes = Counter(clusters).values()
    return sum(sizes) ** 2 / sum(size * size for size in sizes) if sizes else 0.0


def independent_tasks(differences: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """How many independent tasks these are worth, as they vary: n over the squared ratio of the standard error by
    cluster to the naive one (the design effect, Kish 1965), between `independent_clusters` and n. Differences that do
    not vary say nothing of it, so that they are worth the least."""
    values, least = _bounded(differences), independent_clusters(clusters)
    if len(values) < 2 or len(set(clusters)) < 2:
        return least
    error = standard_error(values, clusters)
    if not error.naive or error.clustered is None:
        return least
    worth = len(values) / max(1.0, (error.clustered / error.naive) ** 2)
    return max(least, worth)


def _bounded(differences: Sequence[float]) -> list[float]:
    values = sample("differences", differences)
    for place, value in enumerate(values):
        if not -1.0 <= value <= 1.0:
            raise ValueError(f"differences[{place}] must lie in [-1, 1], not {value!r}; scale scores to 0..1 first")
    return values


def _tallies(values: Sequence[float], clusters: Sequence[Hashable] | None) -> tuple[_Tally, ...]:
    """By task, and by cluster where there are any."""
    return (_tally(values),) if clusters is None else (_tally(values), _cluster_tally(values, clusters))


def _cluster_tally(values: Sequence[float], clusters: Sequence[Hashable]) -> _Tally:
    """(mean, weight) of clusters: the weighted mean is that over tasks, and the variance of it never understated where
    larger clusters vary no more than smaller ones."""
    sizes, sums = Counter(clusters), cluster_sums(values, clusters)
    worth = independent_clusters(clusters) / len(values)
    weights: defaultdict[float, float] = defaultdict(float)
    for (_, size), total in zip(sizes.items(), sums, strict=True):
        weights[round(total / size, _DECIMALS)] += size * worth
    return sorted(weights.items())


def _tally(values: Sequence[float]) -> _Tally:
    # Rounding noise next to an end of the scale would stand for a second, unseen end and divide by zero.
    return sorted(Counter(round(value, _DECIMALS) for value in values).items())


def _score(tally: _Tally, delta: float) -> float:
    """z of H0: mean = ``delta``, with the variance restricted to that mean."""
    gaps = [(value - delta, tasks) for value, tasks in tally]
    total = math.fsum(gap * tasks for gap, tasks in gaps)
    if total == 0.0:
        return 0.0
    variance = _restricted_variance(gaps, -1.0 - delta, 1.0 - delta)
    if variance <= 0.0:
        return math.copysign(_SURE, total)
    return total / math.sqrt(sum(tasks for _, tasks in gaps) * variance)


def _restricted_variance(gaps: _Tally, lowest: float, highest: float) -> float:
    """Variance of the likeliest distribution with mean 0 on ``gaps`` and the two ends of the scale.

    Weights 1 / (n (1 + tilt gap)). Where no tilt brings the mean to 0, what is missing lies on the far end, unseen.
    """
    n = sum(tasks for _, tasks in gaps)
    surplus = math.fsum(gap * tasks for gap, tasks in gaps) > 0.0
    end = lowest if surplus else highest
    if end == 0.0:
        return 0.0
    limit = -1.0 / end
    end_is_seen = any(1.0 + limit * gap < _NEXT_TO_END for gap, _ in gaps)
    if not end_is_seen and (_imbalance(gaps, limit) >= 0.0) == surplus:
        weights = [tasks / (n * (1.0 + limit * gap)) for gap, tasks in gaps]
        unseen = max(0.0, 1.0 - math.fsum(weights))
        return (
            math.fsum(weight * gap * gap for weight, (gap, _) in zip(weights, gaps, strict=True)) + unseen * end * end
        )
    tilt = _balancing_tilt(gaps, limit, surplus=surplus)
    return math.fsum(tasks * gap * gap / (n * (1.0 + tilt * gap)) for gap, tasks in gaps)


def _imbalance(gaps: _Tally, tilt: float) -> float:
    return math.fsum(tasks * gap / (1.0 + tilt * gap) for gap, tasks in gaps)


def _balancing_tilt(gaps: _Tally, limit: float, *, surplus: bool) -> float:
    """The tilt between 0 and ``limit`` at which the weighted gaps balance; the imbalance falls as the tilt grows."""
    near, far = 0.0, limit
    for _ in range(_STEPS):
        middle = (near + far) / 2.0
        if middle in (near, far):
            break
        if (_imbalance(gaps, middle) > 0.0) == surplus:
            near = middle
        else:
            far = middle
    return near


def _crossing(tally: _Tally, z: float, low: float, high: float) -> float:
    """Where the score, which falls as delta grows, passes ``z``."""
    for _ in range(_STEPS):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        low, high = (middle, high) if _score(tally, middle) > z else (low, middle)
    return (low + high) / 2.0
