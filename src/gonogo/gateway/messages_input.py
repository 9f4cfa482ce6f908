"""Messages input: system, turns and content blocks of Anthropic's Messages API as chat messages.

Here: texts, pictures, documents, uses of tools and their results, earlier thinking. Not here: other fields
(``messages_request``).
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from gonogo.domain import Json
from gonogo.domain.request import CACHE_MARK, EARLIER_THINKING, FAILED_RESULT
from gonogo.errors import RequestInvalid
from gonogo.gateway.body_fields import objects, refuse, refuse_unknown, typed

_ROLES = ("user", "assistant", "system")


def messages_of(fields: Json) -> list[Json]:
    """``system`` and ``messages`` as chat messages.

    Raises:
        RequestInvalid: a block that is no such thing, or that a model cannot be told; ``param`` names it.
    """
    system = fields.get("system")
    if isinstance(system, list):
        system = [_block(block, f"system.{at}.") for at, block in enumerate(objects(fields, "system"))]
    elif system is not None and not isinstance(system, str):
        raise RequestInvalid("'system' must be text or a list of blocks", param="system")
    told: list[Json] = [{"role": "system", "content": system}] if system else []
    for at, message in enumerate(objects(fields, "messages")):
        where, role, content = f"messages.{at}.", message.get("role"), message.get("content")
        if role not in _ROLES:
            raise RequestInvalid(f"a message needs a 'role' of {', '.join(_ROLES)}", param=f"{where}role")
        refuse_unknown(message, {"role", "content"}, where)
        if isinstance(content, str):
            told.append({"role": role, "content": content})
            continue
        blocks = objects(message, "content", where)
        if not blocks:
            raise RequestInvalid("a message needs its 'content'", param=f"{where}content")
        told.extend(_assistant(blocks, where) if role == "assistant" else _user(blocks, where, role))
    return told


def _user(blocks: tuple[Json, ...], where: str, role: str) -> list[Json]:
    """Results of tools as messages of their own, then what the user (or the system) says."""
    results, parts = [], []
    for at, block in enumerate(blocks):
        path = f"{where}content.{at}."
        if block.get("type") == "tool_result":
            results.append(_result(block, path))
        else:
            parts.append(_block(block, path))
    return [*results, *([{"role": role, "content": _joined(parts)}] if parts else [])]


def _assistant(blocks: tuple[Json, ...], where: str) -> list[Json]:
    parts: list[Json] = []
    calls: list[Json] = []
    thinking: list[Json] = []
    for at, block in enumerate(blocks):
        path, kind = f"{where}content.{at}.", block.get("type")
        if kind in ("thinking", "redacted_thinking"):
            thinking.append(block)
        elif kind == "tool_use":
            calls.append(_call(block, path))
        else:
            parts.append(_block(block, path))
    message: Json = {"role": "assistant", "content": _joined(parts) if parts else None}
    message |= {"tool_calls": calls} if calls else {}
    return [message | ({EARLIER_THINKING: thinking} if thinking else {})]


def _joined(parts: list[Json]) -> str | list[Json]:
    """One text by itself: some servers take no lists."""
    return str(parts[0]["text"]) if len(parts) == 1 and parts[0].keys() == {"type", "text"} else parts


def _block(block: Json, where: str) -> Json:
    kind = block.get("type")
    if kind == "text":
        text = typed(block, "text", "text", where)
        if text is None:
            raise RequestInvalid("a block of text needs its 'text'", param=f"{where}text")
        # Citations of an earlier answer were for its reader.
        return {**_beside(block, "text", "citations"), "type": "text", "text": text}
    if kind == "image":
        url = _address(typed(block, "source", "an object", where) or {}, f"{where}source.")
        return {**_beside(block, "source"), "type": "image_url", "image_url": {"url": url}}
    if kind == "document":
        return _document(block, where)
    raise RequestInvalid(f"blocks of type {kind!r} are not taken here", param=f"{where}type")


def _document(block: Json, where: str) -> Json:
    citations = block.get("citations")
    asked = {**block, "citations": isinstance(citations, dict) and citations.get("enabled")}
    refuse(asked, {"citations": "a chat model cites no documents", "context": "put it into a block of text"}, where)
    source = typed(block, "source", "an object", where) or {}
    if source.get("type") == "text":
        data = typed(source, "data", "text", f"{where}source.") or ""
        address = f"data:text/plain;base64,{base64.b64encode(data.encode()).decode()}"
    elif source.get("type") == "base64":
        address = _address(source, f"{where}source.")
    else:
        raise RequestInvalid("a document must come as text or base64", param=f"{where}source.type")
    name = typed(block, "title", "text", where) or "document"
    file = {"file_data": address, "filename": name}
    return {**_beside(block, "source", "title", "context", "citations"), "type": "file", "file": file}


def _address(source: Json, where: str) -> str:
    kind = source.get("type")
    if kind == "base64" and isinstance(source.get("data"), str) and isinstance(source.get("media_type"), str):
        return f"data:{source['media_type']};base64,{source['data']}"
    if kind == "url" and isinstance(source.get("url"), str):
        return str(source["url"])
    raise RequestInvalid("a source must be base64 with media_type and data, or a url", param=f"{where}type")


def _call(block: Json, where: str) -> Json:
    refuse_unknown(block, {"type", "id", "name", "input", "cache_control"}, where)
    for name in ("id", "name"):
        if typed(block, name, "text", where) is None:
            raise RequestInvalid(f"a use of a tool needs its '{name}'", param=f"{where}{name}")
    given = typed(block, "input", "an object", where) or {}
    function = {"name": block["name"], "arguments": msgspec.json.encode(given).decode()}
    return {**_marked(block), "id": block["id"], "type": "function", "function": function}


def _result(block: Json, where: str) -> Json:
    refuse_unknown(block, {"type", "tool_use_id", "content", "is_error", "cache_control"}, where)
    if typed(block, "tool_use_id", "text", where) is None:
        raise RequestInvalid("the result of a tool needs its 'tool_use_id'", param=f"{where}tool_use_id")
    content: Any = block.get("content")
    if not isinstance(content, str):
        parts = [_block(part, f"{where}content.{at}.") for at, part in enumerate(objects(block, "content", where))]
        content = _joined(parts) if parts else ""
    message = {**_marked(block), "role": "tool", "tool_call_id": block["tool_use_id"], "content": content}
    return {**message, FAILED_RESULT: True} if block.get("is_error") is True else message


def _beside(block: Json, *known: str) -> Json:
    """Fields nobody knows yet, and the mark of a prompt cache by our name for it."""
    others = {name: value for name, value in block.items() if name not in ("type", "cache_control", *known)}
    return {**others, **_marked(block)}


def _marked(block: Json) -> Json:
    mark = block.get("cache_control")
    return {CACHE_MARK: mark} if mark else {}
