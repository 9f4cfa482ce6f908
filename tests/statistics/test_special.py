"""Special functions against scipy."""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats

from gonogo.statistics.special import (
    beta_quantile,
    binomial_at_least,
    incomplete_beta,
    normal_cdf,
    normal_quantile,
    t_cdf,
    t_quantile,
)

shapes = st.floats(min_value=0.05, max_value=5_000.0)
inner = st.floats(min_value=1e-6, max_value=1.0 - 1e-6)


@given(a=shapes, b=shapes, x=inner)
@settings(max_examples=150, deadline=None)
def test_the_incomplete_beta_function_agrees_with_scipy(a: float, b: float, x: float) -> None:
    assert incomplete_beta(a, b, x) == pytest.approx(float(special.betainc(a, b, x)), rel=1e-8, abs=1e-11)


@given(a=st.floats(min_value=0.3, max_value=2_000.0), b=st.floats(min_value=0.3, max_value=2_000.0), p=inner)
@example(a=1.0, b=0.3125, p=0.99999)
@settings(max_examples=80, deadline=None)
def test_the_beta_quantile_undoes_the_incomplete_beta_function(a: float, b: float, p: float) -> None:
    x = beta_quantile(p, a, b)
    # Near 1 the function may rise by more than any tolerance from one float to the next: p lies between the neighbours.
    below, above = (incomplete_beta(a, b, math.nextafter(x, side)) for side in (0.0, 1.0))
    assert below <= p * (1.0 + 1e-7) + 1e-9
    assert p <= above * (1.0 + 1e-7) + 1e-9


@pytest.mark.parametrize(
    ("probability", "a", "b"), [(0.025, 270, 31), (0.995, 1, 30), (1e-6, 3, 5000), (0.5, 0.5, 0.5)]
)
def test_the_beta_quantile_agrees_with_scipy(probability: float, a: float, b: float) -> None:
    assert beta_quantile(probability, a, b) == pytest.approx(float(stats.beta.ppf(probability, a, b)), rel=1e-9)


def test_the_incomplete_beta_function_is_exact_at_both_ends() -> None:
    assert (incomplete_beta(2, 3, 0.0), incomplete_beta(2, 3, 1.0)) == (0.0, 1.0)


@pytest.mark.parametrize("trials", [1, 7, 40, 3_000])
def test_binomial_tails_agree_with_scipy(trials: int) -> None:
    for successes in {0, 1, trials // 2, trials, trials + 1}:
        expected = float(stats.binom.sf(successes - 1, trials, 0.3))
        assert binomial_at_least(successes, trials, 0.3) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize("freedom", [1, 2.5, 9, 299, 100_000])
@pytest.mark.parametrize("probability", [1e-9, 0.025, 0.3, 0.5, 0.51, 0.95, 0.9999])
def test_t_quantiles_agree_with_scipy(freedom: float, probability: float) -> None:
    expected = float(stats.t.ppf(probability, freedom))
    assert t_quantile(probability, freedom) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("t", [-30.0, -1.6, 0.0, 0.4, 12.0])
def test_the_t_distribution_agrees_with_scipy(t: float) -> None:
    assert t_cdf(t, 9) == pytest.approx(float(stats.t.cdf(t, 9)), rel=1e-9)


def test_the_normal_distribution_keeps_its_far_tail() -> None:
    assert normal_cdf(-30.0) == pytest.approx(float(stats.norm.cdf(-30.0)), rel=1e-9)
    assert normal_quantile(normal_cdf(-6.0)) == pytest.approx(-6.0, rel=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: normal_quantile(0.0),
        lambda: normal_cdf(math.nan),
        lambda: incomplete_beta(0.0, 1.0, 0.5),
        lambda: incomplete_beta(1.0, math.inf, 0.5),
        lambda: incomplete_beta(1.0, 1.0, 1.5),
        lambda: beta_quantile(1.0, 1.0, 1.0),
        lambda: binomial_at_least(-1, 3, 0.5),
        lambda: t_quantile(0.5, 0.0),
        lambda: t_quantile(math.nan, 3.0),
    ],
)
def test_numbers_outside_the_domain_are_refused(call) -> None:
    with pytest.raises(ValueError, match="must"):
        call()
