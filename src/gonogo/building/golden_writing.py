"""Golden writing: tasks added to golden files and raised in them, without touching what people wrote there.

Here: a task as YAML, adding it at the end of a file, taking away the lines that keep a task from gating.
Not here: reading golden files (``golden_files``), what becomes a task (``evaluation``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from gonogo.building.yaml_nodes import Unreadable, read_yaml
from gonogo.domain import DEFAULT_TENANT, GoldenTask
from gonogo.errors import BadInput

_NUMBER: Final = re.compile(r"-?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_NOT_YET: Final = ("shadow", "draft")
"""Keys that keep a task from gating."""


def tasks_as_yaml(tasks: Sequence[GoldenTask]) -> str:
    """Golden tasks as they stand in a golden file."""
    written = [as_written(task) for task in tasks]
    return yaml.dump(written, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Quotes what golden files would read otherwise: ``1e3`` is a number there, and some blanks end a line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    odd = _NUMBER.fullmatch(text) or any(sign in text for sign in "\x85\u2028\u2029")
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if odd else None)


_Dumper.add_representer(str, _text)


def as_written(task: GoldenTask) -> dict[str, Any]:
    """A task with the keys that say anything."""
    expect = [{assertion.name: assertion.options or assertion.value} for assertion in task.expect]
    written: dict[str, Any] = {"id": task.id, "question": task.question, "tags": list(task.tags), "expect": expect}
    if task.reference:
        written["reference"] = task.reference
    if task.turns:
        written["turns"] = list(task.turns)
    if task.metadata:
        written["metadata"] = task.metadata
    if task.tenant != DEFAULT_TENANT:
        written["tenant"] = task.tenant
    for key in _NOT_YET:
        if getattr(task, key):
            written[key] = True
    return written


def write_whole(path: Path, text: str, *, over: bool = False) -> None:
    """Write a file that is there whole or not at all: a full disk or a kill loses nothing that stood there.

    Raises:
        BadInput: it exists and may not be written ``over``, or its folder does not exist.
    """
    if path.exists() and not over:
        raise BadInput(f"{path} exists already: choose another file, or remove it first")
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent} to write {path.name} into: make it first")
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def add_task(path: Path, task: GoldenTask, note: Sequence[str] = ()) -> None:
    """Put a task at the end of a golden file; the file is made where there is none.

    Args:
        note: comments to stand above it, a line each.

    Raises:
        BadInput: the file is no YAML list, or holds a task of this id.
    """
    before = golden_text(path)
    if any(isinstance(item, dict) and item.get("id") == task.id for item in _items(before, path.name)):
        raise BadInput(f"{path} holds {task.id} already: edit it there")
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    comments = "".join(f"# {' '.join(line.split())}\n" for line in note)
    added = gap + comments + tasks_as_yaml([task])
    write_whole(path, before + (added.replace("\n", "\r\n") if "\r\n" in before else added), over=True)


def golden_text(path: Path) -> str:
    """What stands in a golden file that a task can be added to; nothing where there is none yet.

    Raises:
        BadInput: it is no YAML list.
    """
    if not path.exists():
        return ""
    try:
        text = read_as_is(path)
        listed = isinstance(_items(text, path.name), list)
    except (UnicodeDecodeError, Unreadable):
        listed = False
    if not listed or path.suffix not in (".yaml", ".yml"):
        raise BadInput(f"{path} is not a YAML list of golden tasks: name another file, such as golden/from-traces.yaml")
    return text


def read_as_is(path: Path) -> str:
    """The text of a file with the line endings that it has.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    return path.read_bytes().decode("utf-8")


def without_keys(text: str, names: Collection[str], *, jsonl: bool) -> list[object]:
    """What the tasks of a golden file are to be once those of these names gate: to hold an edited text against."""
    items = [json.loads(line) for line in text.splitlines() if line.strip()] if jsonl else _items(text, "")
    return [
        {key: value for key, value in item.items() if key not in _NOT_YET}
        if isinstance(item, dict) and str(item.get("id")) in names
        else item
        for item in items
    ]


def _items(text: str, name: str) -> Any:
    # As golden files are read: another reader of YAML takes other texts for faulty.
    return read_yaml(text.encode(), name).plain() or []


def raised(text: str, line: int, *, name: str, jsonl: bool) -> str:
    """The text of a golden file in which one task gates: its ``shadow`` and ``draft`` are gone, all else is as it was.

    Args:
        line: where the task stands, from 1.
        name: of file and task, for the error.

    Raises:
        BadInput: the task is written so that only a person can take the key out.
    """
    lines = text.splitlines(keepends=True)
    if jsonl:
        task = json.loads(lines[line - 1])
        kept = {key: value for key, value in task.items() if key not in _NOT_YET}
        lines[line - 1] = json.dumps(kept, ensure_ascii=False) + "\n"
        return "".join(lines)
    end = _end_of(lines, line - 1)
    own = _keys_at(lines[line - 1])
    pattern = re.compile(rf"^ {{{own}}}(?:{'|'.join(_NOT_YET)}): *[Tt]rue *(?:#.*)?$")
    left = [one for one in lines[line - 1 : end] if not pattern.match(one.rstrip("\r\n"))]
    if len(left) == end - line + 1:
        raise BadInput(f"{name}: take `shadow: true` away by hand; it does not stand on a line of its own")
    return "".join((*lines[: line - 1], *left, *lines[end:]))


def _end_of(lines: Sequence[str], start: int) -> int:
    """The first line after the item of a list that begins at ``start``."""
    dash = len(lines[start]) - len(lines[start].lstrip())
    for place in range(start + 1, len(lines)):
        stripped = lines[place].lstrip()
        if stripped.startswith(("- ", "-\n")) and len(lines[place]) - len(stripped) <= dash:
            return place
    return len(lines)


def _keys_at(first: str) -> int:
    """The column at which the keys of an item stand: ``- id: a`` has them at 2."""
    dash = first.index("-") if first.lstrip().startswith("-") else 0
    return dash + len(first[dash:]) - len(first[dash:].lstrip("- "))
