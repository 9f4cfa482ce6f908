"""Errors say what happened and whose fault it was."""

from __future__ import annotations

import logging

import msgspec
import pytest

from gonogo.errors import (
    BadInput,
    CircuitOpen,
    DeploymentConflict,
    GateClosed,
    GonogoError,
    KeyRefused,
    NotAllowed,
    NotFound,
    ProviderFailed,
    RequestInvalid,
    RequestTooLarge,
    StoreBusy,
    Unreachable,
)
from gonogo.gateway.application import MethodRefused, ShuttingDown
from gonogo.gateway.faults import error_event, error_reply
from gonogo.gateway.turnstile import Overloaded


def upstream(status: int | None) -> ProviderFailed:
    return ProviderFailed("said no", provider="openai", upstream_status=status, retry_after=2.4)


@pytest.mark.parametrize(
    ("error", "status", "kind", "blame"),
    [
        (RequestInvalid("x", param="messages"), 400, "invalid_request_error", "client"),
        (RequestTooLarge("x"), 413, "invalid_request_error", "client"),
        (BadInput("x"), 400, "invalid_request_error", "client"),
        (NotFound("x"), 404, "invalid_request_error", "client"),
        (MethodRefused("GET", "/x", ["POST"]), 405, "invalid_request_error", "client"),
        (KeyRefused("x"), 401, "authentication_error", "client"),
        (NotAllowed("x"), 403, "permission_error", "client"),
        (DeploymentConflict("x"), 409, "invalid_request_error", "client"),
        (GateClosed("support@1", ("x",)), 409, "invalid_request_error", "client"),
        (Overloaded("x"), 429, "rate_limit_error", "client"),
        (StoreBusy("x"), 503, "server_error", "gateway"),
        (ShuttingDown("x"), 503, "server_error", "gateway"),
        (GonogoError("x"), 500, "server_error", "gateway"),
        (Unreachable("x"), 502, "upstream_error", "upstream"),
        (upstream(None), 502, "upstream_error", "upstream"),
        (upstream(401), 502, "upstream_error", "upstream"),
        (upstream(500), 502, "upstream_error", "upstream"),
        (upstream(429), 429, "upstream_error", "upstream"),
        (upstream(400), 400, "upstream_error", "upstream"),
    ],
)
def test_status_type_and_blame_follow_from_the_error(error: Exception, status: int, kind: str, blame: str) -> None:
    reply = error_reply(error)

    body = msgspec.json.decode(reply.body)["error"]
    assert (reply.status, body["type"], body["blame"]) == (status, kind, blame)
    assert body["message"] == str(error)
    assert set(body) == {"message", "type", "param", "code", "blame"}


def test_param_and_code_are_passed_on() -> None:
    body = msgspec.json.decode(error_reply(RequestInvalid("x", param="tools.1", code="c")).body)["error"]

    assert (body["param"], body["code"]) == ("tools.1", "c")


@pytest.mark.parametrize(("error", "code"), [(NotFound("x"), "model_not_found"), (KeyRefused("x"), "invalid_api_key")])
def test_codes_that_sdks_know_are_used(error: Exception, code: str) -> None:
    assert msgspec.json.decode(error_reply(error).body)["error"]["code"] == code


def test_when_to_come_back_is_said_in_whole_seconds() -> None:
    assert error_reply(upstream(429)).headers["retry-after"] == "2"
    assert error_reply(ProviderFailed("x", provider="p", retry_after=0.1)).headers["retry-after"] == "1"
    assert "retry-after" not in error_reply(NotFound("x")).headers


def test_sdks_are_told_not_to_repeat_what_was_tried_again_already() -> None:
    assert error_reply(upstream(503)).headers["x-should-retry"] == "false"
    assert "x-should-retry" not in error_reply(Overloaded("x")).headers


def test_a_provider_that_rests_is_a_503_that_says_when_to_come_back() -> None:
    reply = error_reply(CircuitOpen("x", provider="p", retryable=True, retry_after=3.2))

    assert (reply.status, reply.headers["retry-after"]) == (503, "3")
    assert "x-should-retry" not in reply.headers
    assert msgspec.json.decode(reply.body)["error"]["blame"] == "upstream"


def test_a_missing_key_says_how_to_send_one() -> None:
    assert error_reply(KeyRefused("x")).headers["www-authenticate"] == "Bearer"


def test_a_bug_is_logged_and_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        reply = error_reply(ZeroDivisionError("secret detail"))

    assert reply.status == 500
    assert b"secret detail" not in reply.body
    assert "secret detail" in caplog.text


def test_an_error_event_is_an_event_like_the_others() -> None:
    assert error_event(b'{"error":{}}') == b'data: {"error":{}}\n\n'
