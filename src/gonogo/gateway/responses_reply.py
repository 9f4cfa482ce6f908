"""Responses reply: Deltas become OpenAI's response object or its events.

Here: items that open, grow and close, numbered events, the response around them; the JSON form is the last event's
response, so both are made the same way. Not here: making Deltas (``pipeline``), the request (``responses_request``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Any

import msgspec

from gonogo.domain import Delta, Json, Usage
from gonogo.gateway.answering import ReplyHead, UsageReading
from gonogo.gateway.extras import details_of, part_of
from gonogo.gateway.response_items import Items

_encode = msgspec.json.Encoder().encode
_ENDS = {"length": "max_output_tokens", "content_filter": "content_filter"}
_ECHOED = ("max_output_tokens", "service_tier", "temperature", "top_p", "top_logprobs", "user", "safety_identifier",
           "prompt_cache_key")  # fmt: skip


class ResponseTelling:
    """One answer as a response. ``asked`` is the request's body, parts of which a response repeats."""

    def __init__(self, asked: Json, *, signed: bool) -> None:
        self._asked = asked
        self._items = Items(signed=signed)
        self._number = 0
        self._head: Json = {}
        self._beside: Json = {}
        self._beside_usage: Json = {}
        self._finish: str | None = None

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        """The response object."""
        self._head = self._opened(head)
        for delta in deltas:
            for _ in self._take(delta):
                pass
        for _ in self._items.close():
            pass
        return _encode(self._ended(usage))

    async def events(
        self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading
    ) -> AsyncGenerator[bytes, None]:
        """Events, each with its name and number. ``response.completed`` or ``response.incomplete`` is the last one of
        an answer that was not broken off."""
        self._head = self._opened(head)
        begun = False
        async for delta in deltas:
            if not begun:
                begun = True
                yield self._event("response.created", response=self._head)
                yield self._event("response.in_progress", response=self._head)
            for kind, fields in self._take(delta):
                yield self._event(kind, **fields)
        for kind, fields in self._items.close():
            yield self._event(kind, **fields)
        ended = self._ended(usage.total)
        yield self._event(f"response.{ended['status']}", response=ended)

    def failed(self, code: str, message: str, param: str | None) -> bytes:
        """The events of an answer that broke off."""
        error = self._event("error", code=code, message=message, param=param)
        response = {**self._head, "output": self._items.output("incomplete"), "status": "failed"}
        response["error"] = {"code": "server_error", "message": message}
        return error + self._event("response.failed", response=response)

    def _event(self, kind: str, **fields: Any) -> bytes:
        data = {"type": kind, "sequence_number": self._number, **fields}
        self._number += 1
        return b"event: " + kind.encode() + b"\ndata: " + _encode(data) + b"\n\n"

    def _take(self, delta: Delta) -> Iterator[tuple[str, Json]]:
        if delta.extra:
            self._beside_usage = part_of(delta, "usage") or self._beside_usage
            self._beside |= {
                name: value for name, value in delta.extra.items() if name not in ("choice", "delta", "usage")
            }
        self._finish = delta.finish_reason or self._finish
        yield from self._items.take(delta)

    def _opened(self, head: ReplyHead) -> Json:
        asked = self._asked
        self._items.id = head.id
        text = asked.get("text") or {}
        reasoning = asked.get("reasoning") or {}
        return {
            **{name: asked[name] for name in _ECHOED if asked.get(name) is not None},
            "id": f"resp_{head.id}",
            "object": "response",
            "created_at": head.created,
            "status": "in_progress",
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": asked.get("instructions"),
            "max_output_tokens": asked.get("max_output_tokens") if head.output_limit is None else head.output_limit,
            "metadata": asked.get("metadata") or {},
            "model": head.model,
            "output": [],
            "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
            "previous_response_id": None,
            "reasoning": {"effort": reasoning.get("effort"), "summary": None},
            "store": False,
            "temperature": asked.get("temperature"),
            "text": {**text, "format": text.get("format") or {"type": "text"}},
            "tool_choice": asked.get("tool_choice") or "auto",
            "tools": asked.get("tools") or [],
            "top_p": asked.get("top_p"),
            "truncation": "disabled",
            "usage": None,
        }

    def _ended(self, usage: Usage) -> Json:
        reason = _ENDS.get(self._finish or "")
        status = "incomplete" if reason else "completed"
        return {
            **self._items.beside,
            **self._beside,
            **self._head,
            **{name: value for name, value in self._beside.items() if name in _ECHOED},
            "status": status,
            "incomplete_details": {"reason": reason} if reason else None,
            "output": self._items.output(status),
            "usage": usage_json(usage, self._beside_usage),
        }


def usage_json(usage: Usage, beside: Json) -> Json:
    """The usage object; ``beside``: what the upstream's own held besides our counts."""
    others = {name: value for name, value in beside.items() if not name.endswith("_tokens_details")}
    read = {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_written}
    written = {"reasoning_tokens": usage.reasoning}
    for name, tokens in (("audio_tokens", usage.input_audio), ("image_tokens", usage.input_image)):
        read |= {name: tokens} if tokens else {}
    written |= {"audio_tokens": usage.output_audio} if usage.output_audio else {}
    return {
        **others,
        "input_tokens": usage.input,
        "input_tokens_details": {**details_of(beside, "prompt_tokens_details"), **read},
        "output_tokens": usage.output,
        "output_tokens_details": {**details_of(beside, "completion_tokens_details"), **written},
        "total_tokens": usage.input + usage.output,
    }
