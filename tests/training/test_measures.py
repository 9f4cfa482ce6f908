"""Measures: right values, intervals that cover, and no number where there are too few rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.statistics import Rate
from gonogo.training.measures import MEASURES, auc, calibration_error, measures_of, rate_measure, threshold_at
from gonogo.training.ranking import (
    area_interval,
    area_under_curve,
    average_precision,
    recall_at,
    recall_at_interval,
)


def drawn(seed: int, positives: int, negatives: int, shift: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities; two normal classes on the logit scale have probabilities that are exactly calibrated
    when the prior is added."""
    draw = np.random.default_rng(seed)
    labels = np.r_[np.ones(positives, bool), np.zeros(negatives, bool)]
    logits = draw.normal(size=labels.size) + shift * labels
    prior = math.log(positives / negatives)
    return labels, 1.0 / (1.0 + np.exp(-(shift * logits - shift**2 / 2 + prior)))


def test_every_measure_comes_with_an_interval_around_it_and_a_count() -> None:
    labels, scores = drawn(1, 300, 700)
    found = measures_of(labels, scores, 0.5)
    assert tuple(found) == MEASURES
    for name, measure in found.items():
        assert measure.value is not None, name
        assert measure.low is not None, name
        assert measure.high is not None, name
        assert 0.0 <= measure.low <= measure.value <= measure.high <= 1.0, name
        assert measure.n >= 200, name


def test_measures_at_the_threshold_match_the_counts() -> None:
    labels = [True] * 60 + [False] * 40
    scores = [0.9] * 45 + [0.1] * 15 + [0.9] * 10 + [0.1] * 30
    found = measures_of(labels, scores, 0.9)
    assert found["accuracy"].value == 0.75
    assert found["precision"].value == pytest.approx(45 / 55)
    assert found["recall"].value == 0.75
    assert found["f1"].value == pytest.approx(90 / 115)
    assert found["false_positive_rate"].value == 0.25
    assert found["false_negative_rate"].value == 0.25
    wilson = Rate(hits=10, total=40).wilson()
    assert (found["false_positive_rate"].low, found["false_positive_rate"].high) == (wilson.low, wilson.high)


def test_a_probability_at_the_threshold_is_called_positive() -> None:
    assert measures_of([True] * 30, [0.5] * 30, 0.5)["recall"].value == 1.0


@pytest.mark.parametrize(
    ("positives", "negatives", "silent"),
    [
        (29, 500, {"recall", "f1", "false_negative_rate", "auc", "average_precision", "recall_at_1_fpr"}),
        (500, 29, {"false_positive_rate", "auc", "average_precision", "recall_at_1_fpr", "calibration_error"}),
        (30, 99, {"recall_at_1_fpr"}),
    ],
)
def test_too_few_rows_give_a_note_instead_of_a_number(positives: int, negatives: int, silent: set[str]) -> None:
    found = measures_of(*drawn(2, positives, negatives), 0.0)
    for name in silent:
        assert found[name].value is None, name
        assert found[name].note.startswith("n too small to say: "), name
    assert found["accuracy"].value is not None


def test_no_rows_at_all_give_no_number_and_no_error() -> None:
    assert all(measure.value is None for measure in measures_of([], [], 0.5).values())


def test_precision_says_so_when_hardly_anything_was_called_positive() -> None:
    found = measures_of(*drawn(3, 100, 100), 1.1)
    assert found["precision"].value is None
    assert found["precision"].note == "n too small to say: 0 rows called positive, 30 needed"


@pytest.mark.parametrize("bad", [[0.5, math.nan], [0.5, math.inf], [0.5, 1.5], [0.5]])
def test_what_is_no_probability_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        measures_of([True, False], bad, 0.5)


def test_classes_apart_still_leave_doubt() -> None:
    found = auc([True] * 40 + [False] * 60, [0.9] * 40 + [0.1] * 60)
    assert found.value == found.high == 1.0
    assert found.low == pytest.approx(Rate(hits=40, total=40).wilson().low)


def test_equal_scores_rank_at_chance() -> None:
    assert auc([True] * 40 + [False] * 60, [0.3] * 100).value == 0.5


@given(
    st.lists(st.integers(0, 8), min_size=1, max_size=25),
    st.lists(st.integers(0, 8), min_size=1, max_size=25),
)
def test_the_area_is_the_share_of_pairs_in_order(high: list[int], low: list[int]) -> None:
    pairs = [(h > w) + 0.5 * (h == w) for h in high for w in low]
    found = area_under_curve(np.array(high, float), np.array(low, float))
    assert found == pytest.approx(sum(pairs) / len(pairs))


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=25),
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
    st.sampled_from([0.01, 0.05, 0.2]),
)
def test_recall_at_a_rate_lets_no_more_negatives_through(high: list[int], low: list[int], rate: float) -> None:
    best = max(
        (sum(h > cut for h in high) / len(high) for cut in [-1, *low] if sum(w > cut for w in low) <= rate * len(low)),
        default=0.0,
    )
    assert recall_at(np.array(high, float), np.array(low, float), rate) == pytest.approx(best)


@pytest.mark.needs_training
def test_values_match_scikit_learn() -> None:
    from sklearn import metrics

    labels, scores = drawn(4, 200, 800)
    scores = np.round(scores, 2)
    found = measures_of(labels, scores, 0.5)
    called = scores >= 0.5
    assert found["auc"].value == pytest.approx(metrics.roc_auc_score(labels, scores))
    assert found["average_precision"].value == pytest.approx(metrics.average_precision_score(labels, scores))
    assert found["f1"].value == pytest.approx(metrics.f1_score(labels, called))
    assert found["precision"].value == pytest.approx(metrics.precision_score(labels, called))
    assert found["brier"].value == pytest.approx(metrics.brier_score_loss(labels, scores))
    false, true, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    assert found["recall_at_1_fpr"].value == pytest.approx(true[false <= 0.01].max())


def test_delong_matches_its_definition_by_pairs() -> None:
    high, low = np.array([0.2, 0.8, 0.9, 0.7, 0.8]), np.array([0.1, 0.3, 0.8, 0.4])
    psi = (high[:, None] > low[None, :]) + 0.5 * (high[:, None] == low[None, :])
    area = psi.mean()
    variance = psi.mean(axis=1).var(ddof=1) / 5 + psi.mean(axis=0).var(ddof=1) / 4
    reach = 1.959963984540054 * math.sqrt(variance) / (area * (1 - area))
    low_end, high_end = area_interval(high, low)
    assert math.log(low_end / (1 - low_end)) == pytest.approx(math.log(area / (1 - area)) - reach)
    assert math.log(high_end / (1 - high_end)) == pytest.approx(math.log(area / (1 - area)) + reach)


def test_the_interval_of_the_area_covers_the_truth() -> None:
    from scipy.stats import norm

    truth = norm.cdf(1.5 / math.sqrt(2))
    inside = 0
    for seed in range(400):
        labels, scores = drawn(seed, 60, 90)
        low, high = area_interval(scores[labels], scores[~labels])
        inside += low <= truth <= high
    assert 0.92 <= inside / 400 <= 0.985


def test_the_interval_of_recall_at_a_rate_covers_the_truth() -> None:
    from scipy.stats import norm

    truth = norm.sf(norm.ppf(0.99) - 1.5)
    inside = 0
    for seed in range(300):
        labels, scores = drawn(seed, 150, 1000)
        low, high = recall_at_interval(scores[labels], scores[~labels], 0.01)
        inside += low <= truth <= high
    assert inside / 300 >= 0.92


def test_average_precision_of_a_perfect_ranking_is_one() -> None:
    assert average_precision(np.array([3.0, 2.0]), np.array([1.0, 0.0])) == 1.0


def test_calibration_error_of_calibrated_probabilities_is_near_zero_and_its_interval_reaches_zero() -> None:
    found = [calibration_error(*drawn(seed, 300, 700)) for seed in range(100)]
    assert np.mean([one.value for one in found]) < 0.02
    assert np.mean([one.low == 0.0 for one in found]) >= 0.9


def test_calibration_error_finds_what_was_added() -> None:
    draw = np.random.default_rng(0)
    stated = draw.uniform(0.3, 0.7, 4000)
    labels = draw.uniform(size=4000) < stated - 0.2
    found = calibration_error(labels, stated)
    assert found.value == pytest.approx(0.2, abs=0.02)
    assert (found.low or 0.0) > 0.15


def test_the_same_rows_give_the_same_intervals() -> None:
    assert measures_of(*drawn(5, 200, 300), 0.5) == measures_of(*drawn(5, 200, 300), 0.5)


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=300), st.sampled_from([0.01, 0.05, 0.3]))
def test_a_threshold_never_lets_more_of_its_negatives_through_than_its_target(
    scores: list[float], target: float
) -> None:
    threshold = threshold_at(scores, target)
    passed = sum(score >= threshold.value for score in scores)
    assert threshold.false_positives.value == passed / len(scores)
    assert passed <= max(0, target * (len(scores) + 1) - 1 + 1e-6)


def test_new_negatives_pass_a_threshold_no_more_often_than_its_target_on_average() -> None:
    draw = np.random.default_rng(0)
    passed = [
        float((draw.uniform(size=2000) >= threshold_at(draw.uniform(size=299), 0.01).value).mean()) for _ in range(500)
    ]
    assert np.mean(passed) == pytest.approx(0.01, abs=0.0015)


def test_a_threshold_of_few_negatives_says_that_it_promises_nothing() -> None:
    threshold = threshold_at([0.2, 0.4, 0.6], 0.01, "three texts")
    assert threshold.value > 0.6
    assert "too few" in threshold.false_positives.note
    assert threshold.false_positives.high == Rate(hits=0, total=3).wilson().high


@pytest.mark.parametrize("bad", [[], [math.nan]])
def test_a_threshold_needs_negatives_with_scores(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one negative"):
        threshold_at(bad, 0.01)


def test_a_rate_names_what_it_lacks() -> None:
    assert rate_measure(3, 7, "negatives").note == "n too small to say: 7 negatives, 30 needed"
