"""The provider of Anthropic's Messages API, against a server that refuses what that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.providers.anthropic_server import KEY, TEXT, AnthropicServer

from gonogo.domain import Delta, ModelRequest, Usage
from gonogo.errors import BadInput, FieldNotCarried, ProviderFailed
from gonogo.providers import Timeouts
from gonogo.providers.anthropic import AnthropicProvider, messages_url

USER = {"role": "user", "content": "How long?"}
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"q": 1}}
FORMS = pytest.mark.parametrize("stream", [True, False], ids=["stream", "json"])


@pytest.fixture
async def server() -> AsyncIterator[AnthropicServer]:
    made = AnthropicServer()
    async with made.listening() as made.url:  # type: ignore[attr-defined]
        yield made


async def ask(server: Any, *, key: str = KEY, timeouts: Timeouts | None = None, **fields: Any) -> list[Delta]:
    provider = AnthropicProvider("claude", server.url, api_key=key, timeouts=timeouts)
    fields = {"model": "claude-x", "messages": (USER,), "stream": True, **fields}
    try:
        return [delta async for delta in provider.generate(ModelRequest(**fields))]
    finally:
        await provider.close()


@FORMS
async def test_a_text_with_usage_and_the_models_own_name(server: Any, stream: bool) -> None:
    deltas = await ask(server, stream=stream)

    assert "".join(delta.content for delta in deltas) == "It is thirty days."
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]
    assert deltas[-1].usage == Usage(input=12, output=6, cached=2, cache_written=3)
    assert deltas[-1].extra == {"usage": {"service_tier": "standard"}}
    assert {delta.model for delta in deltas} == {"claude-x-20260101"}
    assert server.asked[0]["max_tokens"] == 4096


@FORMS
async def test_thoughts_keep_their_signature_and_calls_come_whole(server: Any, stream: bool) -> None:
    thinking = {"type": "thinking", "thinking": "Let me see.", "signature": "sig"}
    redacted = {"type": "redacted_thinking", "data": "xx"}
    server.content = [[thinking, redacted, TEXT, USE, {**USE, "id": "toolu_2", "input": {}}]]
    server.stop = {"stop_reason": "tool_use", "stop_sequence": None}

    deltas = await ask(server, tools=(TOOL,), stream=stream)

    assert "".join(delta.reasoning for delta in deltas) == "Let me see."
    blocks = [block for delta in deltas for block in delta.extra.get("delta", {}).get("thinking_blocks", ())]
    assert blocks == [thinking, redacted]
    calls = [call for delta in deltas for call in delta.tool_calls]
    assert [(call["id"], call["function"]["name"]) for call in calls] == [("toolu_1", "find"), ("toolu_2", "find")]
    assert [call["function"]["arguments"].replace(" ", "") for call in calls] == ['{"q":1}', "{}"]
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["tool_calls"]


@FORMS
@pytest.mark.parametrize(
    ("reason", "finish", "choice"),
    [
        ("max_tokens", "length", {}),
        ("refusal", "content_filter", {}),
        ("stop_sequence", "stop", {"stop_sequence": "END"}),
        ("pause_turn", "stop", {"stop_reason": "pause_turn"}),
        ("model_context_window_exceeded", "length", {"stop_reason": "model_context_window_exceeded"}),
        ("something_new", "stop", {"stop_reason": "something_new"}),
    ],
)
async def test_stop_reasons_have_a_word_or_are_kept(
    server: Any, reason: str, finish: str, choice: Any, stream: bool
) -> None:
    server.stop = {"stop_reason": reason, "stop_sequence": "END" if reason == "stop_sequence" else None}

    [ended] = [delta for delta in await ask(server, stream=stream) if delta.finish_reason]

    assert (ended.finish_reason, ended.extra.get("choice", {})) == (finish, choice)


async def test_a_conversation_alternates_and_results_come_first(server: Any) -> None:
    call = {"id": "toolu_1", "type": "function", "function": {"name": "find", "arguments": '{"q":1}'}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}, "cache_control": {"type": "e"}}
    file = {"type": "file", "file": {"file_data": "data:text/plain;base64,SGk=", "filename": "a.txt"}}
    pdf = {"type": "file", "file": {"file_data": "JVBE", "filename": "b.pdf"}}
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    unsigned = {**thinking, "signature": ""}

    await ask(
        server,
        tools=(TOOL,),
        messages=(
            {"role": "system", "content": "Be kind."},
            {
                "role": "system",
                "content": [{"type": "text", "text": "Be brief.", "x-gonogo-cache-control": {"type": "e"}}],
            },
            {"role": "user", "content": [{"type": "text", "text": "Look"}, picture, file, pdf]},
            {"role": "user", "content": "Now."},
            {"role": "assistant", "content": "", "tool_calls": [call], "x-gonogo-thinking": [thinking, unsigned]},
            {"role": "tool", "tool_call_id": "toolu_1", "content": "none", "x-gonogo-is-error": True},
            {"role": "user", "content": "And?"},
        ),
    )

    [asked] = server.asked
    assert asked["system"] == [
        {"type": "text", "text": "Be kind."},
        {"type": "text", "text": "Be brief.", "cache_control": {"type": "e"}},
    ]
    assert asked["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "AA"},
                    "cache_control": {"type": "e"},
                },
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "Hi"},
                    "title": "a.txt",
                },
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
                    "title": "b.pdf",
                },
                {"type": "text", "text": "Now."},
            ],
        },
        {"role": "assistant", "content": [thinking, USE]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "none", "is_error": True},
                {"type": "text", "text": "And?"},
            ],
        },
    ]


async def test_parameters_are_told_in_anthropics_words(server: Any) -> None:
    schema = {"type": "object"}

    await ask(
        server,
        tools=(TOOL,),
        response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": schema}},
        parameters={
            "max_tokens": 50,
            "max_completion_tokens": 20,
            "stop": "END",
            "temperature": 0.5,
            "reasoning_effort": "low",
            "n": 1,
            "logprobs": False,
        },
        extra={
            "tool_choice": "required",
            "parallel_tool_calls": False,
            "metadata": {"user_id": "u1"},
            "service_tier": "default",
            "store": False,
            "prompt_cache_key": "k",
            "thinking": {"type": "disabled"},
        },
    )

    asked = server.asked[0]
    assert {name: asked[name] for name in sorted(asked.keys() - {"messages", "tools", "model", "stream"})} == {
        "max_tokens": 20,
        "metadata": {"user_id": "u1"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": schema}},
        "service_tier": "standard_only",
        "stop_sequences": ["END"],
        "temperature": 0.5,
        "thinking": {"type": "disabled"},
        "tool_choice": {"type": "any", "disable_parallel_tool_use": True},
    }
    assert asked["tools"] == [{"name": "find", "input_schema": {"type": "object"}}]


async def test_the_version_is_the_one_that_takes_the_request(server: Any) -> None:
    await ask(server)
    await ask(server, parameters={"temperature": 1})

    assert server.versions == ["2026-10-21", "2023-06-01"]


NOT_CARRIED: list[tuple[dict[str, Any], str]] = [
    ({"parameters": {"n": 2}}, "n"),
    ({"parameters": {"seed": 1}}, "seed"),
    ({"parameters": {"logprobs": True}}, "logprobs"),
    ({"parameters": {"presence_penalty": 0.5}}, "presence_penalty"),
    ({"parameters": {"logit_bias": {"1": 2}}}, "logit_bias"),
    ({"parameters": {"reasoning_effort": "minimal"}}, "reasoning_effort"),
    ({"parameters": {"verbosity": "low"}}, "verbosity"),
    ({"extra": {"audio": {"voice": "a"}}}, "audio"),
    ({"extra": {"modalities": ["audio"]}}, "modalities"),
    ({"extra": {"service_tier": "flex"}}, "service_tier"),
    ({"extra": {"metadata": {"tier": "gold"}}}, "metadata.tier"),
    ({"extra": {"tool_choice": {"type": "allowed_tools"}}}, "tool_choice"),
    ({"response_format": {"type": "json_object"}}, "response_format.type"),
    ({"tools": ({"type": "custom", "custom": {}},)}, "tools.0.type"),
    ({"messages": ({**USER, "name": "ana"},)}, "messages.0.name"),
    ({"messages": ({"role": "user", "content": [{"type": "input_audio"}]},)}, "messages.0.content.0.type"),
    (
        {"messages": ({"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]},)},
        "messages.0.content.0.file.file_id",
    ),
    (
        {"messages": ({"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "[]"}}]},)},
        "messages.0.tool_calls.0.function.arguments",
    ),
]


@pytest.mark.parametrize(("fields", "param"), NOT_CARRIED)
async def test_what_has_no_place_is_refused_by_name_before_anything_is_sent(
    server: Any, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(FieldNotCarried, match=param.rpartition(".")[2]) as refused:
        await ask(server, **fields)

    assert (refused.value.param, refused.value.upstream_status, refused.value.retryable) == (param, 400, False)
    assert server.asked == []


async def test_a_field_nobody_knows_is_the_upstreams_to_refuse(server: Any) -> None:
    with pytest.raises(ProviderFailed, match="x_new: Extra inputs are not permitted") as refused:
        await ask(server, extra={"x_new": 1})

    assert refused.value.upstream_status == 400
    assert not refused.value.retryable


async def test_a_wrong_key_is_named_and_blotted_out(server: Any) -> None:
    with pytest.raises(ProviderFailed, match=r"invalid x-api-key \[key\]\. Check the key of claude"):
        await ask(server, key="sk-ant-wrong-key-1")


async def test_an_overloaded_upstream_may_be_asked_again(server: Any) -> None:
    server.status = 529
    with pytest.raises(ProviderFailed, match="Overloaded") as refused:
        await ask(server)

    assert (refused.value.upstream_status, refused.value.retryable, refused.value.retry_after) == (529, True, 0.0)


async def test_a_line_that_is_cut_or_an_error_inside_is_not_a_whole_answer(server: Any) -> None:
    server.cut_after = 5
    with pytest.raises(ProviderFailed, match="not a whole answer"):
        await ask(server)
    server.cut_after, server.error_after = -1, 5
    with pytest.raises(ProviderFailed, match="Overloaded") as refused:
        await ask(server)

    assert refused.value.retryable


async def test_closing_the_answer_stops_the_upstream(server: Any) -> None:
    server.wait_after = 5
    provider = AnthropicProvider("claude", server.url, api_key=KEY)
    answer = provider.generate(ModelRequest(model="claude-x", messages=(USER,), stream=True))
    while not (await anext(answer)).content:
        pass
    await answer.aclose()

    await asyncio.wait_for(server.hung_up.wait(), 5)
    await provider.close()


async def test_pings_keep_the_line_open_and_are_no_tokens(server: Any) -> None:
    server.only_pings = True
    with pytest.raises(ProviderFailed, match="stopped sending"):
        await asyncio.wait_for(ask(server, timeouts=Timeouts(first_token=0.3, between_tokens=60)), 10)


@pytest.mark.parametrize("base_url", ["https://api.anthropic.com", "https://api.anthropic.com/v1/"])
def test_the_version_may_stand_in_the_address(base_url: str) -> None:
    assert messages_url("claude", base_url) == "https://api.anthropic.com/v1/messages"


def test_an_address_that_names_the_call_is_refused() -> None:
    with pytest.raises(BadInput, match="leave /v1/messages out"):
        messages_url("claude", "https://api.anthropic.com/v1/messages")
