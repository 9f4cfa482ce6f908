"""Paired passes and failures: worked tables, statsmodels as referee, error rates by simulation."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from gonogo.statistics import (
    FINAL_ALPHA,
    PairedCounts,
    mcnemar_better,
    mcnemar_chi_square,
    mcnemar_exact,
    mcnemar_mid_p,
    mcnemar_worse,
    newcombe_interval,
    tango_interval,
    tango_noninferiority,
)

small = st.integers(min_value=0, max_value=60)


def pairs(both: int, candidate_only: int, baseline_only: int, neither: int) -> PairedCounts:
    return PairedCounts(both=both, candidate_only=candidate_only, baseline_only=baseline_only, neither=neither)


tables = st.builds(pairs, small, small, small, small).filter(lambda counts: counts.total > 0)

MCNEMAR = [
    (12, 3, 0.035156, 0.017578, 0.021271, 4.2667, 0.038867),
    (5, 0, 0.062500, 0.031250, 0.031250, 3.2000, 0.073638),
    (6, 0, 0.031250, 0.015625, 0.015625, 4.1667, 0.041227),
    (8, 1, 0.039062, 0.019531, 0.021484, 4.0000, 0.045500),
    (15, 5, 0.041389, 0.020695, 0.026604, 4.0500, 0.044171),
    (25, 10, 0.016674, 0.008337, 0.011331, 5.6000, 0.017960),
    (9, 9, 1.0, 0.592735, 1.0, 0.0556, 0.813664),
    (3, 12, 0.035156, 0.996307, 0.021271, 4.2667, 0.038867),
]

INTERVALS = [
    ((265, 12, 3, 20), 0.03, 0.012793, (0.00539, 0.05997), (0.00364, 0.05903), 4.6563, 0.000002),
    ((280, 5, 5, 10), 0.0, 0.010541, (-0.02400, 0.02400), (-0.02435, 0.02435), 3.3691, 0.000377),
    ((270, 4, 10, 16), -0.02, 0.012419, (-0.04875, 0.00508), (-0.04824, 0.00617), 2.0302, 0.021169),
    ((255, 3, 12, 30), -0.03, 0.012793, (-0.05997, -0.00539), (-0.05843, -0.00361), 1.3860, 0.082874),
    ((36, 12, 2, 0), 0.2, 0.069282, (0.06111, 0.34471), (0.05693, 0.34043), 3.1969, 0.000695),
]


@pytest.mark.parametrize(("b", "c", "two_sided", "better", "mid", "statistic", "p"), MCNEMAR)
def test_mcnemar_gives_the_worked_figures(
    b: int, c: int, two_sided: float, better: float, mid: float, statistic: float, p: float
) -> None:
    counts = pairs(20, b, c, 5)
    assert mcnemar_exact(counts) == pytest.approx(two_sided, abs=6e-7)
    assert mcnemar_better(counts) == pytest.approx(better, abs=6e-7)
    assert mcnemar_worse(counts.swapped()) == pytest.approx(better, abs=6e-7)
    assert mcnemar_mid_p(counts) == pytest.approx(mid, abs=6e-7)
    assert mcnemar_chi_square(counts) == pytest.approx((statistic, p), abs=6e-5)


@given(b=small, c=small)
@settings(max_examples=40, deadline=None)
def test_exact_and_corrected_mcnemar_agree_with_statsmodels(b: int, c: int) -> None:
    counts = pairs(7, b, c, 3)
    if b + c:
        table = [[7, b], [c, 3]]
        assert mcnemar_exact(counts) == pytest.approx(float(mcnemar(table, exact=True).pvalue), rel=1e-9)
        if b != c:
            referee = mcnemar(table, exact=False, correction=True)
            assert mcnemar_chi_square(counts) == pytest.approx(
                (float(referee.statistic), float(referee.pvalue)), rel=1e-9
            )
    else:
        assert (mcnemar_exact(counts), mcnemar_mid_p(counts), mcnemar_chi_square(counts).p) == (1.0, 1.0, 1.0)


def test_no_discordant_task_is_no_evidence_in_either_direction() -> None:
    counts = pairs(30, 0, 0, 0)
    assert (mcnemar_better(counts), mcnemar_worse(counts)) == (1.0, 1.0)


def test_nine_broken_and_none_mended_is_the_worked_slice() -> None:
    assert mcnemar_worse(pairs(32, 0, 9, 0)) == pytest.approx(0.00195, abs=5e-6)


@pytest.mark.parametrize(("cells", "difference", "error", "tango", "newcombe", "z", "p"), INTERVALS)
def test_intervals_and_non_inferiority_give_the_worked_figures(cells, difference, error, tango, newcombe, z, p) -> None:
    counts = pairs(*cells)
    assert counts.difference == pytest.approx(difference, abs=1e-12)
    assert counts.wald_error == pytest.approx(error, abs=6e-7)
    first, second = tango_interval(counts), newcombe_interval(counts)
    assert (first.low, first.high) == pytest.approx(tango, abs=6e-6)
    assert (second.low, second.high) == pytest.approx(newcombe, abs=6e-6)
    assert tango_noninferiority(counts, 0.05) == pytest.approx((z, p), abs=6e-5)


def test_a_proven_loss_may_still_lie_inside_the_margin() -> None:
    counts = pairs(255, 3, 12, 30)
    assert tango_interval(counts).high < 0.0
    assert mcnemar_worse(counts) < 0.05
    assert tango_noninferiority(counts, 0.05).p > 0.05


@given(counts=tables, margin=st.floats(min_value=0.01, max_value=0.5))
@settings(max_examples=80, deadline=None)
def test_the_test_passes_exactly_when_the_interval_lies_above_the_margin(counts: PairedCounts, margin: float) -> None:
    interval = tango_interval(counts, 0.90)
    if abs(interval.low + margin) > 1e-9:
        assert (tango_noninferiority(counts, margin).p < 0.05) == (interval.low > -margin)


@given(counts=tables)
@settings(max_examples=80, deadline=None)
def test_intervals_hold_the_difference_and_turn_with_the_sides(counts: PairedCounts) -> None:
    for find in (tango_interval, newcombe_interval):
        interval, mirrored = find(counts), find(counts.swapped())
        assert -1.0 <= interval.low <= interval.high <= 1.0
        assert interval.low - 1e-9 <= counts.difference <= interval.high + 1e-9
        assert (interval.low, interval.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-9)


@pytest.mark.parametrize("cells", [(300, 0, 0, 0), (0, 0, 0, 300), (0, 40, 0, 0), (0, 0, 40, 0), (1, 0, 0, 0)])
def test_extreme_tables_have_finite_answers(cells: tuple[int, int, int, int]) -> None:
    counts = pairs(*cells)
    for number in (*tango_noninferiority(counts, 0.05), tango_interval(counts).width, newcombe_interval(counts).width):
        assert math.isfinite(number)


def test_identical_verdicts_on_300_tasks_bound_the_difference_by_the_closed_form() -> None:
    z = float(stats.norm.ppf(0.975))
    interval = tango_interval(pairs(300, 0, 0, 0))
    assert interval.high == pytest.approx(z * z / (300 + z * z), rel=1e-9)
    assert interval.low == pytest.approx(-interval.high, rel=1e-9)


def test_pairs_are_counted_by_who_passed() -> None:
    counts = PairedCounts.of([(True, True), (True, False), (False, True), (False, True), (False, False)])
    assert counts == pairs(1, 1, 2, 1)
    assert (counts.candidate.hits, counts.baseline.hits, counts.total) == (2, 3, 5)
    assert counts.discordance == pytest.approx(0.6)
    assert counts.variance == pytest.approx(0.6 - 0.04)


def test_no_tasks_have_no_difference_and_no_test() -> None:
    nothing = PairedCounts.of([])
    assert (nothing.difference, nothing.discordance, nothing.variance, nothing.wald_error) == (None, None, None, None)
    for call in (tango_interval, newcombe_interval, lambda counts: tango_noninferiority(counts, 0.05)):
        with pytest.raises(ValueError, match="no paired tasks"):
            call(nothing)


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.05, math.nan])
def test_a_margin_outside_0_and_1_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin"):
        tango_noninferiority(pairs(1, 1, 1, 1), margin)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="baseline_only must be at least 0"):
        pairs(1, 1, -1, 1)


def false_go_at_the_margin(n: int, discordance: float, margin: float, alpha: float) -> float:
    """Chance of GO when the candidate is worse by exactly the margin: a sum over all (b, c), no simulation."""
    worse, better = (discordance + margin) / 2, (discordance - margin) / 2
    chance = 0.0
    for b in range(int(n * better + 8 * math.sqrt(n * better) + 10)):
        weight = float(stats.binom.pmf(b, n, better))
        if weight < 1e-12:
            continue
        # The test only gets harder to pass as c grows, so the largest passing c is enough.
        passing = -1
        while (
            b + passing + 1 <= n
            and tango_noninferiority(pairs(0, b, passing + 1, n - b - passing - 1), margin).p <= alpha
        ):
            passing += 1
        chance += weight * float(stats.binom.cdf(passing, n - b, worse / (1 - better)))
    return chance


@pytest.mark.parametrize("n", [52, 56, 59, 60, 70, 93, 120, 150, 300])
@pytest.mark.parametrize("discordance", [0.05, 0.1, 0.2])
def test_the_final_test_of_the_hybrid_lets_through_at_most_5_in_100_at_the_margin(n: int, discordance: float) -> None:
    assert false_go_at_the_margin(n, discordance, 0.05, FINAL_ALPHA) <= 0.05


def test_at_a_nominal_5_percent_the_smallest_sets_let_through_up_to_7() -> None:
    # The test is not exact: a candidate that breaks 5 % of tasks breaks none of 52 with probability 0.95^52.
    assert false_go_at_the_margin(52, 0.05, 0.05, 0.05) == pytest.approx(0.95**52, abs=1e-6)
    assert max(false_go_at_the_margin(n, 0.05, 0.05, 0.05) for n in (59, 70, 120, 300)) <= 0.058


def test_any_red_task_as_a_gate_is_red_by_chance_on_300_flaky_tasks() -> None:
    for flake, red in ((0.01, 0.951), (0.02, 0.998), (0.005, 0.778)):
        assert 1 - (1 - flake) ** 300 == pytest.approx(red, abs=6e-4)


def test_not_lower_than_the_baseline_blocks_nearly_half_of_identical_candidates() -> None:
    for discordance, blocked in ((0.10, 0.463), (0.05, 0.448)):
        chance = sum(
            float(stats.binom.pmf(m, 300, discordance)) * float(stats.binom.cdf((m - 1) // 2, m, 0.5))
            for m in range(1, 301)
        )
        assert chance == pytest.approx(blocked, abs=1.5e-3)


def test_tango_intervals_cover_95_in_a_hundred() -> None:
    draw = random.Random(5)
    held = 0
    for _ in range(400):
        outcomes = draw.choices(range(4), weights=(0.8, 0.06, 0.04, 0.1), k=200)
        counts = pairs(*(outcomes.count(cell) for cell in range(4)))
        held += 0.02 in tango_interval(counts)
    assert held / 400 == pytest.approx(0.95, abs=0.03)
