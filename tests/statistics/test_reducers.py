"""Repeats of one task become one number."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.statistics import REDUCERS, at_least, majority, pass_at_k, pass_every_k, reduce_repeats


@pytest.mark.parametrize(
    ("how", "reduced"), [("mean", 0.6), ("median", 1.0), ("min", 0.0), ("max", 1.0), ("majority", 1.0)]
)
def test_each_reducer_gives_one_number(how: str, reduced: float) -> None:
    assert reduce_repeats([1, 0, 1, 1, 0], how) == pytest.approx(reduced)


def test_every_reducer_keeps_a_single_repeat() -> None:
    for how in REDUCERS:
        assert reduce_repeats([1.0], how) == 1.0
        assert reduce_repeats([0.0], how) == 0.0


def test_a_tie_is_no_majority() -> None:
    assert majority([1, 0]) == 0.0


def test_at_least_counts_passes() -> None:
    assert [at_least([1, 0, 1], k) for k in (1, 2, 3)] == [1.0, 1.0, 0.0]


def test_three_of_five_passes_give_the_worked_chances() -> None:
    assert pass_at_k(3, 5, 2) == pytest.approx(0.9)
    assert pass_every_k(3, 5, 2) == pytest.approx(0.3)


@given(passed=st.integers(min_value=0, max_value=7), k=st.integers(min_value=1, max_value=7))
@settings(max_examples=40, deadline=None)
def test_both_chances_equal_counting_every_choice_of_tries(passed: int, k: int) -> None:
    choices = list(itertools.combinations([True] * passed + [False] * (7 - passed), k))
    assert pass_at_k(passed, 7, k) == pytest.approx(sum(map(any, choices)) / len(choices))
    assert pass_every_k(passed, 7, k) == pytest.approx(sum(map(all, choices)) / len(choices))


@pytest.mark.parametrize(
    "call",
    [
        lambda: reduce_repeats([]),
        lambda: reduce_repeats([1.0, math.nan]),
        lambda: reduce_repeats([1.0], "mode"),
        lambda: majority([0.5, 1.0]),
        lambda: at_least([1, 0], 3),
        lambda: at_least([1, 0], 0),
        lambda: pass_at_k(3, 2, 1),
        lambda: pass_at_k(1, 2, 3),
        lambda: pass_every_k(-1, 2, 1),
        lambda: pass_every_k(0, 0, 1),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
