"""OpenAI's files: the definition of an eval, its runs and its rows, from a file or a folder of what the API gave.

Here: telling the kinds of objects apart. Not here: what graders become (``openai_graders``), the older registry's files
(``openai_registry``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.errors import BadInput
from gonogo.importing.carried import Plain
from gonogo.importing.source import CSV, JSON, JSON_LINES, MAX_FILES, YAML, Source, child, items, text_at

_INSIDE: Final = ("eval", "evals", "run", "runs", "output_items", "data")
"""Keys that hold objects where somebody put them together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what the templates call ``item``, and the ``sample`` that a run made of it."""

    node: YamlNode
    item: Plain
    sample: Plain


@dataclass(slots=True)
class Export:
    """Everything that was found. ``registry`` are files of the older registry, as roots;
    ``repeated`` counts rows that stood there before;
    ``pages`` are pages of lists, by what they list."""

    source: Source
    definitions: list[YamlNode] = field(default_factory=list)
    runs: list[YamlNode] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    registry: list[YamlNode] = field(default_factory=list)
    repeated: int = 0
    pages: dict[str, list[YamlNode]] = field(default_factory=dict)


def gathered(path: Path) -> Export:
    """Read a file, or every file of a folder.

    Raises:
        BadInput: a file cannot be read, or there is nothing of an eval.
    """
    source = Source(path, _registry_of(path))
    export = Export(source)
    for name in _names(source):
        tree = source.tree(name)
        if name.endswith(YAML) and _is_registry(tree):
            export.registry.append(tree)
        else:
            _sort(tree, export)
    if not (export.definitions or export.runs or export.rows or export.registry):
        known = ", ".join((*JSON_LINES, *JSON, *YAML, *CSV))
        raise BadInput(f"{path} holds neither rows nor the definition of an eval ({known} are read)")
    every = len(export.rows)
    export.rows = _once(export.rows)
    export.repeated = every - len(export.rows)
    return export


def cut_short(export: Export) -> list[YamlNode]:
    """The last page of each list that says that there is more."""
    last = [pages[-1] for pages in export.pages.values() if all(page.at("has_more").value is True for page in pages)]
    return [page.at("has_more") for page in last]


def _registry_of(path: Path) -> Path | None:
    """The registry's folder where the file stands in its ``evals``: its samples stand under ``data`` beside that."""
    folder = path.resolve().parent
    return folder.parent if folder.name == "evals" and (folder.parent / "data").is_dir() else None


def _names(source: Source) -> tuple[str, ...]:
    if source.path.is_file() or not source.path.is_dir():
        return (source.name,)
    endings = (*YAML, *JSON, *JSON_LINES, *CSV)
    found: list[str] = []
    for file in sorted(source.path.rglob("*")):
        name = file.relative_to(source.root).as_posix()
        if name.endswith(endings) and not any(part.startswith(".") for part in Path(name).parts):
            found.append(name)
        if len(found) > MAX_FILES:
            raise BadInput(f"{source.path} has more than {MAX_FILES:,} files: name a smaller folder")
    return tuple(found)


def _is_registry(tree: YamlNode) -> bool:
    specs = tree.value.values() if isinstance(tree.value, dict) else ()
    return any(text_at(spec, "class") for spec in specs)


def _sort(node: YamlNode, export: Export) -> None:
    value = node.value
    if isinstance(value, tuple):
        for item in value:
            _sort(item, export)
        return
    if not isinstance(value, dict):
        if value is not None:
            raise BadInput(f"{node.file}:{node.line}: is {node.kind}, and a row is one JSON object")
        return
    if isinstance(value.get("has_more", node).value, bool):
        listed = items(node.at("data")) if "data" in value else ()
        export.pages.setdefault(text_at(listed[0], "object") if listed else "", []).append(node)
    if "testing_criteria" in value or "data_source_config" in value:
        export.definitions.append(node)
        _sort_inside(node, export)
    elif "data_source" in value:
        export.runs.append(node)
        _sort_source(node, export)
    elif isinstance(node.at("datasource_item").value, dict) and "datasource_item" in value:
        export.rows.append(_row(node, "datasource_item"))
    elif "item" in value and isinstance(value["item"].value, dict):
        export.rows.append(_row(node, "item"))
    elif any(isinstance(value[key].value, dict | tuple) for key in _INSIDE if key in value) and "input" not in value:
        _sort_inside(node, export)
    else:
        export.rows.append(Row(node=node, item=_plain(node), sample={}))


def _sort_inside(node: YamlNode, export: Export) -> None:
    for key in _INSIDE:
        inside = child(node, key)
        if inside is not None and isinstance(inside.value, dict | tuple):
            _sort(inside, export)


def _sort_source(run: YamlNode, export: Export) -> None:
    """Rows that stand in a run's request."""
    content = run.at("data_source", "source", "content")
    if isinstance(content.value, tuple):
        export.rows += [_row(item, "item") for item in items(content) if child(item, "item") is not None]
    _sort_inside(run, export)


def _row(node: YamlNode, key: str) -> Row:
    item, sample = child(node, key), child(node, "sample")
    return Row(node=item or node, item=_plain(item), sample=_plain(sample))


def _plain(node: YamlNode | None) -> Plain:
    plain = node.plain(as_written=True) if node is not None else None
    return plain if isinstance(plain, dict) else {}


def _once(rows: list[Row]) -> list[Row]:
    """Each item once: a file of rows, the run that was made of it and its results all hold the same ones."""
    found: dict[str, Row] = {}
    for row in rows:
        key = json.dumps(row.item, sort_keys=True)
        known = found.get(key)
        if known is None or (row.sample and not known.sample):
            found[key] = row
    return list(found.values())
