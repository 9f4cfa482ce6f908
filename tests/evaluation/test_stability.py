"""When a golden task is stable."""

from __future__ import annotations

import pytest
from scipy import stats

from gonogo.domain import TaskResult
from gonogo.evaluation.stability import least_attempts, stability


def results(signs: str) -> list[TaskResult]:
    kinds = {"+": True, "-": False, "?": None}
    return [
        TaskResult(task_id="t", answer="", passed=kinds[sign], trace_id=f"{place}") for place, sign in enumerate(signs)
    ]


@pytest.mark.parametrize(
    ("signs", "state", "more"),
    [
        ("", "unknown", 11),
        ("?", "unknown", 11),
        ("+", "unproven", 10),
        ("+" * 10, "unproven", 1),
        ("+" * 11, "stable", 0),
        ("-" * 11, "stable", 0),
        ("+" * 10 + "-", "flaky", 7),
        ("+-" * 20, "flaky", None),
    ],
)
def test_a_task_is_stable_once_a_larger_share_of_other_results_is_excluded(signs, state, more):
    found = stability(results(signs))
    assert found.state == state
    if more is not None:
        assert found.more == more


def test_the_bound_is_that_of_clopper_and_pearson():
    found = stability(results("+" * 16 + "--"))
    assert found.high == pytest.approx(stats.beta.ppf(0.95, 3, 16))
    assert found.low == pytest.approx(stats.beta.ppf(0.05, 2, 17))
    assert found.differing == 2


def test_what_would_prove_it_does_prove_it():
    found = stability(results("+" * 10 + "-"))
    assert stability(results("+" * (10 + found.more) + "-")).state == "stable"
    assert stability(results("+" * (9 + found.more) + "-")).state == "flaky"


def test_an_answer_that_several_runs_hold_counts_once():
    again = results("+" * 6)
    assert stability([*again, *again]).attempts == 6


def test_errors_are_counted_apart_and_prove_nothing():
    found = stability(results("+" * 10 + "???"))
    assert (found.attempts, found.errors, found.state) == (10, 3, "unproven")


def test_a_stricter_bound_needs_more_attempts():
    assert (least_attempts(), least_attempts(0.05)) == (11, 59)
    assert stability(results("+" * 11), most=0.05).state == "unproven"


def test_a_task_that_always_fails_usually_fails_and_a_tie_says_nothing():
    assert stability(results("---")).usually is False
    assert stability(results("+-")).usually is None
