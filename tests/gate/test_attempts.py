"""pass@k and pass^k of a run: the published examples, and an interval that counts tasks."""

from __future__ import annotations

import pytest

from gonogo.gate import attempts_of
from gonogo.statistics import Rate


def test_the_estimates_are_those_of_the_papers(sheets) -> None:
    run = sheets.run("+", "+", "+", "-", "-")  # n=5, c=3
    by_k = {found.k: found for found in attempts_of(run, sheets.tasks(1))}
    assert list(by_k) == [1, 2, 4, 5]
    assert by_k[2].pass_at_k.value == pytest.approx(0.9)
    assert by_k[2].pass_every_k.value == pytest.approx(0.3)
    assert by_k[1].pass_at_k.value == by_k[1].pass_every_k.value == pytest.approx(0.6)


def test_the_interval_is_wilsons_where_every_task_is_0_or_1(sheets) -> None:
    run = sheets.run("++++++++--", "+++++++---")
    found = attempts_of(run, sheets.tasks(10))[-1]
    wilson = Rate(hits=7, total=10).wilson()
    assert (found.k, found.pass_every_k.value) == (2, pytest.approx(0.7))
    assert found.pass_every_k.interval.low == pytest.approx(wilson.low)
    assert found.pass_every_k.interval.high == pytest.approx(wilson.high)
    assert found.pass_at_k.value == pytest.approx(0.8)


def test_more_repeats_of_the_same_tasks_do_not_count_as_more_tasks(sheets) -> None:
    few = attempts_of(sheets.run("++--", "++--"), sheets.tasks(4))[0]
    many = attempts_of(sheets.run(*["++--"] * 20), sheets.tasks(4))[0]
    assert many.pass_at_k.interval.low == pytest.approx(few.pass_at_k.interval.low)


def test_an_attempt_without_a_result_is_no_attempt(sheets) -> None:
    run = sheets.run("+++", "+?-", "+??")
    by_k = {found.k: found for found in attempts_of(run, sheets.tasks(4))}
    assert {k: (found.tasks, found.left_out) for k, found in by_k.items()} == {1: (3, 1), 2: (2, 2), 3: (1, 3)}
    assert by_k[2].pass_every_k.value == pytest.approx((1.0 + 0.0) / 2)


def test_drafts_and_runs_without_repeats_say_nothing(sheets) -> None:
    assert attempts_of(sheets.run("+-"), sheets.tasks(2)) == ()
    assert attempts_of(sheets.run("+", "+"), sheets.tasks(1, drafts=[0])) == ()
    assert attempts_of(sheets.run(), []) == ()
