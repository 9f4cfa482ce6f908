"""Bootstrap intervals: worked figures, scipy as referee, coverage."""

import math
import random

import pytest
from scipy import stats

from gonogo.statistics import bootstrap_mean, bootstrap_quantile_difference, t_interval

D = [0.1, -0.05, 0.0, 0.2, 0.15, -0.1, 0.05, 0.0, 0.3, -0.02]


def test_bca_gives_the_worked_interval() -> None:
    estimate = bootstrap_mean(D)
    assert estimate.value == pytest.approx(0.063)
    assert (estimate.interval.low, estimate.interval.high) == pytest.approx((-0.0020, 0.1450), abs=0.004)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_both_methods_agree_with_scipy_up_to_the_draws(method: str) -> None:
    draw = random.Random(6)
    skewed = [draw.expovariate(4.0) - 0.2 for _ in range(40)]
    import numpy as np

    expected = stats.bootstrap(
        (np.asarray(skewed),), np.mean, method=method, n_resamples=9_999, rng=np.random.default_rng(5)
    ).confidence_interval
    interval = bootstrap_mean(skewed, method=method).interval
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=0.008)


def test_the_same_seed_gives_the_same_interval() -> None:
    assert bootstrap_mean(D, seed=3) == bootstrap_mean(D, seed=3)
    assert bootstrap_mean(D, seed=3) != bootstrap_mean(D, seed=4)


def test_drawing_whole_clusters_widens_the_interval_where_tasks_agree() -> None:
    draw = random.Random(9)
    levels = [draw.gauss(0, 0.3) for _ in range(12)]
    differences = [level + draw.gauss(0, 0.02) for level in levels for _ in range(5)]
    labels = [place // 5 for place in range(60)]
    alone, clustered = bootstrap_mean(differences), bootstrap_mean(differences, clusters=labels)
    assert clustered.value == pytest.approx(alone.value)
    assert clustered.interval.width > 1.5 * alone.interval.width
    assert clustered.interval.width == pytest.approx(t_interval(differences, clusters=labels).width, rel=0.25)


def test_equal_differences_have_an_interval_without_width() -> None:
    assert bootstrap_mean([0.25] * 5).interval.width == 0.0


def test_the_interval_covers_about_95_in_a_hundred() -> None:
    draw = random.Random(10)
    held = sum(
        0.25 in bootstrap_mean([draw.expovariate(4.0) for _ in range(60)], resamples=400, seed=run).interval
        for run in range(200)
    )
    assert held / 200 == pytest.approx(0.94, abs=0.05)


def test_a_slower_tail_shows_in_the_quantile_and_not_in_the_median() -> None:
    draw = random.Random(12)
    baseline = [draw.uniform(1.0, 2.0) for _ in range(300)]
    candidate = [value + (3.0 if place % 8 == 0 else 0.0) for place, value in enumerate(baseline)]
    tail = bootstrap_quantile_difference(baseline, candidate, quantile=0.95, resamples=500)
    middle = bootstrap_quantile_difference(baseline, candidate, quantile=0.5, resamples=500)
    assert tail.interval.low > 1.0
    assert middle.interval.high < 0.5


def test_identical_latencies_have_no_quantile_difference() -> None:
    estimate = bootstrap_quantile_difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], resamples=200)
    assert (estimate.value, estimate.interval.low, estimate.interval.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap_mean([0.1]),
        lambda: bootstrap_mean([0.1, math.nan]),
        lambda: bootstrap_mean([0.1, 0.2], method="basic"),
        lambda: bootstrap_mean([0.1, 0.2], resamples=10),
        lambda: bootstrap_mean([0.1, 0.2], confidence=1.0),
        lambda: bootstrap_mean([0.1, 0.2], clusters="aa"),
        lambda: bootstrap_quantile_difference([1.0, 2.0], [1.0], quantile=0.9),
        lambda: bootstrap_quantile_difference([1.0, 2.0], [1.0, 2.0], quantile=1.0),
        lambda: bootstrap_quantile_difference([1.0, math.inf], [1.0, 2.0]),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
