"""Something wrong in a body, of any wire format and for any provider: a refusal or an answer, never a bug."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.contracts import Caller
from gonogo.domain import ModelRequest, RequestPolicy
from gonogo.errors import FieldNotCarried, RequestInvalid
from gonogo.gateway.chat_request import PARAMETERS, read_chat
from gonogo.gateway.messages_request import chat_fields as of_messages
from gonogo.gateway.responses_request import chat_fields as of_responses
from gonogo.providers import ScriptedModel
from gonogo.providers.anthropic_request import wire_body as to_anthropic
from gonogo.providers.openai_compatible import wire_body as to_openai

MARK = {"type": "ephemeral"}
CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
SCHEMA = {"type": "object"}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
WHOLE: dict[str, dict[str, Any]] = {
    "chat": {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": MARK}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
                    {"type": "file", "file": {"file_data": "data:text/plain;base64,SGk=", "filename": "a"}},
                ],
            },
            {"role": "assistant", "content": None, "tool_calls": [CALL], "thinking_blocks": [THOUGHT], "refusal": "x"},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "30"}]},
            {"role": "user", "content": "And?"},
        ],
        "tools": [{"type": "function", "function": {"name": "find", "parameters": SCHEMA, "strict": True}}],
        "tool_choice": {"type": "function", "function": {"name": "find"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
        "metadata": {"user_id": "u"},
        "user": "u",
        "stop": ["x"],
        "service_tier": "auto",
        "reasoning_effort": "low",
        "max_tokens": 9,
        "output_config": {"effort": "low"},
        "stream_options": {"include_usage": True, "include_obfuscation": False},
        "modalities": ["text"],
        "logit_bias": {},
    },
    "responses": {
        "instructions": "Be brief.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Look"},
                    {"type": "input_image", "image_url": "https://x/y.png", "detail": "low"},
                    {"type": "input_file", "file_data": "JVBE", "filename": "a.pdf"},
                ],
            },
            {
                "type": "reasoning",
                "id": "rs",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "Hm."}],
                "encrypted_content": "s",
            },
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
            {"type": "function_call", "call_id": "c1", "name": "find", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "30"}]},
        ],
        "tools": [{"type": "function", "name": "find", "parameters": SCHEMA, "strict": True}],
        "tool_choice": {"type": "function", "name": "find"},
        "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 9,
        "metadata": {"a": "b"},
        "stream_options": {"include_obfuscation": False},
    },
    "messages": {
        "max_tokens": 9,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": MARK}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look", "cache_control": MARK},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}},
                    {"type": "document", "title": "a", "source": {"type": "text", "data": "Hi"}, "citations": {}},
                ],
            },
            {
                "role": "assistant",
                "content": [
                    THOUGHT,
                    {"type": "redacted_thinking", "data": "x"},
                    {"type": "text", "text": "I look.", "citations": []},
                    {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "c1",
                        "content": [{"type": "text", "text": "30"}],
                        "is_error": True,
                    },
                    {"type": "text", "text": "And?"},
                ],
            },
        ],
        "tools": [{"name": "find", "input_schema": SCHEMA, "cache_control": MARK}],
        "tool_choice": {"type": "tool", "name": "find", "disable_parallel_tool_use": True},
        "metadata": {"user_id": "u"},
        "stop_sequences": ["x"],
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
    },
}
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "messages": "/v1/messages"}
INWARD: dict[str, Any] = {"chat": dict, "responses": of_responses, "messages": of_messages}
GONE = object()
ODD = st.sampled_from(
    (None, True, 0, -1, 2.5, "", "x", "text", "function", "user", "{", "data:,x", [], ["x"], [[]], [{}], [None], {})
) | st.sampled_from(
    ({"type": "text"}, {"type": []}, {"x": 1}, {"type": "function"}, {"type": "json_schema"}, {"url": 1}, GONE)
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything inside."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*path, name)
        yield from places(inner, (*path, name))


@st.composite
def damaged(draw: st.DrawFn, come: str) -> dict[str, Any]:
    """A body in which one or two things are of another kind, or gone."""
    body = copy.deepcopy(WHOLE[come])
    for _ in range(draw(st.integers(1, 2))):
        *where, name = draw(st.sampled_from(list(places(body))))
        inside: Any = body
        for step in where:
            inside = inside[step]
        new = draw(ODD)
        if new is GONE:
            del inside[name]
        else:
            inside[name] = copy.deepcopy(new)
    return body


@pytest.mark.parametrize("come", WHOLE)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_damaged_body_is_refused_by_name_or_can_be_told_to_both_providers(come: str, data: st.DataObject) -> None:
    fields = {"model": "support", **data.draw(damaged(come))}
    try:
        request = read_chat(
            INWARD[come](fields), request_id="t", received_at=0.0, caller=Caller(), session="", max_messages=50
        ).request
    except RequestInvalid as refused:
        assert refused.param  # noqa: PT017
        return
    asked = ModelRequest(
        model="m",
        messages=request.messages,
        parameters=request.parameters,
        tools=request.tools,
        response_format=request.response_format,
        extra={**request.extra, "metadata": request.metadata},
    )

    to_openai(asked, stream=True)
    try:
        to_anthropic(asked, "claude", stream=True)
    except FieldNotCarried as refused:
        assert refused.param  # noqa: PT017


@pytest.mark.parametrize("come", WHOLE)
def test_the_bodies_that_are_damaged_are_sound(come: str) -> None:
    request = read_chat(
        INWARD[come](WHOLE[come] | {"model": "support"}),
        request_id="t",
        received_at=0.0,
        caller=Caller(),
        session="",
        max_messages=50,
    ).request
    asked = ModelRequest(model="m", messages=request.messages, tools=request.tools, extra=request.extra)

    assert to_anthropic(asked, "claude", stream=True)["messages"][0]["role"] == "user"


@pytest.mark.parametrize("come", WHOLE)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_a_damaged_body_is_answered_or_refused_as_the_clients_fault(
    gate: Any, come: str, data: st.DataObject
) -> None:
    gate.model = ScriptedModel("ok")
    if not gate.serving._live:
        await gate.deploy(await gate.version(requests=RequestPolicy(system="append", allow=tuple(PARAMETERS))))
    body = {"model": "support", **data.draw(damaged(come))}

    reply = await gate.call("POST", PATHS[come], body)

    assert reply.status in (200, 400), reply.body
    if reply.status == 400:
        error = reply.json["error"]
        assert (error["blame"], error["type"]) == ("client", "invalid_request_error")
