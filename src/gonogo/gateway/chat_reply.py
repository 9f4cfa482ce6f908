"""Chat reply: Deltas become OpenAI's JSON or SSE.

Here: both forms from the same Deltas, so they cannot differ. Not here: making Deltas (``pipeline``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import msgspec

from gonogo.domain import Delta, Json, Usage
from gonogo.gateway.answering import ReplyHead, UsageReading
from gonogo.gateway.extras import NOTHING, details_of, join, part_of

_encode = msgspec.json.Encoder().encode
_CLOSING = b'},"finish_reason":null}]}\n\n'
DONE = b"data: [DONE]\n\n"
_OURS = frozenset({"choice", "delta", "usage"})
"""Places in ``Delta.extra`` that hold what belongs inside; all other names stand beside the choices."""


def completion(head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
    """A ``chat.completion`` object."""
    if len(deltas) == 1 and not (deltas[0].extra or deltas[0].reasoning or deltas[0].tool_calls):
        return _encode({**_head(head, "chat.completion"), "choices": [_plain(deltas[0])], "usage": usage_json(usage)})
    choices: dict[int, _Choice] = {}
    extra: Json = {}
    beside_usage: Json = {}
    for delta in deltas:
        choices.setdefault(delta.choice, _Choice()).add(delta)
        if delta.extra:
            extra.update(_beside(delta))
            beside_usage = part_of(delta, "usage") or beside_usage
    return _encode(
        {
            **extra,
            **_head(head, "chat.completion"),
            "choices": [choices[index].as_json(index) for index in sorted(choices)],
            "usage": usage_json(usage, beside_usage),
        }
    )


async def events(
    head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading, include_usage: bool
) -> AsyncGenerator[bytes, None]:
    """Server-sent events. The usage stands on the finishing chunk, or on a chunk of its own where one was asked for
    (a client that did not ask may not expect a chunk without choices). ``[DONE]`` comes only after a complete answer.
    """
    shown = _head(head, "chat.completion.chunk")
    # What every chunk of text shares is encoded once; the rest of an event is a number and a text.
    opening = b"data: " + _encode(shown)[:-1].replace(b"%", b"%%") + b',"choices":[{"index":%d,"delta":{"content":'
    calls: dict[int, int] = {}
    finishing: list[Delta] = []
    beside_usage: Json = {}
    async for delta in deltas:
        if delta.extra:
            beside_usage = part_of(delta, "usage") or beside_usage
        elif (
            delta.content and delta.choice in calls and not (delta.finish_reason or delta.reasoning or delta.tool_calls)
        ):
            yield opening % delta.choice + _encode(delta.content) + _CLOSING
            continue
        if delta.finish_reason:
            finishing.append(delta)
        elif delta.content or delta.reasoning or delta.tool_calls or (delta.extra and delta.extra.keys() != {"usage"}):
            yield _event(_chunk(shown, delta, calls))
    for delta in finishing:
        chunk = _chunk(shown, delta, calls)
        if not include_usage and delta is finishing[-1]:
            chunk["usage"] = usage_json(usage.total, beside_usage)
        yield _event(chunk)
    if include_usage:
        yield _event({**shown, "choices": [], "usage": usage_json(usage.total, beside_usage)})
    yield DONE


def usage_json(usage: Usage, beside: Json = NOTHING) -> Json:
    """OpenAI's usage object. ``beside``: what the upstream's own held besides our counts, in its own places."""
    read = {
        "cached_tokens": usage.cached,
        "cache_write_tokens": usage.cache_written,
        "audio_tokens": usage.input_audio,
        "image_tokens": usage.input_image,
    }
    written = {"reasoning_tokens": usage.reasoning, "audio_tokens": usage.output_audio}
    return {
        **beside,
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": _details(beside, "prompt_tokens_details", read, "cached_tokens"),
        "completion_tokens_details": _details(beside, "completion_tokens_details", written, "reasoning_tokens"),
    }


def _details(beside: Json, name: str, parts: dict[str, int], always: str) -> Json:
    found = {part: tokens for part, tokens in parts.items() if tokens or part == always}
    return {**details_of(beside, name), **found} if beside else found


def _head(head: ReplyHead, kind: str) -> Json:
    return {
        "id": f"chatcmpl-{head.id}",
        "object": kind,
        "created": head.created,
        "model": head.model,
        "system_fingerprint": head.fingerprint,
    }


def _event(value: Json) -> bytes:
    return b"data: " + _encode(value) + b"\n\n"


def _chunk(shown: Json, delta: Delta, calls: dict[int, int]) -> Json:
    """One chunk; ``calls`` counts the tool calls of each choice, and knows which choices have begun."""
    first = delta.choice not in calls
    count = calls.setdefault(delta.choice, 0)
    said: Json = {"role": "assistant"} if first else {}
    if delta.content or (first and not delta.tool_calls):
        said["content"] = delta.content
    if delta.reasoning:
        said["reasoning_content"] = delta.reasoning
    if delta.tool_calls:
        said["tool_calls"] = [{**call, "index": at} for at, call in enumerate(delta.tool_calls, start=count)]
        calls[delta.choice] = count + len(delta.tool_calls)
    choice: Json = {"index": delta.choice, "delta": said, "finish_reason": delta.finish_reason}
    if not delta.extra:
        return {**shown, "choices": [choice]}
    said.update(part_of(delta, "delta"))
    choice = {**part_of(delta, "choice"), **choice}
    return {**_beside(delta), **shown, "choices": [choice]}


def _plain(delta: Delta) -> Json:
    """The choice of a whole answer that is text alone, as nearly all are that were asked for as JSON."""
    message = {"refusal": None, "role": "assistant", "content": delta.content}
    finish = delta.finish_reason or "stop"
    return {"logprobs": None, "index": delta.choice, "message": message, "finish_reason": finish}


def _beside(delta: Delta) -> Json:
    return {name: value for name, value in delta.extra.items() if name not in _OURS}


class _Choice:
    """One choice, joined from its Deltas."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[Json] = []
        self._finish: str | None = None
        self._message: Json = {}
        self._beside: Json = {}

    def add(self, delta: Delta) -> None:
        self._content.append(delta.content)
        self._reasoning.append(delta.reasoning)
        self._calls.extend(delta.tool_calls)
        self._finish = delta.finish_reason or self._finish
        if delta.extra:
            join(self._message, part_of(delta, "delta"), texts=True)
            join(self._beside, part_of(delta, "choice"), texts=False)

    def as_json(self, index: int) -> Json:
        content, refusal = "".join(self._content), self._message.get("refusal")
        message: Json = {
            "refusal": None,
            **self._message,
            "role": "assistant",
            "content": content if content or not (self._calls or refusal or self._message.get("audio")) else None,
        }
        if reasoning := "".join(self._reasoning):
            message["reasoning_content"] = reasoning
        if self._calls:
            message["tool_calls"] = [
                {name: value for name, value in call.items() if name != "index"} for call in self._calls
            ]
        return {
            "logprobs": None,
            **self._beside,
            "index": index,
            "message": message,
            "finish_reason": self._finish or "stop",
        }
