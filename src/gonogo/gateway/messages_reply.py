"""Messages reply: Deltas become Anthropic's message or its events.

Here: blocks that open, grow and close, the message around them, stop reasons, usage. Not here: making Deltas
(``pipeline``), the request (``messages_request``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gonogo.domain import Delta, Json, Usage
from gonogo.errors import ProviderFailed
from gonogo.gateway.answering import ReplyHead, UsageReading
from gonogo.gateway.extras import function_of, join, objects_of, part_of, text_of

_encode = msgspec.json.Encoder().encode
STOPS: Mapping[str, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
"""Finish reasons of chat completions in Anthropic's words."""
_OWN_STOPS = frozenset({"pause_turn", "model_context_window_exceeded"})
"""Anthropic's own reasons that have no word among finish reasons; its provider hands them on beside one."""
_INSIDE = frozenset({"choice", "delta", "usage"})
_TOLD = frozenset({"thinking_blocks", "refusal", "stop_reason", "stop_sequence"})
_GROWS = {"text": ("text_delta", "text"), "thinking": ("thinking_delta", "thinking")}
_CACHE_FIELDS = frozenset({"prompt_tokens_details", "completion_tokens_details"})


class MessageTelling:
    """One answer as a message. ``stops`` are the client's stop sequences."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._blocks: list[Json] = []
        self._open = ""
        self._text: list[str] = []
        self._beside: Json = {}
        self._beside_usage: Json = {}
        self._finish = "stop"
        self._stop: Json = {}

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        """The message object."""
        for delta in deltas:
            for _ in self._take(delta):
                pass
        for _ in self._close():
            pass
        ended = {**self._ended(), "usage": usage_json(usage, self._beside_usage)}
        return _encode({**self._beside, **_opened(head), "content": self._blocks, **ended})

    async def events(
        self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading
    ) -> AsyncGenerator[bytes, None]:
        """Events by their names; ``message_stop`` is the last one of an answer that was not broken off. How many
        tokens were read is known at its end, so ``message_start`` says none and ``message_delta`` all."""
        begun = False
        async for delta in deltas:
            if not begun:
                begun = True
                start = {**_opened(head), "content": [], "stop_reason": None, "stop_sequence": None}
                yield _event("message_start", message={**start, "usage": usage_json(Usage(), {})})
                yield _event("ping")
            for kind, fields in self._take(delta):
                yield _event(kind, **fields)
        for kind, fields in self._close():
            yield _event(kind, **fields)
        told = usage_json(usage.total, self._beside_usage)
        yield _event("message_delta", **self._beside, delta=self._ended(), usage=told)
        yield _event("message_stop")

    def _ended(self) -> Json:
        sequence = self._stop.get("stop_sequence") or self._stop.get("stop_reason")
        if self._finish == "stop" and isinstance(sequence, str) and sequence in self._stops:
            return {"stop_reason": "stop_sequence", "stop_sequence": sequence}
        own = text_of(self._stop, "stop_reason")
        reason = own if own in _OWN_STOPS else STOPS.get(self._finish, "end_turn")
        return {"stop_reason": reason, "stop_sequence": None}

    def _take(self, delta: Delta) -> Iterator[tuple[str, Json]]:
        said: Json = {}
        if delta.extra:
            said, choice = part_of(delta, "delta"), part_of(delta, "choice")
            self._stop |= {name: choice[name] for name in ("stop_reason", "stop_sequence") if name in choice}
            self._beside_usage = part_of(delta, "usage") or self._beside_usage
            self._beside |= {name: value for name, value in delta.extra.items() if name not in _INSIDE}
            for fields, texts in ((said, True), (choice, False)):
                join(self._beside, {name: value for name, value in fields.items() if name not in _TOLD}, texts=texts)
        self._finish = delta.finish_reason or self._finish
        if delta.reasoning:
            yield from self._grow("thinking", delta.reasoning)
        for block in objects_of(said, "thinking_blocks"):
            yield from self._signed(block)
        if text := delta.content + text_of(said, "refusal"):
            yield from self._grow("text", text)
        for call in delta.tool_calls:
            yield from self._called(call)

    def _grow(self, kind: str, text: str) -> Iterator[tuple[str, Json]]:
        if self._open != kind:
            yield from self._close()
            self._open, (_, field) = kind, _GROWS[kind]
            block: Json = {"type": kind, field: "", **({"signature": ""} if kind == "thinking" else {})}
            self._blocks.append(block)
            yield "content_block_start", {"index": self._at, "content_block": dict(block)}
        if text:
            self._text.append(text)
            name, field = _GROWS[kind]
            yield "content_block_delta", {"index": self._at, "delta": {"type": name, field: text}}

    def _signed(self, block: Json) -> Iterator[tuple[str, Json]]:
        """The signature of thoughts that have been told, or thoughts that are told to nobody."""
        if block.get("type") == "redacted_thinking":
            yield from self._close()
            self._blocks.append(block)
            yield "content_block_start", {"index": self._at, "content_block": block}
            yield "content_block_stop", {"index": self._at}
            return
        yield from self._grow("thinking", "")
        signature = text_of(block, "signature")
        self._blocks[-1]["signature"] = signature
        yield "content_block_delta", {"index": self._at, "delta": {"type": "signature_delta", "signature": signature}}
        yield from self._close()

    def _called(self, call: Json) -> Iterator[tuple[str, Json]]:
        """A call comes whole, so its block opens and closes at once."""
        yield from self._close()
        name, arguments = function_of(call)
        block = {"type": "tool_use", "id": text_of(call, "id"), "name": name, "input": _input(name, arguments)}
        self._blocks.append(block)
        yield "content_block_start", {"index": self._at, "content_block": {**block, "input": {}}}
        delta = {"type": "input_json_delta", "partial_json": arguments or "{}"}
        yield "content_block_delta", {"index": self._at, "delta": delta}
        yield "content_block_stop", {"index": self._at}

    def _close(self) -> Iterator[tuple[str, Json]]:
        if not self._open:
            return
        self._blocks[-1][_GROWS[self._open][1]] = "".join(self._text)
        self._open, self._text = "", []
        yield "content_block_stop", {"index": self._at}

    @property
    def _at(self) -> int:
        return len(self._blocks) - 1


def usage_json(usage: Usage, beside: Json) -> Json:
    """Anthropic's usage: ``input_tokens`` are those neither read from a prompt cache nor written to one."""
    return {
        **{name: value for name, value in beside.items() if name not in _CACHE_FIELDS},
        "input_tokens": max(0, usage.input - usage.cached - usage.cache_written),
        "cache_creation_input_tokens": usage.cache_written,
        "cache_read_input_tokens": usage.cached,
        "output_tokens": usage.output,
        **({"output_tokens_details": {"thinking_tokens": usage.reasoning}} if usage.reasoning else {}),
    }


def _opened(head: ReplyHead) -> Json:
    return {"id": f"msg_{head.id}", "type": "message", "role": "assistant", "model": head.model}


def _event(kind: str, **fields: Any) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + _encode({**fields, "type": kind}) + b"\n\n"


def _input(name: str, arguments: str) -> Json:
    """A call's input; blank arguments are those of a function without any."""
    try:
        given = msgspec.json.decode(arguments) if arguments.strip() else {}
    except (msgspec.DecodeError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise ProviderFailed(f"the model called {name} with arguments that are no JSON object", provider="the model")
    return given
