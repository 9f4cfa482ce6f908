"""The official SDK speaks to the gateway as it speaks to OpenAI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gonogo.domain import RequestPolicy, Usage
from gonogo.errors import ProviderFailed
from gonogo.providers import Scripted, ScriptedModel

pytestmark = pytest.mark.needs_openai
ASK: Any = {"model": "support", "messages": [{"role": "user", "content": "How long?"}]}
TOOL: Any = {"type": "function", "function": {"name": "find", "parameters": {"type": "object", "properties": {}}}}


def client(line: Any, **options: Any) -> Any:
    import openai

    return openai.AsyncOpenAI(base_url=f"{line.url}/v1", api_key=options.pop("key", "none"), max_retries=0, **options)


async def test_an_answer_in_json(gate: Any) -> None:
    gate.model = ScriptedModel([Scripted(text="Thirty days.", usage=Usage(input=7, output=3, cached=2, reasoning=1))])
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        reply = await sdk.chat.completions.create(**ASK)

    assert reply.choices[0].message.content == "Thirty days."
    assert (reply.choices[0].finish_reason, reply.model) == ("stop", "support@1")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (7, 3, 10)
    assert reply.usage.prompt_tokens_details.cached_tokens == 2
    assert reply.usage.completion_tokens_details.reasoning_tokens == 1
    assert reply.id == f"chatcmpl-{(await gate.trace()).id}"


async def test_an_answer_in_a_stream(gate: Any) -> None:
    gate.model = ScriptedModel("One two three.")
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        stream = await sdk.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]

    said = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(said) == "One two three."
    assert len(said) > 3
    assert chunks[-1].usage.total_tokens == 15


async def test_the_streaming_helper_puts_the_answer_together(gate: Any) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
    gate.model = ScriptedModel([Scripted(text="Let me see.", tool_calls=(call,), finish_reason="tool_calls")])
    await gate.deploy()
    async with (
        gate.listening() as line,
        client(line) as sdk,
        sdk.chat.completions.stream(**ASK, tools=[TOOL]) as stream,
    ):
        reply = await stream.get_final_completion()

    message = reply.choices[0].message
    assert message.content == "Let me see."
    assert (message.tool_calls[0].id, message.tool_calls[0].function.arguments) == ("c1", '{"q": 1}')
    assert reply.choices[0].finish_reason == "tool_calls"


async def test_a_whole_conversation_with_a_tool(gate: Any) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    gate.model = ScriptedModel([Scripted(tool_calls=(call,), finish_reason="tool_calls"), "It is 30."])
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        asked = await sdk.chat.completions.create(**ASK, tools=[TOOL])
        message = asked.choices[0].message.model_dump(exclude_none=True)
        result = {"role": "tool", "tool_call_id": "c1", "content": "30"}
        told = await sdk.chat.completions.create(
            model="support", messages=[*ASK["messages"], message, result], tools=[TOOL]
        )

    assert told.choices[0].message.content == "It is 30."
    assert [message["role"] for message in gate.model.requests[1].messages] == ["user", "assistant", "tool"]
    assert gate.model.requests[1].messages[1]["tool_calls"] == [call]


async def test_structured_output_is_parsed(gate: Any) -> None:
    import pydantic

    class Period(pydantic.BaseModel):
        days: int

    gate.model = ScriptedModel('{"days": 30}')
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        reply = await sdk.chat.completions.parse(**ASK, response_format=Period)

    assert reply.choices[0].message.parsed == Period(days=30)
    assert gate.model.requests[0].response_format["json_schema"]["name"] == "Period"


async def test_an_extra_body_reaches_the_upstream_and_extra_fields_come_back(gate: Any) -> None:
    gate.model = ScriptedModel([Scripted(text="ok", extra={"x_cost": 1})])
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        reply = await sdk.chat.completions.create(**ASK, extra_body={"x_new": {"a": 1}})

    assert gate.model.requests[0].extra == {"x_new": {"a": 1}}
    assert reply.x_cost == 1


async def test_models_are_listed_and_retrieved(gate: Any) -> None:
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        listed = [model.id async for model in sdk.models.list()]
        one = await sdk.models.retrieve("support")

    assert listed == ["support"]
    assert (one.id, one.owned_by) == ("support", "gonogo")


@pytest.mark.parametrize(
    ("change", "kind", "code"),
    [
        ({"model": "suport"}, "NotFoundError", "model_not_found"),
        ({"temperature": "hot"}, "BadRequestError", None),
        ({"presence_penalty": 1.0}, "BadRequestError", "parameter_refused"),
        (
            {"messages": [{"role": "system", "content": "x"}, *ASK["messages"]]},
            "BadRequestError",
            "system_message_refused",
        ),
        ({"messages": []}, "BadRequestError", None),
    ],
)
async def test_refusals_are_the_errors_the_sdk_knows(gate: Any, change: Any, kind: str, code: str | None) -> None:
    import openai

    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        with pytest.raises(openai.APIStatusError) as error:
            await sdk.chat.completions.create(**{**ASK, **change})

    assert (type(error.value).__name__, error.value.code) == (kind, code)
    assert error.value.body["blame"] == "client"


async def test_a_wrong_key_is_an_authentication_error(gate: Any) -> None:
    import openai

    gate.open_locally = False
    secret, _ = await gate.key()
    await gate.deploy()
    async with gate.listening() as line:
        async with client(line, key="gng_wrong") as sdk:
            with pytest.raises(openai.AuthenticationError) as error:
                await sdk.chat.completions.create(**ASK)
        async with client(line, key=secret) as sdk:
            assert (await sdk.chat.completions.create(**ASK)).choices

    assert error.value.code == "invalid_api_key"


@pytest.mark.parametrize(
    ("upstream", "kind"), [(429, "RateLimitError"), (401, "InternalServerError"), (400, "BadRequestError")]
)
async def test_an_upstreams_refusal_is_the_matching_error_and_is_not_repeated(
    gate: Any, upstream: int, kind: str
) -> None:
    import openai

    gate.model = ScriptedModel([ProviderFailed("said no", provider="openai", upstream_status=upstream)])
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        with pytest.raises(openai.APIStatusError) as error:
            await sdk.with_options(max_retries=2).chat.completions.create(**ASK)

    assert type(error.value).__name__ == kind
    assert error.value.body["blame"] == "upstream"
    assert len(gate.model.requests) == 1


async def test_a_stream_that_breaks_raises_in_the_sdk_instead_of_ending(gate: Any) -> None:
    import openai

    died = ProviderFailed("connection reset", provider="openai", retryable=True)
    gate.model = ScriptedModel([Scripted(text="one two three", failure=died, fail_after=2)])
    await gate.deploy()
    said = []
    async with gate.listening() as line, client(line) as sdk:
        with pytest.raises(openai.APIError, match="connection reset"):
            async for chunk in await sdk.chat.completions.create(**ASK, stream=True):
                said.append(chunk.choices[0].delta.content)  # noqa: PERF401 - what came before the failure counts

    assert said == ["one", " two"]


async def test_the_trace_and_the_version_are_in_the_headers(gate: Any) -> None:
    await gate.deploy(await gate.version(requests=RequestPolicy(allow=("temperature",))))
    async with gate.listening() as line, client(line) as sdk:
        raw = await sdk.chat.completions.with_raw_response.create(**ASK, temperature=0.1)

    assert raw.headers["x-gonogo-version"] == "support@1"
    assert raw.headers["x-gonogo-trace"] == (await gate.trace()).id


async def test_leaving_the_sdks_stream_early_aborts_the_answer(gate: Any) -> None:
    waiting = asyncio.Event()

    async def wait(seconds: float) -> None:
        if seconds:
            waiting.set()
            await asyncio.Event().wait()

    gate.model = ScriptedModel([Scripted(text="one two three", gap=1.0)], sleep=wait)
    await gate.deploy()
    async with gate.listening() as line, client(line) as sdk:
        stream = await sdk.chat.completions.create(**ASK, stream=True)
        assert (await anext(stream)).choices[0].delta.content == "one"
        await waiting.wait()
        await stream.close()
        trace = await gate.trace()

    assert (trace.outcome, trace.answer) == ("aborted", "one")
    assert gate.model.cancelled == 1


async def test_the_blocking_client_works_the_same(gate: Any) -> None:
    import openai

    await gate.deploy()

    def ask(url: str) -> tuple[str, str]:
        with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0) as sdk:
            whole = sdk.chat.completions.create(**ASK).choices[0].message.content
            stream = sdk.chat.completions.create(**ASK, stream=True)
            return whole, "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    async with gate.listening() as line:
        assert await asyncio.to_thread(ask, line.url) == ("Thirty days.", "Thirty days.")
