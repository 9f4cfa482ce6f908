"""Anthropic messages: chat messages as system blocks and turns of Anthropic's Messages API.

Here: roles that alternate, blocks of every kind, results of tools beside what a user says. Not here: other fields
(``anthropic_request``).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, NoReturn

import msgspec

from gonogo.domain import Json
from gonogo.domain.request import CACHE_MARK, EARLIER_THINKING, FAILED_RESULT
from gonogo.errors import FieldNotCarried

_KNOWN = frozenset({"role", "content", "tool_calls", "tool_call_id", "refusal", "reasoning_content", "reasoning",
                    "annotations", "thinking_blocks", "cache_control", CACHE_MARK, EARLIER_THINKING, FAILED_RESULT}
                   )  # fmt: skip
"""Fields of a message that are told, or that were for the reader of an earlier answer."""


class Carrying:
    """Says what could not be carried to a provider."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def refuse(self, path: str) -> NoReturn:
        """Refuse a field.

        Raises:
            FieldNotCarried: always.
        """
        message = f"'{path}' has no place in the Messages API that {self._provider} speaks: leave it out"
        raise FieldNotCarried(message, provider=self._provider, param=path)

    def object_in(self, fields: Json, name: str, where: str = "") -> Json:
        """An object, empty where the field is absent; ``where``: the path before the field, with its dot.

        Raises:
            FieldNotCarried: it is something else.
        """
        value = fields.get(name)
        if not isinstance(value, dict | None):
            self.refuse(f"{where}{name}")
        return value or {}

    def objects_in(self, fields: Json, name: str, where: str = "") -> list[Json]:
        """The same of a list of objects.

        Raises:
            FieldNotCarried: it is something else.
        """
        value = fields.get(name)
        if not isinstance(value, list | None) or not all(isinstance(one, dict) for one in value or ()):
            self.refuse(f"{where}{name}")
        return value or []


def conversation(messages: Sequence[Json], carrying: Carrying) -> tuple[list[Json], list[Json]]:
    """System blocks, and turns in which user and assistant alternate: what follows one another from one side is joined.

    Raises:
        FieldNotCarried: a field or part that the Messages API has no place for.
    """
    system: list[Json] = []
    turns: list[Json] = []
    for at, message in enumerate(messages):
        where, role = f"messages.{at}", message.get("role")
        for name, value in message.items():
            if name not in _KNOWN and value not in (None, [], {}):
                carrying.refuse(f"{where}.{name}")
        if role in ("system", "developer"):
            system.extend(_blocks(message.get("content"), f"{where}.content", carrying))
            continue
        side = "assistant" if role == "assistant" else "user"
        if role == "assistant":
            blocks = _said(message, where, carrying)
        elif role in ("tool", "function"):
            blocks = [_result(message, where, carrying)]
        else:
            blocks = _blocks(message.get("content"), f"{where}.content", carrying)
        if blocks:
            blocks[-1] |= marked(message)
        if blocks and turns and turns[-1]["role"] == side:
            turns[-1]["content"].extend(blocks)
        elif blocks:
            turns.append({"role": side, "content": blocks})
    return system, turns


def marked(told: Json) -> Json:
    """The mark of a prompt cache, by Anthropic's name for it."""
    mark = told.get(CACHE_MARK) or told.get("cache_control")
    return {"cache_control": mark} if mark else {}


def _said(message: Json, where: str, carrying: Carrying) -> list[Json]:
    """An earlier answer: its thoughts as they came, its text, its uses of tools."""
    blocks: list[Json] = [
        dict(block)
        for block in message.get(EARLIER_THINKING) or carrying.objects_in(message, "thinking_blocks", f"{where}.")
        # Unsigned thoughts are another maker's: Anthropic takes back its own only.
        if block.get("signature") or block.get("type") == "redacted_thinking"
    ]
    blocks += _blocks(message.get("content"), f"{where}.content", carrying)
    if isinstance(refusal := message.get("refusal"), str) and refusal:
        blocks.append({"type": "text", "text": refusal})
    for at, call in enumerate(carrying.objects_in(message, "tool_calls", f"{where}.")):
        blocks.append(_use(call, f"{where}.tool_calls.{at}", carrying))
    return blocks


def _use(call: Json, where: str, carrying: Carrying) -> Json:
    function = call.get("function")
    if call.get("type", "function") != "function" or not isinstance(function, dict):
        carrying.refuse(f"{where}.type")
    arguments = function.get("arguments") or "{}"
    try:
        given = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, TypeError, RecursionError):
        given = None
    if not isinstance(given, dict):
        carrying.refuse(f"{where}.function.arguments")
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": given, **marked(call)}


def _result(message: Json, where: str, carrying: Carrying) -> Json:
    content = message.get("content")
    told = content if isinstance(content, str) else _blocks(content, f"{where}.content", carrying)
    block: Json = {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": told}
    return {**block, "is_error": True} if message.get(FAILED_RESULT) else block


def _blocks(content: Any, where: str, carrying: Carrying) -> list[Json]:
    """Content as blocks; blank texts, which the Messages API refuses, say nothing."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content.strip() else []
    blocks = [_block(part, f"{where}.{at}", carrying) for at, part in enumerate(content or ())]
    return [block for block in blocks if block["type"] != "text" or str(block["text"] or "").strip()]


def _block(part: Json, where: str, carrying: Carrying) -> Json:
    kind = part.get("type")
    known = {"type", "text", "refusal", "image_url", "file", "cache_control", CACHE_MARK}
    beside = {**{name: value for name, value in part.items() if name not in known}, **marked(part)}
    if kind in ("text", "refusal"):
        return {"type": "text", "text": part.get(kind), **beside}
    if kind == "image_url":
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, dict) else image
        return {"type": "image", "source": _source(url, f"{where}.image_url", carrying), **beside}
    if kind == "file":
        return {**_document(carrying.object_in(part, "file", f"{where}."), f"{where}.file", carrying), **beside}
    return carrying.refuse(f"{where}.type")


def _source(url: Any, where: str, carrying: Carrying) -> Json:
    if not isinstance(url, str) or not url:
        carrying.refuse(where)
    if not url.startswith("data:"):
        return {"type": "url", "url": url}
    head, comma, data = url.removeprefix("data:").partition(",")
    media, _, encoding = head.partition(";")
    if not comma or encoding != "base64":
        carrying.refuse(where)
    return {"type": "base64", "media_type": media, "data": data}


def _document(file: Json, where: str, carrying: Carrying) -> Json:
    data = file.get("file_data")
    if not isinstance(data, str) or not data:
        carrying.refuse(f"{where}.file_id" if file.get("file_id") else where)
    address = data if data.startswith("data:") else f"data:application/pdf;base64,{data}"
    source = _source(address, f"{where}.file_data", carrying)
    if source["media_type"] == "text/plain":
        try:
            text = base64.b64decode(source["data"], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            carrying.refuse(f"{where}.file_data")
        source = {"type": "text", "media_type": "text/plain", "data": text}
    name = file.get("filename")
    return {"type": "document", "source": source, **({"title": name} if name and name != "document" else {})}
