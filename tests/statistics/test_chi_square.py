"""Chi-square: the tail, and the test of two samples."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gonogo.statistics.chi_square import chi_square_tail, two_samples


@given(x=st.floats(0.0, 2_000.0), k=st.integers(1, 400))
def test_the_tail_is_that_of_scipy(x: float, k: int) -> None:
    assert chi_square_tail(x, k) == pytest.approx(float(stats.chi2.sf(x, k)), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize(("x", "k"), [(-1.0, 2), (float("nan"), 2), (1.0, 0)])
def test_impossible_arguments_are_refused(x: float, k: int) -> None:
    with pytest.raises(ValueError):
        chi_square_tail(x, k)


def test_two_samples_are_compared_as_scipy_does_where_every_bin_is_full() -> None:
    found = two_samples((30, 50, 20), (60, 60, 80))
    expected = stats.chi2_contingency([[30, 50, 20], [60, 60, 80]], correction=False)
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.degrees_of_freedom == expected.dof
    assert found.p == pytest.approx(expected.pvalue)


def test_rare_bins_are_put_together_and_empty_samples_say_nothing() -> None:
    assert two_samples((100, 100, 4, 3, 1), (100, 90, 6, 0, 1)).degrees_of_freedom == 2
    assert two_samples((100, 1, 1, 1), (100, 2, 0, 1)).degrees_of_freedom == 0
    assert two_samples((0, 0), (5, 5)) == (0.0, 0, 1.0)
    assert two_samples((10,), (12,)).p == 1.0
    with pytest.raises(ValueError, match="same bins"):
        two_samples((1, 2), (1,))


def test_p_is_below_five_percent_about_one_time_in_twenty_without_a_difference() -> None:
    draw = random.Random(3)
    shares = (0.5, 0.3, 0.15, 0.04, 0.01)

    def sample(n: int) -> list[int]:
        seen = draw.choices(range(len(shares)), shares, k=n)
        return [seen.count(place) for place in range(len(shares))]

    low = sum(two_samples(sample(300), sample(150)).p < 0.05 for _ in range(1_000))
    assert 25 <= low <= 80
