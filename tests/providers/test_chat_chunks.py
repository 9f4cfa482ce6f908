"""Chunks become Deltas without losing a field."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.domain import Usage
from gonogo.providers.chat_chunks import MOST_STRANGE, ChunkReader, MalformedChunk, ToolCalls, plain_reply, usage_of


def _choice(index: int = 0, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish}


def test_an_answer_is_finished_when_every_choice_is() -> None:
    reader = ChunkReader()
    list(reader.read({"choices": [_choice(0, content="a"), _choice(1, content="b")]}))
    list(reader.read({"choices": [_choice(0, "stop")]}))
    assert not reader.finished
    list(reader.read({"choices": [_choice(1, "length")]}))
    assert reader.finished


def test_nothing_read_is_not_finished() -> None:
    assert not ChunkReader().finished


def test_both_spellings_of_reasoning_are_read() -> None:
    reader = ChunkReader()
    spelled = [_choice(reasoning="r1"), _choice(reasoning_content="r2")]
    assert [delta.reasoning for delta in reader.read({"choices": spelled})] == ["r1", "r2"]


def test_several_choices_keep_their_index() -> None:
    deltas = list(ChunkReader().read({"choices": [_choice(1, content="b"), _choice(0, content="a")]}))
    assert [(delta.choice, delta.content) for delta in deltas] == [(1, "b"), (0, "a")]


def test_fields_beside_the_choices_come_once_per_chunk() -> None:
    deltas = list(ChunkReader().read({"choices": [_choice(0), _choice(1)], "service_tier": "flex"}))
    assert [delta.extra for delta in deltas] == [{"service_tier": "flex"}, {}]


@pytest.mark.parametrize(
    ("wire", "usage"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2}, Usage(input=3, output=2)),
        ({"prompt_tokens": 3, "completion_tokens": None}, Usage(input=3)),
        ({"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": None}, Usage(input=3, output=1)),
        ({"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}},
         Usage(input=3, output=1, cached=3)),
        ({}, None),
        (None, None),
        ([], None),
        ({"prompt_tokens": "3", "completion_tokens": 1}, None),
        ({"prompt_tokens": -3, "completion_tokens": 1}, None),
        ({"prompt_tokens": True, "completion_tokens": 1}, None),
        ({"prompt_tokens": 10**30, "completion_tokens": 1}, None),
        ({"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": -2}},
         Usage(input=3, output=1)),
        ({"prompt_tokens": 3, "completion_tokens": 1, "prompt_cache_hit_tokens": 2},
         Usage(input=3, output=1, cached=2)),
        ({"prompt_tokens": 9, "completion_tokens": 8, "completion_tokens_details": {"audio_tokens": 5},
          "prompt_tokens_details": {"audio_tokens": 4, "image_tokens": 2, "cached_tokens": 1}},
         Usage(input=9, output=8, cached=1, input_audio=4, output_audio=5, input_image=2)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "prompt_tokens_details": {"cache_write_tokens": 7}},
         Usage(input=9, output=1, cache_written=7)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "cache_creation_input_tokens": 7},
         Usage(input=9, output=1, cache_written=7)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "completion_tokens_details": {"reasoning_tokens": 7},
          "prompt_tokens_details": {"audio_tokens": 70}, "total_tokens": 10},
         Usage(input=9, output=1, reasoning=1, input_audio=9)),
    ],
)  # fmt: skip
def test_usage_is_read_by_kind_or_not_at_all(wire: Any, usage: Usage | None) -> None:
    assert usage_of(wire) == usage


def test_reasoning_that_an_upstream_counts_beside_the_answer_is_output_all_the_same() -> None:
    beside = {"prompt_tokens": 9, "completion_tokens": 2, "completion_tokens_details": {"reasoning_tokens": 7}}
    assert usage_of({**beside, "total_tokens": 18}) == Usage(input=9, output=9, reasoning=7)


def test_fragments_without_an_index_continue_the_last_call() -> None:
    calls = ToolCalls()
    calls.add([{"id": "a", "function": {"name": "f", "arguments": "{"}}])
    calls.add([{"function": {"arguments": "}"}}])
    calls.add([{"id": "b", "function": {"name": "g", "arguments": "{}"}}])
    assert [(call["id"], call["function"]["arguments"]) for call in calls.take()] == [("a", "{}"), ("b", "{}")]
    assert calls.take() == ()


@pytest.mark.parametrize("chunk", [None, 3, [], {"choices": {}}, {"choices": [None]}, {"choices": [{"delta": [1]}]}])
def test_what_is_no_chunk_is_refused(chunk: Any) -> None:
    with pytest.raises(MalformedChunk):
        list(ChunkReader().read(chunk))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.lists(st.integers(min_value=0, max_value=40), max_size=5))
def test_arguments_are_whole_however_they_were_cut(arguments: str, cuts: list[int]) -> None:
    borders = sorted({0, len(arguments), *(cut for cut in cuts if cut < len(arguments))})
    calls = ToolCalls()
    calls.add([{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}])
    for start, end in itertools.pairwise(borders):
        calls.add([{"index": 0, "function": {"arguments": arguments[start:end]}}])
    assert calls.take()[0]["function"]["arguments"] == arguments


def test_one_more_empty_choice_after_the_end_does_not_make_an_answer_cut() -> None:
    reader = ChunkReader()
    list(reader.read({"choices": [_choice(0, "stop", content="a")]}))
    list(reader.read({"choices": [_choice(0)], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}))
    assert reader.finished


def test_content_in_parts_is_read_with_the_thoughts_apart() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    [delta] = ChunkReader().read({"choices": [_choice(content=[thinking, {"type": "text", "text": "Yes"}])]})
    assert (delta.content, delta.reasoning) == ("Yes", "hm")


def test_calls_that_all_have_the_same_index_stay_apart_by_their_ids() -> None:
    calls = ToolCalls()
    calls.add([{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}])
    calls.add([{"index": 0, "id": "b", "function": {"name": "g", "arguments": '{"x"'}}])
    calls.add([{"index": 0, "function": {"arguments": ":1}"}}])
    assert [(call["id"], call["function"]["arguments"]) for call in calls.take()] == [("a", "{}"), ("b", '{"x":1}')]


def test_an_id_that_is_repeated_continues_its_call() -> None:
    calls = ToolCalls()
    calls.add([{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x"'}}])
    calls.add([{"index": 0, "id": "a", "function": {"arguments": ":1}"}}])
    assert [call["function"]["arguments"] for call in calls.take()] == ['{"x":1}']


def test_arguments_that_come_as_an_object_become_the_text_that_clients_expect() -> None:
    calls = ToolCalls()
    calls.add([{"function": {"name": "f", "arguments": {"x": "ü"}}}])
    assert calls.take()[0]["function"]["arguments"] == '{"x": "ü"}'


def test_fields_without_a_value_wait_for_a_delta_that_says_something() -> None:
    reader = ChunkReader()
    opening = list(reader.read({"choices": [{**_choice(0, role="assistant", x_a=None), "x_b": []}]}))
    saying = list(reader.read({"choices": [{**_choice(0, content="Hi", x_c=1), "x_b": []}]}))

    assert [delta.extra for delta in opening] == [{}]
    assert [delta.extra for delta in saying] == [{"choice": {"x_b": []}, "delta": {"x_a": None, "x_c": 1}}]


def test_what_a_usage_holds_beside_its_counts_comes_once_the_answer_has_ended() -> None:
    reader, usage = ChunkReader(), {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.5}
    early = list(reader.read({"choices": [_choice(0, content="Hi")], "usage": usage}))
    late = list(reader.read({"choices": [_choice(0, "stop")], "usage": usage}))

    assert [delta.extra for delta in early] == [{}, {}]
    assert [delta.extra for delta in late] == [{}, {"usage": {"cost": 0.5}}]


_anything = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | st.sampled_from(["", "x", "stop"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["content", "role", "x", "tool_calls", "index"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_any_delta = st.dictionaries(st.sampled_from(["content", "role", "refusal", "x", "reasoning"]), _anything, max_size=2)
_any_choice = st.fixed_dictionaries(
    {"index": st.sampled_from([0, 0, 1]), "delta": st.just({"content": "a"}) | _any_delta},
    optional={"finish_reason": st.none() | _anything, "logprobs": st.none() | _anything, "x": _anything},
)
_any_chunk = st.fixed_dictionaries(
    {"choices": st.lists(_any_choice, min_size=1, max_size=2) | _anything},
    optional={"model": _anything, "system_fingerprint": _anything, "usage": _anything, "x": _anything, "id": _anything},
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_any_chunk, max_size=4))
def test_the_short_way_reads_what_the_long_way_reads(chunks: list[Any]) -> None:
    short, long = ChunkReader(), ChunkReader()
    for chunk in chunks:
        try:
            expected = list(long.read(chunk))
        except MalformedChunk:
            with pytest.raises(MalformedChunk):
                list(short.read(chunk))
            return
        word = short.word(msgspec.json.encode(chunk))
        assert ([word] if word is not None else list(short.read(chunk))) == expected
        assert (short.pieces, short.finished) == (long.pieces, long.finished)


def test_an_upstream_that_adds_fields_to_every_chunk_is_read_the_long_way_and_no_longer_tried() -> None:
    reader = ChunkReader()
    plain = {"choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]}
    list(reader.read(plain))
    assert reader.word(msgspec.json.encode(plain)) is not None
    for _ in range(MOST_STRANGE + 1):
        assert reader.word(msgspec.json.encode({**plain, "x": 1})) is None
    assert reader.word(msgspec.json.encode(plain)) is None
    assert [delta.content for delta in reader.read(plain)] == ["a"]


_plain_fields = st.fixed_dictionaries(
    {"content": st.text() | st.none() | st.lists(st.dictionaries(st.text(max_size=5), st.text(), max_size=2))},
    optional={
        "role": st.just("assistant"),
        "refusal": st.none() | st.text(),
        "annotations": st.just([]) | st.just([{"type": "x"}]),
        "tool_calls": st.none() | st.just([]) | st.just([{"id": "a", "function": {"name": "f", "arguments": "{}"}}]),
        "reasoning": st.text(),
        "new": st.integers(),
    },
)
_counts = st.integers(-2, 50) | st.booleans() | st.none() | st.just(2.0)
_usages = st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": _counts,
        "completion_tokens": _counts,
        "total_tokens": _counts,
        "prompt_tokens_details": st.none() | st.dictionaries(st.sampled_from(["cached_tokens", "new"]), _counts),
        "completion_tokens_details": st.none() | st.dictionaries(st.sampled_from(["reasoning_tokens", "x"]), _counts),
        "cost": st.floats(0, 1),
    },
)


@given(
    message=_plain_fields,
    finish=st.sampled_from(["stop", "length", "", None]),
    index=st.sampled_from([0, 1]),
    usage=st.none() | _usages,
    beside=st.fixed_dictionaries(
        {},
        optional={"model": st.none() | st.text(max_size=3), "system_fingerprint": st.text(max_size=3), "x": st.none()},
    ),
)
def test_a_plain_reply_says_what_looking_at_every_field_says(
    message: Any, finish: Any, index: int, usage: Any, beside: Any
) -> None:
    choice = {"index": index, "message": message, "finish_reason": finish}
    wire = {"id": "a", "choices": [choice], "usage": usage, **beside}
    plain = plain_reply(msgspec.json.encode(wire))
    if plain is None:
        return
    chunks = ChunkReader()
    read = list(chunks.read(wire))

    assert chunks.finished
    assert "".join(delta.content for delta in read) == plain.content
    assert [delta.finish_reason for delta in read if delta.finish_reason] == [plain.finish_reason]
    assert [delta.usage for delta in read if delta.usage] == [one for one in [plain.usage] if one]
    assert {name: value for delta in read for name, value in delta.extra.items()} == plain.extra
    assert (read[0].model, read[0].fingerprint) == (plain.model, plain.fingerprint)
    assert not any(delta.reasoning or delta.tool_calls for delta in read)


def test_the_usual_reply_is_a_plain_one() -> None:
    message = {"role": "assistant", "content": "Thirty days.", "refusal": None, "annotations": []}
    details = {"prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0}}
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, **details}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    plain = plain_reply(
        msgspec.json.encode({"id": "a", "object": "o", "created": 1, "choices": [choice], "usage": usage})
    )

    assert plain is not None
    assert (plain.content, plain.usage) == ("Thirty days.", Usage(input=9, output=3, cached=2))
