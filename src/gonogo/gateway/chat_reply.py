"""Chat reply: Deltas become OpenAI's JSON or SSE.

Here: both forms from the same Deltas, so they cannot differ. Not here: making Deltas (``pipeline``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from gonogo.domain import Delta, Json, Usage

_encode = msgspec.json.Encoder().encode
DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyHead:
    """What every chunk and reply carries. ``model`` is the Version that answers; ``created`` whole seconds."""

    id: str
    created: int
    model: str
    fingerprint: str


def completion(head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
    """A ``chat.completion`` object."""
    choices: dict[int, _Choice] = {}
    extra: Json = {}
    for delta in deltas:
        choices.setdefault(delta.choice, _Choice()).add(delta)
        extra.update({name: value for name, value in delta.extra.items() if name not in ("choice", "delta")})
    return _encode(
        {
            **extra,
            **_head(head, "chat.completion"),
            "choices": [choices[index].as_json(index) for index in sorted(choices)],
            "usage": usage_json(usage),
        }
    )


async def events(
    head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading, include_usage: bool
) -> AsyncIterator[bytes]:
    """Server-sent events. The usage stands on the finishing chunk, or on a chunk of its own where one was asked for
    (a client that did not ask may not expect a chunk without choices). ``[DONE]`` comes only after a complete answer.
    """
    opened: set[int] = set()
    finishing: list[Delta] = []
    async for delta in deltas:
        if delta.finish_reason:
            finishing.append(delta)
            continue
        if not (delta.content or delta.reasoning or delta.tool_calls or delta.extra):
            continue
        yield _event(_chunk(head, delta, first=delta.choice not in opened))
        opened.add(delta.choice)
    for delta in finishing:
        chunk = _chunk(head, delta, first=delta.choice not in opened)
        if not include_usage and delta is finishing[-1]:
            chunk["usage"] = usage_json(usage.total)
        yield _event(chunk)
    if include_usage:
        yield _event({**_head(head, "chat.completion.chunk"), "choices": [], "usage": usage_json(usage.total)})
    yield DONE


class UsageReading:
    """The Usage of a request, known once its Trace is recorded: after the last Delta, before the reply ends."""

    def __init__(self) -> None:
        self.total = Usage(calls=0)


def error_event(body: bytes) -> bytes:
    """An error in the middle of a stream; no ``[DONE]`` follows it."""
    return b"data: " + body + b"\n\n"


def usage_json(usage: Usage) -> Json:
    """OpenAI's usage object."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }


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


def _chunk(head: ReplyHead, delta: Delta, *, first: bool) -> Json:
    said: Json = {"role": "assistant"} if first else {}
    if delta.content or (first and not delta.tool_calls):
        said["content"] = delta.content
    if delta.reasoning:
        said["reasoning_content"] = delta.reasoning
    if delta.tool_calls:
        said["tool_calls"] = list(delta.tool_calls)
    said.update(delta.extra.get("delta", {}))
    choice: Json = {"index": delta.choice, "delta": said, "finish_reason": delta.finish_reason}
    choice.update(delta.extra.get("choice", {}))
    extra = {name: value for name, value in delta.extra.items() if name not in ("choice", "delta")}
    return {**extra, **_head(head, "chat.completion.chunk"), "choices": [choice]}


class _Choice:
    """One choice, joined from its Deltas."""

    def __init__(self) -> None:
        self._content: list[str] = []
        self._reasoning: list[str] = []
        self._calls: dict[int, Json] = {}
        self._finish: str | None = None
        self._message: Json = {}
        self._beside: Json = {}

    def add(self, delta: Delta) -> None:
        self._content.append(delta.content)
        self._reasoning.append(delta.reasoning)
        self._finish = delta.finish_reason or self._finish
        self._message.update(delta.extra.get("delta", {}))
        self._beside.update(delta.extra.get("choice", {}))
        for call in delta.tool_calls:
            _join_call(self._calls, call)

    def as_json(self, index: int) -> Json:
        content = "".join(self._content)
        message: Json = {
            **self._message,
            "role": "assistant",
            "content": content if content or not self._calls else None,
        }
        if reasoning := "".join(self._reasoning):
            message["reasoning_content"] = reasoning
        if self._calls:
            calls = (self._calls[key] for key in sorted(self._calls))
            message["tool_calls"] = [{name: value for name, value in call.items() if name != "index"} for call in calls]
        return {
            "logprobs": None,
            **self._beside,
            "index": index,
            "message": message,
            "finish_reason": self._finish or "stop",
        }


def _join_call(calls: dict[int, Json], piece: Json) -> None:
    index = int(piece.get("index", len(calls)))
    known = calls.setdefault(index, {"index": index, "function": {}})
    function: dict[str, Any] = known["function"]
    for name, value in (piece.get("function") or {}).items():
        function[name] = function.get(name, "") + value if name == "arguments" else value
    known.update({name: value for name, value in piece.items() if name != "function" and value is not None})
