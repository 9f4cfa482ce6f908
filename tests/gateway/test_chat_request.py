"""A body becomes a Request or a clear refusal, never a crash."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.contracts import Caller
from gonogo.errors import RequestInvalid, RequestTooLarge
from gonogo.gateway.body_fields import DEEPEST, decode_object
from gonogo.gateway.chat_request import PARAMETERS, ChatRequest, parse_chat, question_of

USER = {"role": "user", "content": "How long?"}
quick = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted(
    {*PARAMETERS, "model", "messages", "stream", "stream_options", "tools", "response_format", "user", "metadata"}
)
messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "tool", "system"]) | values},
        optional={"content": values, "tool_calls": values, "name": values},
    )
    | values,
    max_size=3,
)
bodies = st.fixed_dictionaries(
    {"model": st.just("support") | values, "messages": messages | values},
    optional={name: values for name in FIELDS if name not in ("model", "messages")},
)


def parse(body: Any, *, most: int = 10, session: str = "") -> ChatRequest:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    caller = Caller(key_id="k1", tenant="acme", role="viewer")
    return parse_chat(content, request_id="t1", received_at=5.0, caller=caller, session=session, max_messages=most)


def refused(body: Any, **more: Any) -> RequestInvalid:
    with pytest.raises(RequestInvalid) as error:
        parse(body, **more)
    return error.value


def test_every_field_finds_its_place() -> None:
    chat = parse(
        {
            "model": "support:staging",
            "messages": [{"role": "system", "content": "S"}, USER],
            "temperature": 0.5,
            "max_tokens": 10,
            "stop": ["a", "b"],
            "seed": None,
            "tools": [{"type": "function"}],
            "response_format": {"type": "json_object"},
            "stream": True,
            "stream_options": {"include_usage": True},
            "user": "u1",
            "metadata": {"session_id": "s1"},
            "x_new": [1],
        }
    )

    request = chat.request
    assert (chat.model, chat.include_usage) == ("support:staging", True)
    assert (request.id, request.received_at, request.question) == ("t1", 5.0, "How long?")
    assert (request.tenant, request.key_id, request.user, request.session) == ("acme", "k1", "u1", "s1")
    assert request.parameters == {"temperature": 0.5, "max_tokens": 10, "stop": ["a", "b"]}
    assert request.tools == ({"type": "function"},)
    assert request.response_format == {"type": "json_object"}
    assert request.stream
    assert request.extra == {"x_new": [1]}
    assert request.metadata == {"session_id": "s1"}


def test_the_sessions_header_wins_over_metadata() -> None:
    assert (
        parse({"model": "m", "messages": [USER], "metadata": {"session_id": "a"}}, session="b").request.session == "b"
    )


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'"x"', b"null", b"\xff", b'{"a": NaN}', b'{"a": "\\ud800"}', b'{"a": 1e999}']
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert refused(body).code == "invalid_json"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_body_nested_a_hundred_thousand_deep_is_refused(opening: bytes) -> None:
    assert refused(opening * 100_000).code == "invalid_json"


def test_nesting_is_bounded_before_anything_recursive_reads_it() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * (depth - 1) + b"[]" + b"}" * (depth - 1)

    assert decode_object(nested(DEEPEST))
    assert "nested" in str(refused(nested(DEEPEST + 1)))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert decode_object(b'{"a": [' + b"[]," * 1000 + b"[]]}")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"model": None}, "model"),
        ({"model": 5}, "model"),
        ({"model": ""}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": {"role": "user"}}, "messages"),
        ({"messages": [USER, "x"]}, "messages.1.role"),
        ({"messages": [{"content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "assistant", "tool_calls": "x"}]}, "messages.0.tool_calls"),
        ({"messages": [{"role": "assistant", "tool_calls": [1]}]}, "messages.0.tool_calls.0"),
        ({"tools": {}}, "tools"),
        ({"tools": [{}, 1]}, "tools.1"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": []}, "stream_options"),
        ({"metadata": "x"}, "metadata"),
        ({"user": 5}, "user"),
        ({"response_format": "json"}, "response_format"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"stop": [1]}, "stop"),
        ({"logprobs": 1}, "logprobs"),
        ({"logit_bias": []}, "logit_bias"),
    ],
)
def test_a_wrong_type_is_refused_by_name(fields: dict[str, Any], param: str) -> None:
    assert refused({"model": "m", "messages": [USER], **fields}).param == param


def test_too_many_messages_are_refused() -> None:
    error = refused({"model": "m", "messages": [USER] * 11})

    assert isinstance(error, RequestTooLarge)
    assert error.param == "messages"


@quick
@given(bodies)
def test_any_json_is_a_request_or_a_refusal(body: Any) -> None:
    try:
        chat = parse(body)
    except RequestInvalid:
        return
    assert chat.model
    assert chat.request.messages


@quick
@given(st.binary(max_size=40))
def test_any_bytes_are_a_request_or_a_refusal(body: bytes) -> None:
    with pytest.raises(RequestInvalid):
        parse(body)


@pytest.mark.parametrize(
    ("given_messages", "question"),
    [
        ([USER], "How long?"),
        ([{"role": "user", "content": "first"}, {"role": "assistant", "content": "a"}, USER], "How long?"),
        ([USER, {"role": "tool", "content": "30"}], "How long?"),
        ([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "x"}, {"text": "b"}]}], "a\nb"),
        ([{"role": "user", "content": None}], ""),
        ([{"role": "assistant", "content": "x"}], ""),
    ],
)
def test_the_question_is_the_text_of_the_last_user_message(given_messages: list[Any], question: str) -> None:
    assert question_of(tuple(given_messages)) == question
