"""Every field arrives on the other side: OpenAI's own and those nobody knows yet, at every level, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.domain import RequestPolicy
from gonogo.gateway.answering import ReplyHead
from gonogo.gateway.chat_reply import completion
from gonogo.providers import ScriptedModel
from gonogo.providers.chat_chunks import ChunkReader

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
FILE = {"type": "file", "file": {"file_data": "JVBERg==", "filename": "a.pdf"}}
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
HEAD = {"id": "up-1", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
extras = st.dictionaries(st.from_regex(r"x_[a-z]{1,6}", fullmatch=True), values, max_size=2)


@pytest.fixture
async def upstream(gate: Any) -> AsyncIterator[Any]:
    """A real server that answers as told, behind a deployed Mission that lets a client set everything used here."""
    server = gate.Upstream(gate.reader)
    server.then = "done"
    allowed = RequestPolicy(system="append", allow=("n", "logprobs", "top_logprobs", "store", "temperature"))
    async with server.listening() as gate.model:
        await gate.deploy(await gate.version(requests=allowed))
        yield server


def answer(**places: Any) -> list[dict[str, Any]]:
    """An upstream's answer of text, a call and an end, with fields added in each place."""
    function = {"name": "find", "arguments": '{"q":', **places.get("function", {})}
    call = {"index": 0, "id": "c1", "type": "function", "function": function, **places.get("call", {})}
    more = {"index": 0, "function": {"arguments": "1}"}}
    usage = {
        **USAGE,
        **places.get("usage", {}),
        "prompt_tokens_details": {"cached_tokens": 2, **places.get("read", {})},
        "completion_tokens_details": {"reasoning_tokens": 1, **places.get("written", {})},
    }
    deltas = [
        {"role": "assistant", "content": ""},
        {"content": "Hi", **places.get("delta", {})},
        {"tool_calls": [call]},
        {"tool_calls": [more]},
    ]
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices[1] |= places.get("choice", {})
    chunks = [{**HEAD, "choices": [choice]} for choice in choices]
    chunks[1] |= places.get("chunk", {})
    end = {"index": 0, "delta": {}, "finish_reason": "tool_calls"}
    return [*chunks, {**HEAD, "choices": [end]}, {**HEAD, "choices": [], "usage": usage}]


PLACES = ("chunk", "choice", "delta", "call", "function", "usage", "read", "written")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(places=st.fixed_dictionaries(dict.fromkeys(PLACES, extras)), include_usage=st.booleans())
async def test_unknown_fields_of_an_answer_arrive_from_every_level(
    gate: Any, upstream: Any, places: dict[str, dict[str, Any]], include_usage: bool
) -> None:
    upstream.pieces = answer(**places)

    whole = (await gate.chat()).json
    stream = (await gate.chat(gate.question(stream=True, stream_options={"include_usage": include_usage}))).events

    message = whole["choices"][0]["message"]
    call = message["tool_calls"][0]
    assert_holds(whole, places["chunk"])
    assert_holds(whole["choices"][0], places["choice"])
    assert_holds(message, places["delta"])
    assert_holds(call, places["call"])
    assert_holds(call["function"], places["function"])
    assert_usage(whole["usage"], places)
    assert call["function"]["arguments"] == '{"q":1}'

    chunks = stream[:-1]
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    assert stream[-1] == "[DONE]"
    assert_holds(_joined(chunks), places["chunk"])
    assert_holds(_joined(choices), places["choice"])
    assert_holds(_joined([choice["delta"] for choice in choices]), places["delta"])
    [streamed] = [call for choice in choices for call in choice["delta"].get("tool_calls", ())]
    assert_holds(streamed, places["call"])
    assert_holds(streamed["function"], places["function"])
    [usage] = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    assert_usage(usage, places)


@settings(max_examples=100, deadline=None)
@given(places=st.fixed_dictionaries(dict.fromkeys(PLACES, extras)))
def test_unknown_fields_of_a_reply_that_comes_whole_arrive_from_every_level(places: dict[str, dict[str, Any]]) -> None:
    function = {"name": "find", "arguments": '{"q":1}', **places["function"]}
    call = {"id": "c1", "type": "function", "function": function, **places["call"]}
    message = {"role": "assistant", "content": "Hi", "tool_calls": [call], **places["delta"]}
    usage = {
        **USAGE,
        **places["usage"],
        "prompt_tokens_details": {"cached_tokens": 2, **places["read"]},
        "completion_tokens_details": {"reasoning_tokens": 1, **places["written"]},
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls", **places["choice"]}
    deltas = list(ChunkReader().read({**HEAD, "choices": [choice], "usage": usage, **places["chunk"]}))
    counted = next(delta.usage for delta in deltas if delta.usage is not None)

    told = msgspec.json.decode(completion(ReplyHead(id="t", created=1, model="m", fingerprint="f"), deltas, counted))

    assert_holds(told, places["chunk"])
    assert_holds(told["choices"][0], places["choice"])
    assert told["choices"][0]["message"] == {"refusal": None, **message}
    assert_usage(told["usage"], places)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.fixed_dictionaries(
        dict.fromkeys(("body", "message", "part", "call", "tool", "function", "format", "schema", "options"), extras)
    )
)
async def test_unknown_fields_of_a_request_arrive_from_every_level(
    gate: Any, upstream: Any, places: dict[str, dict[str, Any]]
) -> None:
    upstream.pieces = answer()
    function = {"name": "find", "parameters": {"type": "object"}, **places["function"]}
    called = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}, **places["call"]}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Look", **places["part"]}, PICTURE, SOUND, FILE]},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "c1", "content": "30", **places["message"]},
    ]
    body = {
        "model": "support",
        "messages": messages,
        "tools": [{"type": "function", "function": function, **places["tool"]}],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "a", **places["schema"]},
            **places["format"],
        },
        "stream": True,
        "stream_options": {"include_usage": False, **places["options"]},
        **places["body"],
    }

    assert (await gate.chat(body)).status == 200

    asked = upstream.asked[-1]
    assert asked.pop("stream_options") == {**places["options"], "include_usage": True}
    assert asked.pop("stream") is True
    assert asked.pop("model") == "m"
    expected = {name: value for name, value in body.items() if name not in ("model", "stream", "stream_options")}
    assert asked == expected


async def test_every_field_of_openais_request_reaches_the_model_or_is_refused_by_name(gate: Any, upstream: Any) -> None:
    upstream.pieces = answer()
    passed = {
        "audio": {"voice": "alloy", "format": "mp3"},
        "modalities": ["text", "audio"],
        "function_call": "auto",
        "functions": [{"name": "f"}],
        "parallel_tool_calls": False,
        "prediction": {"type": "content", "content": "x"},
        "prompt_cache_key": "k",
        "safety_identifier": "s",
        "service_tier": "flex",
        "tool_choice": {"type": "function", "function": {"name": "find"}},
        "web_search_options": {},
        "moderation": {"model": "m"},
        "n": 1,
        "logprobs": True,
        "top_logprobs": 3,
        "temperature": 0.5,
    }

    assert (await gate.chat(gate.question(**passed))).status == 200

    assert {name: upstream.asked[-1].get(name) for name in passed} == passed
    for name, value in {"seed": 1, "stop": "x", "max_tokens": 5, "logit_bias": {}, "reasoning_effort": "low"}.items():
        assert (await gate.chat(gate.question(**{name: value}))).error["param"] == name


async def test_who_asks_goes_to_the_model_only_where_the_mission_says_so(gate: Any) -> None:
    who = {"metadata": {"tier": "gold"}, "user": "u1"}
    gate.model = ScriptedModel("Thirty days.")
    await gate.deploy()
    await gate.chat(gate.question(**who))
    await gate.deploy(await gate.version(requests=RequestPolicy(allow=("metadata", "user"))))
    await gate.serving.refresh()
    await gate.chat(gate.question(**who))

    kept, sent = gate.model.requests
    assert kept.extra == {}
    assert sent.extra == {"metadata": who["metadata"]}


async def test_only_a_mission_may_let_an_upstream_keep_what_it_was_asked(gate: Any) -> None:
    gate.model = ScriptedModel("Thirty days.")
    await gate.deploy()

    refused = await gate.chat(gate.question(store=True))
    await gate.chat(gate.question(store=False))

    assert (refused.status, refused.error["param"]) == (400, "store")
    assert gate.model.requests[0].extra == {"store": False}


@pytest.mark.parametrize("part", [PICTURE, SOUND, FILE])
async def test_a_question_may_be_without_words(gate: Any, upstream: Any, part: dict[str, Any]) -> None:
    upstream.pieces = answer()
    message = {"role": "user", "content": [part]}

    assert (await gate.chat(gate.question(messages=[message]))).status == 200

    assert upstream.asked[0]["messages"] == [message]


async def test_a_refusal_audio_annotations_and_log_probabilities_are_joined_as_a_reader_would(
    gate: Any, upstream: Any
) -> None:
    def piece(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {**HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": None, **more}]}

    upstream.pieces = [
        piece({"role": "assistant", "content": None, "refusal": "I can"}),
        piece({"refusal": "not.", "audio": {"id": "a1", "transcript": "I can"}}),
        piece({"audio": {"id": "a1", "transcript": "not.", "data": "AA"}}),
        piece({"annotations": [{"type": "url_citation"}]}, logprobs={"content": [{"token": "I"}], "refusal": None}),
        piece({"annotations": [{"type": "file"}]}, logprobs={"content": [{"token": "c"}], "refusal": None}),
        {**HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": USAGE},
    ]

    choice = (await gate.chat()).json["choices"][0]

    message = choice["message"]
    assert (message["content"], message["refusal"]) == (None, "I cannot.")
    assert message["audio"] == {"id": "a1", "transcript": "I cannot.", "data": "AA"}
    assert message["annotations"] == [{"type": "url_citation"}, {"type": "file"}]
    assert choice["logprobs"]["content"] == [{"token": "I"}, {"token": "c"}]


async def test_tokens_of_audio_pictures_and_a_written_cache_are_told(gate: Any, upstream: Any) -> None:
    read = {"audio_tokens": 3, "image_tokens": 2, "cached_tokens": 1, "cache_write_tokens": 1, "text_tokens": 2}
    upstream.pieces = answer(read=read, written={"audio_tokens": 2, "rejected_prediction_tokens": 1})

    usage = (await gate.chat()).json["usage"]

    assert usage["prompt_tokens_details"] == read
    assert usage["completion_tokens_details"] == {
        "reasoning_tokens": 1,
        "audio_tokens": 2,
        "rejected_prediction_tokens": 1,
    }


async def test_fields_without_a_value_do_not_keep_an_answer_out_of_the_cache(gate: Any, upstream: Any) -> None:
    from gonogo.caching import BoundedAnswerCache
    from gonogo.domain import CachePolicy

    gate.parts["cache"] = BoundedAnswerCache(CachePolicy(), gate.reader)
    await gate.deploy(await gate.version("Be brief."))
    await gate.serving.refresh()
    empty = {"stop_reason": None, "token_ids": None}
    upstream.pieces = [
        {**HEAD, "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None, **empty}]},
        {**HEAD, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop", **empty}], "usage": USAGE},
    ]

    first, second = (await gate.chat()).json, (await gate.chat()).json

    assert first["choices"][0]["stop_reason"] is None
    assert second["choices"][0]["message"]["content"] == "Hi"
    assert len(upstream.asked) == 1


def assert_holds(whole: dict[str, Any], fields: dict[str, Any]) -> None:
    assert {name: whole.get(name, "lost") for name in fields} == fields


def assert_usage(usage: dict[str, Any], places: dict[str, dict[str, Any]]) -> None:
    assert_holds(usage, {**USAGE, **places["usage"]})
    assert usage["prompt_tokens_details"] == {"cached_tokens": 2, **places["read"]}
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 1, **places["written"]}


def _joined(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for piece in pieces for name, value in piece.items()}
