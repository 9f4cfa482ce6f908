"""Many claims: worked adjustments, statsmodels as referee, and how often a claim is wrong."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from gonogo.statistics import benjamini_hochberg, e_benjamini_hochberg, holm

WORKED = [0.001, 0.008, 0.012, 0.03, 0.04, 0.2, 0.6]
chances = st.lists(st.floats(min_value=0.0, max_value=1.0), min_size=1, max_size=30)


def test_both_adjustments_give_the_worked_figures() -> None:
    assert holm(WORKED) == pytest.approx((0.007, 0.048, 0.06, 0.12, 0.12, 0.4, 0.6))
    assert benjamini_hochberg(WORKED) == pytest.approx((0.007, 0.028, 0.028, 0.0525, 0.056, 0.233333, 0.6), abs=1e-6)


def test_the_worst_of_five_slices_is_multiplied_by_five() -> None:
    assert holm([0.00195, 0.4, 0.5, 0.6, 0.9])[0] == pytest.approx(0.00975)


@given(p_values=chances)
@settings(max_examples=60, deadline=None)
def test_both_adjustments_agree_with_statsmodels(p_values: list[float]) -> None:
    for adjust, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        assert adjust(p_values) == pytest.approx(list(multipletests(p_values, method=method)[1]), abs=1e-12)


def test_no_claims_need_no_adjustment() -> None:
    assert (holm([]), benjamini_hochberg([]), e_benjamini_hochberg([], 0.05)) == ((), (), ())


def test_holm_makes_a_false_claim_in_at_most_5_of_100_families() -> None:
    draw = random.Random(1)
    wrong = sum(min(holm([draw.random() for _ in range(8)])) <= 0.05 for _ in range(2_000))
    assert wrong / 2_000 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2_000)


def test_e_values_are_claimed_from_the_top_as_far_as_they_carry() -> None:
    assert e_benjamini_hochberg([90.0, 1.0, 31.0, 0.0], 0.1) == (True, False, True, False)
    assert e_benjamini_hochberg([39.0, 1.0, 19.0, 0.0], 0.1) == (False, False, False, False)


def test_two_middling_e_values_carry_one_another() -> None:
    assert e_benjamini_hochberg([20.0, 20.0, 1.0, 1.0], 0.1) == (True, True, False, False)


@pytest.mark.parametrize("p_values", [[0.1, 1.2], [-0.1], [math.nan]])
def test_impossible_p_values_are_refused(p_values: list[float]) -> None:
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(ValueError, match="p_values"):
            adjust(p_values)


@pytest.mark.parametrize(("e_values", "alpha"), [([-1.0], 0.05), ([math.nan], 0.05), ([1.0], 0.0)])
def test_impossible_e_values_are_refused(e_values: list[float], alpha: float) -> None:
    with pytest.raises(ValueError):
        e_benjamini_hochberg(e_values, alpha)
