"""No 60 seconds let through more than a limit, and a refusal says when it will be better."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.access.rates import Limiter, Subject, Window
from gonogo.domain import RateLimits
from gonogo.errors import LimitReached

KEY, TENANT = Subject(scope="key", name="k1"), Subject(scope="tenant", name="acme")


def enter(limiter, now, tokens=0, *, most=None, subject=KEY, **limits):
    return limiter.enter([(subject, RateLimits(**limits))], tokens, tokens if most is None else most, now)


def test_requests_up_to_the_limit_are_let_through_and_the_next_is_told_when():
    limiter = Limiter()
    for _ in range(3):
        enter(limiter, 100.5, requests_per_minute=3)
    with pytest.raises(LimitReached, match="key k1 has sent 3 requests in the last 60 seconds") as refused:
        enter(limiter, 101.0, requests_per_minute=3)
    assert refused.value.retry_after == 60.0
    assert refused.value.headers["x-ratelimit-remaining-requests"] == "0"
    assert enter(limiter, 101.0 + refused.value.retry_after, requests_per_minute=3)


def test_a_refused_request_is_not_counted():
    limiter = Limiter()
    enter(limiter, 100.0, requests_per_minute=1)
    for _ in range(5):
        with pytest.raises(LimitReached):
            enter(limiter, 130.0, requests_per_minute=1)
    assert enter(limiter, 161.0, requests_per_minute=1)


def test_a_request_refused_by_one_subject_counts_for_none():
    limiter = Limiter()
    tight, wide = RateLimits(requests_per_minute=1), RateLimits(requests_per_minute=2)
    limiter.enter([(TENANT, wide), (KEY, tight)], 0, 0, 1.0)
    for _ in range(3):
        with pytest.raises(LimitReached, match="key k1"):
            limiter.enter([(TENANT, wide), (KEY, tight)], 0, 0, 1.0)
    assert limiter.enter([(TENANT, wide)], 0, 0, 1.0)


def test_tokens_are_reserved_and_corrected_at_the_end():
    limiter = Limiter()
    first = enter(limiter, 10.0, 800, tokens_per_minute=1000)
    with pytest.raises(LimitReached, match="800 of 1000 tokens in the last 60 seconds, and this request may take 300"):
        enter(limiter, 11.0, 300, tokens_per_minute=1000)
    first.leave(200)
    second = enter(limiter, 12.0, 800, tokens_per_minute=1000)
    second.leave(1500)
    with pytest.raises(LimitReached) as refused:
        enter(limiter, 13.0, 1, tokens_per_minute=1000)
    assert 13.0 + refused.value.retry_after == 73.0


def test_a_request_that_can_never_fit_is_told_so_and_not_to_wait():
    with pytest.raises(LimitReached, match=r"may take 1001 tokens.*smaller max_tokens") as refused:
        enter(Limiter(), 1.0, 1001, tokens_per_minute=1000)
    assert refused.value.retry_after is None


def test_what_is_only_assumed_is_shortened_to_what_the_limit_can_bear():
    limiter = Limiter()
    enter(limiter, 1.0, 100, most=5000, tokens_per_minute=1000).leave(150)
    assert enter(limiter, 1.0, 100, most=850, tokens_per_minute=1000)


def test_requests_at_once_are_counted_until_they_leave_and_no_entry_leaves_twice():
    limiter = Limiter()
    first = enter(limiter, 1.0, concurrency=1)
    with pytest.raises(LimitReached, match="1 requests running, the limit is 1 at once"):
        enter(limiter, 1.0, concurrency=1)
    first.leave(0)
    first.leave(0)
    enter(limiter, 1.0, concurrency=1)
    with pytest.raises(LimitReached):
        enter(limiter, 1.0, concurrency=1)


def test_several_workers_share_a_limit_rounded_up():
    limiter = Limiter(workers=3)
    for _ in range(4):
        enter(limiter, 1.0, requests_per_minute=10)
    with pytest.raises(LimitReached):
        enter(limiter, 1.0, requests_per_minute=10)


def test_the_headers_are_those_of_the_subject_with_the_least_left():
    limiter = Limiter()
    limited = [
        (KEY, RateLimits(requests_per_minute=100, tokens_per_minute=5000)),
        (TENANT, RateLimits(requests_per_minute=2)),
    ]
    entry = limiter.enter(limited, 400, 400, 10.0)
    assert entry.headers(10.0) == {
        "x-ratelimit-limit-requests": "2",
        "x-ratelimit-remaining-requests": "1",
        "x-ratelimit-reset-requests": "1m1s",
        "x-ratelimit-limit-tokens": "5000",
        "x-ratelimit-remaining-tokens": "4600",
        "x-ratelimit-reset-tokens": "1m1s",
    }
    assert enter(Limiter(), 1.0, concurrency=1).headers(1.0) == {}


def test_meters_that_count_nothing_are_forgotten_before_they_are_too_many(monkeypatch):
    monkeypatch.setattr("gonogo.access.rates._IDLE_LIMIT", 3)
    limiter = Limiter()
    running = enter(limiter, 0.0, subject=KEY, concurrency=1)
    for number in range(50):
        enter(limiter, 100.0 * number, subject=Subject(scope="key", name=str(number)), concurrency=9).leave(0)
    assert len(limiter._meters) <= 4
    with pytest.raises(LimitReached):
        enter(limiter, 9000.0, subject=KEY, concurrency=1)
    running.leave(0)


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 5)), max_size=80), st.integers(1, 12))
def test_in_no_60_seconds_is_more_let_through_than_the_limit(steps, limit):
    limiter, now, let_in = Limiter(), 0.0, []
    for pause, tokens in steps:
        now += pause
        try:
            enter(limiter, now, tokens, tokens_per_minute=limit)
        except LimitReached:
            continue
        let_in.append((now, tokens))
    for start, _ in let_in:
        assert sum(tokens for at, tokens in let_in if start <= at < start + 60) <= limit


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), min_size=1, max_size=30), st.integers(0, 100))
def test_the_wait_that_is_told_is_long_enough_and_not_longer(steps, most):
    window, now = Window(), 1000.0
    for pause, amount in steps:
        now += pause
        window.add(amount, now)
    wait = window.seconds_until(most, now)
    assert (wait == 0) is (window.total(now) <= most)
    if wait:
        earlier = Window()
        for second, amount in window._seconds:
            earlier.add(amount, second)
        assert earlier.total(now + wait - 0.01) > most
    assert window.total(now + wait + 1e-6) <= most
    assert window.total(now + window.seconds_until_empty(now)) == 0
