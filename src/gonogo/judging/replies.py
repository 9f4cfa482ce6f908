"""Replies: what a judge wrote, read strictly.

A reply is one JSON object and nothing else, a code fence around it at most. What a reply lacks is never guessed.

Here: JSON to values, with what is wrong in words that the model gets to read. Not here: asking again (``asking``).
"""

from __future__ import annotations

import json
import re
from typing import Any

_FENCE = re.compile(r"^```(?:json)?[ \t]*\n(.*)\n```$", re.DOTALL)


class Unusable(Exception):
    """A reply that says nothing; the message says what it lacks."""


def read_object(text: str) -> dict[str, Any]:
    """The one JSON object that a reply is.

    Raises:
        Unusable: it is something else.
    """
    stripped = text.strip()
    fenced = _FENCE.match(stripped)
    try:
        found = json.loads(fenced.group(1) if fenced else stripped, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unusable("it is not one JSON object") from error
    if not isinstance(found, dict):
        raise Unusable("it is not one JSON object")
    return found


def text_of(found: dict[str, Any], key: str) -> str:
    """A text, which may be empty.

    Raises:
        Unusable: there is none.
    """
    value = found.get(key)
    if not isinstance(value, str):
        raise Unusable(f'"{key}" must be a text')
    return value


def flag_of(found: dict[str, Any], key: str) -> bool:
    """true or false.

    Raises:
        Unusable: it is neither.
    """
    value = found.get(key)
    if not isinstance(value, bool):
        raise Unusable(f'"{key}" must be true or false')
    return value


def grade_of(found: dict[str, Any], key: str, scale: tuple[int, int]) -> int:
    """A whole number on the scale.

    Raises:
        Unusable: it is none.
    """
    value = found.get(key)
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
    if not whole or not scale[0] <= value <= scale[1]:  # type: ignore[operator] # a number by the line above
        raise Unusable(f'"{key}" must be a whole number from {scale[0]} to {scale[1]}')
    return int(value)  # type: ignore[arg-type] # a number by the lines above


def word_of(found: dict[str, Any], key: str, words: tuple[str, ...]) -> str:
    """One of a few words.

    Raises:
        Unusable: it is another.
    """
    value = found.get(key)
    if not isinstance(value, str) or value not in words:
        raise Unusable(f'"{key}" must be one of {", ".join(words)}')
    return value


def texts_of(found: dict[str, Any], key: str) -> tuple[str, ...]:
    """A list of texts, which may be empty; blank ones are dropped.

    Raises:
        Unusable: it is no such list.
    """
    value = found.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unusable(f'"{key}" must be a list of texts')
    return tuple(item.strip() for item in value if item.strip())


def flags_of(found: dict[str, Any], key: str, count: int) -> tuple[bool, ...]:
    """A list of exactly so many true or false.

    Raises:
        Unusable: it is no such list.
    """
    value = found.get(key)
    if not isinstance(value, list) or len(value) != count or not all(isinstance(item, bool) for item in value):
        raise Unusable(f'"{key}" must be a list of exactly {count} times true or false')
    return tuple(value)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")
