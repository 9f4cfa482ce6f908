"""Rates and their intervals: figures worked by hand, scipy as referee, coverage by enumeration."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gonogo.statistics import Interval, Rate, zero_failure_bound


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    total = draw(st.integers(min_value=1, max_value=2_000))
    return Rate(hits=draw(st.integers(min_value=0, max_value=total)), total=total)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(270, 300, 0.86083, 0.92905), (297, 300, 0.97102, 0.99659), (0, 30, 0.0, 0.11351)],
)
def test_wilson_gives_the_worked_figures(hits: int, total: int, low: float, high: float) -> None:
    interval = Rate(hits=hits, total=total).wilson()
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-6)


def test_clopper_pearson_gives_the_worked_figures() -> None:
    interval = Rate(hits=270, total=300).clopper_pearson()
    assert (interval.low, interval.high) == pytest.approx((0.86033, 0.93151), abs=5e-6)


@given(rate=rates())
@settings(max_examples=60, deadline=None)
def test_both_intervals_agree_with_scipy(rate: Rate) -> None:
    referee = stats.binomtest(rate.hits, rate.total)
    for interval, method in ((rate.wilson(0.9), "wilson"), (rate.clopper_pearson(0.9), "exact")):
        expected = referee.proportion_ci(0.9, method=method)
        assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(rate=rates())
@settings(max_examples=60, deadline=None)
def test_an_interval_holds_the_rate_and_stays_within_0_and_1(rate: Rate) -> None:
    for interval in (rate.wilson(), rate.clopper_pearson()):
        assert rate.value in interval
        assert 0.0 <= interval.low <= interval.high <= 1.0


def test_no_trials_leave_everything_possible() -> None:
    nothing = Rate(hits=0, total=0)
    assert nothing.value is None
    assert (nothing.wilson().low, nothing.wilson().high) == (0.0, 1.0)
    assert (nothing.clopper_pearson().low, nothing.clopper_pearson().high) == (0.0, 1.0)
    assert nothing.upper_bound() == 1.0


def coverage(n: int, p: float, method: str) -> float:
    """Chance that the interval of n trials holds p: a sum over all outcomes, no simulation needed."""
    return sum(
        float(stats.binom.pmf(hits, n, p)) for hits in range(n + 1) if p in getattr(Rate(hits=hits, total=n), method)()
    )


def test_clopper_pearson_never_covers_less_than_it_says() -> None:
    assert min(coverage(40, p, "clopper_pearson") for p in (0.01, 0.05, 0.1, 0.3, 0.5, 0.9)) >= 0.95


def test_wilson_covers_what_it_says_on_average() -> None:
    shares = [place / 40 for place in range(2, 39)]
    covered = [coverage(40, p, "wilson") for p in shares]
    assert sum(covered) / len(covered) == pytest.approx(0.95, abs=0.01)
    assert min(covered) > 0.90


@pytest.mark.parametrize(("n", "bound"), [(300, 0.009936), (30, 0.095034)])
def test_no_failure_in_n_leaves_the_worked_bound(n: int, bound: float) -> None:
    assert zero_failure_bound(n) == pytest.approx(bound, abs=5e-7)
    assert Rate(hits=0, total=n).upper_bound() == pytest.approx(zero_failure_bound(n), rel=1e-9)


def test_a_rate_cannot_have_more_hits_than_trials() -> None:
    with pytest.raises(ValueError, match="cannot be more than total"):
        Rate(hits=3, total=2)


@pytest.mark.parametrize(("hits", "total"), [(-1, 3), (1, -1), (1.0, 3), (True, 3)])
def test_counts_must_be_whole_and_not_negative(hits, total) -> None:
    with pytest.raises(ValueError, match="must be"):
        Rate(hits=hits, total=total)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95, math.nan])
def test_a_confidence_outside_0_and_1_is_refused(confidence: float) -> None:
    for call in (
        Rate(hits=1, total=2).wilson,
        Rate(hits=1, total=2).clopper_pearson,
        Rate(hits=1, total=2).upper_bound,
    ):
        with pytest.raises(ValueError, match="confidence must lie strictly between"):
            call(confidence)
    with pytest.raises(ValueError, match="confidence"):
        zero_failure_bound(3, confidence)


def test_a_bound_without_trials_is_refused() -> None:
    with pytest.raises(ValueError, match="n must be at least 1"):
        zero_failure_bound(0)


def test_an_interval_knows_its_width_and_what_it_holds() -> None:
    interval = Interval(low=-0.25, high=0.5, confidence=0.9, method="t")
    assert interval.width == 0.75
    assert 0.0 in interval
    assert 0.6 not in interval


@pytest.mark.parametrize(("low", "high"), [(0.5, 0.4), (math.nan, 1.0), (0.0, math.inf)])
def test_an_interval_with_impossible_ends_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError):
        Interval(low=low, high=high, confidence=0.9, method="t")
