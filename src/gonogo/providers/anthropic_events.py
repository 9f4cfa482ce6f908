"""Anthropic events: events and whole messages of Anthropic's Messages API to Deltas.

Here: the wire shapes inward, pure. Not here: HTTP (``anthropic``), building the request (``anthropic_request``).

What chat completions have no word for is kept in ``Delta.extra``: signed thoughts under ``delta.thinking_blocks``,
citations under ``delta.annotations``, stop reasons of Anthropic's own under ``choice``, other counts under ``usage``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from gonogo.domain import Delta, Json, Usage
from gonogo.providers.chat_chunks import MalformedChunk

FINISHES: Mapping[str, str] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
    "pause_turn": "stop",
    "model_context_window_exceeded": "length",
}
"""Stop reasons in the words of chat completions."""
_WITH_A_WORD = frozenset({"end_turn", "max_tokens", "tool_use", "refusal"})
_COUNTED = frozenset({"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
                      "output_tokens_details"})  # fmt: skip


class MessageReader:
    """Reads the events of one answer in order. ``finished`` says that the message has stopped."""

    def __init__(self) -> None:
        self.finished = False
        self.pieces = 0
        self._model: str | None = None
        self._usage: Json = {}
        self._block: Json = {}
        self._text: list[str] = []
        self._stop: Json = {}

    def read(self, event: Any) -> Iterator[Delta]:
        """Deltas of one event; events of a kind nobody knows yet say nothing.

        Raises:
            MalformedChunk: not an object of such an event's shape.
        """
        if not isinstance(event, dict):
            raise MalformedChunk("an event is not an object")
        kind = event.get("type")
        if kind == "message_start":
            message = _object(event, "message")
            self._model = message.get("model") if isinstance(message.get("model"), str) else None
            self._count(message.get("usage"))
            yield Delta(model=self._model)
        elif kind == "content_block_start":
            self._block, self._text = dict(_object(event, "content_block")), []
            yield from self._grown(self._block)
        elif kind == "content_block_delta":
            yield from self._grown(_object(event, "delta"))
        elif kind == "content_block_stop":
            yield from self._closed()
        elif kind == "message_delta":
            self._stop |= {name: value for name, value in _object(event, "delta").items() if value is not None}
            self._count(event.get("usage"))
        elif kind == "message_stop":
            yield from self._ended()

    def whole(self, message: Any) -> Iterator[Delta]:
        """Deltas of a whole message.

        Raises:
            MalformedChunk: not a message.
        """
        if not isinstance(message, dict) or not isinstance(message.get("content"), list):
            raise MalformedChunk("what came is not a message with a list of blocks")
        yield from self.read({"type": "message_start", "message": message})
        for block in message["content"]:
            yield from self.read({"type": "content_block_start", "content_block": block})
            yield from self.read({"type": "content_block_stop"})
        stop = {name: message.get(name) for name in ("stop_reason", "stop_sequence")}
        yield from self.read({"type": "message_delta", "delta": stop})
        yield from self.read({"type": "message_stop"})

    def _grown(self, piece: Json) -> Iterator[Delta]:
        """What a block opens with or grows by."""
        self.pieces += 1
        kind = piece.get("type")
        if kind in ("text", "text_delta") and (text := _text(piece, "text")):
            yield Delta(content=text, model=self._model)
        elif kind in ("thinking", "thinking_delta") and (text := _text(piece, "thinking")):
            self._text.append(text)
            yield Delta(reasoning=text, model=self._model)
        elif kind == "input_json_delta":
            self._text.append(_text(piece, "partial_json"))
        elif kind == "signature_delta":
            self._block["signature"] = _text(piece, "signature")
        citations = [piece["citation"]] if kind == "citations_delta" and "citation" in piece else piece.get("citations")
        if citations:
            yield Delta(extra={"delta": {"annotations": citations}}, model=self._model)

    def _closed(self) -> Iterator[Delta]:
        block, text, self._block = self._block, "".join(self._text), {}
        kind = block.get("type")
        if kind == "tool_use":
            arguments = text or msgspec.json.encode(block.get("input") or {}).decode()
            function = {"name": block.get("name"), "arguments": arguments}
            call = {"id": block.get("id"), "type": "function", "function": function}
            yield Delta(tool_calls=(call,), model=self._model)
        elif kind == "thinking" and block.get("signature"):
            signed = {"type": "thinking", "thinking": text, "signature": block["signature"]}
            yield Delta(extra={"delta": {"thinking_blocks": [signed]}}, model=self._model)
        elif kind == "redacted_thinking":
            yield Delta(extra={"delta": {"thinking_blocks": [block]}}, model=self._model)
        elif kind not in ("text", "thinking", None):
            yield Delta(extra={"delta": {"content_blocks": [block]}}, model=self._model)

    def _ended(self) -> Iterator[Delta]:
        reason = self._stop.get("stop_reason")
        if not isinstance(reason, str):
            raise MalformedChunk("the message stopped without a reason")
        self.finished = True
        choice: Json = {} if reason in _WITH_A_WORD else {"stop_reason": reason}
        if reason == "stop_sequence":
            choice = {"stop_sequence": self._stop.get("stop_sequence")}
        extra = {"choice": choice} if choice else {}
        yield Delta(finish_reason=FINISHES.get(reason, "stop"), model=self._model, extra=extra)
        usage = usage_of(self._usage)
        if usage is not None:
            beside = {name: value for name, value in self._usage.items() if name not in _COUNTED and value is not None}
            yield Delta(usage=usage, model=self._model, extra={"usage": beside} if beside else {})

    def _count(self, usage: Any) -> None:
        """Later counts replace earlier ones: they are sums."""
        if isinstance(usage, dict):
            self._usage |= {name: value for name, value in usage.items() if value is not None}


def usage_of(wire: Json) -> Usage | None:
    """Tokens by kind, or ``None`` where none were reported. ``input_tokens`` leaves out what was read from a prompt
    cache or written to one; ours holds all."""
    read, written = _count_of(wire, "input_tokens"), _count_of(wire, "output_tokens")
    if read is None or written is None:
        return None
    cached, kept = _count_of(wire, "cache_read_input_tokens") or 0, _count_of(wire, "cache_creation_input_tokens") or 0
    details = wire.get("output_tokens_details")
    thought = _count_of(details, "thinking_tokens") or 0 if isinstance(details, dict) else 0
    return Usage(
        input=read + cached + kept, output=written, cached=cached, cache_written=kept, reasoning=min(thought, written)
    )


def _count_of(wire: Json, name: str) -> int | None:
    value = wire.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**12 else None


def _object(event: Json, name: str) -> Json:
    value = event.get(name)
    if not isinstance(value, dict):
        raise MalformedChunk(f"{event.get('type')} holds no {name}")
    return value


def _text(piece: Json, name: str) -> str:
    value = piece.get(name)
    return value if isinstance(value, str) else ""
