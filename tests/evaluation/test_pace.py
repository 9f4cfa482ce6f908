from __future__ import annotations

import random

import pytest

from gonogo.errors import CircuitOpen, ProviderFailed
from gonogo.evaluation.pace import LEAST, LONGEST_PAUSE, MOST, START, Pace, PacedProvider, UpstreamLimits, Watched


class Still:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0


@pytest.fixture
def clock() -> Still:
    return Still()


def answered(pace, clock, count, seconds=0.1) -> None:
    for _ in range(count):
        began = clock.time
        clock.time += seconds
        pace.answered("m", began, seconds)


SAID = "p answered 429"


def test_it_starts_small_and_doubles_while_latency_stays_near_its_floor(clock):
    pace = Pace(clock)
    assert pace.limit == START
    answered(pace, clock, START)
    assert pace.limit == 2 * START
    answered(pace, clock, 500)
    assert pace.limit == MOST


def test_a_limit_halves_and_later_steps_are_of_one_a_window(clock):
    pace = Pace(clock)
    answered(pace, clock, 500)
    pace.refused(clock.time, SAID, None)
    assert pace.limit == MOST // 2
    clock.time += 5.0
    answered(pace, clock, MOST // 2)
    assert pace.limit == MOST // 2 + 1
    answered(pace, clock, MOST // 2 + 1)
    assert pace.limit == MOST // 2 + 2


def test_limits_of_calls_that_were_sent_before_the_last_step_back_are_no_news(clock):
    pace = Pace(clock)
    sent = clock.time
    clock.time += 1.0
    assert pace.refused(sent, SAID, None) is True
    assert [pace.refused(sent, SAID, None) for _ in range(7)] == [False] * 7
    assert pace.limit == START // 2


def test_however_many_limits_come_one_task_stays_in_flight(clock):
    pace = Pace(clock)
    for _ in range(40):
        clock.time += 1.0
        pace.refused(clock.time, SAID, None)
    assert pace.limit == LEAST


def test_a_window_that_is_twice_as_slow_as_the_floor_takes_a_fifth_but_never_below_the_start(clock):
    pace = Pace(clock)
    answered(pace, clock, 500)
    for _ in range(2 * MOST):
        if pace.limit == MOST:
            answered(pace, clock, 1, seconds=0.3)
    assert pace.limit == int(0.8 * MOST)
    answered(pace, clock, 500, seconds=50.0)
    assert pace.limit == START


def test_latency_between_near_and_far_changes_nothing(clock):
    pace = Pace(clock)
    answered(pace, clock, 16)
    pace.refused(clock.time, SAID, None)
    clock.time += 1.0
    before = pace.limit
    answered(pace, clock, 32, seconds=0.17)
    assert pace.limit == before


def test_milliseconds_over_the_floor_are_our_own_and_say_nothing(clock):
    pace = Pace(clock)
    answered(pace, clock, 8, seconds=0.001)
    answered(pace, clock, 200, seconds=0.009)
    assert pace.limit == MOST


def test_answers_that_differ_by_their_length_are_no_congestion(clock):
    pace, lengths = Pace(clock), random.Random(7)
    for _ in range(600):
        answered(pace, clock, 1, seconds=lengths.lognormvariate(0.0, 0.6))
    assert pace.limit > MOST // 2


def test_models_have_floors_of_their_own(clock):
    pace = Pace(clock)
    for _ in range(200):
        for model, seconds in (("small", 0.1), ("large", 2.0)):
            began = clock.time
            clock.time += seconds
            pace.answered(model, began, seconds)
    assert pace.limit == MOST


def test_a_fixed_number_stays_and_pauses_hold_all_the_same(clock):
    pace = Pace(clock, fixed=32)
    answered(pace, clock, 100, seconds=5.0)
    pace.refused(clock.time, SAID, 7.0)
    assert pace.limit == 32
    assert pace.pause() == 7.0


def test_nothing_starts_before_the_moment_that_the_upstream_named(clock):
    pace = Pace(clock)
    pace.refused(clock.time, SAID, 4.0)
    clock.time += 3.0
    assert pace.pause() == pytest.approx(1.0)
    clock.time += 1.0
    assert pace.pause() == 0.0


def test_without_a_word_of_how_long_pauses_double_up_to_a_longest(clock):
    pace, pauses = Pace(clock), []
    for _ in range(9):
        pace.refused(clock.time, SAID, None)
        pauses.append(pace.pause())
        clock.time += pauses[-1]
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE


def test_an_answer_makes_pauses_short_again(clock):
    pace = Pace(clock)
    for _ in range(4):
        pace.refused(clock.time, SAID, None)
        clock.time += 10.0
    answered(pace, clock, 1)
    pace.refused(clock.time, SAID, None)
    assert pace.pause() == 0.5


def test_it_gives_up_when_patience_ends_without_any_answer(clock):
    pace = Pace(clock, patience=60.0)
    pace.refused(clock.time, SAID, 30.0)
    clock.time += 59.0
    assert pace.gave_up() is None
    clock.time += 1.0
    assert pace.gave_up() == "given up after 60 s in which the upstream only limited: p answered 429"
    answered(pace, clock, 1)
    assert pace.gave_up() is None


def test_it_gives_up_at_once_on_an_upstream_that_asks_for_more_than_patience(clock):
    pace = Pace(clock, patience=60.0)
    pace.refused(clock.time, SAID, 3600.0)
    assert pace.gave_up() == "given up, as the upstream asks for 3600 s of rest: p answered 429"


class Refusing:
    name = "p"

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def generate(self, request):
        raise self.error
        yield

    async def close(self) -> None: ...


async def ask(pace, clock, error):
    async for _ in PacedProvider(Refusing(error), pace, clock).generate(None):
        pass


@pytest.mark.parametrize("status", [429, 529])
async def test_a_limit_goes_past_retries_and_fallbacks(clock, status):
    pace = Pace(clock)
    error = ProviderFailed("slow down", provider="p", upstream_status=status, retryable=True, retry_after=2.0)
    with pytest.raises(UpstreamLimits, match="slow down"):
        await ask(pace, clock, error)
    assert pace.pause() == 2.0


@pytest.mark.parametrize(("status", "retryable"), [(429, False), (500, True), (503, True), (400, False)])
async def test_an_account_without_money_and_other_failures_are_no_limit(clock, status, retryable):
    pace = Pace(clock)
    with pytest.raises(ProviderFailed):
        await ask(pace, clock, ProviderFailed("no", provider="p", upstream_status=status, retryable=retryable))
    assert pace.pause() == 0.0
    assert not pace.limited


async def test_a_circuit_that_limits_opened_is_a_limit_and_one_that_failures_opened_is_not(clock):
    pace = Pace(clock)
    resting = CircuitOpen("rests", provider="p", retryable=True, retry_after=3.0)
    with pytest.raises(CircuitOpen):
        await ask(pace, clock, resting)
    pace.refused(clock.time, SAID, None)
    with pytest.raises(UpstreamLimits):
        await ask(pace, clock, resting)
    assert pace.pause() == 3.0


async def test_a_limit_of_a_judge_is_felt_and_left_to_the_judge_to_wait_for(clock):
    pace = Pace(clock)
    error = ProviderFailed("slow down", provider="p", upstream_status=429, retryable=True, retry_after=2.0)
    with pytest.raises(ProviderFailed):
        async for _ in Watched(Refusing(error), pace, clock).generate(None):
            pass
    assert (pace.limit, pace.pause()) == (START // 2, 2.0)
