"""The texts inside OpenAI messages, wherever they stand, so that guardrails see every part and not only the last turn.

Here: reading and replacing every string of a message that may carry words: content, parts of any kind, addresses of
pictures, names, refusals, arguments of calls. Not here: judging them (``input_guardrails``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gonogo.domain import Json

Replace = Callable[[str], str]
_NO_WORDS = frozenset({"role", "type", "id", "tool_call_id", "detail", "format", "signature"})
"""Fields that only tell what the others are; changing one would break the message."""
_PLAIN = frozenset({"role", "content"})
_FILES = frozenset({"data", "file_data"})
"""Fields that hold encoded bytes."""


def texts_of(message: Mapping[str, Any]) -> Iterator[str]:
    """Every text of a message, in order."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    replace_texts(dict(message), note)
    yield from found


def replace_texts(message: Json, replace: Replace, replace_file: Replace = str) -> Json:
    """The message with each text replaced, and each encoded file by ``replace_file``; the same object where nothing
    changed."""
    content = message.get("content")
    if isinstance(content, str) and content and message.keys() <= _PLAIN:
        # By far the most frequent shape.
        new = replace_file(content) if is_blob(content) else replace(content)
        return message if new == content else {**message, "content": new}
    changed: Json = _replaced("", message, replace, replace_file)
    return changed if changed != message else message


def is_blob(text: str) -> bool:
    """Whether a text is a data address, such as an inline picture."""
    return text.startswith("data:") and ";base64," in text[:200]


def _replaced(key: str, value: Any, replace: Replace, replace_file: Replace) -> Any:
    if isinstance(value, str):
        if key in _NO_WORDS or not value:
            return value
        return replace_file(value) if key in _FILES or is_blob(value) else replace(value)
    if isinstance(value, dict):
        return {name: _replaced(name, inner, replace, replace_file) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(key, inner, replace, replace_file) for inner in value]
    return value
