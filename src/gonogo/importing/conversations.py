"""Conversations: inputs and outputs of foreign data sets as a question, earlier messages and an expected text.

Here: the shapes in which tools keep them: text, mappings, messages of OpenAI and of LangChain. Not here: the tools.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from gonogo.importing.carried import Plain, as_text

QUESTIONS: Final = (
    "question", "query", "input", "user_input", "prompt", "message", "user_message", "text", "content", "topic",
)  # fmt: skip
ANSWERS: Final = (
    "expected_output", "expectedoutput", "expected", "answer", "ideal", "reference", "ground_truth", "groundtruth",
    "output", "response", "label", "result", "text", "content",
)  # fmt: skip
_ROLES: Final = {
    "human": "user", "user": "user", "ai": "assistant", "assistant": "assistant", "system": "system",
    "developer": "developer", "tool": "tool", "humanmessage": "user", "aimessage": "assistant",
    "systemmessage": "system", "toolmessage": "tool",
}  # fmt: skip

MOST_TAGS: Final = 20
LONGEST_TAG: Final = 60
_TOLD: Final = ("system", "developer")


def parsed(value: Any) -> Any:
    """A text that holds a JSON object or list as that; anything else as it is."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def messages_of(value: Any) -> list[Plain] | None:
    """Messages in OpenAI's form, where the value is a list of messages of any known form."""
    if isinstance(value, dict):
        found = next((value[key] for key in ("messages", "input_messages", "chat") if key in value), None)
        return messages_of(found) if found is not None else None
    if not isinstance(value, list) or not value:
        return None
    # LangChain keeps runs as a list of lists of messages.
    if len(value) == 1 and isinstance(value[0], list):
        return messages_of(value[0])
    made = [message_of(one) for one in value]
    return [one for one in made if one is not None] if all(made) else None


def message_of(value: Any) -> Plain | None:
    """One message in OpenAI's form, or ``None``."""
    if not isinstance(value, dict):
        return None
    inside = value.get("kwargs") or value.get("data") or value
    if not isinstance(inside, dict):
        return None
    kind = value.get("role") or value.get("type") or inside.get("role") or inside.get("type")
    if isinstance(value.get("id"), list) and value["id"]:
        kind = value["id"][-1]
    role = _ROLES.get(str(kind).lower())
    if role is None or not ("content" in inside or "tool_calls" in inside):
        return None
    message: Plain = {"role": role, "content": content_of(inside.get("content"))}
    message |= {key: inside[key] for key in ("tool_calls", "tool_call_id", "name") if inside.get(key)}
    return message


def content_of(value: Any) -> str:
    """The text of a message's content; parts that are no text stand as JSON."""
    if isinstance(value, list):
        parts = [one.get("text", one) if isinstance(one, dict) else one for one in value]
        return "\n".join(as_text(part) for part in parts)
    return "" if value is None else as_text(value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an input asks: the question, earlier messages, the system message, and names of what stood beside it."""

    question: str
    turns: list[Plain] = field(default_factory=list)
    system: str = ""
    left: list[str] = field(default_factory=list)


def asked(value: Any, names: tuple[str, ...] = QUESTIONS) -> Asked:
    """An input of any known shape as a question."""
    value = parsed(value)
    if value in (None, "", {}, []):
        return Asked("")
    messages = messages_of(value)
    if messages:
        last = max((place for place, one in enumerate(messages) if one["role"] == "user"), default=-1)
        if last >= 0:
            told = [one["content"] for one in messages if one["role"] in _TOLD]
            turns = [one for one in messages[:last] if one["role"] not in _TOLD]
            return Asked(messages[last]["content"], turns, "\n\n".join(told))
    if isinstance(value, dict):
        return _named(value, names)
    return Asked(as_text(value))


def _named(value: Plain, names: tuple[str, ...]) -> Asked:
    key = _key(value, names)
    if key is None:
        return Asked(as_text(value))
    inner = asked(value[key], names)
    history = messages_of(value.get("chat_history") or value.get("history"))
    left = [name for name in value if name != key and not (history and name in ("chat_history", "history"))]
    return Asked(inner.question, history or inner.turns, inner.system, left)


def _key(value: Plain, names: tuple[str, ...]) -> str | None:
    """The first key of a usual name, or the only one there is."""
    lowered = {key.lower(): key for key in value}
    key = next((lowered[name] for name in names if name in lowered), None)
    return next(iter(value)) if key is None and len(value) == 1 else key


@dataclass(frozen=True, slots=True)
class Said:
    """What an expected output says, and the names of what stood beside it."""

    value: Any
    left: list[str] = field(default_factory=list)


def said(value: Any) -> Said:
    """The text that an expected output is; a mapping without a known name stays one, to be equalled."""
    value = parsed(value)
    messages = messages_of(value)
    if messages:
        last = next((one for one in reversed(messages) if one["role"] == "assistant"), None)
        return Said(last["content"] if last is not None else None)
    one = message_of(value)
    if one is not None:
        return Said(one["content"])
    if isinstance(value, dict):
        generations = value.get("generations")
        while isinstance(generations, list) and generations:  # LangChain keeps a list of them for each prompt
            generations = generations[0]
        if isinstance(generations, dict):
            return said(generations.get("text") or generations.get("message"))
        key = _key(value, ANSWERS)
        if key is not None:
            return Said(said(value[key]).value, [name for name in value if name != key])
    return Said(value)


@dataclass(frozen=True, slots=True)
class Tags:
    """Metadata that can pick a group, as tags, and the keys that cannot."""

    tags: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def tags_of(metadata: Any) -> Tags:
    """Short values of metadata as ``key=value``."""
    metadata = parsed(metadata)
    made = Tags()
    for key, value in metadata.items() if isinstance(metadata, dict) else ():
        values = value if isinstance(value, list) and value else [value]
        if value in (None, "", [], {}):
            continue
        if len(made.tags) + len(values) > MOST_TAGS or not all(_is_short(one) for one in values):
            made.left.append(str(key))
        else:
            made.tags.extend(" ".join(f"{key}={one}".split()) for one in values)
    return made


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int | float) and len(str(value)) <= LONGEST_TAG
