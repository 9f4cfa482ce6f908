"""Chat chunks: OpenAI's chat completion chunks and replies to Deltas, and tool calls joined by index.

Here: the wire shapes inward, pure. Not here: HTTP (``http``), building the request (``openai_compatible``).

Fields we do not know are kept in ``Delta.extra``: those of the message under ``delta``, those of the choice under
``choice``, those of the usage under ``usage`` (once, after the end), all others by their own name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from gonogo.domain import Delta, Json, Usage

_CHUNK_FIELDS = {"id", "object", "created", "model", "choices", "usage", "system_fingerprint"}
_CHOICE_FIELDS = {"index", "delta", "message", "finish_reason"}
_DELTA_FIELDS = {"role", "content", "tool_calls", "reasoning_content", "reasoning"}
_MOST_TOKENS = 10**12
"""A larger count is a mistake of the upstream's, and would not fit where it is stored."""
_OFTEN_EMPTY = frozenset({"refusal", "logprobs", "annotations", "audio", "function_call", "tool_calls"})
"""Fields of OpenAI's that servers send without a value; every reader takes them for absent then."""
_EMPTY: tuple[object, ...] = (None, [], {})
_NOTHING: Json = {}
_COUNTED: Mapping[str, frozenset[str]] = {
    "prompt_tokens_details": frozenset({"cached_tokens", "cache_write_tokens", "audio_tokens", "image_tokens"}),
    "completion_tokens_details": frozenset({"reasoning_tokens", "audio_tokens"}),
}
_TOTALS = frozenset({"prompt_tokens", "completion_tokens", "total_tokens"})


class MalformedChunk(ValueError):
    """JSON that is not shaped as a chunk; the message says where."""


def usage_of(wire: Any) -> Usage | None:
    """Tokens by kind, or ``None`` where the upstream reported none or something else than counts.

    A part is never more than its whole. xAI counts reasoning beside the answer and not in it, which its total shows;
    what is paid for as output counts as output here.
    """
    if not isinstance(wire, dict):
        return None
    read, written = _count(wire, "prompt_tokens"), _count(wire, "completion_tokens")
    if read is None or (written is None and wire.get("completion_tokens") is not None):
        return None
    written = written or 0
    if wire.keys() <= _TOTALS:
        return Usage(input=read, output=written)
    of_input, of_output = wire.get("prompt_tokens_details"), wire.get("completion_tokens_details")
    reasoning = _count(of_output, "reasoning_tokens") or 0
    if reasoning and _count(wire, "total_tokens") == read + written + reasoning:
        written += reasoning
    # DeepSeek says in a field of its own what was cached; proxies to Anthropic say beside it what was written.
    cached = _count(of_input, "cached_tokens") or _count(wire, "prompt_cache_hit_tokens") or 0
    kept = _count(of_input, "cache_write_tokens") or _count(wire, "cache_creation_input_tokens") or 0
    return Usage(
        input=read,
        output=written,
        cached=min(cached, read),
        reasoning=min(reasoning, written),
        cache_written=min(kept, read),
        input_audio=min(_count(of_input, "audio_tokens") or 0, read),
        output_audio=min(_count(of_output, "audio_tokens") or 0, written),
        input_image=min(_count(of_input, "image_tokens") or 0, read),
    )


def beside_usage(wire: Any) -> Json:
    """What a usage object holds besides the counts of ``usage_of``, in its own places."""
    if not isinstance(wire, dict) or wire.keys() <= _TOTALS:
        return {}
    beside: Json = {}
    for name, value in wire.items():
        if name in _COUNTED and isinstance(value, dict):
            value = {inner: more for inner, more in value.items() if inner not in _COUNTED[name]}
            if not value:
                continue
        elif name in _TOTALS or name in _COUNTED:
            continue
        beside[name] = value
    return beside


def _count(wire: Any, name: str) -> int | None:
    value = wire.get(name) if isinstance(wire, dict) else None
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None  # True is no count


class _Said(Struct, forbid_unknown_fields=True):
    content: str


class _Choice(Struct, forbid_unknown_fields=True):
    index: int
    delta: _Said
    finish_reason: None = None
    logprobs: None = None


class _Word(Struct, forbid_unknown_fields=True):
    choices: Annotated[list[_Choice], Meta(min_length=1, max_length=1)]
    id: Any = None
    object: Any = None
    created: Any = None
    model: str | None = None
    system_fingerprint: str | None = None


class _Message(Struct, forbid_unknown_fields=True):
    content: str
    role: str = ""
    refusal: None = None
    tool_calls: None = None
    annotations: Annotated[list[Any], Meta(max_length=0)] = []


class _PlainChoice(Struct, forbid_unknown_fields=True):
    message: _Message
    finish_reason: Annotated[str, Meta(min_length=1)]
    index: Literal[0] = 0
    logprobs: None = None


class _Plain(Struct, forbid_unknown_fields=True):
    choices: Annotated[list[_PlainChoice], Meta(min_length=1, max_length=1)]
    id: Any = None
    object: Any = None
    created: Any = None
    model: str | None = None
    usage: Any = None
    system_fingerprint: str | None = None


_decode_plain = msgspec.json.Decoder(_Plain).decode


def plain_reply(body: bytes) -> Delta | None:
    """The Delta of a whole reply that holds one text and no field that we do not know; ``None`` for any other. Decoding
    into exactly that shape costs a sixth of looking at every field."""
    try:
        plain = _decode_plain(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    choice, usage = plain.choices[0], usage_of(plain.usage)
    more = beside_usage(plain.usage) if usage is not None else _NOTHING
    return Delta(
        content=choice.message.content,
        finish_reason=choice.finish_reason,
        usage=usage,
        model=plain.model or None,
        fingerprint=plain.system_fingerprint or None,
        extra={"usage": more} if more else _NOTHING,
    )


_decode_word = msgspec.json.Decoder(_Word).decode
MOST_STRANGE = 8
"""Chunks in a row that were more than a word; an upstream that adds fields to every chunk is tried no longer."""


class ChunkReader:
    """Reads the chunks of one answer in order. ``finished`` says that every choice seen has its finish reason."""

    def __init__(self) -> None:
        self._calls: dict[int, ToolCalls] = {}
        self._empty: dict[int, Json] = {}
        self._seen: set[int] = set()
        self._ended: set[int] = set()
        self._strange = 0
        self.pieces = 0

    @property
    def finished(self) -> bool:
        """Whether at least one choice began and all have ended."""
        return bool(self._seen) and self._seen == self._ended

    def word(self, text: str | bytes) -> Delta | None:
        """The Delta of a chunk that holds a piece of text and nothing else, as nearly all do; ``None``, and nothing
        read, for any other. Decoding into exactly that shape costs a third of looking at every field."""
        if self._empty or self._strange > MOST_STRANGE:
            return None
        try:
            chunk = _decode_word(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._strange += 1
            return None
        choice = chunk.choices[0]
        if choice.index not in self._calls:
            return None
        self._strange = 0
        self.pieces += 1
        return Delta(
            content=choice.delta.content,
            model=chunk.model or None,
            fingerprint=chunk.system_fingerprint or None,
            choice=choice.index,
        )

    def read(self, chunk: Any) -> Iterator[Delta]:
        """Deltas of one chunk, or of one whole reply (``message`` instead of ``delta``).

        Raises:
            MalformedChunk: not an object, or its choices are no list of objects.
        """
        choices = chunk.get("choices") if isinstance(chunk, dict) else None
        if not isinstance(chunk, dict) or not isinstance(choices, list | None):
            raise MalformedChunk("a chunk is not an object with a list of choices")
        beside = _unknown(chunk, _CHUNK_FIELDS)
        model, fingerprint = _text(chunk.get("model")) or None, _text(chunk.get("system_fingerprint")) or None
        for choice in choices or ():
            if not isinstance(choice, dict):
                raise MalformedChunk("a choice is not an object")
            yield self._choice(choice, model, fingerprint, beside)
            beside = {}
        usage = usage_of(chunk.get("usage"))
        if usage is not None and self.finished and (more := beside_usage(chunk["usage"])):
            beside = {**beside, "usage": more}
        if usage is not None or beside:
            yield Delta(usage=usage, model=model, fingerprint=fingerprint, extra=beside)

    def _choice(self, choice: Json, model: str | None, fingerprint: str | None, extra: Json) -> Delta:
        index = choice["index"] if isinstance(choice.get("index"), int) else 0
        said = choice.get("delta") or choice.get("message") or {}
        if not isinstance(said, dict):
            raise MalformedChunk("what a choice says is not an object")
        finish = _text(choice.get("finish_reason")) or None
        calls = self._calls.get(index)
        if calls is None:
            calls = self._calls[index] = ToolCalls()
        if "tool_calls" in said:
            calls.add(said["tool_calls"])
        self._seen.add(index)
        if finish:  # what ended stays ended: some servers send their usage on one more, empty choice
            self._ended.add(index)
        self.pieces += 1
        content, reasoning = said.get("content"), ""
        if not isinstance(content, str) or len(said) > 1:  # most chunks are a word and nothing else
            reasoning = _text(said.get("reasoning_content")) or _text(said.get("reasoning")) or _thought(said)
            content = _written(content)
        if unknown := _unknown(choice, _CHOICE_FIELDS):
            extra = {**extra, "choice": unknown}
        if unknown := _unknown(said, _DELTA_FIELDS):
            extra = {**extra, "delta": unknown}
        if extra or self._empty:
            extra = self._with_something(index, extra, says=bool(content or reasoning or finish))
        return Delta(
            content=content,
            reasoning=reasoning,
            tool_calls=calls.take() if finish else (),
            finish_reason=finish,
            model=model,
            fingerprint=fingerprint,
            choice=index,
            extra=extra,
        )

    def _with_something(self, index: int, extra: Json, *, says: bool) -> Json:
        """Unknown fields without a value wait for the next Delta that says something: a client that has been sent
        something cannot be given another model's answer any more."""
        if held := self._empty.pop(index, None):
            parts = [(name, {**held[name], **extra.get(name, {})}) for name in ("choice", "delta") if name in held]
            extra = {**held, **extra, **dict(parts)}
        if says or not _is_empty(extra):
            return extra
        self._empty[index] = extra
        return {}


class ToolCalls:
    """Tool calls of one choice, joined from fragments: ``arguments`` is appended, all else is set once."""

    def __init__(self) -> None:
        self._by_index: dict[int, Json] = {}
        self._places: dict[int, int] = {}

    def add(self, fragments: Any) -> None:
        """Take the fragments of one chunk.

        A fragment without an index (some servers) opens a new call if it has an id, else it continues the last. One
        with the index of a call that has another id (servers that number every call 0) opens a new call too.

        Raises:
            MalformedChunk: not a list of objects.
        """
        if fragments is None:
            return
        if not isinstance(fragments, list) or not all(isinstance(fragment, dict) for fragment in fragments):
            raise MalformedChunk("tool_calls is not a list of objects")
        for fragment in fragments:
            index = fragment.get("index")
            if not isinstance(index, int):
                last = max(self._by_index, default=-1)
                index = last + 1 if fragment.get("id") or last < 0 else last
            place = self._place(index, fragment.get("id"))
            self._join(self._by_index.setdefault(place, {"index": place}), fragment)

    def _place(self, index: int, call_id: Any) -> int:
        """Where a call stands among ours; an index that is used again for another call gets the next free place."""
        place = self._places.get(index, index)
        known = self._by_index.get(place, {}).get("id")
        if known and call_id and known != call_id:
            place = max(self._by_index) + 1
        self._places[index] = place
        return place

    def _join(self, call: Json, fragment: Json) -> None:
        for name, value in fragment.items():
            if isinstance(value, dict) and name != "index":
                part = call.setdefault(name, {})
                for field, text in value.items():
                    grows = (
                        field in ("arguments", "input") and isinstance(part.get(field), str) and isinstance(text, str)
                    )
                    if grows:
                        part[field] += text
                    elif text is not None or field not in part:
                        part[field] = text
            elif name != "index" and (value is not None or name not in call):
                call[name] = value

    def take(self) -> tuple[Json, ...]:
        """The whole calls in order; the next ``take`` gives none of them again."""
        calls = tuple(self._by_index[index] for index in sorted(self._by_index))
        self._by_index, self._places = {}, {}
        for call in calls:
            function = call.get("function")
            if isinstance(function, dict) and isinstance(function.get("arguments"), dict):
                function["arguments"] = json.dumps(function["arguments"], ensure_ascii=False)  # clients expect text
        return calls


def _unknown(wire: Json, known: set[str]) -> Json:
    if wire.keys() <= known:
        return _NOTHING
    return {
        name: value
        for name, value in wire.items()
        if name not in known and not (name in _OFTEN_EMPTY and value in _EMPTY)
    }


def _is_empty(extra: Json) -> bool:
    """Whether nothing in unknown fields has a value."""
    inner = (value for name in ("choice", "delta") for value in extra.get(name, {}).values())
    others = (value for name, value in extra.items() if name not in ("choice", "delta"))
    return all(value in _EMPTY for value in (*inner, *others))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _written(content: Any) -> str:
    """The answer's text; some servers send a list of parts, with the model's thoughts among them."""
    return "".join(_text(part.get("text")) for part in _parts(content)) if isinstance(content, list) else _text(content)


def _thought(said: Json) -> str:
    """Thoughts that stand in parts of the content, as Mistral sends them."""
    return "".join(
        _text(thought) or _written(thought) for part in _parts(said.get("content")) if (thought := part.get("thinking"))
    )


def _parts(content: Any) -> list[Json]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
