"""Ratios of latency and cost."""

import math
import random

import pytest

from gonogo.statistics import geometric_mean_ratio

BASELINE = [1, 1.2, 0.9, 1.1, 1, 2]
CANDIDATE = [1.1, 1.25, 0.95, 1, 1.2, 2.1]


def test_the_worked_ratio_is_inside_15_percent_and_outside_10() -> None:
    bound = geometric_mean_ratio(BASELINE, CANDIDATE)
    assert (bound.ratio, bound.upper) == pytest.approx((1.055837, 1.137148), abs=6e-7)
    assert bound.within(0.15)
    assert not bound.within(0.10)


def test_the_unit_does_not_matter() -> None:
    thousandfold = geometric_mean_ratio([1e3 * x for x in BASELINE], [1e3 * x for x in CANDIDATE])
    assert thousandfold.upper == pytest.approx(geometric_mean_ratio(BASELINE, CANDIDATE).upper)


def test_exchanging_the_sides_inverts_the_ratio() -> None:
    assert geometric_mean_ratio(CANDIDATE, BASELINE).ratio == pytest.approx(1 / 1.0558366538)


def test_a_candidate_dearer_by_the_budget_is_let_through_in_at_most_5_of_100_runs() -> None:
    draw = random.Random(14)
    wrong = 0
    for _ in range(500):
        baseline = [draw.lognormvariate(0, 0.5) for _ in range(30)]
        candidate = [value * 1.1 * draw.lognormvariate(0, 0.2) for value in baseline]
        wrong += geometric_mean_ratio(baseline, candidate).within(0.10)
    assert wrong / 500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)


@pytest.mark.parametrize(
    ("baseline", "candidate"),
    [([1.0], [1.0]), ([1.0, 0.0], [1.0, 1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [math.nan, 1.0]), ([], [])],
)
def test_impossible_arguments_are_refused(baseline: list[float], candidate: list[float]) -> None:
    with pytest.raises(ValueError):
        geometric_mean_ratio(baseline, candidate)


def test_a_confidence_of_95_is_not_a_share() -> None:
    with pytest.raises(ValueError, match="confidence"):
        geometric_mean_ratio(BASELINE, CANDIDATE, 95)
