"""The texts inside OpenAI messages, wherever they stand, so that guardrails see every part and not only the last turn.

Here: reading and replacing texts in one message. Not here: judging them (``input_guardrails``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gonogo.domain import Json

_TEXT_KEYS = ("text", "refusal")


def texts_of(message: Json) -> Iterator[str]:
    """Every text of a message: plain content, text parts, and the arguments of tool calls."""
    content = message.get("content")
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for part in content:
            if isinstance(part, dict):
                yield from (part[key] for key in _TEXT_KEYS if isinstance(part.get(key), str))
    for call in message.get("tool_calls") or ():
        arguments = _arguments(call)
        if arguments is not None:
            yield arguments


def replace_texts(message: Json, replace: Callable[[str], str]) -> Json:
    """The message with each of those texts replaced; the same object where nothing changed."""
    changed = dict(message)
    content = message.get("content")
    if isinstance(content, str):
        changed["content"] = replace(content)
    elif isinstance(content, list):
        changed["content"] = [_replace_part(part, replace) for part in content]
    if message.get("tool_calls"):
        changed["tool_calls"] = [_replace_call(call, replace) for call in message["tool_calls"]]
    return changed if changed != message else message


def _replace_part(part: Any, replace: Callable[[str], str]) -> Any:
    if not isinstance(part, dict):
        return part
    return {
        key: replace(value) if key in _TEXT_KEYS and isinstance(value, str) else value for key, value in part.items()
    }


def _arguments(call: Any) -> str | None:
    function = call.get("function") if isinstance(call, dict) else None
    arguments = function.get("arguments") if isinstance(function, dict) else None
    return arguments if isinstance(arguments, str) else None


def _replace_call(call: Any, replace: Callable[[str], str]) -> Any:
    arguments = _arguments(call)
    if arguments is None:
        return call
    return {**call, "function": {**call["function"], "arguments": replace(arguments)}}
