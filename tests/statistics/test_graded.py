"""Graded differences: worked figures, scipy and statsmodels as referees."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gonogo.statistics import sign_flip_test, standard_error, t_interval, t_test

D = [0.1, -0.05, 0.0, 0.2, 0.15, -0.1, 0.05, 0.0, 0.3, -0.02]
CLUSTERED = ([1, 1, 0, 1, 0, 0, 0, 0, 1], "aaabbcccc")

values = st.lists(st.floats(min_value=-1.0, max_value=1.0, width=32), min_size=2, max_size=40)


def test_the_standard_error_by_cluster_is_the_worked_one() -> None:
    error = standard_error(*CLUSTERED)
    assert error.naive == pytest.approx(0.175682, abs=6e-7)
    assert error.clustered == pytest.approx(0.140220, abs=6e-7)
    assert error.clustered / math.sqrt(3 / 2) == pytest.approx(0.114489, abs=6e-7)
    assert error.degrees_of_freedom == 2


def test_the_larger_standard_error_counts() -> None:
    assert standard_error(*CLUSTERED).value == pytest.approx(0.175682, abs=6e-7)
    together = standard_error([1, 1, 1, 0, 0, 0, 1, 1], "aaabbbcc")
    assert together.value == together.clustered > together.naive


def test_t_gives_the_worked_figures() -> None:
    interval = t_interval(D)
    assert sum(D) / len(D) == pytest.approx(0.063)
    assert standard_error(D).value == pytest.approx(0.0391876, abs=6e-8)
    assert t_test(D) == pytest.approx((1.607652, 0.142373), abs=6e-7)
    assert (interval.low, interval.high) == pytest.approx((-0.025648, 0.151648), abs=6e-7)


@given(differences=values)
@settings(max_examples=60, deadline=None)
def test_t_agrees_with_scipy(differences: list[float]) -> None:
    if standard_error(differences).naive > 1e-4:
        referee = stats.ttest_1samp(differences, 0.0)
        assert t_test(differences) == pytest.approx(
            (float(referee.statistic), float(referee.pvalue)), rel=1e-6, abs=1e-12
        )
        expected = referee.confidence_interval(0.9)
        interval = t_interval(differences, 0.9)
        assert (interval.low, interval.high) == pytest.approx((float(expected.low), float(expected.high)), abs=1e-9)


def test_differences_that_do_not_vary_have_no_t() -> None:
    assert t_test([0.1, 0.1, 0.1]) == (None, None)


def test_clusters_widen_the_interval_where_tasks_agree() -> None:
    labels = "aaaabbbbcccc"
    differences = [0.2] * 4 + [-0.1] * 4 + [0.0] * 4
    assert t_interval(differences, clusters=labels).width > t_interval(differences).width


def test_sign_flips_give_the_worked_figures() -> None:
    both, greater = sign_flip_test(D), sign_flip_test(D, alternative="greater")
    assert both.exact
    assert both.p == pytest.approx(176 / 1024)
    assert greater.p == pytest.approx(0.0859375)
    assert both.difference == pytest.approx(0.063)


@given(differences=st.lists(st.integers(min_value=-4, max_value=4), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_exact_sign_flips_equal_enumeration(differences: list[int]) -> None:
    flips = [
        sum(sign * value for sign, value in zip(signs, differences, strict=True))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    seen = sum(differences)
    assert sign_flip_test(differences).p == pytest.approx(sum(abs(flip) >= abs(seen) for flip in flips) / len(flips))
    for alternative, expected in (("greater", [f >= seen for f in flips]), ("less", [f <= seen for f in flips])):
        assert sign_flip_test(differences, alternative=alternative).p == pytest.approx(sum(expected) / len(flips))


def test_whole_clusters_are_flipped_together() -> None:
    result = sign_flip_test([0.1, 0.1, 0.2, 0.3], clusters="aabb")
    assert (result.p, result.flips) == (0.5, 4)


def test_many_tasks_are_flipped_at_random_with_a_fixed_seed() -> None:
    draw = random.Random(2)
    differences = [draw.gauss(0.05, 0.2) for _ in range(60)]
    first, again, other = (sign_flip_test(differences, flips=4_000, seed=seed) for seed in (1, 1, 2))
    assert not first.exact
    assert first == again
    assert first.p == pytest.approx(other.p, abs=0.03)
    assert first.p == pytest.approx(t_test(differences).p, abs=0.03)


def test_random_flips_never_claim_a_p_of_0() -> None:
    assert sign_flip_test([0.5] * 40, flips=999).p == pytest.approx(1 / 1000)


def test_ties_alone_are_no_evidence() -> None:
    assert sign_flip_test([0.0] * 30).p == 1.0


def test_sign_flips_are_wrong_in_at_most_5_of_100_null_sets() -> None:
    draw = random.Random(4)
    wrong = sum(sign_flip_test([draw.uniform(-1, 1) for _ in range(11)]).p <= 0.05 for _ in range(500))
    assert wrong / 500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)


@pytest.mark.parametrize(
    "call",
    [
        lambda: standard_error([0.1]),
        lambda: standard_error([0.1, math.nan]),
        lambda: standard_error([0.1, 0.2], "a"),
        lambda: standard_error([0.1, 0.2], "aa"),
        lambda: t_interval(D, 1.0),
        lambda: sign_flip_test([]),
        lambda: sign_flip_test(D, flips=0),
        lambda: sign_flip_test(D, alternative="both"),
        lambda: sign_flip_test([math.inf, 0.0]),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
