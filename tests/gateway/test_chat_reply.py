"""JSON and server-sent events are made from the same Deltas and say the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.domain import Delta, Usage
from gonogo.gateway.answering import ReplyHead, UsageReading
from gonogo.gateway.chat_reply import DONE, completion, events, usage_json

HEAD = ReplyHead(id="t1", created=5, model="support@1", fingerprint="fp_1")
words = st.text('abc é\n"', max_size=5)
calls = st.builds(
    lambda name, arguments: {"id": name, "type": "function", "function": {"name": name, "arguments": arguments}},
    st.text("xyz", min_size=1, max_size=3),
    st.text("{}:1", max_size=5),
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "tier": st.sampled_from(["a", "b"]),
        "delta": st.fixed_dictionaries({}, optional={"note": words, "marks": st.lists(st.integers(), max_size=2)}),
        "choice": st.fixed_dictionaries(
            {}, optional={"logprobs": st.fixed_dictionaries({"content": st.lists(words, max_size=2)})}
        ),
    },
)
pieces = st.builds(
    Delta,
    content=words,
    reasoning=words,
    tool_calls=st.lists(calls, max_size=2).map(tuple),
    choice=st.integers(0, 2),
    extra=extras,
)


@st.composite
def answers(draw: st.DrawFn) -> list[Delta]:
    said = draw(st.lists(pieces, max_size=8))
    seen = sorted({delta.choice for delta in said} | {0})
    return [*said, *(Delta(finish_reason=draw(st.sampled_from(["stop", "length"])), choice=at) for at in seen)]


@settings(max_examples=150, deadline=None)
@given(answers(), st.booleans())
async def test_a_stream_joined_by_its_reader_equals_the_json(deltas: list[Delta], include_usage: bool) -> None:
    usage = UsageReading()
    usage.total = Usage(input=3, output=4)

    *chunks, done = [event async for event in events(HEAD, _stream(deltas), usage, include_usage)]

    assert done == DONE
    joined = _joined([msgspec.json.decode(event.removeprefix(b"data: ")) for event in chunks])
    assert joined == msgspec.json.decode(completion(HEAD, deltas, usage.total))


async def test_an_event_is_one_line_of_json_between_blank_lines() -> None:
    deltas = [Delta(content="a\n\nb\r"), Delta(finish_reason="stop")]

    told = b"".join([event async for event in events(HEAD, _stream(deltas), UsageReading(), False)])

    assert told.count(b"\n\n") == 3
    assert told.endswith(DONE)


async def test_a_broken_answer_has_no_done() -> None:
    async def broken() -> Any:
        yield Delta(content="a")
        raise ZeroDivisionError

    told = []
    try:
        async for event in events(HEAD, broken(), UsageReading(), True):
            told.append(event)  # noqa: PERF401 - what came before the failure counts
    except ZeroDivisionError:
        pass

    assert len(told) == 1
    assert DONE not in told


def test_usage_is_apart_by_kind() -> None:
    usage = usage_json(Usage(input=10, output=6, cached=4, reasoning=2))

    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (10, 6, 16)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 4
    assert usage["completion_tokens_details"]["reasoning_tokens"] == 2


async def _stream(deltas: list[Delta]) -> Any:
    for delta in deltas:
        yield delta


def _joined(chunks: list[Any]) -> Any:
    """What a reader of the stream makes of it, written apart from the code under test."""
    whole: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        whole.update({name: value for name, value in chunk.items() if name not in ("choices", "object")})
        for choice in chunk["choices"]:
            kept = choices.setdefault(choice["index"], {"index": choice["index"], "logprobs": None, "message": {}})
            kept["finish_reason"] = choice["finish_reason"] or kept.get("finish_reason")
            if "logprobs" in choice:
                kept["logprobs"] = kept["logprobs"] or {"content": []}
                kept["logprobs"] = {"content": kept["logprobs"]["content"] + choice["logprobs"]["content"]}
            for name, value in choice["delta"].items():
                message = kept["message"]
                if name == "role" or name not in message:
                    message[name] = value
                else:
                    message[name] = message[name] + value
    for choice in choices.values():
        message = choice["message"]
        message["refusal"] = None
        if message.get("tool_calls"):
            assert [call.pop("index") for call in message["tool_calls"]] == list(range(len(message["tool_calls"])))
        message["content"] = message.get("content") or ("" if not message.get("tool_calls") else None)
    return {**whole, "object": "chat.completion", "choices": [choices[index] for index in sorted(choices)]}


async def test_names_with_a_percent_sign_and_texts_of_any_kind_are_written_as_they_are() -> None:
    head = ReplyHead(id="a%d", created=1, model="50%s@1", fingerprint="fp")
    texts = ["one", 'say "%d" \\ \n\u2028 ü €', "\x00"]

    async def deltas() -> AsyncIterator[Delta]:
        for text in texts:
            yield Delta(content=text)
        yield Delta(finish_reason="stop")

    told = [event async for event in events(head, deltas(), UsageReading(), include_usage=False)]
    chunks = [msgspec.json.decode(event[6:]) for event in told[:-1]]

    assert [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks] == [*texts, ""]
    assert {(chunk["id"], chunk["model"]) for chunk in chunks} == {("chatcmpl-a%d", "50%s@1")}
    assert {frozenset(chunk) for chunk in chunks[:-1]} == {
        frozenset({"id", "object", "created", "model", "system_fingerprint", "choices"})
    }
