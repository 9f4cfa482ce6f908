"""Something wrong in what an upstream sends: every wire format tells it, or the upstream has failed; never a bug."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gateway.test_odd_bodies import GONE, ODD, places
from tests.providers.anthropic_server import TEXT
from tests.providers.anthropic_server import events as told_by_anthropic

from gonogo.domain import Delta, Usage
from gonogo.errors import ProviderFailed
from gonogo.gateway.answering import ReplyHead, UsageReading
from gonogo.gateway.chat_reply import completion, events
from gonogo.gateway.messages_reply import MessageTelling
from gonogo.gateway.responses_reply import ResponseTelling
from gonogo.providers.anthropic_events import MessageReader
from gonogo.providers.chat_chunks import ChunkReader, MalformedChunk

HEAD = ReplyHead(id="t", created=1, model="m", fingerprint="f")
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
LOGPROBS = {"content": [{"token": "H", "logprob": -0.1}], "refusal": None}


def _chunk(delta: Any, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish, **more}], "x_new": 1}


USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 13,
    "cost": 0.1,
    "prompt_tokens_details": {"cached_tokens": 2, "text_tokens": 7},
    "completion_tokens_details": {"reasoning_tokens": 1, "accepted_prediction_tokens": 0},
}
CHUNKS = [
    _chunk({"role": "assistant", "content": "", "reasoning_content": "Hm."}),
    _chunk({"thinking_blocks": [THOUGHT, {"type": "redacted_thinking", "data": "x"}]}),
    _chunk({"content": "Hi", "note": "n"}, logprobs=LOGPROBS),
    _chunk({"annotations": [{"type": "url_citation", "url_citation": {"url": "https://x"}}], "refusal": "no"}),
    _chunk({"audio": {"id": "a", "data": "AA"}, "tool_calls": [CALL]}),
    _chunk({}, "tool_calls", stop_reason="END"),
    {"choices": [], "usage": USAGE},
]
CITED = {**TEXT, "citations": [{"type": "char_location", "cited_text": "x"}]}
BLOCKS = [THOUGHT, {"type": "redacted_thinking", "data": "x"}, CITED,
          {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}]  # fmt: skip
EVENTS = list(told_by_anthropic({"model": "m"}, BLOCKS, {"stop_reason": "tool_use", "stop_sequence": None}))


@st.composite
def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """A copy in which one or two things are of another kind, or gone."""
    body = copy.deepcopy(whole)
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


def read(reader: Any, pieces: list[Any]) -> list[Delta]:
    return [delta for piece in pieces for delta in reader.read(piece)]


async def tell(deltas: list[Delta]) -> None:
    """All formats, both forms; what they make must be JSON."""
    usage = UsageReading()
    usage.total = Usage(input=1, output=1)
    msgspec.json.decode(completion(HEAD, deltas, usage.total))
    assert [event async for event in events(HEAD, _stream(deltas), usage, True)][-1] == b"data: [DONE]\n\n"
    for make in (lambda: ResponseTelling({}, signed=True), lambda: MessageTelling(["END"])):
        try:
            msgspec.json.decode(make().whole(HEAD, deltas, usage.total))
            told = [event async for event in make().events(HEAD, _stream(deltas), usage)]
        except ProviderFailed as error:
            assert "no JSON object" in str(error)  # noqa: PT017
            continue
        for event in told:
            msgspec.json.decode(event.partition(b"data: ")[2])


async def _stream(deltas: list[Delta]) -> AsyncIterator[Delta]:
    for delta in deltas:
        yield delta


@settings(max_examples=300, deadline=None)
@given(pieces=damaged(CHUNKS))
async def test_damaged_chunks_are_malformed_or_told_in_every_format(pieces: list[Any]) -> None:
    try:
        deltas = read(ChunkReader(), pieces)
    except MalformedChunk:
        return
    await tell(deltas)


@settings(max_examples=300, deadline=None)
@given(pieces=damaged(EVENTS))
async def test_damaged_events_of_anthropic_are_malformed_or_told_in_every_format(pieces: list[Any]) -> None:
    try:
        deltas = read(MessageReader(), pieces)
    except MalformedChunk:
        return
    await tell(deltas)


@pytest.mark.parametrize(("reader", "pieces"), [(ChunkReader, CHUNKS), (MessageReader, EVENTS)])
async def test_the_answers_that_are_damaged_are_sound(reader: Any, pieces: list[Any]) -> None:
    made = reader()

    await tell(read(made, pieces))

    assert made.finished
