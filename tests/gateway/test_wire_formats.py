"""Every wire format inward over every wire format outward: a tool goes round, thoughts and counts with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from tests.providers.anthropic_server import KEY, AnthropicServer

from gonogo.domain import ModelSpec, RequestPolicy
from gonogo.providers import PROVIDERS, ProviderOptions

ANSWER = "It is thirty days."
SIGNED = {"type": "thinking", "thinking": "Let me look.", "signature": "sig-1"}
SCHEMA = {"type": "object", "properties": {"q": {"type": "integer"}}}
MESSAGE_KEYS = {"role", "content", "tool_calls", "tool_call_id", "refusal", "annotations"}
FORMS = pytest.mark.parametrize("stream", [True, False], ids=["stream", "json"])


class OpenAIServer:
    """Chat completions from a script of (text, call); refuses what is no field of OpenAI's, as its makers do."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.script: list[tuple[str, dict[str, Any] | None]] = [("", None)]
        self.cut = False

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}/v1"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        if unknown := _unknown(body):
            return web.json_response({"error": {"message": f"Unknown parameter: {unknown}"}}, status=400)
        text, call = self.script[min(len(self.asked), len(self.script)) - 1]
        message: dict[str, Any] = {"role": "assistant", "content": text or None}
        message |= {"tool_calls": [call]} if call else {}
        finish = "tool_calls" if call else "stop"
        usage = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18,
                 "prompt_tokens_details": {"cached_tokens": 2}}  # fmt: skip
        head = {"id": "c", "created": 1, "model": "m-1"}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": finish}
            return web.json_response({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
        reply = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await reply.prepare(request)
        said = {**message, **({"tool_calls": [{**call, "index": 0}]} if call else {})}
        deltas = [(said, None), ({}, finish)]
        for delta, end in deltas:
            chunk = {**head, "object": "chat.completion.chunk",
                     "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}  # fmt: skip
            await reply.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            if self.cut:
                assert request.transport is not None
                request.transport.abort()
                return reply
        await reply.write(b"data: " + json.dumps({**head, "choices": [], "usage": usage}).encode() + b"\n\n")
        await reply.write(b"data: [DONE]\n\n")
        return reply


def _unknown(body: Any) -> str:
    for message in body["messages"]:
        if extra := set(message) - MESSAGE_KEYS:
            return f"messages.{extra}"
        for part in message["content"] if isinstance(message["content"], list) else ():
            if extra := set(part) - {"type", part["type"]}:
                return f"content.{extra}"
    tools = (set(tool) - {"type", "function"} for tool in body.get("tools", ()))
    return next((f"tools.{extra}" for extra in tools if extra), "")


class OpenAIOut:
    """The upstream that speaks chat completions."""

    kind = "openai"

    def __init__(self) -> None:
        self.server = OpenAIServer()

    def script(self) -> None:
        function = {"name": "find", "arguments": '{"q": 1}'}
        call = {"id": "call_1", "type": "function", "function": function}
        self.server.script = [("", call), (ANSWER, None)]

    def cut(self) -> None:
        self.server.script, self.server.cut = [(ANSWER, None)], True

    def result(self) -> Any:
        """What the second request says the tool gave."""
        [message] = [message for message in self.server.asked[1]["messages"] if message["role"] == "tool"]
        return message["tool_call_id"], message["content"]


class AnthropicOut:
    """The upstream that speaks Anthropic's Messages API; it thinks, and wants its thoughts back."""

    kind = "anthropic"

    def __init__(self) -> None:
        self.server = AnthropicServer()

    def script(self) -> None:
        use = {"type": "tool_use", "id": "call_1", "name": "find", "input": {"q": 1}}
        self.server.content = [[SIGNED, use], [{"type": "text", "text": ANSWER}]]
        self.server.stop = {"stop_reason": "tool_use", "stop_sequence": None}

    def cut(self) -> None:
        self.server.cut_after = 5

    def result(self) -> Any:
        [block] = self.server.asked[1]["messages"][-1]["content"]
        return block["tool_use_id"], block["content"]


class ChatIn:
    """A client of chat completions."""

    path = "/v1/chat/completions"
    done = b"data: [DONE]"

    def body(self, turns: list[Any]) -> dict[str, Any]:
        tool = {"type": "function", "function": {"name": "find", "parameters": SCHEMA}}
        return {"messages": [{"role": "user", "content": "How long?"}, *turns], "tools": [tool], "max_tokens": 99}

    def read(self, reply: Any, stream: bool) -> tuple[str, list[Any], Any]:
        """(text, turns that answer the call, usage)."""
        if not stream:
            message, usage = reply.json["choices"][0]["message"], reply.json["usage"]
        else:
            message, usage = {"role": "assistant", "content": None}, None
            for event in reply.events[:-1]:
                delta = event["choices"][0]["delta"]
                message |= {name: value for name, value in delta.items() if name in ("tool_calls", "thinking_blocks")}
                message["content"] = (message["content"] or "") + (delta.get("content") or "")
                usage = event.get("usage") or usage
        message.pop("reasoning_content", None)
        results = [
            {"role": "tool", "tool_call_id": call["id"], "content": "30"} for call in message.get("tool_calls", ())
        ]
        counts = (usage["prompt_tokens"], usage["completion_tokens"], usage["prompt_tokens_details"]["cached_tokens"])
        return message["content"] or "", [message, *results], counts


class ResponsesIn:
    """A client of the Responses API without state, which takes its reasoning along."""

    path = "/v1/responses"
    done = b"event: response.completed"

    def body(self, turns: list[Any]) -> dict[str, Any]:
        tool = {"type": "function", "name": "find", "parameters": SCHEMA}
        given = [{"role": "user", "content": "How long?"}, *turns]
        return {"input": given, "tools": [tool], "max_output_tokens": 99, "include": ["reasoning.encrypted_content"]}

    def read(self, reply: Any, stream: bool) -> tuple[str, list[Any], Any]:
        response = events_of(reply)[-1]["response"] if stream else reply.json
        output = response["output"]
        text = "".join(part["text"] for item in output if item["type"] == "message" for part in item["content"])
        calls = [item for item in output if item["type"] == "function_call"]
        results = [{"type": "function_call_output", "call_id": call["call_id"], "output": "30"} for call in calls]
        usage = response["usage"]
        counts = (usage["input_tokens"], usage["output_tokens"], usage["input_tokens_details"]["cached_tokens"])
        return text, [*output, *results], counts


class MessagesIn:
    """A client of Anthropic's Messages API, with marks of a prompt cache wherever they may stand."""

    path = "/v1/messages"
    done = b"event: message_stop"

    def body(self, turns: list[Any]) -> dict[str, Any]:
        mark = {"cache_control": {"type": "ephemeral"}}
        asked = {"role": "user", "content": [{"type": "text", "text": "How long?", **mark}]}
        tool = {"name": "find", "input_schema": SCHEMA, **mark}
        return {"messages": [asked, *turns], "tools": [tool], "max_tokens": 99}

    def read(self, reply: Any, stream: bool) -> tuple[str, list[Any], Any]:
        content, usage = (reply.json["content"], reply.json["usage"]) if not stream else self._joined(events_of(reply))
        uses = [block for block in content if block["type"] == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": use["id"], "content": "30"} for use in uses]
        text = "".join(block["text"] for block in content if block["type"] == "text")
        read = usage["input_tokens"] + usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
        counts = (read, usage["output_tokens"], usage["cache_read_input_tokens"])
        return text, [{"role": "assistant", "content": content}, {"role": "user", "content": results}], counts

    def _joined(self, events: list[Any]) -> tuple[list[Any], Any]:
        content: list[Any] = []
        usage: Any = None
        for event in events:
            delta = event.get("delta", {})
            if event["type"] == "content_block_start":
                content.append(event["content_block"])
            elif event["type"] == "message_delta":
                usage = event["usage"]
            for name in ("text", "thinking", "signature"):
                if name in delta:
                    content[-1][name] += delta[name]
            if "partial_json" in delta:
                content[-1]["input"] = json.loads(delta["partial_json"])
        return content, usage


def events_of(reply: Any) -> list[Any]:
    lines = (line for line in reply.body.decode().split("\n") if line.startswith("data: {"))
    return [msgspec.json.decode(line[6:]) for line in lines]


@pytest.fixture(params=[OpenAIOut, AnthropicOut], ids=lambda out: f"to {out.kind}")
async def upstream(request: Any, gate: Any) -> AsyncIterator[Any]:
    out = request.param()
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(out.server.listening())
        options = ProviderOptions(name="upstream", reader=gate.reader, base_url=address, api_key=KEY)
        gate.model = PROVIDERS[out.kind](options)
        stack.push_async_callback(gate.model.close)
        policy = RequestPolicy(allow=("max_tokens",))
        models = {"main": ModelSpec(provider="scripted", model="m")}
        await gate.deploy(await gate.version("Be kind.", requests=policy, models=models))
        yield out


@pytest.fixture(params=[ChatIn, ResponsesIn, MessagesIn], ids=lambda come: f"from {come.path[4:]}")
def client(request: Any) -> Any:
    return request.param()


async def ask(gate: Any, client: Any, turns: list[Any], stream: bool) -> Any:
    return await gate.call("POST", client.path, {**client.body(turns), "model": "support", "stream": stream})


@FORMS
async def test_a_call_and_its_result_go_round(gate: Any, client: Any, upstream: Any, stream: bool) -> None:
    upstream.script()

    first = await ask(gate, client, [], stream)
    assert first.status == 200, first.body
    nothing, turns, _ = client.read(first, stream)
    if isinstance(upstream, AnthropicOut):
        upstream.server.stop = {"stop_reason": "end_turn", "stop_sequence": None}
    second = await ask(gate, client, turns, stream)
    assert second.status == 200, second.body
    text, _, counts = client.read(second, stream)

    assert (nothing, text) == ("", ANSWER)
    assert upstream.result() == ("call_1", "30")
    assert counts == (12, 6, 2)
    assert "Be kind." in json.dumps(upstream.server.asked[1])
    assert [trace.outcome for trace in await gate.traces()] == ["answered", "answered"]


@FORMS
async def test_thoughts_go_back_signed_to_the_upstream_that_thought_them(
    gate: Any, client: Any, upstream: Any, stream: bool
) -> None:
    upstream.script()
    _, turns, _ = client.read(await ask(gate, client, [], stream), stream)

    await ask(gate, client, turns, stream)

    sent = json.dumps(upstream.server.asked[1])
    if isinstance(upstream, AnthropicOut):
        assert upstream.server.asked[1]["messages"][1]["content"][0] == SIGNED
    else:
        assert "thinking" not in sent


async def test_an_answer_that_breaks_off_says_so_in_every_format(gate: Any, client: Any, upstream: Any) -> None:
    upstream.cut()

    reply = await ask(gate, client, [], True)

    assert reply.status == 200
    assert b"error" in reply.body
    assert b"not a whole answer" in reply.body
    assert client.done not in reply.body
    assert (await gate.trace()).outcome == "failed"


async def test_marks_of_a_prompt_cache_reach_the_upstream_that_knows_them(gate: Any, upstream: Any) -> None:
    upstream.script()

    assert (await ask(gate, MessagesIn(), [], False)).status == 200

    marks = json.dumps(upstream.server.asked[0]).count("cache_control")
    assert marks == (2 if isinstance(upstream, AnthropicOut) else 0)


async def test_a_field_that_cannot_be_carried_is_the_clients_to_leave_out(gate: Any, upstream: Any) -> None:
    policy = RequestPolicy(allow=("seed",))
    await gate.deploy(await gate.version("Be kind.", requests=policy))
    await gate.serving.refresh()

    reply = await gate.chat(gate.question(seed=7))

    if isinstance(upstream, AnthropicOut):
        assert (reply.status, reply.error["param"], reply.error["blame"]) == (400, "seed", "client")
        assert (reply.error["type"], reply.error["code"]) == ("invalid_request_error", "field_not_carried")
        assert upstream.server.asked == []
        assert (await gate.trace()).usage.input == 0
    else:
        assert upstream.server.asked[0]["seed"] == 7


async def test_what_cannot_be_carried_is_named_as_the_client_named_it(gate: Any, upstream: Any) -> None:
    policy = RequestPolicy(allow=("reasoning_effort", "max_tokens"))
    await gate.deploy(await gate.version("Be kind.", requests=policy))
    await gate.serving.refresh()
    body = {"model": "support", "input": "How long?", "reasoning": {"effort": "minimal"}}

    reply = await gate.call("POST", "/v1/responses", body)

    if isinstance(upstream, AnthropicOut):
        assert (reply.status, reply.error["param"]) == (400, "reasoning.effort")
    else:
        assert upstream.server.asked[0]["reasoning_effort"] == "minimal"
