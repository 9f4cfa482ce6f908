"""Responses input: texts and items of OpenAI's Responses API as chat messages.

Here: messages, function calls and their outputs, earlier reasoning. Not here: other fields (``responses_request``).
"""

from __future__ import annotations

from typing import Any

from gonogo.domain import Json
from gonogo.domain.request import EARLIER_THINKING
from gonogo.errors import RequestInvalid
from gonogo.gateway.body_fields import objects, refuse, refuse_unknown, typed

_BOOKKEEPING = frozenset({"id", "status", "type"})
"""What an item of an earlier answer says about itself; no model is told."""
_CALL = _BOOKKEEPING | {"call_id", "name", "arguments"}
_OUTPUT = _BOOKKEEPING | {"call_id", "output"}
_ROLES = ("user", "assistant", "system", "developer")


def messages_of(fields: Json) -> list[Json]:
    """``instructions`` and ``input`` as messages.

    Raises:
        RequestInvalid: an item or part that is no such thing, or that a model cannot be told; ``param`` names it.
    """
    instructions = typed(fields, "instructions", "text")
    messages: list[Json] = [{"role": "system", "content": instructions}] if instructions else []
    given = fields.get("input")
    if isinstance(given, str):
        return [*messages, {"role": "user", "content": given}]
    thinking: list[Json] = []
    for at, item in enumerate(objects(fields, "input")):
        where = f"input.{at}."
        kind = item.get("type", "message")
        if kind == "reasoning":
            thinking.extend(_thinking(item, where))
            continue
        if kind == "message":
            message = _message(item, where)
        elif kind == "function_call":
            message = _call(item, where)
        elif kind == "function_call_output":
            message = _output(item, where)
        else:
            raise RequestInvalid(f"items of type {kind!r} are not taken here", param=f"{where}type")
        if thinking and message["role"] == "assistant":
            message[EARLIER_THINKING], thinking = thinking, []
        _add(messages, message)
    return messages


def _add(messages: list[Json], message: Json) -> None:
    """Calls of one turn stand in one message, with the text that came before them."""
    last = messages[-1] if messages else {}
    if "tool_calls" in message and last.get("role") == "assistant":
        last["tool_calls"] = [*last.get("tool_calls", ()), *message["tool_calls"]]
        if EARLIER_THINKING in message:
            last[EARLIER_THINKING] = [*last.get(EARLIER_THINKING, ()), *message[EARLIER_THINKING]]
    else:
        messages.append(message)


def _message(item: Json, where: str) -> Json:
    role, content = item.get("role"), item.get("content")
    if role not in _ROLES:
        raise RequestInvalid(f"a message needs a 'role' of {', '.join(_ROLES)}", param=f"{where}role")
    beside = {name: value for name, value in item.items() if name not in _BOOKKEEPING}
    if isinstance(content, str):
        return beside
    parts = [_part(part, f"{where}content.{place}.") for place, part in enumerate(objects(item, "content", where))]
    return {**beside, "content": _joined(parts, role)}


def _joined(parts: list[Json], role: str) -> str | list[Json]:
    """A text where parts hold nothing else: some servers take no lists from an assistant."""
    if all(part.keys() == {"type", "text"} for part in parts) and (len(parts) == 1 or role == "assistant"):
        return "".join(part["text"] for part in parts)
    return parts


def _part(part: Json, where: str) -> Json:
    kind = part.get("type")
    if kind in ("input_text", "output_text", "text"):
        text = typed(part, "text", "text", where)
        if text is None:
            raise RequestInvalid("a part of text needs its 'text'", param=f"{where}text")
        # What an earlier answer's text is annotated with was for its reader.
        return {**_beside(part, "text", "annotations", "logprobs"), "type": "text", "text": text}
    if kind == "refusal":
        return part
    if kind == "input_image":
        refuse(part, {"file_id": "a chat model takes pictures by address: send 'image_url'"}, where)
        url = typed(part, "image_url", "text", where)
        if not url:
            raise RequestInvalid("a picture needs its 'image_url'", param=f"{where}image_url")
        picture = {"url": url, **({"detail": part["detail"]} if part.get("detail") else {})}
        return {**_beside(part, "image_url", "detail", "file_id"), "type": "image_url", "image_url": picture}
    if kind == "input_file":
        refuse(part, {"file_url": "a chat model takes files by their content: send 'file_data'"}, where)
        file = {name: part[name] for name in ("file_id", "filename", "file_data") if part.get(name)}
        return {**_beside(part, "file_id", "filename", "file_data", "file_url"), "type": "file", "file": file}
    if kind == "input_audio":
        return part
    raise RequestInvalid(f"parts of type {kind!r} are not taken here", param=f"{where}type")


def _beside(part: Json, *known: str) -> Json:
    return {name: value for name, value in part.items() if name != "type" and name not in known}


def _call(item: Json, where: str) -> Json:
    refuse_unknown(item, _CALL, where)
    for name in ("call_id", "name", "arguments"):
        if typed(item, name, "text", where) is None:
            raise RequestInvalid(f"a function call needs its '{name}'", param=f"{where}{name}")
    function = {"name": item["name"], "arguments": item["arguments"]}
    call = {"id": item["call_id"], "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _output(item: Json, where: str) -> Json:
    refuse_unknown(item, _OUTPUT, where)
    if typed(item, "call_id", "text", where) is None:
        raise RequestInvalid("the output of a function needs its 'call_id'", param=f"{where}call_id")
    output: Any = item.get("output")
    if not isinstance(output, str):
        if not isinstance(output, list):
            raise RequestInvalid("the 'output' of a function must be text or a list of parts", param=f"{where}output")
        parts = [_part(part, f"{where}output.{place}.") for place, part in enumerate(objects(item, "output", where))]
        output = _joined(parts, "tool")
    return {"role": "tool", "tool_call_id": item["call_id"], "content": output}


def _thinking(item: Json, where: str) -> list[Json]:
    """An earlier answer's reasoning, for models that want it back; its signature is what we called encrypted."""
    parts = objects(item, "content", where) or objects(item, "summary", where)
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    signature = typed(item, "encrypted_content", "text", where)
    if not texts and not signature:
        return []
    return [{"type": "thinking", "thinking": "\n\n".join(texts), "signature": signature or ""}]
