"""Extras: fields of an answer that chat completions have no word for, read with care, for any upstream may send them.

Here: parts of ``Delta.extra`` by kind. Not here: what a wire format makes of them (``response_items``,
``messages_reply``).
"""

from __future__ import annotations

from typing import Any

import msgspec

from gonogo.domain import Delta, Json

NOTHING: Json = {}
_NEVER_GROWS = frozenset({"id", "type", "role", "name", "object", "format"})
"""Texts that a stream repeats and does not continue."""


def part_of(delta: Delta, name: str) -> Json:
    """What stands under ``choice``, ``delta`` or ``usage``; empty where nothing does."""
    part = delta.extra.get(name) if delta.extra else None
    return part if isinstance(part, dict) else NOTHING


def objects_of(fields: Json, name: str) -> list[Json]:
    """The objects of a list; what is none is left out."""
    value = fields.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(fields: Json, name: str) -> str:
    """A text, empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def details_of(usage: Json, name: str) -> Json:
    """Details of a usage; empty where they are no object."""
    details = usage.get(name)
    return details if isinstance(details, dict) else NOTHING


def function_of(call: Json) -> tuple[str, str]:
    """Name and arguments of a call; arguments that came as JSON and not as its text become text."""
    function = call.get("function")
    fields: Json = function if isinstance(function, dict) else NOTHING
    arguments: Any = fields.get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    return text_of(fields, "name"), arguments or ""


def join(whole: Json, piece: Json, *, texts: bool) -> None:
    """Unknown fields as a reader of the stream would join them: lists grow, and so do the texts of a message."""
    grows = (list, str) if texts else list
    for name, value in piece.items():
        known: Any = whole.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            joined: Any = dict(known)
            join(joined, value, texts=texts)
        elif type(known) is type(value) and name not in _NEVER_GROWS and isinstance(value, grows):
            joined = known + value
        else:
            joined = known if value is None else value
        whole[name] = joined
