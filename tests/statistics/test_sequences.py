"""Sequences: intervals for a mean that hold whenever somebody looks."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.statistics import mean_sequence


def share_ever_missed(
    draw: Callable[[random.Random], float], mean: float, *, runs: int = 300, length: int = 400
) -> float:
    """Share of streams in which the mean lies outside the interval at any of the moments somebody looks."""
    missed = 0
    for run in range(runs):
        source, total = random.Random(run), 0.0
        for n in range(1, length + 1):
            total += draw(source)
            if n < 20 or n % 20 == 0:
                found = mean_sequence(total, n)
                if not found.low <= mean <= found.high:
                    missed += 1
                    break
    return missed / runs


@pytest.mark.parametrize("chance", [0.02, 0.1, 0.5])
def test_looking_all_the_time_misses_the_share_in_at_most_one_stream_in_twenty(chance: float) -> None:
    assert share_ever_missed(lambda source: float(source.random() < chance), chance) <= 0.05


def test_values_between_none_and_all_are_covered_too() -> None:
    assert share_ever_missed(lambda source: source.betavariate(0.5, 2.0), 0.2) <= 0.05


@given(st.integers(1, 500), st.floats(0.0, 1.0))
def test_the_mean_lies_inside_and_both_ends_between_none_and_all(n: int, share: float) -> None:
    found = mean_sequence(share * n, n)
    assert 0.0 <= found.low <= share + 1e-9
    assert share - 1e-9 <= found.high <= 1.0


@given(st.integers(1, 200))
def test_it_mirrors(n: int) -> None:
    left, right = mean_sequence(0.3 * n, n), mean_sequence(0.7 * n, n)
    assert left.low == pytest.approx(1.0 - right.high, abs=1e-9)


def test_nothing_seen_says_nothing() -> None:
    assert (mean_sequence(0.0, 0).low, mean_sequence(0.0, 0).high) == (0.0, 1.0)


def test_more_answers_and_less_confidence_make_it_narrower() -> None:
    assert mean_sequence(0.0, 400).high < mean_sequence(0.0, 40).high < mean_sequence(0.0, 40, 0.999).high


def test_it_is_wider_than_an_interval_for_one_look() -> None:
    found = mean_sequence(50.0, 100)
    assert found.high - found.low > 0.19  # Wilson's at 95 %


@pytest.mark.parametrize(("total", "n"), [(-0.1, 3), (3.1, 3), (float("nan"), 3), (0.0, -1)])
def test_sums_that_cannot_be_are_refused(total: float, n: int) -> None:
    with pytest.raises(ValueError, match=r"must be|lies in"):
        mean_sequence(total, n)
