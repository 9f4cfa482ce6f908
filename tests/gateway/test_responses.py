"""``/v1/responses``: OpenAI's Responses API without state, asked raw and through the official SDK."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gonogo.domain import Delta, RequestPolicy, Usage
from gonogo.errors import ProviderFailed
from gonogo.providers import Scripted, ScriptedModel

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"q":1}'}}
TOOL: Any = {"type": "function", "name": "find", "parameters": {"type": "object"}, "strict": True}
OPEN = RequestPolicy(
    system="append", allow=("temperature", "max_tokens", "reasoning_effort", "verbosity", "logprobs", "top_logprobs")
)


class Speaking(ScriptedModel):
    """Says the Deltas it was given."""

    def __init__(self, *deltas: Delta) -> None:
        super().__init__("x")
        self.deltas = deltas

    async def generate(self, request: Any) -> Any:
        self.requests.append(request)
        for delta in self.deltas:
            yield delta
        yield Delta(usage=Usage(input=9, output=6, cached=2, reasoning=3, cache_written=1))


async def ask(gate: Any, **fields: Any) -> Any:
    return await gate.call("POST", "/v1/responses", {"model": "support", "input": "How long?", **fields})


def events_of(reply: Any) -> list[tuple[str, Any]]:
    """(name, data) of each event."""
    found = []
    for block in reply.body.decode().split("\n\n"):
        if block:
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), msgspec.json.decode(data.removeprefix("data: "))))
    return found


async def test_a_text_in_gives_a_response_out(gate: Any) -> None:
    gate.model = ScriptedModel([Scripted(text="Thirty days.", usage=Usage(input=7, output=3, cached=2, reasoning=1))])
    await gate.deploy()

    reply = (await ask(gate, metadata={"a": "b"}, user="u")).json

    trace = await gate.trace()
    assert (reply["object"], reply["status"], reply["model"]) == ("response", "completed", "support@1")
    assert reply["id"] == f"resp_{trace.id}"
    [message] = reply["output"]
    assert (message["type"], message["role"], message["status"]) == ("message", "assistant", "completed")
    assert message["content"] == [{"type": "output_text", "text": "Thirty days.", "annotations": [], "logprobs": []}]
    assert reply["usage"] == {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 0},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 10,
    }
    assert (reply["store"], reply["previous_response_id"], reply["metadata"]) == (False, None, {"a": "b"})
    assert (trace.question, trace.user) == ("How long?", "u")


async def test_events_come_in_openais_order_with_numbers_and_ids(gate: Any) -> None:
    gate.model = Speaking(
        Delta(reasoning="Let me "),
        Delta(reasoning="see."),
        Delta(content="I "),
        Delta(content="look."),
        Delta(tool_calls=(CALL,), finish_reason="tool_calls"),
    )
    await gate.deploy()

    told = events_of(await ask(gate, stream=True))

    assert [name for name, _ in told] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [data["sequence_number"] for _, data in told] == list(range(len(told)))
    assert all(data["type"] == name for name, data in told)
    items = [data["item"] for name, data in told if name == "response.output_item.done"]
    final = told[-1][1]["response"]
    assert final["output"] == items
    assert [item["type"] for item in items] == ["reasoning", "message", "function_call"]
    for name, data in told:
        if "item_id" in data:
            assert data["item_id"] == items[data["output_index"]]["id"], name
    assert len({item["id"] for item in items}) == 3
    assert (items[2]["call_id"], items[2]["name"], items[2]["arguments"]) == ("c1", "find", '{"q":1}')
    assert final["usage"]["output_tokens_details"] == {"reasoning_tokens": 3}
    assert final["usage"]["input_tokens_details"] == {"cached_tokens": 2, "cache_write_tokens": 1}


async def test_the_json_form_is_the_last_events_response(gate: Any) -> None:
    gate.model = Speaking(
        Delta(reasoning="Hm.", extra={"delta": {"early": [1]}}),
        Delta(content="a", extra={"choice": {"logprobs": {"content": [{"token": "a", "logprob": -1.0}]}}}),
        Delta(extra={"delta": {"annotations": [{"type": "url_citation", "url_citation": {"url": "https://x"}}]}}),
        Delta(extra={"x_new": 1, "delta": {"note": "n"}}),
        Delta(tool_calls=(CALL, {**CALL, "id": "c2"}), finish_reason="tool_calls"),
    )
    await gate.deploy()

    whole, streamed = (await ask(gate)).json, events_of(await ask(gate, stream=True))[-1][1]["response"]

    for response in (whole, streamed):
        ids = [response.pop("id"), *(item.pop("id") for item in response["output"])]
        assert len(set(ids)) == 5
        response.pop("created_at")
    assert whole == streamed
    message = whole["output"][1]
    assert message["content"][0]["annotations"] == [{"type": "url_citation", "url": "https://x"}]
    assert message["content"][0]["logprobs"] == [{"token": "a", "logprob": -1.0}]
    assert (whole["x_new"], message["note"], message["early"]) == (1, "n", [1])


@pytest.mark.parametrize(("finish", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
async def test_a_cut_answer_is_incomplete_and_says_why(gate: Any, finish: str, reason: str) -> None:
    gate.model = ScriptedModel([Scripted(text="Thirty", finish_reason=finish)])
    await gate.deploy()

    whole, told = (await ask(gate)).json, events_of(await ask(gate, stream=True))

    assert (whole["status"], whole["incomplete_details"]) == ("incomplete", {"reason": reason})
    assert whole["output"][0]["status"] == "incomplete"
    assert told[-1][0] == "response.incomplete"


async def test_a_models_own_refusal_is_a_part_of_its_own(gate: Any) -> None:
    gate.model = Speaking(
        Delta(extra={"delta": {"refusal": "I can"}}),
        Delta(extra={"delta": {"refusal": "not."}}),
        Delta(finish_reason="stop"),
    )
    await gate.deploy()

    whole, told = (await ask(gate)).json, events_of(await ask(gate, stream=True))

    assert whole["output"][0]["content"] == [{"type": "refusal", "refusal": "I cannot."}]
    assert "response.refusal.done" in [name for name, _ in told]


async def test_an_upstream_that_dies_mid_answer_gives_an_error_and_a_failed_response(gate: Any) -> None:
    died = ProviderFailed("connection reset", provider="p", retryable=True)
    gate.model = ScriptedModel([Scripted(text="one two three", failure=died, fail_after=2)])
    await gate.deploy()

    told = events_of(await ask(gate, stream=True))

    assert [name for name, _ in told[-2:]] == ["error", "response.failed"]
    assert told[-2][1]["message"] == "connection reset"
    assert told[-1][1]["response"]["status"] == "failed"
    assert told[-1][1]["response"]["output"][0]["content"][0]["text"] == "one two"
    assert [data["sequence_number"] for _, data in told] == list(range(len(told)))


async def test_a_failure_before_the_first_byte_keeps_its_status(gate: Any) -> None:
    gate.model = ScriptedModel([ProviderFailed("no key", provider="p", upstream_status=401)])
    await gate.deploy()

    reply = await ask(gate, stream=True)

    assert (reply.status, reply.error["message"], reply.error["blame"]) == (502, "no key", "upstream")


async def test_every_field_is_put_in_the_words_of_chat(gate: Any) -> None:
    gate.model = ScriptedModel("Thirty days.")
    await gate.deploy(await gate.version(requests=OPEN))
    schema = {"type": "json_schema", "name": "a", "schema": {"type": "object"}, "strict": True}

    reply = await ask(
        gate,
        instructions="Be brief.",
        temperature=0.5,
        max_output_tokens=20,
        reasoning={"effort": "low"},
        text={"format": schema, "verbosity": "low"},
        tools=[TOOL],
        tool_choice={"type": "function", "name": "find"},
        parallel_tool_calls=False,
        include=["message.output_text.logprobs"],
        top_logprobs=2,
        service_tier="flex",
        x_new=[1],
        truncation="disabled",
        store=False,
        background=False,
        stream_options={"include_obfuscation": False},
    )

    assert reply.status == 200
    [asked] = gate.model.requests
    assert asked.messages[0] == {"role": "system", "content": "Be brief."}
    assert asked.parameters == {
        "temperature": 0.5,
        "max_completion_tokens": 20,
        "reasoning_effort": "low",
        "verbosity": "low",
        "logprobs": True,
        "top_logprobs": 2,
    }
    assert asked.response_format == {
        "type": "json_schema",
        "json_schema": {"name": "a", "schema": {"type": "object"}, "strict": True},
    }
    assert asked.tools == (
        {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}, "strict": True}},
    )
    assert asked.extra == {
        "tool_choice": {"type": "function", "function": {"name": "find"}},
        "parallel_tool_calls": False,
        "service_tier": "flex",
        "x_new": [1],
    }
    echoed = reply.json
    assert (echoed["instructions"], echoed["temperature"], echoed["max_output_tokens"]) == ("Be brief.", 0.5, 20)
    assert (echoed["tools"], echoed["text"]["format"], echoed["reasoning"]["effort"]) == ([TOOL], schema, "low")


async def test_items_become_messages_calls_and_results(gate: Any) -> None:
    gate.model = ScriptedModel("It is 30.")
    await gate.deploy()
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AA", "detail": "low"}
    file = {"type": "input_file", "file_data": "JVBE", "filename": "a.pdf"}
    text = {"type": "output_text", "text": "I look.", "annotations": [], "logprobs": []}

    await ask(
        gate,
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Look"}, picture, file]},
            {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]},
            {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "find", "arguments": "{}"},
            {"type": "function_call", "call_id": "c2", "name": "find", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "30"},
            {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "31"}]},
        ],
    )

    def call(name: str) -> dict[str, Any]:
        return {"id": name, "type": "function", "function": {"name": "find", "arguments": "{}"}}

    assert gate.model.requests[0].messages == (
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
                {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
            ],
        },
        {
            "role": "assistant",
            "content": "I look.",
            "x-gonogo-thinking": [{"type": "thinking", "thinking": "Hm.", "signature": ""}],
            "tool_calls": [call("c1"), call("c2")],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "30"},
        {"role": "tool", "tool_call_id": "c2", "content": "31"},
    )


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"previous_response_id": "resp_1"}, "previous_response_id"),
    ({"conversation": "conv_1"}, "conversation"),
    ({"background": True}, "background"),
    ({"store": True}, "store"),
    ({"prompt": {"id": "p"}}, "prompt"),
    ({"truncation": "auto"}, "truncation"),
    ({"context_management": [{"type": "compaction"}]}, "context_management"),
    ({"include": ["file_search_call.results"]}, "include"),
    ({"reasoning": {"summary": "detailed"}}, "reasoning.summary"),
    ({"reasoning": {"context": "all_turns"}}, "reasoning.context"),
    ({"text": {"tone": "x"}}, "text.tone"),
    ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
    ({"tools": [{**TOOL, "defer_loading": True}]}, "tools.0.defer_loading"),
    ({"tool_choice": {"type": "mcp"}}, "tool_choice"),
    ({"input": [{"type": "item_reference", "id": "x"}]}, "input.0.type"),
    ({"input": [{"role": "tool", "content": "x"}]}, "input.0.role"),
    ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]}, "input.0.content.0.file_id"),
    ({"input": [{"role": "user", "content": [{"type": "video"}]}]}, "input.0.content.0.type"),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "input.0.call_id"),
    ({"input": 5}, "input"),
    ({"input": []}, "input"),
    ({"include": 5}, "include"),
    ({"max_output_tokens": "5"}, "max_output_tokens"),
    ({"max_output_tokens": 5}, "max_output_tokens"),
    ({"reasoning": {"effort": "low"}}, "reasoning.effort"),
]


@pytest.mark.parametrize(("fields", "param"), REFUSED)
async def test_what_needs_state_or_has_no_place_is_refused_by_name(gate: Any, fields: Any, param: str) -> None:
    await gate.deploy(await gate.version(requests=RequestPolicy(allow=())))

    reply = await ask(gate, **fields)

    assert (reply.status, reply.error["param"], reply.error["blame"]) == (400, param, "client")


async def test_instructions_are_a_system_message_to_the_missions_rules(gate: Any) -> None:
    await gate.deploy()

    reply = await ask(gate, instructions="Be rude.")

    assert (reply.status, reply.error["code"]) == (400, "system_message_refused")


@pytest.mark.needs_openai
class TestWithTheOfficialSdk:
    async def test_a_tool_is_called_and_its_result_answered(self, gate: Any) -> None:
        gate.model = ScriptedModel([Scripted(tool_calls=(CALL,), finish_reason="tool_calls"), "It is 30."])
        await gate.deploy()
        async with gate.listening() as line, client(line) as sdk:
            first = await sdk.responses.create(model="support", input="How long?", tools=[TOOL])
            [call] = first.output
            assert (call.type, call.name, call.arguments) == ("function_call", "find", '{"q":1}')
            result = {"type": "function_call_output", "call_id": call.call_id, "output": "30"}
            conversation = [{"role": "user", "content": "How long?"}, call.model_dump(exclude_none=True), result]
            second = await sdk.responses.create(model="support", input=conversation, tools=[TOOL])

        assert second.output_text == "It is 30."
        assert [message["role"] for message in gate.model.requests[1].messages] == ["user", "assistant", "tool"]

    async def test_the_streaming_helper_puts_the_response_together(self, gate: Any) -> None:
        gate.model = Speaking(
            Delta(reasoning="Hm."),
            Delta(content="Thirty "),
            Delta(content="days."),
            Delta(tool_calls=(CALL,), finish_reason="tool_calls"),
        )
        await gate.deploy()
        async with (
            gate.listening() as line,
            client(line) as sdk,
            sdk.responses.stream(model="support", input="How long?") as stream,
        ):
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()

        assert final.output_text == "Thirty days."
        assert [item.type for item in final.output] == ["reasoning", "message", "function_call"]
        assert kinds[-1] == "response.completed"

    async def test_a_refused_field_is_a_bad_request(self, gate: Any) -> None:
        import openai

        await gate.deploy()
        async with gate.listening() as line, client(line) as sdk:
            with pytest.raises(openai.BadRequestError, match="keeps no responses") as refused:
                await sdk.responses.create(model="support", input="x", previous_response_id="resp_1")

        assert refused.value.param == "previous_response_id"


def client(line: Any) -> Any:
    import openai

    return openai.AsyncOpenAI(base_url=f"{line.url}/v1", api_key="none", max_retries=0)
