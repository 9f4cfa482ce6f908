"""YAML with places: text to values, each with file, line and column.

Here: one small composer over PyYAML's events. It builds plain values only, so no tag can construct an object; it
refuses duplicate keys, further documents and merge keys; it bounds size, depth and what aliases may expand to.
Not here: what the values mean (``schema``, ``golden_files``).

Only JSON's spellings are typed: ``null``, ``true``, ``false`` and JSON numbers (``3``, ``-0.5``, ``1e3``), besides the
empty value and ``~``. Everything else is text: ``on``, ``no``, ``24h``, ``2024-01-31``, ``007``, ``0x1F``, ``.nan``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from gonogo.errors import Problem

Scalar = str | int | float | bool | None

MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 40
MAX_ALIASED: Final = 10_000
"""Values that all aliases of one file together may stand for."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER: Final = 300
_LARGEST_INTEGER: Final = 2**63 - 1
_WORDS: Final[dict[str, Scalar]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MERGE: Final = "<<"
_TAG: Final = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlNode:
    """One value with its place. ``line`` and ``column`` count from 1.

    ``value`` is a scalar, a tuple of nodes or a dictionary of nodes. ``keys`` holds the place of each key as a node;
    ``spelling`` is a scalar as written; ``size`` counts the values inside, this one included.
    """

    value: Scalar | tuple[YamlNode, ...] | dict[str, YamlNode]
    file: str
    line: int
    column: int = 1
    keys: dict[str, YamlNode] = field(default_factory=dict)
    spelling: str = ""
    size: int = 1

    @property
    def kind(self) -> str:
        """What it is, in words for people."""
        return _KINDS[type(self.value)]

    def plain(self, *, as_written: bool = False) -> object:
        """The value without places: dictionaries, lists and scalars.

        ``as_written`` gives numbers that would lose their spelling, such as ``1.50``, as text.
        """
        if isinstance(self.value, dict):
            return {key: node.plain(as_written=as_written) for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain(as_written=as_written) for node in self.value]
        if as_written and type(self.value) in (int, float) and str(self.value) != self.spelling:
            return self.spelling
        return self.value

    def at(self, *path: str) -> YamlNode:
        """The deepest node on a path of keys that exists; this one where the first key is missing."""
        node = self
        for key in path:
            if not isinstance(node.value, dict) or key not in node.value:
                break
            node = node.value[key]
        return node


_KINDS: Final = {
    dict: "a mapping", tuple: "a list", str: "text", int: "a whole number", float: "a number", bool: "true or false",
    type(None): "nothing",
}  # fmt: skip


class Unreadable(Exception):
    """A file that gives no value at all; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def decode(raw: bytes, file: str, limit: int = MAX_BYTES) -> str:
    """UTF-8 bytes to text with LF line endings and without a byte order mark.

    Raises:
        Unreadable: over ``limit`` bytes, or not UTF-8 (names the byte offset).
    """
    if len(raw) > limit:
        message = f"is {len(raw):,} bytes; the limit is {limit:,}"
        raise Unreadable(Problem(message=message, file=file, hint="split it into several files"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = f"is not UTF-8: byte {raw[error.start]:#04x} at offset {error.start}"
        raise Unreadable(Problem(message=message, file=file, line=line, hint="save the file as UTF-8")) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_yaml(raw: bytes, file: str, limit: int = MAX_BYTES, *, merge: bool = False) -> YamlNode:
    """Parse one YAML document into nodes. An empty file gives a node whose value is ``None``.

    Args:
        raw: the file's bytes.
        file: its name, for every place.
        limit: largest number of bytes accepted.
        merge: ``<<`` puts the keys of another mapping under those that are written, as other tools read it.

    Raises:
        Unreadable: with the one problem that stopped the reading.
    """
    text = decode(raw, file, limit)
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER), file, merge=merge).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = f"is not YAML: {error.problem or error.context or 'cannot be parsed'}"
        line = mark.line + 1 if mark else None
        raise Unreadable(Problem(message=message, file=file, line=line, hint=_yaml_hint(text, line))) from error
    except yaml.YAMLError as error:
        message = "is not YAML: it holds a character that YAML does not allow"
        raise Unreadable(Problem(message=message, file=file, line=_control_line(text))) from error


class _Composer:
    """Recursive descent over events; depth is bounded, so the recursion is too."""

    def __init__(self, events: Iterator[yaml.Event], file: str, *, merge: bool) -> None:
        self._events, self._file, self._merge = events, file, merge
        self._anchors: dict[str, YamlNode | None] = {}
        self._aliased = 0

    def document(self) -> YamlNode:
        root: YamlNode | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self._refuse("a second document begins here", event, "keep one document in a file")
                root = self._node(next(self._events), 1)
        return root or YamlNode(value=None, file=self._file, line=1)

    def _node(self, event: yaml.Event, depth: int) -> YamlNode:
        if depth > MAX_DEPTH:
            raise self._refuse(f"is nested more than {MAX_DEPTH} levels deep", event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        assert isinstance(event, yaml.NodeEvent)  # noqa: S101 - the parser's grammar; for the type checker
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._mapping(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: yaml.AliasEvent) -> YamlNode:
        if event.anchor not in self._anchors:
            raise self._refuse(f"the alias *{event.anchor} has no anchor &{event.anchor} before it", event)
        node = self._anchors[event.anchor]
        if node is None:
            raise self._refuse(f"the alias *{event.anchor} stands inside its own anchor", event)
        self._aliased += node.size
        if self._aliased > MAX_ALIASED:
            raise self._refuse(f"aliases stand for more than {MAX_ALIASED:,} values", event, "write the values out")
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> YamlNode:
        text, tag = event.value, event.tag
        value: Scalar = text
        if tag is None or tag == "!":
            value = _typed(text) if event.implicit[0] and tag is None else text
        elif tag != _TAG + "str":
            value = _typed(text)
            if tag.removeprefix(_TAG) not in _TAGS.get(type(value), ()):
                raise self._refuse(f"the tag {_short_tag(tag)} cannot be used here", event, "leave the tag out")
        line, column = _position(event)
        return YamlNode(value=value, file=self._file, line=line, column=column, spelling=text)

    def _sequence(self, start: yaml.SequenceStartEvent, depth: int) -> YamlNode:
        self._check_tag(start, "seq")
        items: list[YamlNode] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        line, column = _position(start)
        size = 1 + sum(item.size for item in items)
        return YamlNode(value=tuple(items), file=self._file, line=line, column=column, size=size)

    def _mapping(self, start: yaml.Event, depth: int) -> YamlNode:
        self._check_tag(start, "map")
        values: dict[str, YamlNode] = {}
        keys: dict[str, YamlNode] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, depth)
            if key.spelling in keys:
                first = keys[key.spelling].line
                message = f"the key {key.spelling!r} is written twice; first on line {first}"
                raise self._refuse(message, event, "keep one of them")
            keys[key.spelling] = key
            values[key.spelling] = self._node(next(self._events), depth + 1)
        if _MERGE in keys:
            self._merged(keys, values, start)
        line, column = _position(start)
        size = 1 + sum(node.size for node in values.values())
        return YamlNode(value=values, keys=keys, file=self._file, line=line, column=column, size=size)

    def _merged(self, keys: dict[str, YamlNode], values: dict[str, YamlNode], start: yaml.Event) -> None:
        """Keys of the mappings behind ``<<`` are put under those that are written; of several, the first has them."""
        del keys[_MERGE]
        written = values.pop(_MERGE)
        for mapping in written.value if isinstance(written.value, tuple) else (written,):
            if not isinstance(mapping.value, dict):
                raise self._refuse(f"merges {mapping.kind}", start, "<<: *name merges a mapping")
            for name, node in mapping.value.items():
                keys.setdefault(name, mapping.keys[name])
                values.setdefault(name, node)

    def _key(self, event: yaml.Event, depth: int) -> YamlNode:
        key = self._node(event, depth + 1)
        if isinstance(key.value, dict | tuple):
            raise self._refuse(
                f"{key.kind} cannot be a key", event, "keys are text; put text that holds {{ }} in quotes"
            )
        if key.spelling == _MERGE and not self._merge:
            raise self._refuse("merge keys (<<) are not supported", event, "write the keys out")
        return key

    def _check_tag(self, event: yaml.Event, allowed: str) -> None:
        tag = getattr(event, "tag", None)
        if tag not in (None, "!", _TAG + allowed):
            raise self._refuse(f"the tag {_short_tag(tag)} cannot be used here", event, "leave the tag out")

    def _refuse(self, message: str, event: yaml.Event, hint: str | None = None) -> Unreadable:
        return Unreadable(Problem(message=message, file=self._file, line=_position(event)[0], hint=hint))


_TAGS: Final[dict[type, tuple[str, ...]]] = {
    type(None): ("null",), bool: ("bool",), int: ("int", "float"), float: ("float",),
}  # fmt: skip


def _typed(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    return number(text) if _NUMBER.fullmatch(text) else text


def number(text: str) -> int | float | str:
    """A JSON number as a value; one that 64 bits cannot carry stays text, because no digest or store could hold it."""
    if len(text) > _LONGEST_NUMBER:
        return text
    if text.lstrip("-").isdigit():
        whole = int(text)
        return whole if abs(whole) <= _LARGEST_INTEGER else text
    value = float(text)
    return value if math.isfinite(value) else text


def _position(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _short_tag(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag


def _yaml_hint(text: str, line: int | None) -> str | None:
    lines = text.split("\n")
    here = lines[line - 1] if line and line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return "indent with spaces, not tabs"
    return "put text that holds ': ', '{{' or '#' in quotes" if ": " in here or "{{" in here else None


def _control_line(text: str) -> int | None:
    for place, character in enumerate(text):
        if (character < " " and character not in "\t\n") or character in "\x7f\ufffe\uffff":
            return text.count("\n", 0, place) + 1
    return None
