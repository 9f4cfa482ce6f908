"""Judges against people: worked figures, statsmodels as referee, coverage of the corrected rates."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from gonogo.statistics import (
    Rate,
    Stratum,
    cohen_kappa,
    prediction_powered_mean,
    rogan_gladen,
    rogan_gladen_estimate,
    stratified_rate,
)

LABELS = [1, 0, 1, 1, 0, 1]
JUDGED = [1, 1, 1, 1, 0, 1]
UNLABELLED = [1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("table", "kappa", "error", "low", "high"),
    [
        ([[45, 5], [10, 40]], 0.7, 0.071056, 0.560732, 0.839268),
        ([[180, 5], [10, 5]], 0.361702, 0.128304, 0.110230, 0.613174),
    ],
)
def test_kappa_gives_the_worked_figures(table, kappa: float, error: float, low: float, high: float) -> None:
    result = cohen_kappa(table)
    assert (result.value, result.standard_error) == pytest.approx((kappa, error), abs=6e-7)
    assert (result.interval.low, result.interval.high) == pytest.approx((low, high), abs=6e-7)


def test_high_agreement_may_be_little_more_than_chance() -> None:
    result = cohen_kappa([[180, 5], [10, 5]])
    assert result.agreed.value == pytest.approx(0.925)
    assert result.value < 0.6


@given(cells=st.lists(st.integers(min_value=1, max_value=50), min_size=9, max_size=9))
@settings(max_examples=40, deadline=None)
def test_kappa_of_three_categories_agrees_with_statsmodels(cells: list[int]) -> None:
    table = [cells[0:3], cells[3:6], cells[6:9]]
    referee, ours = cohens_kappa(table), cohen_kappa(table)
    assert (ours.value, ours.standard_error) == pytest.approx((referee.kappa, referee.std_kappa), rel=1e-9)


def test_one_category_only_leaves_kappa_undefined() -> None:
    result = cohen_kappa([[30, 0], [0, 0]])
    assert (result.value, result.standard_error, result.interval) == (None, None, None)
    assert result.agreed.value == 1.0


def test_agreement_on_all_of_ten_items_is_still_unsure() -> None:
    result = cohen_kappa([[5, 0], [0, 5]])
    assert result.value == 1.0
    assert 0.3 < result.interval.low < 0.6
    assert cohen_kappa([[500, 0], [0, 500]]).interval.low > 0.98


def test_opposite_constant_raters_agree_no_more_than_chance() -> None:
    assert cohen_kappa([[0, 30], [0, 0]]).value == pytest.approx(0.0)


def test_rogan_gladen_gives_the_worked_figure_and_stays_a_rate() -> None:
    assert rogan_gladen(0.82, 0.9, 0.8) == pytest.approx(0.885714, abs=6e-7)
    assert rogan_gladen(0.05, 0.9, 0.8) == 0.0
    assert rogan_gladen(0.99, 0.9, 0.8) == 1.0


def labelled_stream(draw: random.Random, true: float, sensitivity: float, false_alarm: float, n: int):
    rows = [draw.random() < true for _ in range(n)]
    return rows, [draw.random() < (sensitivity if row else false_alarm) for row in rows]


def test_the_rogan_gladen_interval_covers_what_it_says() -> None:
    draw = random.Random(1)
    held = 0
    for _ in range(300):
        rows, flags = labelled_stream(draw, 0.10, 0.80, 0.07, 1_200)
        bad = [flag for row, flag in zip(rows[:200], flags[:200], strict=True) if row]
        good = [flag for row, flag in zip(rows[:200], flags[:200], strict=True) if not row]
        estimate = rogan_gladen_estimate(
            Rate(hits=sum(flags[200:]), total=1_000),
            Rate(hits=sum(bad), total=len(bad)),
            Rate(hits=len(good) - sum(good), total=len(good)),
        )
        held += 0.10 in estimate.interval
    assert held / 300 >= 0.92


@pytest.mark.parametrize(
    ("tuning", "used", "value", "error"),
    [(1.0, 1.0, 0.583333, 0.211715), (None, 0.485714, 0.626190, 0.182844), (0.0, 0.0, 0.666667, 0.210819)],
)
def test_prediction_powered_means_give_the_worked_figures(tuning, used: float, value: float, error: float) -> None:
    result = prediction_powered_mean(LABELS, JUDGED, UNLABELLED, tuning=tuning)
    assert (result.tuning, result.value, result.standard_error) == pytest.approx((used, value, error), abs=6e-7)


def test_a_judge_that_never_changes_its_mind_is_not_trusted() -> None:
    result = prediction_powered_mean(LABELS, [1] * 6, [1] * 12)
    assert (result.tuning, result.value) == (0.0, pytest.approx(4 / 6))


def test_a_biased_judge_does_not_bias_the_corrected_mean() -> None:
    draw = random.Random(2)
    values, held, raw = [], 0, []
    for _ in range(200):
        rows, flags = labelled_stream(draw, 0.10, 0.80, 0.07, 1_500)
        result = prediction_powered_mean(rows[:300], flags[:300], flags[300:])
        values.append(result.value)
        raw.append(sum(flags) / 1_500)
        held += 0.10 in result.interval
    assert sum(values) / 200 == pytest.approx(0.10, abs=0.005)
    assert sum(raw) / 200 == pytest.approx(0.143, abs=0.005)
    assert held / 200 >= 0.88


def test_stratified_labels_cover_a_rare_rate() -> None:
    draw = random.Random(3)
    held, values = 0, []
    for _ in range(200):
        rows, flags = labelled_stream(draw, 0.04, 0.80, 0.07, 2_000)
        flagged = [row for row, flag in zip(rows, flags, strict=True) if flag]
        quiet = [row for row, flag in zip(rows, flags, strict=True) if not flag]
        estimate = stratified_rate(
            [
                Stratum(judged=len(part), labelled=Rate(hits=sum(part[:100]), total=len(part[:100])))
                for part in (flagged, quiet)
            ]
        )
        values.append(estimate.value)
        held += 0.04 in estimate.interval
    assert held / 200 >= 0.93
    assert sum(values) / 200 == pytest.approx(0.04, abs=0.004)


def test_strata_without_a_hit_are_still_unsure() -> None:
    estimate = stratified_rate([Stratum(judged=1_000, labelled=Rate(hits=0, total=50))])
    assert estimate.value == 0.0
    assert estimate.interval.high > 0.03


def test_an_empty_stratum_counts_for_nothing() -> None:
    full = Stratum(judged=100, labelled=Rate(hits=5, total=50))
    empty = Stratum(judged=0, labelled=Rate(hits=0, total=0))
    assert stratified_rate([full, empty]) == stratified_rate([full])


@pytest.mark.parametrize(
    "call",
    [
        lambda: cohen_kappa([[1, 2], [3]]),
        lambda: cohen_kappa([[0, 0], [0, 0]]),
        lambda: cohen_kappa([[1, -1], [0, 0]]),
        lambda: cohen_kappa([]),
        lambda: rogan_gladen(0.5, 0.5, 0.5),
        lambda: rogan_gladen(1.5, 0.9, 0.9),
        lambda: rogan_gladen(math.nan, 0.9, 0.9),
        lambda: rogan_gladen_estimate(Rate(hits=0, total=0), Rate(hits=1, total=1), Rate(hits=1, total=1)),
        lambda: rogan_gladen_estimate(Rate(hits=1, total=2), Rate(hits=1, total=4), Rate(hits=1, total=4)),
        lambda: prediction_powered_mean([1], [1], [1, 0]),
        lambda: prediction_powered_mean([1, 0], [1], [1, 0]),
        lambda: prediction_powered_mean([1, 0], [1, math.nan], [1, 0]),
        lambda: prediction_powered_mean([1, 0], [1, 0], [1, 0], tuning=1.5),
        lambda: Stratum(judged=3, labelled=Rate(hits=0, total=0)),
        lambda: stratified_rate([]),
        lambda: stratified_rate([Stratum(judged=1, labelled=Rate(hits=0, total=1))], confidence=0.0),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
