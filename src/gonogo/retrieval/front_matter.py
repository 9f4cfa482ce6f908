"""Front matter: the YAML block between two ``---`` lines at the top of a Markdown page.

Here: finding it, reading it safely, title, date and plain metadata. Not here: the page below it (``markdown``).
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from gonogo.errors import MissionInvalid, Problem

MAX_CHARACTERS = 65_536
"""Front matter longer than this is refused: it is a data file in the wrong place."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """What the block says, and ``lines``, how many lines of the file it takes up (0: there is none)."""

    title: str = ""
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 0


class _PlainLoader(yaml.SafeLoader):
    """Scalars stay as written where YAML would guess a date; aliases are refused, since they can unfold without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not allowed here", problem_mark=mark)
        return super().compose_node(parent, index)


_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


_SIMPLE = re.compile(
    r"([A-Za-z_][A-Za-z0-9_-]*): ([A-Za-z](?:[A-Za-z0-9_.,/ -]*[A-Za-z0-9_./-])?|[1-9][0-9]{0,8})", re.ASCII
)
"""A line whose value is plainly a word, some words, or a whole number: YAML reads it as it is written."""
_WORDS_OF_YAML = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def read_front_matter(text: str, source: str) -> FrontMatter:
    """Read the block at the top of ``text`` (line ends already ``\\n``).

    A page that merely opens with a thematic break has none: without a closing line, or without any ``key: value``,
    everything is page.

    Raises:
        MissionInvalid: broken YAML, a repeated key, a date that is not ISO, a value JSON cannot carry; all at once.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter()
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return FrontMatter()
    block = "\n".join(lines[1:end])
    if len(block) > MAX_CHARACTERS:
        raise MissionInvalid(
            (Problem(message=f"front matter is over {MAX_CHARACTERS} characters", file=source, line=1),)
        )
    entries, places, problems = _entries(block, source)
    if entries is None:
        return FrontMatter()
    problems += [problem for key, value in entries.items() if (problem := _fault(key, value, source, places.get(key)))]
    if problems:
        raise MissionInvalid(tuple(problems))
    title, date = entries.pop("title", None), entries.pop("date", None)
    return FrontMatter(
        title=" ".join(str(title).split()) if title is not None else "",
        date=str(date)[:10] if date is not None else None,
        metadata={key: _plain(value) for key, value in entries.items()},
        lines=end + 1,
    )


def is_iso_date(value: object) -> bool:
    """Whether it is text such as ``2026-01-31``, alone or with a time behind it, and a day that exists."""
    if not isinstance(value, str) or not _ISO_DATE.match(value):
        return False
    try:
        datetime.date.fromisoformat(value[:10])
    except ValueError:
        return False
    return True


def date_problem(value: object, source: str, line: int | None) -> Problem:
    """The Problem of a date that ``is_iso_date`` refuses."""
    return Problem(
        message=f"{value!r} is not an ISO date", file=source, line=line, key="date", hint="write it as YYYY-MM-DD"
    )


def _entries(block: str, source: str) -> tuple[dict[str, Any] | None, dict[str, int], list[Problem]]:
    if (simple := _simple(block)) is not None:
        return simple, {key: line for line, key in enumerate(simple, 2)}, []
    loader = _PlainLoader(block)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            return None, {}, []
        loaded: dict[Any, Any] = loader.construct_document(node)
        keys = [(str(key.value), key.start_mark.line + 2) for key, _ in node.value]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or (
            "nested too deep" if isinstance(error, RecursionError) else str(error)
        )
        line = mark.line + 2 if mark is not None else 1
        raise MissionInvalid(
            (Problem(message=f"front matter is not YAML: {message}", file=source, line=line),)
        ) from None
    finally:
        loader.dispose()
    problems: list[Problem] = []
    places: dict[str, int] = {}
    for key, line in keys:
        if key in places:
            problems.append(
                Problem(message=f"given twice, first in line {places[key]}", file=source, line=line, key=key)
            )
        places.setdefault(key, line)
    return {str(key): value for key, value in loaded.items()}, places, problems


def _simple(block: str) -> dict[str, Any] | None:
    """The entries of a block in which every line is simple and no key comes twice; most are, and YAML is slow."""
    found: dict[str, Any] = {}
    for line in block.split("\n"):
        match = _SIMPLE.fullmatch(line)
        if match is None:
            return None
        key, value = match.groups()
        if key in found or not _WORDS_OF_YAML.isdisjoint((key.lower(), value.lower())):
            return None
        found[key] = int(value) if value.isdigit() else value
    return found


def _fault(key: str, value: object, source: str, line: int | None) -> Problem | None:
    if key == "date" and value is not None and not is_iso_date(value):
        return date_problem(value, source, line)
    if key == "title" and isinstance(value, list | dict):
        return Problem(message="a title is one line of text", file=source, line=line, key=key)
    try:
        _plain(value)
    except TypeError as error:
        return Problem(message=str(error), file=source, line=line, key=key, hint="write it as text in quotes")
    return None


def _plain(value: Any) -> Any:
    """The value as JSON carries it; keys become text."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number that JSON can carry")
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"a value of kind {type(value).__name__} cannot be kept as metadata")
