"""A refusal says what the upstream said, whose fault it is, and whether to come back."""

from __future__ import annotations

import json

import pytest

from gonogo.providers.upstream_errors import failure, failure_in_stream, retry_after

NOW = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"Retry-After": "Tue, 14 Nov 2023 22:13:50 GMT"}, 30.0),
        ({"Retry-After": "Tue, 14 Nov 2023 22:00:00 GMT"}, 0.0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (404, False), (422, False), (429, True), (500, True), (503, True)],
)
def test_only_what_may_pass_is_retryable(status: int, retryable: bool) -> None:
    assert failure("acme", status, {}, b"", now=NOW).retryable is retryable


def test_no_credit_is_not_retryable_although_it_is_429() -> None:
    body = json.dumps({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}).encode()
    failed = failure("acme", 429, {}, body, now=NOW)
    assert not failed.retryable
    assert "no credit left" in str(failed)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "bad thing."}}, "bad thing"),
        ({"error": "plain"}, "plain"),
        ({"detail": "from a framework"}, "from a framework"),
        ({"detail": [{"loc": ["x"]}]}, '[{"loc": ["x"]}]'),
        ({"message": "beside"}, "beside"),
        (["odd"], "['odd']"),
        ([{"error": {"message": "in a list"}}], "in a list"),
    ],
)
def test_the_upstreams_own_message_is_found(body: object, said: str) -> None:
    assert str(failure("acme", 400, {}, json.dumps(body).encode(), now=NOW)).startswith(f"acme answered 400: {said}. ")


def test_a_page_of_markup_is_not_shown_and_a_line_of_text_is() -> None:
    assert "without a message" in str(failure("acme", 502, {}, b"<html>Bad gateway</html>", now=NOW))
    assert "upstream down" in str(failure("acme", 502, {}, b"upstream down\nmore", now=NOW))


def test_a_key_the_upstream_repeats_is_blotted_out() -> None:
    body = json.dumps({"error": {"message": "wrong key sk-1"}}).encode()
    assert "sk-1" not in str(failure("acme", 401, {}, body, now=NOW, secret="sk-1"))
    assert "sk-1" not in str(failure_in_stream("acme", {"message": "wrong key sk-1"}, secret="sk-1"))


def test_where_no_key_was_sent_the_variable_to_set_is_pointed_at() -> None:
    assert "No key was sent: set the environment variable" in str(failure("acme", 401, {}, b"", now=NOW))
    assert "Check the key of acme" in str(failure("acme", 401, {}, b"", now=NOW, secret="sk-1"))
