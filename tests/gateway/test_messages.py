"""``/v1/messages``: Anthropic's wire format, asked raw and through the official SDK."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from gonogo.domain import Delta, RequestPolicy, Usage
from gonogo.domain.request import CACHE_MARK, EARLIER_THINKING, FAILED_RESULT
from gonogo.errors import ProviderFailed
from gonogo.providers import Scripted, ScriptedModel

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q":1}'}}
TOOL: Any = {"name": "find", "description": "Finds.", "input_schema": {"type": "object"}}
OPEN = RequestPolicy(system="append", allow=("temperature", "top_k", "max_tokens", "stop", "reasoning_effort"))
MARK = {"type": "ephemeral"}


class Speaking(ScriptedModel):
    """Says the Deltas it was given."""

    def __init__(self, *deltas: Delta) -> None:
        super().__init__("x")
        self.deltas = deltas

    async def generate(self, request: Any) -> Any:
        self.requests.append(request)
        for delta in self.deltas:
            yield delta
        yield Delta(usage=Usage(input=12, output=6, cached=2, cache_written=3))


async def ask(gate: Any, headers: Any = None, key: str = "", **fields: Any) -> Any:
    turn = {"role": "user", "content": "How long?"}
    body = {"model": "support", "max_tokens": 100, "messages": [turn], **fields}
    return await gate.call("POST", "/v1/messages", body, headers=headers, key=key)


def events_of(reply: Any) -> list[tuple[str, Any]]:
    """(name, data) of each event."""
    found = []
    for block in reply.body.decode().split("\n\n"):
        if block:
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), msgspec.json.decode(data.removeprefix("data: "))))
    return found


async def test_a_question_gives_a_message(gate: Any) -> None:
    gate.model = ScriptedModel(
        [Scripted(text="Thirty days.", usage=Usage(input=12, output=3, cached=2, cache_written=3))]
    )
    await gate.deploy()

    reply = await ask(gate, metadata={"user_id": "u1"})

    trace = await gate.trace()
    assert reply.json == {
        "id": f"msg_{trace.id}",
        "type": "message",
        "role": "assistant",
        "model": "support@1",
        "content": [{"type": "text", "text": "Thirty days."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 7,
            "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 2,
            "output_tokens": 3,
        },
    }
    assert (trace.question, trace.user) == ("How long?", "u1")
    assert reply.headers["x-gonogo-version"] == "support@1"


async def test_events_come_in_anthropics_order(gate: Any) -> None:
    gate.model = Speaking(
        Delta(reasoning="Let me "),
        Delta(reasoning="see."),
        Delta(
            extra={"delta": {"thinking_blocks": [{"type": "thinking", "thinking": "Let me see.", "signature": "s"}]}}
        ),
        Delta(content="I "),
        Delta(content="look."),
        Delta(tool_calls=(CALL,), finish_reason="tool_calls"),
    )
    await gate.deploy()

    told = events_of(await ask(gate, stream=True))

    assert all(data["type"] == name for name, data in told)
    assert [(name, data.get("index"), data.get("delta", {}).get("type")) for name, data in told] == [
        ("message_start", None, None),
        ("ping", None, None),
        ("content_block_start", 0, None),
        ("content_block_delta", 0, "thinking_delta"),
        ("content_block_delta", 0, "thinking_delta"),
        ("content_block_delta", 0, "signature_delta"),
        ("content_block_stop", 0, None),
        ("content_block_start", 1, None),
        ("content_block_delta", 1, "text_delta"),
        ("content_block_delta", 1, "text_delta"),
        ("content_block_stop", 1, None),
        ("content_block_start", 2, None),
        ("content_block_delta", 2, "input_json_delta"),
        ("content_block_stop", 2, None),
        ("message_delta", None, None),
        ("message_stop", None, None),
    ]
    assert told[-2][1]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}
    assert told[-2][1]["usage"]["input_tokens"] == 7
    assert told[-2][1]["usage"]["cache_creation_input_tokens"] == 3
    start = told[11][1]["content_block"]
    assert start == {"type": "tool_use", "id": "c1", "name": "find", "input": {}}


async def test_thinking_text_and_tools_in_json(gate: Any) -> None:
    redacted = {"type": "redacted_thinking", "data": "x"}
    gate.model = Speaking(
        Delta(reasoning="Hm.", extra={"delta": {"thinking_blocks": [redacted]}, "usage": {"service_tier": "standard"}}),
        Delta(content="I look.", extra={"x_new": 1}),
        Delta(tool_calls=(CALL, {**CALL, "id": "c2", "function": {"name": "now", "arguments": ""}})),
        Delta(finish_reason="tool_calls"),
    )
    await gate.deploy()

    message = (await ask(gate)).json

    assert message["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        redacted,
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}},
        {"type": "tool_use", "id": "c2", "name": "now", "input": {}},
    ]
    assert (message["stop_reason"], message["x_new"]) == ("tool_use", 1)
    assert message["usage"]["service_tier"] == "standard"


@pytest.mark.parametrize(
    ("finish", "choice", "reason"),
    [
        ("stop", {}, "end_turn"),
        ("length", {}, "max_tokens"),
        ("content_filter", {}, "refusal"),
        ("stop", {"stop_reason": "END"}, "stop_sequence"),
        ("stop", {"stop_sequence": "END"}, "stop_sequence"),
        ("stop", {"stop_reason": 128}, "end_turn"),
        ("stop", {"stop_reason": "pause_turn"}, "pause_turn"),
        ("length", {"stop_reason": "model_context_window_exceeded"}, "model_context_window_exceeded"),
    ],
)
async def test_why_it_stopped_is_said_in_anthropics_words(gate: Any, finish: str, choice: Any, reason: str) -> None:
    gate.model = Speaking(Delta(content="Hi"), Delta(finish_reason=finish, extra={"choice": choice}))
    await gate.deploy()

    whole, told = (await ask(gate, stop_sequences=["END"])).json, await ask(gate, stop_sequences=["END"], stream=True)

    assert whole["stop_reason"] == events_of(told)[-2][1]["delta"]["stop_reason"] == reason
    assert whole["stop_sequence"] == ("END" if reason == "stop_sequence" else None)


async def test_an_upstream_that_dies_mid_answer_gives_an_error_event_and_no_stop(gate: Any) -> None:
    died = ProviderFailed("connection reset", provider="p", retryable=True)
    gate.model = ScriptedModel([Scripted(text="one two three", failure=died, fail_after=2)])
    await gate.deploy()

    told = events_of(await ask(gate, stream=True))

    assert told[-1][0] == "error"
    assert (told[-1][1]["type"], told[-1][1]["error"]["type"]) == ("error", "api_error")
    assert told[-1][1]["error"]["message"] == "connection reset"
    assert "message_stop" not in [name for name, _ in told]


async def test_arguments_that_are_no_object_are_a_failure_and_not_an_empty_input(gate: Any) -> None:
    broken = {**CALL, "function": {"name": "find", "arguments": '{"q":'}}
    gate.model = ScriptedModel([Scripted(tool_calls=(broken,), finish_reason="tool_calls")])
    await gate.deploy()

    reply, told = await ask(gate), events_of(await ask(gate, stream=True))

    assert (reply.status, reply.json["error"]["type"]) == (502, "api_error")
    assert "no JSON object" in reply.json["error"]["message"]
    assert told[-1][0] == "error"


async def test_every_field_is_put_in_the_words_of_chat(gate: Any) -> None:
    gate.model = ScriptedModel("Thirty days.")
    await gate.deploy(await gate.version("Be kind.", requests=OPEN))
    schema = {"type": "object"}

    reply = await ask(
        gate,
        system=[{"type": "text", "text": "Be brief.", "cache_control": MARK}],
        temperature=0.5,
        top_k=4,
        stop_sequences=["END"],
        tools=[{**TOOL, "cache_control": MARK, "strict": True}],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
        output_config={"effort": "low", "format": {"type": "json_schema", "schema": schema}},
        thinking={"type": "disabled"},
        service_tier="auto",
        x_new=[1],
    )

    assert reply.status == 200
    [asked] = gate.model.requests
    assert asked.messages[0] == {
        "role": "system",
        "content": [{"type": "text", "text": "Be kind."}, {"type": "text", "text": "Be brief.", CACHE_MARK: MARK}],
    }
    assert asked.parameters == {
        "temperature": 0.5,
        "top_k": 4,
        "max_tokens": 100,
        "stop": ["END"],
        "reasoning_effort": "low",
    }
    function = {"name": "find", "description": "Finds.", "strict": True, "parameters": {"type": "object"}}
    assert asked.tools == ({"type": "function", "function": function, CACHE_MARK: MARK},)
    answer = {"name": "answer", "schema": schema, "strict": True}
    assert asked.response_format == {"type": "json_schema", "json_schema": answer}
    assert asked.extra == {
        "tool_choice": "required",
        "parallel_tool_calls": False,
        "thinking": {"type": "disabled"},
        "service_tier": "auto",
        "x_new": [1],
    }


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"type": "auto"}, "auto"),
        ({"type": "none"}, "none"),
        ({"type": "tool", "name": "find"}, {"type": "function", "function": {"name": "find"}}),
    ],
)
async def test_choices_of_tools_have_their_counterparts(gate: Any, choice: Any, told: Any) -> None:
    gate.model = ScriptedModel("ok")
    await gate.deploy()

    await ask(gate, tools=[TOOL], tool_choice=choice)

    assert gate.model.requests[0].extra == {"tool_choice": told}


async def test_blocks_become_messages_calls_and_results(gate: Any) -> None:
    gate.model = ScriptedModel("It is 30.")
    await gate.deploy()
    thinking = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA"}}
    link = {"type": "image", "source": {"type": "url", "url": "https://x/y.png"}, "cache_control": MARK}
    pdf = {
        "type": "document",
        "title": "a.pdf",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
    }
    note = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi"}}

    await ask(
        gate,
        messages=[
            {"role": "user", "content": [{"type": "text", "text": "Look"}, picture, link, pdf, note]},
            {
                "role": "assistant",
                "content": [
                    thinking,
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": "none", "is_error": True},
                    {"type": "tool_result", "tool_use_id": "c2", "content": [{"type": "text", "text": "31"}, picture]},
                    {"type": "text", "text": "And now?", "cache_control": MARK},
                ],
            },
        ],
    )

    url = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    assert gate.model.requests[0].messages == (
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                url,
                {CACHE_MARK: MARK, "type": "image_url", "image_url": {"url": "https://x/y.png"}},
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_data": "data:text/plain;base64,SGk=", "filename": "document"}},
            ],
        },
        {"role": "assistant", "content": "I look.", "tool_calls": [CALL], EARLIER_THINKING: [thinking]},
        {"role": "tool", "tool_call_id": "c1", "content": "none", FAILED_RESULT: True},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "31"}, url]},
        {"role": "user", "content": [{CACHE_MARK: MARK, "type": "text", "text": "And now?"}]},
    )
    assert (await gate.trace()).question == "And now?"


def block(**fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [fields]}]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"max_tokens": None}, "max_tokens"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"model": ""}, "model"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
    ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
    ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "messages.0.name"),
    ({"system": 5}, "system"),
    ({"container": "c"}, "container"),
    ({"mcp_servers": [{"url": "x"}]}, "mcp_servers"),
    ({"context_management": {"edits": []}}, "context_management"),
    ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools.0.type"),
    ({"tools": [{**TOOL, "input_examples": [1]}]}, "tools.0.input_examples"),
    ({"tools": [{"name": "x"}]}, "tools.0.input_schema"),
    ({"tool_choice": {"type": "all"}}, "tool_choice.type"),
    ({"output_config": {"tone": "x"}}, "output_config.tone"),
    ({"output_config": {"effort": "low"}}, "output_config.effort"),
    ({"stop_sequences": ["x"]}, "stop_sequences"),
    ({"temperature": 1}, "temperature"),
    (block(type="video"), "messages.0.content.0.type"),
    (block(type="image", source={"type": "file", "file_id": "f"}), "messages.0.content.0.source.type"),
    (block(type="document", source={"type": "url", "url": "x"}), "messages.0.content.0.source.type"),
    (block(type="document", citations={"enabled": True}), "messages.0.content.0.citations"),
    (block(type="tool_result", content="x"), "messages.0.content.0.tool_use_id"),
]


@pytest.mark.parametrize(("fields", "param"), REFUSED)
async def test_what_has_no_place_is_refused_by_name(gate: Any, fields: Any, param: str) -> None:
    await gate.deploy(await gate.version(requests=RequestPolicy(allow=())))

    reply = await ask(gate, **fields)

    assert reply.status == 400
    assert reply.json["type"] == "error"
    assert (reply.json["error"]["type"], reply.json["error"]["param"]) == ("invalid_request_error", param)


async def test_a_turn_of_the_system_is_a_system_message_to_the_missions_rules(gate: Any) -> None:
    gate.model = ScriptedModel("ok")
    await gate.deploy()
    turns = [{"role": "user", "content": "Hi"}, {"role": "system", "content": [{"type": "text", "text": "Be rude."}]}]

    reply = await ask(gate, messages=turns)

    assert (reply.status, reply.json["error"]["code"]) == (400, "system_message_refused")


async def test_the_limit_that_every_client_must_send_is_left_out_where_the_mission_allows_none(gate: Any) -> None:
    gate.model = ScriptedModel("Thirty days.")
    await gate.deploy(await gate.version(requests=RequestPolicy(allow=())))

    reply = await ask(gate)

    assert reply.status == 200
    assert gate.model.requests[0].parameters == {}
    assert reply.headers["x-gonogo-pinned"] == "max_tokens"


async def test_errors_at_the_door_and_before_a_step_are_in_anthropics_words(gate: Any) -> None:
    gate.open_locally = False
    secret, _ = await gate.key()

    for reply, status, kind in (
        (await ask(gate), 401, "authentication_error"),
        (await ask(gate, key=secret), 404, "not_found_error"),
        (await ask(gate, key=secret, headers={"anthropic-version": "2020-01-01"}), 400, "invalid_request_error"),
        (await gate.call("POST", "/v1/messages/count_tokens", {}, key=secret), 404, "not_found_error"),
    ):
        assert (reply.status, reply.json["type"], reply.json["error"]["type"]) == (status, "error", kind)


async def test_a_stream_that_a_shutdown_cuts_ends_in_an_error_event_of_its_own_format(gate: Any) -> None:
    said = asyncio.Event()

    async def once(seconds: float) -> None:
        if said.is_set():
            await asyncio.Event().wait()
        said.set()

    gate.model = ScriptedModel([Scripted(text="one two", gap=1.0)], sleep=once)
    await gate.deploy()
    app = gate.application
    asking = asyncio.create_task(gate.call("POST", "/v1/messages", BODY | {"stream": True}, app=app))
    await asyncio.wait_for(said.wait(), 5)
    for _ in range(20):
        await asyncio.sleep(0)
    for task in app._running:
        task.cancel()

    told = events_of(await asyncio.wait_for(asking, 5))

    assert told[-1][0] == "error"
    assert told[-1][1]["error"]["type"] == "overloaded_error"


BODY: Any = {"model": "support", "max_tokens": 50, "messages": [{"role": "user", "content": "How long?"}]}


@pytest.mark.needs_anthropic
class TestWithTheOfficialSdk:
    async def test_a_tool_is_called_and_its_result_answered(self, gate: Any) -> None:
        gate.model = ScriptedModel([Scripted(tool_calls=(CALL,), finish_reason="tool_calls"), "It is 30."])
        await gate.deploy()
        async with gate.listening() as line, client(line) as sdk:
            first = await sdk.messages.create(**BODY, tools=[TOOL])
            [use] = first.content
            assert (first.stop_reason, use.name, use.input) == ("tool_use", "find", {"q": 1})
            result = {"type": "tool_result", "tool_use_id": use.id, "content": "30"}
            turns = [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
            second = await sdk.messages.create(**{**BODY, "messages": [*BODY["messages"], *turns]}, tools=[TOOL])

        assert second.content[0].text == "It is 30."
        assert [message["role"] for message in gate.model.requests[1].messages] == ["user", "assistant", "tool"]

    async def test_the_streaming_helper_puts_the_message_together(self, gate: Any) -> None:
        gate.model = Speaking(
            Delta(reasoning="Hm."),
            Delta(content="Thirty "),
            Delta(content="days."),
            Delta(tool_calls=(CALL,), finish_reason="tool_calls"),
        )
        await gate.deploy()
        async with gate.listening() as line, client(line) as sdk, sdk.messages.stream(**BODY) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            final = await stream.get_final_message()

        assert text == "Thirty days."
        assert [part.type for part in final.content] == ["thinking", "text", "tool_use"]
        assert final.content[2].input == {"q": 1}
        usage = final.usage
        assert (usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens) == (7, 6, 2)
        assert usage.cache_creation_input_tokens == 3

    async def test_both_ways_to_send_a_key_open_the_door(self, gate: Any) -> None:
        anthropic = pytest.importorskip("anthropic")

        gate.open_locally = False
        secret, _ = await gate.key()
        gate.model = ScriptedModel("Thirty days.")
        await gate.deploy()
        async with gate.listening() as line:
            for keyed in ({"api_key": secret}, {"auth_token": secret}):
                async with client(line, **keyed) as sdk:
                    assert (await sdk.messages.create(**BODY)).content[0].text == "Thirty days."
            async with client(line, api_key="gng_wrong") as sdk:
                with pytest.raises(anthropic.AuthenticationError):
                    await sdk.messages.create(**BODY)

    async def test_refusals_and_broken_streams_are_the_sdks_errors(self, gate: Any) -> None:
        anthropic = pytest.importorskip("anthropic")

        died = ProviderFailed("connection reset", provider="p", retryable=True)
        gate.model = ScriptedModel([Scripted(text="one two three", failure=died, fail_after=2)])
        await gate.deploy()
        async with gate.listening() as line, client(line) as sdk:
            with pytest.raises(anthropic.NotFoundError, match="other"):
                await sdk.messages.create(**{**BODY, "model": "other"})
            with pytest.raises(anthropic.BadRequestError, match="tools of type"):
                await sdk.messages.create(**BODY, tools=[{"type": "bash_20250124", "name": "bash"}])
            with pytest.raises(anthropic.APIStatusError, match="connection reset"):
                async with sdk.messages.stream(**BODY) as stream:
                    await stream.get_final_message()


def client(line: Any, **keyed: Any) -> Any:
    anthropic = pytest.importorskip("anthropic")
    return anthropic.AsyncAnthropic(base_url=line.url, max_retries=0, **(keyed or {"api_key": "none"}))
