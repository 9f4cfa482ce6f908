"""Schema: the kinds of value a Mission file may hold, each read once, described once.

Here: one class per kind. Each reads a node into a value and notes what is wrong, writes its JSON Schema, and names
itself for the docs.
Not here: which section has which keys (``sections``), what values mean together (``cross_checks``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from msgspec import NODEFAULT, Struct, structs

from gonogo.building.findings import Findings, nearest_or_all
from gonogo.building.yaml_nodes import YamlNode

JsonSchema = dict[str, Any]


class Unusable:
    """Stands for a value that could not be read; its problem is noted already."""


UNUSABLE: Final = Unusable()

_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class Kind(Protocol):
    """One kind of value."""

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """The value, or `UNUSABLE` after noting why."""
        ...

    def json_schema(self) -> JsonSchema:
        """For editors."""
        ...

    def label(self) -> str:
        """A few words for the docs table."""
        ...


@dataclass(frozen=True, kw_only=True)
class Text:
    """Text. A number is taken as it was written, so that ``model: 4.10`` keeps its zero."""

    pattern: str | None = None
    meaning: str = "text"
    empty: bool = False

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """The text as written."""
        if isinstance(node.value, bool) or not isinstance(node.value, str | int | float):
            return _refuse(self, node, path, findings)
        text = node.value if isinstance(node.value, str) else node.spelling
        if (not text.strip() and not self.empty) or (self.pattern and not re.fullmatch(self.pattern, text)):
            return _refuse(self, node, path, findings)
        return text

    def json_schema(self) -> JsonSchema:
        """A string; a number is allowed where no pattern forbids it."""
        if self.pattern:
            return {"type": "string", "pattern": f"^(?:{self.pattern})$"}
        return {"type": ["string", "number"]} if self.empty else {"type": ["string", "number"], "minLength": 1}

    def label(self) -> str:
        """What the text stands for."""
        return self.meaning


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number within bounds. ``above`` and ``below`` exclude the bound itself."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    whole: bool = False

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """An ``int`` where whole numbers are asked for, else a ``float``."""
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _refuse(self, node, path, findings)
        if self.whole and value != int(value):
            return _refuse(self, node, path, findings)
        inside = (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not inside:
            return _refuse(self, node, path, findings)
        return int(value) if self.whole else float(value)

    def json_schema(self) -> JsonSchema:
        """A number with its bounds."""
        bounds = {
            "minimum": self.least, "maximum": self.most, "exclusiveMinimum": self.above, "exclusiveMaximum": self.below,
        }  # fmt: skip
        given = {name: bound for name, bound in bounds.items() if bound is not None}
        return {"type": "integer" if self.whole else "number", **given}

    def label(self) -> str:
        """Kind and bounds."""
        words = [
            f"at least {self.least:g}" if self.least is not None else "",
            f"above {self.above:g}" if self.above is not None else "",
            f"at most {self.most:g}" if self.most is not None else "",
            f"below {self.below:g}" if self.below is not None else "",
        ]
        return " ".join(["a whole number" if self.whole else "a number", *(word for word in words if word)])


SHARE: Final = Number(least=0.0, most=1.0)


@dataclass(frozen=True, kw_only=True)
class Flag:
    """``true`` or ``false``."""

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A ``bool``."""
        return node.value if isinstance(node.value, bool) else _refuse(self, node, path, findings)

    def json_schema(self) -> JsonSchema:
        """A boolean."""
        return {"type": "boolean"}

    def label(self) -> str:
        """Both words."""
        return "true or false"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """The word."""
        if node.spelling in self.words:
            return node.spelling
        return _refuse(self, node, path, findings, nearest_or_all(node.spelling, self.words))

    def json_schema(self) -> JsonSchema:
        """An enumeration."""
        return {"enum": list(self.words)}

    def label(self) -> str:
        """All words."""
        return f"one of {', '.join(self.words)}"


@dataclass(frozen=True, kw_only=True)
class Duration:
    """A time span such as ``24h``; a bare number is seconds."""

    above: float = 0.0

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """Seconds."""
        seconds: float | None = None
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            seconds = float(node.value)
        elif isinstance(node.value, str) and (match := _DURATION.fullmatch(node.value.strip())):
            seconds = float(match.group(1)) * _SECONDS[match.group(2)]
        if seconds is None or seconds <= self.above:
            return _refuse(self, node, path, findings)
        return seconds

    def json_schema(self) -> JsonSchema:
        """A number of seconds, or a number with its unit."""
        written = {"type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,9})?(ms|s|m|h|d)$"}
        return {"anyOf": [{"type": "number", "exclusiveMinimum": self.above}, written]}

    def label(self) -> str:
        """Examples."""
        return "a duration such as 250ms, 3s or 24h"


@dataclass(frozen=True, kw_only=True)
class ListOf:
    """A list of one kind; a single value stands for a list of one."""

    of: Kind
    least: int = 0

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A tuple. Items that cannot be used make the whole list unusable, after all are noted."""
        items = node.value if isinstance(node.value, tuple) else (node,)
        if node.value is None or len(items) < self.least:
            return _refuse(self, node, path, findings)
        values = tuple(self.of.read(item, f"{path}[{place}]", findings) for place, item in enumerate(items))
        return UNUSABLE if UNUSABLE in values else values

    def json_schema(self) -> JsonSchema:
        """One item, or an array of them."""
        item = self.of.json_schema()
        array = {"type": "array", "items": item, **({"minItems": self.least} if self.least else {})}
        return {"anyOf": [array, item]}

    def label(self) -> str:
        """What the items are."""
        return f"a list; each item {self.of.label()}"


@dataclass(frozen=True, kw_only=True)
class TextOr:
    """A text, or a mapping in its place."""

    text: Text
    mapping: Section

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """What the one that fits reads."""
        return (self.mapping if isinstance(node.value, dict) else self.text).read(node, path, findings)

    def json_schema(self) -> JsonSchema:
        """Either."""
        return {"anyOf": [self.text.json_schema(), self.mapping.json_schema()]}

    def label(self) -> str:
        """Both."""
        return f"{self.text.label()}, or {self.mapping.label()}"


@dataclass(frozen=True, kw_only=True)
class MapOf:
    """A mapping from names the team chooses to one kind of value."""

    of: Kind
    key: Text = Text()
    least: int = 0

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A dictionary; names and values that cannot be used are left out after being noted."""
        if not isinstance(node.value, dict) or len(node.value) < self.least:
            return _refuse(self, node, path, findings)
        values: dict[str, object] = {}
        for name, child in node.value.items():
            at = f"{path}.{name}"
            if self.key.pattern and not re.fullmatch(self.key.pattern, name):
                findings.problem(f"the name must be {self.key.meaning}, not {name!r}", node.keys[name], at)
            value = self.of.read(child, at, findings)
            if value is not UNUSABLE:
                values[name] = value
        return values

    def json_schema(self) -> JsonSchema:
        """An object with free names."""
        names = {"propertyNames": {"pattern": f"^(?:{self.key.pattern})$"}} if self.key.pattern else {}
        least = {"minProperties": self.least} if self.least else {}
        return {"type": "object", "additionalProperties": self.of.json_schema(), **names, **least}

    def label(self) -> str:
        """What the values are."""
        return f"names, each with {self.of.label()}"


@dataclass(frozen=True, kw_only=True)
class FreeObject:
    """A mapping that belongs to somebody else's format and passes through untouched."""

    meaning: str = "a mapping that is passed on as it is"

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """A dictionary without places."""
        return node.plain() if isinstance(node.value, dict) else _refuse(self, node, path, findings)

    def json_schema(self) -> JsonSchema:
        """Any object."""
        return {"type": "object"}

    def label(self) -> str:
        """What it is for."""
        return self.meaning


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a section."""

    name: str
    kind: Kind
    description: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Section:
    """A mapping with known keys only: a misspelt guardrail must never be a missing one.

    ``make`` is the Struct the values become; its defaults are the documented ones. Without it the values stay a
    dictionary. ``check`` looks at the finished value and returns what is wrong with it, if anything.
    """

    keys: tuple[Key, ...]
    make: type[Struct] | None = None
    check: Callable[[Any], str | None] | None = None

    def read(self, node: YamlNode, path: str, findings: Findings) -> object:
        """The Struct or dictionary; `UNUSABLE` where a required key is missing or unusable."""
        if not isinstance(node.value, dict):
            return _refuse(self, node, path, findings)
        known = {key.name: key for key in self.keys}
        for name in node.value:
            if name not in known:
                hint = nearest_or_all(name, known)
                findings.problem("unknown key", node.keys[name], _join(path, name), hint)
        values = {
            name: known[name].kind.read(child, _join(path, name), findings)
            for name, child in node.value.items()
            if name in known
        }
        usable = {name: value for name, value in values.items() if value is not UNUSABLE}
        missing = [key for key in self.keys if key.required and key.name not in usable]
        for key in missing:
            if key.name not in values:
                message = f"{key.name!r} is missing: {key.description}"
                findings.problem(message, node, path or None)
        return UNUSABLE if missing and self.make else self._made(usable, node, path, findings)

    def _made(self, usable: Mapping[str, object], node: YamlNode, path: str, findings: Findings) -> object:
        value = self.make(**usable) if self.make else dict(usable)
        if self.check and (wrong := self.check(value)):
            findings.problem(wrong, node, path or None)
        return value

    def default(self, name: str) -> object:
        """The default of a key as the Struct states it; `msgspec.NODEFAULT` where there is none."""
        for field in structs.fields(self.make) if self.make else ():
            if field.name == name:
                return field.default if field.default is not NODEFAULT else _made_default(field.default_factory)
        return NODEFAULT

    def json_schema(self) -> JsonSchema:
        """An object that allows no other keys."""
        properties = {key.name: self._property(key) for key in self.keys}
        required = [key.name for key in self.keys if key.required]
        schema: JsonSchema = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**schema, "required": required} if required else schema

    def _property(self, key: Key) -> JsonSchema:
        default = self.default(key.name)
        written = {"default": list(default) if isinstance(default, tuple) else default}
        shown = written if isinstance(default, str | int | float | tuple) else {}
        return {**key.kind.json_schema(), "description": key.description, **shown}

    def label(self) -> str:
        """Its keys."""
        return f"a mapping with {', '.join(key.name for key in self.keys)}"


def _made_default(factory: Any) -> object:
    return NODEFAULT if factory is NODEFAULT else factory()


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _refuse(kind: Kind, node: YamlNode, path: str, findings: Findings, hint: str | None = None) -> Unusable:
    shown = f"{node.spelling[:60]!r}" if isinstance(node.value, str) else node.spelling[:60] or node.kind
    findings.problem(f"must be {kind.label()}, not {shown}", node, path or None, hint)
    return UNUSABLE
