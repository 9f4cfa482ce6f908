"""Templates: ``{{ name }}`` of foreign prompts and tests, filled in without running anything.

Here: names and paths of names. Not here: filters, blocks and expressions of template languages: they stay as written,
and are told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

PLACE: Final = re.compile(r"\{\{-?\s*([A-Za-z_][\w-]*(?:(?:\.[\w-]+)|(?:\[\s*['\"]?[\w -]+['\"]?\s*\]))*)\s*-?\}\}")
_STEP: Final = re.compile(r"\.([\w-]+)|\[\s*['\"]?([\w -]+?)['\"]?\s*\]")
_OTHER: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def names_in(text: str) -> list[str]:
    """Each placeholder's path, once, in the order of the text."""
    return list(dict.fromkeys(match.group(1) for match in PLACE.finditer(text)))


def expressions_in(text: str) -> list[str]:
    """What is more than a name: filters, conditions, loops."""
    return [found.group(0) for found in _OTHER.finditer(text) if not PLACE.fullmatch(found.group(0))]


def filled(text: str, values: Mapping[str, Any], *, whole: bool = False) -> tuple[str, list[str]]:
    """The text with every known name filled in once, and the names that had no value. Values are not scanned again.

    Args:
        whole: values are found by the whole path, ``item.answer``, and not step by step.
    """
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        path = match.group(1)
        found, known = (values.get(path), path in values) if whole else lookup(path, values)
        if not known:
            missing.append(match.group(1))
            return match.group(0)
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return PLACE.sub(value, text), missing


def lookup(path: str, values: Mapping[str, Any]) -> tuple[Any, bool]:
    """What a path such as ``item.answer`` or ``items[0]`` names, and whether there is anything."""
    first = re.match(r"[A-Za-z_][\w-]*", path)
    if first is None or first.group() not in values:
        return None, False
    found: Any = values[first.group()]
    for step in _STEP.finditer(path, first.end()):
        key = step.group(1) or step.group(2)
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None, False
    return found, True
