from __future__ import annotations

import math

import pytest

from gonogo.judging.measures import (
    average_precision,
    expected_grade,
    factual_correctness,
    noise_sensitivity,
    relevancy,
    share,
    unit,
)


@pytest.mark.parametrize(
    ("useful", "value"),
    [([1, 0, 1], (1 + 2 / 3) / 2), ([0, 0, 1], 1 / 3), ([1, 1], 1.0), ([0, 0], 0.0), ([0, 1, 1], (1 / 2 + 2 / 3) / 2)],
)
def test_context_precision_is_average_precision(useful, value):
    assert average_precision([bool(one) for one in useful]) == pytest.approx(value)


def test_faithfulness_and_recall_are_shares():
    assert share([True, False, True]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("mode", "value"), [("precision", 2 / 3), ("recall", 2 / 4), ("f1", 4 / 7)])
def test_factual_correctness_counts_claims_both_ways(mode, value):
    # Two of three claims are right; two of the reference's claims are missing.
    assert factual_correctness([True, True, False], [True, False, False], mode) == pytest.approx(value)


@pytest.mark.parametrize("mode", ["f1", "precision", "recall"])
def test_an_answer_without_a_right_claim_is_0_and_no_division_by_zero(mode):
    assert factual_correctness([False], [False], mode) == 0.0


CORRECT = [True, False, False, False]
"""Of four statements of an answer one is right."""
SUPPORTS_ANSWER = [[True, True, False, False], [False, False, True, False]]
"""The first chunk says the first two, the second chunk the third; the fourth stands nowhere."""
SUPPORTS_REFERENCE = [[True, False], [False, False]]
"""Only the first chunk is relevant."""


@pytest.mark.parametrize(("mode", "value"), [("relevant", 1 / 4), ("irrelevant", 1 / 4)])
def test_noise_sensitivity_counts_wrong_statements_that_chunks_support(mode, value):
    assert noise_sensitivity(CORRECT, SUPPORTS_ANSWER, SUPPORTS_REFERENCE, mode) == pytest.approx(value)


def test_a_wrong_statement_that_a_relevant_chunk_supports_is_not_laid_to_an_irrelevant_one():
    both = [[True], [True]]
    assert noise_sensitivity([False], both, SUPPORTS_REFERENCE, "irrelevant") == 0.0
    assert noise_sensitivity([False], both, SUPPORTS_REFERENCE, "relevant") == 1.0


def test_answer_relevancy_is_the_mean_cosine():
    assert relevancy([1.0, 0.5, 0.9], [False, True, False]) == pytest.approx(0.8)


def test_an_answer_that_is_evasive_every_time_has_no_relevancy():
    assert relevancy([1.0, 1.0], [True, True]) == 0.0


def test_cosines_below_zero_leave_a_share():
    assert relevancy([-0.5], [False]) == 0.0


def test_the_expected_grade_weighs_grades_by_their_probability():
    likely = {"4": math.log(0.6), "5": math.log(0.3), " 3": math.log(0.05), "good": math.log(0.05)}
    assert expected_grade(likely, (1, 5)) == pytest.approx((4 * 0.6 + 5 * 0.3 + 3 * 0.05) / 0.95)


def test_tokens_that_are_no_grade_of_the_scale_do_not_count():
    assert expected_grade({"9": -0.1, "x": -0.2, "²": -0.3}, (1, 5)) is None


def test_grades_are_brought_to_a_share():
    assert (unit(1, (1, 5)), unit(4, (1, 5)), unit(5, (1, 5))) == (0.0, 0.75, 1.0)
