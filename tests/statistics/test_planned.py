"""Planned looks: worked boundaries and the error they spend."""

import math
import random

import pytest

from gonogo.statistics import obrien_fleming


@pytest.mark.parametrize(
    ("looks", "boundaries"), [(3, (2.960, 2.093, 1.709)), (5, (3.921, 2.772, 2.264, 1.960, 1.753))]
)
def test_boundaries_give_the_worked_figures(looks: int, boundaries: tuple[float, ...]) -> None:
    # The worked figures come from two million simulated paths, ours from integration.
    assert obrien_fleming(looks) == pytest.approx(boundaries, abs=0.007)


def test_one_look_is_a_plain_test() -> None:
    assert obrien_fleming(1) == pytest.approx((1.644854,), abs=1e-5)


def test_boundaries_fall_from_look_to_look_and_rise_with_more_looks() -> None:
    for looks in (2, 10, 30):
        bounds = obrien_fleming(looks)
        assert list(bounds) == sorted(bounds, reverse=True)
    assert obrien_fleming(2)[-1] < obrien_fleming(10)[-1] < obrien_fleming(50)[-1]


def test_errors_over_all_looks_sum_to_alpha() -> None:
    draw = random.Random(1)
    bounds = obrien_fleming(5)
    wrong = 0
    for _ in range(8_000):
        total = 0.0
        for look, bound in enumerate(bounds, start=1):
            total += draw.gauss(0.0, 1.0)
            if total / math.sqrt(look) >= bound:
                wrong += 1
                break
    assert wrong / 8_000 == pytest.approx(0.05, abs=0.008)


@pytest.mark.parametrize(("looks", "alpha"), [(0, 0.05), (51, 0.05), (3, 0.0), (3, 0.5), (3, math.nan)])
def test_impossible_arguments_are_refused(looks: int, alpha: float) -> None:
    with pytest.raises(ValueError):
        obrien_fleming(looks, alpha)
