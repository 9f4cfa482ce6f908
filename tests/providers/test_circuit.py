"""A failing address is left alone, and one request finds out whether it is back."""

from __future__ import annotations

import pytest

from gonogo.providers.circuit import FAILURES, FIRST_REST, LONGEST_REST, Circuit


def circuit(share: float = 1.0) -> Circuit:
    return Circuit(lambda: share)


def fail(one: Circuit, now: float, times: int = 1, **more: object) -> None:
    for _ in range(times):
        given = {"probe": False, "alternatives": False, "retry_after": None, **more}
        one.failed(now, **given)  # type: ignore[arg-type]


def test_a_circuit_opens_after_enough_failures_in_a_row_and_not_before() -> None:
    one = circuit()
    fail(one, 10.0, FAILURES - 1)
    assert one.wait(10.0) == 0.0
    fail(one, 10.0)
    assert one.wait(10.0) == FIRST_REST


def test_a_success_between_failures_begins_the_count_anew() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES - 1)
    one.succeeded()
    fail(one, 0.0, FAILURES - 1)
    assert one.wait(0.0) == 0.0


def test_where_another_address_can_answer_the_first_failure_opens() -> None:
    one = circuit()
    fail(one, 0.0, alternatives=True)
    assert one.wait(0.0) == FIRST_REST


def test_after_the_rest_exactly_one_probe_goes_out() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES)
    assert one.wait(FIRST_REST) == 0.0
    assert one.enter() is True
    assert one.wait(FIRST_REST) > 0.0


def test_a_probe_whose_first_piece_came_closes_the_circuit() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES)
    one.enter()
    one.answered()
    assert one.wait(FIRST_REST) == 0.0
    assert one.enter() is False


def test_a_probe_that_fails_doubles_the_rest_up_to_a_limit() -> None:
    one, now, rests = circuit(), 0.0, []
    fail(one, now, FAILURES)
    for _ in range(9):
        rests.append(one.wait(now))
        now += rests[-1]
        fail(one, now, probe=one.enter())
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert max(rests) == LONGEST_REST


def test_requests_that_went_out_before_it_opened_do_not_lengthen_the_rest() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES + 100)
    assert one.wait(0.0) == FIRST_REST


def test_a_caller_that_leaves_the_probe_frees_its_place() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES)
    assert one.enter()
    one.abandoned(probe=True)
    assert one.wait(FIRST_REST) == 0.0
    assert one.enter() is True


def test_a_caller_that_leaves_another_request_does_not_let_a_second_probe_out() -> None:
    one = circuit()
    fail(one, 0.0, FAILURES)
    one.enter()
    one.abandoned(probe=False)
    assert one.wait(FIRST_REST) > 0.0


@pytest.mark.parametrize(("asked", "kept"), [(0.1, FIRST_REST), (7.0, 7.0), (9_999.0, LONGEST_REST)])
def test_a_retry_after_lengthens_the_rest_within_its_limit(asked: float, kept: float) -> None:
    one = circuit()
    fail(one, 0.0, alternatives=True, retry_after=asked)
    assert one.wait(0.0) == kept


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_rest_is_spread_between_half_and_whole(share: float) -> None:
    one = circuit(share)
    fail(one, 0.0, FAILURES)
    assert one.wait(0.0) == FIRST_REST * (0.5 + share / 2)
