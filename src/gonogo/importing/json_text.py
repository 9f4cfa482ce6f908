"""JSON with places: text to nodes, each with its line.

Here: objects, lists and scalars with the line they begin on; a key that is written twice is refused, and so is a number
that is none. Not here: files (``source``), what the values mean.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Final

from gonogo.building.yaml_nodes import MAX_DEPTH, Unreadable, YamlNode, number
from gonogo.errors import Problem

_BLANK: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_NO_NUMBER: Final = re.compile(r"NaN|[-+]?Infinity|nan|[-+]?inf")
_HALF: Final = re.compile("[\ud800-\udfff]")
_WORDS: Final = {"true": True, "false": False, "null": None}


def read_json(text: str, file: str, line: int = 1) -> YamlNode:
    """Parse one JSON value.

    Args:
        line: the line of the file that the text begins on.

    Raises:
        Unreadable: with the one problem that stopped the reading.
    """
    return _Reader(text, file, line).whole()


class _Reader:
    """Recursive descent; depth is bounded, so the recursion is too."""

    def __init__(self, text: str, file: str, line: int) -> None:
        self._text, self._file, self._first = text, file, line
        self._ends = [found.start() for found in re.finditer("\n", text)]
        self._at = 0

    def whole(self) -> YamlNode:
        node = self._value(1)
        self._blank()
        if self._at < len(self._text):
            raise self._refuse("something stands behind the value")
        return node

    def _line(self) -> int:
        return self._first + bisect_right(self._ends, self._at)

    def _blank(self) -> str:
        """The next sign that is no blank, which is not passed; empty at the end."""
        sign = self._text[self._at : self._at + 1]
        if sign > " ":
            return sign
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, depth: int) -> YamlNode:
        if depth > MAX_DEPTH:
            raise self._refuse(f"nested more than {MAX_DEPTH} levels deep")
        sign = self._blank()
        if sign == "{":
            return self._object(depth)
        if sign == "[":
            return self._list(depth)
        line = self._line()
        if sign == '"':
            text = self._string()
            return YamlNode(value=text, file=self._file, line=line, spelling=text)
        found = _SCALAR.match(self._text, self._at)
        if found is None:
            word = _NO_NUMBER.match(self._text, self._at)
            if word is not None:
                raise self._refuse(f"{word.group()} is no number of JSON", "write null where there is no value")
            raise self._refuse("the file ends here" if not sign else f"a value is expected, not {sign!r}")
        self._at = found.end()
        word_or_number = found.group()
        value = _WORDS[word_or_number] if word_or_number in _WORDS else number(word_or_number)
        return YamlNode(value=value, file=self._file, line=line, spelling=word_or_number)

    def _string(self) -> str:
        try:
            text, self._at = scanstring(self._text, self._at + 1, True)
        except json.JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            raise self._refuse(error.msg[:1].lower() + error.msg[1:]) from error
        if not text.isascii() and _HALF.search(text):
            raise self._refuse("half of a surrogate pair is no text")
        return str(text)

    def _object(self, depth: int) -> YamlNode:
        line = self._line()
        self._at += 1
        values: dict[str, YamlNode] = {}
        keys: dict[str, YamlNode] = {}
        sign = self._blank()
        while sign != "}":
            if sign != '"':
                raise self._refuse("the file ends inside an object" if not sign else "a key in quotes is expected")
            place = self._line()
            key = self._string()
            if key in keys:
                raise self._refuse(f"the key {key[:60]!r} is written twice; first on line {keys[key].line}")
            keys[key] = YamlNode(value=key, file=self._file, line=place, spelling=key)
            if self._blank() != ":":
                raise self._refuse("a colon is expected behind the key")
            self._at += 1
            values[key] = self._value(depth + 1)
            sign = self._next("}")
        self._at += 1
        return YamlNode(value=values, keys=keys, file=self._file, line=line)

    def _list(self, depth: int) -> YamlNode:
        line = self._line()
        self._at += 1
        items: list[YamlNode] = []
        sign = self._blank()
        while sign != "]":
            items.append(self._value(depth + 1))
            sign = self._next("]")
        self._at += 1
        return YamlNode(value=tuple(items), file=self._file, line=line)

    def _next(self, end: str) -> str:
        """The sign that the next item begins with, or ``end``."""
        sign = self._blank()
        if sign == ",":
            self._at += 1
            sign = self._blank()
            if sign == end:
                raise self._refuse(f"a comma stands before {end}")
            return sign
        if sign == end:
            return sign
        raise self._refuse("the file ends inside a value" if not sign else f"a comma or {end} is expected")

    def _refuse(self, message: str, hint: str | None = None) -> Unreadable:
        return Unreadable(Problem(message=f"is not JSON: {message}", file=self._file, line=self._line(), hint=hint))
