"""Columns: a CSV, TSV, JSONL or JSON table whose columns the caller names.

Here: question, expected output, id, tags. Not here: exports of other products, which name their columns themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gonogo.building.findings import nearest_or_all
from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, Carrying, Plain, as_text
from gonogo.importing.expected import ExpectedAs, expecting
from gonogo.importing.source import Source, listed, usable
from gonogo.importing.templates import lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column is what; a path such as ``inputs.question`` looks inside. An empty name leaves it out."""

    question: str = ""
    expected: str = ""
    id: str = ""
    tags: str = ""


NONE: Final = Columns()
"""No column is named."""


def import_columns(
    path: Path,
    assertions: Assertions,
    columns: Columns,
    how: ExpectedAs = "auto",
    judges: frozenset[str] | None = None,
) -> Carried:
    """Read a table.

    Args:
        columns: ``question`` must be named.
        how: what an expected output asks of an answer.

    Raises:
        BadInput: no column is named, or one that no row has.
    """
    source = Source(usable(path))
    tree = source.tree(source.name)
    rows = listed(tree)
    if rows == (tree,):
        raise BadInput(f"{path.name} is no table, but {tree.kind}: it should be a list of rows")
    if not columns.question:
        raise BadInput(f"--question must name a column of {path.name}{_known(rows)}")
    carrying = Carrying("a table", path.name, path.stem, assertions, judges)
    for name in (columns.question, columns.expected, columns.id, columns.tags):
        if name and not any(_at(row, name)[1] for row in rows):
            raise BadInput(f"no row of {path.name} has {name!r}{_known(rows, name)}")
    for row in rows:
        if not isinstance(row.value, dict):
            carrying.leave(row, "row", "is no mapping", "one JSON object a line")
            continue
        task: Plain = {"id": _text(row, columns.id), "question": _text(row, columns.question)}
        tags = _at(row, columns.tags)[0] if columns.tags else None
        task |= expecting(_at(row, columns.expected)[0] if columns.expected else None, how, row, carrying)
        task["tags"] = _tags(tags)
        carrying.add(task, row)
    used = {name.partition(".")[0] for name in (columns.question, columns.expected, columns.id, columns.tags) if name}
    left = [name for name in _names(rows) if name not in used]
    if left and rows:
        why = "no option names this column"
        for name in left[:50]:
            carrying.leave(rows[0], name, why, "tags, or `metadata` of a task, can hold it")
    return carrying.carried


def _at(row: YamlNode, name: str) -> tuple[Any, bool]:
    if not isinstance(row.value, dict):
        return None, False
    plain = {key: node.plain(as_written=True) for key, node in row.value.items()}
    return (plain[name], True) if name in plain else lookup(name, plain)


def _text(row: YamlNode, name: str) -> str:
    value = _at(row, name)[0] if name else None
    return "" if value is None else as_text(value).strip()


def _tags(value: Any) -> list[str]:
    parts: Sequence[Any] = value if isinstance(value, list) else re.split(r"[,;]", as_text(value)) if value else ()
    return list(dict.fromkeys(text for part in parts if (text := as_text(part).strip())))


def _names(rows: Sequence[YamlNode]) -> list[str]:
    return list(dict.fromkeys(key for row in rows[:1000] if isinstance(row.value, dict) for key in row.value))


def _known(rows: Sequence[YamlNode], name: str = "") -> str:
    names = _names(rows)
    hint = nearest_or_all(name, names) if name else f"it has {', '.join(names[:20])}"
    return f" ({hint})" if names and hint else ""
