"""Response items: reasoning, messages and function calls of a response, as they open, grow and close.

Here: items, their parts and the events about them. Not here: numbers of events, the response (``responses_reply``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gonogo.domain import Delta, Json
from gonogo.gateway.extras import function_of, join, objects_of, part_of, text_of

Told = tuple[str, Json]
"""An event's type and its fields."""
_OURS = frozenset({"id", "type", "role", "status", "content", "refusal", "annotations", "thinking_blocks", "logprobs"})
"""Fields of an item that are made here, or told elsewhere; others of a message or choice stand beside them."""


class Items:
    """The output of one response. Only one item is open at a time: what is of another kind closes it.

    Args:
        signed: whether reasoning carries its signature, as ``encrypted_content``.
    """

    def __init__(self, *, signed: bool) -> None:
        self.id = ""
        self.beside: Json = {}
        """Fields nobody knows that came while no message was open; the next one takes them."""
        self._signed = signed
        self._done: list[Json] = []
        self._open: Json | None = None
        self._kind = ""
        self._text: list[str] = []
        self._logprobs: list[Json] = []
        self._annotations: list[Json] = []
        self._signature: str | None = None

    def take(self, delta: Delta) -> Iterator[Told]:
        """Events of one Delta."""
        said, choice = part_of(delta, "delta"), part_of(delta, "choice")
        if delta.reasoning:
            yield from self._grow("reasoning_text", delta.reasoning)
        for block in objects_of(said, "thinking_blocks"):
            self._signature = text_of(block, "signature") or text_of(block, "data") or self._signature
            if self._kind != "reasoning_text":  # thoughts that are not shown still go back and forth
                yield from self._grow("reasoning_text", "")
        if delta.content:
            yield from self._grow("output_text", delta.content, _logprobs(choice))
        if refusal := text_of(said, "refusal"):
            yield from self._grow("refusal", refusal)
        for annotation in objects_of(said, "annotations"):
            yield from self._annotated(annotation)
        speaking = self._open if self._open is not None and self._open["type"] == "message" else self.beside
        for fields, texts in ((said, True), (choice, False)):
            join(speaking, {name: value for name, value in fields.items() if name not in _OURS}, texts=texts)
        for call in delta.tool_calls:
            yield from self._called(call)

    def close(self) -> Iterator[Told]:
        """Events of the end of whatever is open."""
        item = self._open
        if item is None:
            return
        text, kind, place = "".join(self._text), self._kind, self._place()
        part = self._part(text)
        index = {**place, "content_index": 0}
        if kind == "refusal":
            yield "response.refusal.done", {**index, "refusal": text}
        else:
            logprobs = {"logprobs": self._logprobs} if kind == "output_text" else {}
            yield f"response.{kind}.done", {**index, "text": text, **logprobs}
        yield "response.content_part.done", {**index, "part": part}
        item["status"] = "completed"
        if text or kind != "reasoning_text":
            item["content"] = [part]
        if kind == "reasoning_text" and self._signed and self._signature is not None:
            item["encrypted_content"] = self._signature
        self._done.append(item)
        self._open, self._kind, self._text, self._logprobs, self._annotations = None, "", [], [], []
        self._signature = None
        yield "response.output_item.done", {"output_index": place["output_index"], "item": item}

    def output(self, status: str) -> list[Json]:
        """Every item; ``status`` of the response: a message of one that was cut is incomplete."""
        items = [dict(item) for item in self._done]
        if self._open is not None:
            items.append({**self._open, "content": [self._part("".join(self._text))]})
        if status == "incomplete" and items and items[-1]["type"] == "message":
            items[-1]["status"] = "incomplete"
        return items

    def _grow(self, kind: str, text: str, logprobs: Sequence[Json] = ()) -> Iterator[Told]:
        if kind != self._kind:
            yield from self.close()
            yield from self._opened(kind)
        if not text:
            return
        self._text.append(text)
        fields: Json = {**self._place(), "content_index": 0, "delta": text}
        if kind == "output_text":
            fields["logprobs"] = list(logprobs)
            self._logprobs.extend(fields["logprobs"])
        yield f"response.{kind}.delta", fields

    def _opened(self, kind: str) -> Iterator[Told]:
        self._kind, at = kind, len(self._done)
        if kind == "reasoning_text":
            item: Json = {"id": f"rs_{self.id}_{at}", "type": "reasoning", "summary": [], "status": "in_progress"}
        else:
            item = {"id": f"msg_{self.id}_{at}", "type": "message", "role": "assistant", "status": "in_progress"}
            item = {**self.beside, **item, "content": []}
            self.beside = {}
        self._open = item
        yield "response.output_item.added", {"output_index": at, "item": dict(item)}
        yield "response.content_part.added", {**self._place(), "content_index": 0, "part": self._part("")}

    def _called(self, call: Json) -> Iterator[Told]:
        """A call comes whole, so its item opens and closes at once."""
        yield from self.close()
        at, (name, arguments) = len(self._done), function_of(call)
        beside = {field: value for field, value in call.items() if field not in ("id", "type", "function", "index")}
        item = {**beside, "id": f"fc_{self.id}_{at}", "type": "function_call", "call_id": text_of(call, "id"),
                "name": name, "arguments": "", "status": "in_progress"}  # fmt: skip
        yield "response.output_item.added", {"output_index": at, "item": dict(item)}
        place = {"item_id": item["id"], "output_index": at}
        yield "response.function_call_arguments.delta", {**place, "delta": arguments}
        yield "response.function_call_arguments.done", {**place, "name": name, "arguments": arguments}
        item |= {"arguments": arguments, "status": "completed"}
        self._done.append(item)
        yield "response.output_item.done", {"output_index": at, "item": item}

    def _annotated(self, annotation: Json) -> Iterator[Told]:
        if self._kind != "output_text":
            return
        kind = text_of(annotation, "type")
        inner = annotation.get(kind)
        flat = {"type": kind, **inner} if isinstance(inner, dict) else annotation
        at = len(self._annotations)
        self._annotations.append(flat)
        place = {**self._place(), "content_index": 0, "annotation_index": at}
        yield "response.output_text.annotation.added", {**place, "annotation": flat}

    def _part(self, text: str) -> Json:
        if self._kind == "refusal":
            return {"type": "refusal", "refusal": text}
        if self._kind == "reasoning_text":
            return {"type": "reasoning_text", "text": text}
        return {"type": "output_text", "text": text, "annotations": self._annotations, "logprobs": self._logprobs}

    def _place(self) -> Json:
        return {"item_id": self._open["id"] if self._open else "", "output_index": len(self._done)}


def _logprobs(choice: Json) -> list[Json]:
    logprobs = choice.get("logprobs")
    return objects_of(logprobs, "content") if isinstance(logprobs, dict) else []
