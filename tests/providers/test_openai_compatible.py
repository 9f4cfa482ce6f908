"""Against a real server on this machine: whole streams, and every way in which one is not whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from gonogo.domain import Delta, ModelRequest, Usage
from gonogo.errors import BadInput, ProviderFailed
from gonogo.providers.openai_compatible import OpenAICompatibleProvider, is_reasoning_model, wire_body
from gonogo.providers.timeouts import Timeouts

ASKED = ModelRequest(model="echo", messages=({"role": "user", "content": "Hello?"},))
Make = Callable[..., OpenAICompatibleProvider]


@pytest.fixture
async def make(upstream: Any, wire: Any) -> AsyncIterator[Make]:
    made: list[OpenAICompatibleProvider] = []

    def build(**options: Any) -> OpenAICompatibleProvider:
        given = {"api_key": wire.KEY, **options}
        made.append(OpenAICompatibleProvider("acme", given.pop("base_url", upstream.url), **given))
        return made[-1]

    yield build
    for provider in made:
        await provider.close()


async def _all(provider: OpenAICompatibleProvider, request: ModelRequest = ASKED) -> list[Delta]:
    return [delta async for delta in provider.generate(request)]


async def _failure(provider: OpenAICompatibleProvider) -> ProviderFailed:
    with pytest.raises(ProviderFailed) as failed:
        await _all(provider)
    assert failed.value.provider == "acme"
    return failed.value


async def test_a_stream_becomes_deltas_with_usage_model_and_fingerprint(make: Make) -> None:
    deltas = await _all(make())
    assert "".join(delta.content for delta in deltas) == "Hello"
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]
    assert deltas[-1].usage == Usage(input=12, output=7, cached=4, reasoning=3)
    assert {(delta.model, delta.fingerprint) for delta in deltas} == {("echo-2024-01-01", "fp_7")}


async def test_usage_is_asked_for_and_the_key_is_sent(make: Make, upstream: Any, wire: Any) -> None:
    await _all(make())
    assert upstream.bodies[0]["stream_options"] == {"include_usage": True}
    assert upstream.headers[0]["Authorization"] == f"Bearer {wire.KEY}"


async def test_a_local_server_needs_no_key(make: Make, upstream: Any) -> None:
    upstream.needs_key = False
    await _all(make(api_key=""))
    assert "Authorization" not in upstream.headers[0]


async def test_one_json_reply_can_be_asked_for(make: Make, upstream: Any, wire: Any) -> None:
    message = {"role": "assistant", "content": "Hi", "reasoning_content": "hm"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    upstream.answer = wire.replied({"id": "x", "model": "echo", "choices": [choice], "usage": wire.USAGE})
    deltas = await _all(make(streams=False))
    assert (deltas[0].content, deltas[0].reasoning, deltas[0].finish_reason) == ("Hi", "hm", "stop")
    assert upstream.bodies[0]["stream"] is False
    assert "stream_options" not in upstream.bodies[0]


async def test_a_server_that_answers_json_to_a_streamed_request_is_understood(
    make: Make, upstream: Any, wire: Any
) -> None:
    choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}
    upstream.answer = wire.replied({"choices": [choice]})
    assert [delta.content for delta in await _all(make())] == ["Hi"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_the_borders_of_network_pieces_do_not_matter(make: Make, upstream: Any, wire: Any, size: int) -> None:
    pieces = [wire.WHOLE[at : at + size] for at in range(0, len(wire.WHOLE), size)]
    upstream.answer = wire.streamed(*pieces)
    assert "".join(delta.content for delta in await _all(make())) == "Hello"


async def test_unknown_fields_of_request_and_answer_survive(make: Make, upstream: Any, wire: Any) -> None:
    pieces = wire.chunk("a", finish="stop", service_tier="flex", choice={"logprobs": {"x": 1}}, delta={"mood": "good"})
    upstream.answer = wire.streamed(wire.sse(pieces, "[DONE]"))
    asked = ModelRequest(model="echo", messages=ASKED.messages, extra={"x_unknown": {"deep": [1]}})
    deltas = await _all(make(), asked)
    assert upstream.bodies[0]["x_unknown"] == {"deep": [1]}
    extra = {name: value for delta in deltas for name, value in delta.extra.items()}
    assert extra == {"service_tier": "flex", "choice": {"logprobs": {"x": 1}}, "delta": {"mood": "good"}}


async def test_tool_calls_are_joined_by_index_and_come_whole(make: Make, upstream: Any, wire: Any) -> None:
    parts = [
        {"index": 1, "id": "b", "type": "function", "function": {"name": "two", "arguments": ""}},
        {"index": 0, "id": "a", "type": "function", "function": {"name": "one", "arguments": '{"x"'}},
        {"index": 0, "function": {"arguments": ":1}"}},
        {"index": 1, "function": {"arguments": "{}"}},
    ]
    chunks = [wire.chunk(delta={"tool_calls": [part]}) for part in parts]
    upstream.answer = wire.streamed(wire.sse(*chunks, wire.chunk(finish="tool_calls"), "[DONE]"))
    calls = [call for delta in await _all(make()) for call in delta.tool_calls]
    assert [(call["id"], call["function"]) for call in calls] == [
        ("a", {"name": "one", "arguments": '{"x":1}'}),
        ("b", {"name": "two", "arguments": "{}"}),
    ]


@pytest.mark.parametrize("then", ["end", "cut"])
async def test_a_stream_that_ends_without_a_finish_reason_is_a_failure(
    make: Make, upstream: Any, wire: Any, then: str
) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("Hel")), then=then)
    stream = make().generate(ASKED)
    assert (await anext(stream)).content == "Hel"
    with pytest.raises(ProviderFailed, match="not a whole answer") as failed:
        await anext(stream)
    assert failed.value.retryable


async def test_a_server_that_never_sends_done_but_finishes_is_whole(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("a"), wire.chunk(finish="stop")))
    assert [delta.content for delta in await _all(make())] == ["a", ""]


async def test_an_error_inside_a_stream_is_a_failure_with_its_message(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("a"), {"error": {"message": "model overloaded"}}))
    assert "model overloaded" in str(await _failure(make()))


async def test_a_refusal_for_too_many_requests_says_whose_limit_it_is_and_when_to_return(
    make: Make, upstream: Any, wire: Any
) -> None:
    error = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    upstream.answer = wire.replied(error, status=429, headers={"Retry-After": "7"})
    failed = await _failure(make())
    assert (failed.upstream_status, failed.retryable, failed.retry_after) == (429, True, 7.0)
    assert str(failed) == "acme answered 429: Rate limit reached. That is the limit of acme, not one of gonogo."


async def test_a_wrong_key_is_named_as_the_fault_and_never_repeated(make: Make) -> None:
    failed = await _failure(make(api_key="sk-secret-1"))
    assert failed.upstream_status == 401
    assert not failed.retryable
    assert "sk-secret-1" not in str(failed)
    assert "Incorrect API key provided: Bearer [key]" in str(failed)


def test_the_key_is_not_shown(wire: Any) -> None:
    assert wire.KEY not in repr(OpenAICompatibleProvider("acme", "http://host/v1", api_key=wire.KEY))


@pytest.mark.parametrize(
    ("pieces", "said"),
    [
        ([b"data: {not json}\n\n"], "no chat completion"),
        ([b'data: {"choices": 3}\n\n'], "no chat completion"),
        ([b'data: {"choices": [3]}\n\n'], "no chat completion"),
        ([b"data: [1]\n\n"], "no chat completion"),
        ([b'data: {"choices": [{"delta": {"tool_calls": 3}}]}\n\n'], "no chat completion"),
    ],
)
async def test_malformed_streams_are_failures(
    make: Make, upstream: Any, wire: Any, pieces: list[bytes], said: str
) -> None:
    upstream.answer = wire.streamed(*pieces)
    assert said in str(await _failure(make()))


async def test_a_page_instead_of_an_answer_points_at_base_url(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.replied("<html>Welcome</html>")
    assert "base_url" in str(await _failure(make()))


async def test_a_redirect_is_not_followed_with_the_key(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.replied({}, status=307, headers={"Location": f"{upstream.url}/chat/completions"})
    failed = await _failure(make())
    assert "Redirects are not followed" in str(failed)
    assert len(upstream.bodies) == 1


async def test_nobody_listening_is_said_with_the_address(make: Make, unused_port: int) -> None:
    failed = await _failure(make(base_url=f"http://127.0.0.1:{unused_port}/v1"))
    assert f"127.0.0.1:{unused_port}" in str(failed)
    assert failed.retryable


async def test_no_first_token_in_time_is_a_failure_although_comments_arrive(
    make: Make, upstream: Any, wire: Any
) -> None:
    upstream.answer = wire.streamed(b": wait\n\n", then="stall")
    assert "stopped sending" in str(await _failure(make(timeouts=Timeouts(first_token=0.1))))


async def test_no_further_token_in_time_is_a_failure(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("a")), then="stall")
    assert "stopped sending" in str(await _failure(make(timeouts=Timeouts(between_tokens=0.1))))


async def test_the_whole_call_has_its_own_limit(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("a")), then="stall")
    assert "stopped sending" in str(await _failure(make(timeouts=Timeouts(total=0.15))))


async def test_closing_the_iterator_stops_the_upstream(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("a")), then="stall")
    stream = make().generate(ASKED)
    assert (await anext(stream)).content == "a"
    await stream.aclose()
    await asyncio.wait_for(upstream.left.wait(), 5)


async def test_cancelling_before_the_first_token_stops_the_upstream(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(b": wait\n\n", then="stall")
    task = asyncio.create_task(_all(make()))
    await asyncio.wait_for(upstream.asked.wait(), 5)
    task.cancel()
    await asyncio.wait_for(upstream.left.wait(), 5)


async def test_a_closed_provider_opens_again_when_asked(make: Make) -> None:
    provider = make()
    await _all(provider)
    await provider.close()
    assert await _all(provider)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host/v1",
        "https://",
        "https://user:secret@host/v1",
        "http://host:99999/v1",
        "http://host:abc/v1",
        "http://[::1/v1",
        "https://host/v1?api-version=1",
        "https://host/v1/chat/completions",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="base_url of provider acme"):
        OpenAICompatibleProvider("acme", url)


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("o1", True),
        ("o3-mini", True),
        ("openai/o4-mini", True),
        ("gpt-5-mini", True),
        ("gpt-4o", False),
        ("olmo", False),
    ],
)
def test_reasoning_models_are_known_by_name(model: str, reasons: bool) -> None:
    assert is_reasoning_model(model) is reasons


def test_max_tokens_is_renamed_for_reasoning_models_and_nothing_is_dropped() -> None:
    parameters = {"max_tokens": 9, "temperature": 0.2, "reasoning_effort": "low"}
    body = wire_body(ModelRequest(model="gpt-5", messages=(), parameters=parameters), stream=True)
    assert body["max_completion_tokens"] == 9
    assert "max_tokens" not in body
    assert (body["temperature"], body["reasoning_effort"]) == (0.2, "low")


def test_other_models_keep_max_tokens_and_own_stream_options_are_kept() -> None:
    asked = ModelRequest(
        model="llama3", messages=(), parameters={"max_tokens": 9}, extra={"stream_options": {"mark": 1}}
    )
    body = wire_body(asked, stream=True)
    assert body["max_tokens"] == 9
    assert body["stream_options"] == {"mark": 1, "include_usage": True}


def test_tools_and_format_are_sent() -> None:
    asked = ModelRequest(model="m", messages=(), tools=({"type": "function"},), response_format={"type": "json_object"})
    body = wire_body(asked, stream=False)
    assert (body["tools"], body["response_format"]) == ([{"type": "function"}], {"type": "json_object"})


@pytest.mark.parametrize(("model", "name"), [("gpt-5", "max_completion_tokens"), ("llama3", "max_tokens")])
def test_of_both_names_of_the_limit_one_is_sent_and_the_smaller_holds(model: str, name: str) -> None:
    parameters = {"max_tokens": 100, "max_completion_tokens": 9000}
    body = wire_body(ModelRequest(model=model, messages=(), parameters=parameters), stream=True)
    assert {key: value for key, value in body.items() if key.startswith("max_")} == {name: 100}


async def test_blanks_around_a_key_are_not_sent(upstream: Any, wire: Any) -> None:
    provider = OpenAICompatibleProvider("acme", f" {upstream.url} ", api_key=f" {wire.KEY}\n")
    assert await _all(provider)
    await provider.close()


def test_a_key_with_a_line_break_inside_is_refused_without_being_repeated() -> None:
    with pytest.raises(BadInput, match="the key of provider acme") as refused:
        OpenAICompatibleProvider("acme", "http://host/v1", api_key="sk-a\r\nsk-b")
    assert "sk-" not in str(refused.value)


@pytest.mark.parametrize("error", [{"object": "error", "message": "no room"}, {"type": "error", "message": "no room"}])
async def test_an_error_that_stands_bare_in_a_stream_is_a_failure_with_its_message(
    make: Make, upstream: Any, wire: Any, error: dict[str, Any]
) -> None:
    upstream.answer = wire.streamed(wire.sse(wire.chunk("Hel"), error))
    with pytest.raises(ProviderFailed, match="no room"):
        await _all(make())


async def test_an_answer_nested_too_deeply_is_the_upstreams_failure(make: Make, upstream: Any, wire: Any) -> None:
    upstream.answer = wire.streamed(b'{"choices":' + b"[" * 100_000, content_type="application/json")
    with pytest.raises(ProviderFailed, match="no chat completion"):
        await _all(make())


async def test_https_at_a_server_without_it_says_so(upstream: Any) -> None:
    provider = OpenAICompatibleProvider("acme", upstream.url.replace("http://", "https://"))
    with pytest.raises(ProviderFailed, match="does not speak TLS"):
        await _all(provider)
    await provider.close()
