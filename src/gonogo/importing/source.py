"""Source: the files of an import, read safely: bounded, inside one folder, nothing executed.

Here: YAML, JSON, JSONL and CSV to nodes that know their line. Not here: what they mean.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from gonogo.building.yaml_nodes import MAX_BYTES, MAX_DEPTH, Unreadable, YamlNode, decode, read_yaml
from gonogo.errors import BadInput, NotFound, Problem
from gonogo.importing.json_text import read_json

MAX_FILES: Final = 1_000
MAX_TOTAL: Final = 4 * MAX_BYTES
"""Bytes of all files of one import together."""
_LISTS: Final = ("data", "items", "examples", "datasetItems", "dataset_items")
"""Keys under which a page of an API has its rows."""
YAML, JSON_LINES, CSV, JSON = (".yaml", ".yml"), (".jsonl", ".ndjson"), (".csv", ".tsv"), (".json",)


class Source:
    """The folder that an import may read from: that of the named file, or the named folder itself.

    Args:
        path: the named file or folder.
        root: a folder above the file, where what it names stands further up.
    """

    def __init__(self, path: Path, root: Path | None = None) -> None:
        """Look where it is.

        Raises:
            NotFound: there is no such file or folder.
        """
        try:
            found = path.exists()
        except OSError:  # a name that no file can have
            found = False
        if not found:
            raise NotFound(f"there is no {path} to import")
        self.path = path.resolve()
        own = self.path if self.path.is_dir() else self.path.parent
        self.root = root.resolve() if root is not None else own
        self._seen: dict[str, bytes] = {}
        self._total = 0

    @property
    def name(self) -> str:
        """The named file, relative to the folder."""
        return self.path.relative_to(self.root).as_posix()

    def has(self, name: str) -> bool:
        """Whether there is a file of this name; whether it may be read is told when it is."""
        try:
            return (self.root / name).is_file()
        except (OSError, ValueError):
            return False

    def text(self, name: str) -> str:
        """A file's text, by its name relative to the folder.

        Raises:
            BadInput: it is not there, leads outside the folder, is too large or not UTF-8.
        """
        try:
            return decode(self._bytes(name), name)
        except Unreadable as error:
            raise BadInput(str(error.problem)) from error

    def tree(self, name: str) -> YamlNode:
        """A YAML or JSON file as one node; JSONL, CSV and TSV as a list of them.

        Raises:
            BadInput: it cannot be read, is empty, or is not what its name says.
        """
        try:
            raw = self._bytes(name)
            if not raw.strip():
                raise _refused(name, "is empty", "export it again")
            if name.endswith(CSV):
                rows = tuple(csv_rows(decode(raw, name), name))
                return YamlNode(value=rows, file=name, line=1)
            if name.endswith(JSON_LINES):
                return YamlNode(value=tuple(json_lines(decode(raw, name), name)), file=name, line=1)
            if name.endswith(JSON):
                return read_json(decode(raw, name), name)
            if name.endswith(YAML):
                return read_yaml(raw, name, merge=True)
        except Unreadable as error:
            raise BadInput(str(error.problem)) from error
        known = ", ".join((*YAML, *JSON, *JSON_LINES, *CSV))
        hint = "save it as CSV" if name.lower().endswith((".xlsx", ".xls", ".ods")) else f"it should end with {known}"
        raise _refused(name, "has a name that does not say what it holds", hint)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Files inside the folder that a pattern names, sorted.

        Raises:
            BadInput: none, too many, or outside of the folder.
        """
        clean = pattern.removeprefix("./")
        if Path(clean).is_absolute() or ".." in Path(clean).parts:
            raise _refused(pattern, "names a file outside the folder of the import", "copy the file into it")
        if not any(sign in clean for sign in "*?["):
            return (clean,)
        try:
            found = sorted(path.relative_to(self.root).as_posix() for path in self.root.glob(clean) if path.is_file())
        except (ValueError, OSError) as error:
            raise _refused(pattern, f"is no pattern of files: {error}", "name the file") from error
        if not found or len(found) > MAX_FILES:
            raise _refused(pattern, f"matches {len(found)} files", f"1 to {MAX_FILES:,} can be read")
        return tuple(found)

    def _bytes(self, name: str) -> bytes:
        if name not in self._seen:
            self._seen[name] = self._loaded(name)
        return self._seen[name]

    def _loaded(self, name: str) -> bytes:
        try:
            path = (self.root / name).resolve()
            if not path.is_relative_to(self.root):
                raise _refused(name, "leads outside the folder of the import", "copy the file into it")
            if not path.exists():
                raise _refused(name, "does not exist", "the files that a source names must stand beside it")
            if not path.is_file():
                raise _refused(name, "is no file", "name a file that can be read from its beginning to its end")
            size = path.stat().st_size
            if size > MAX_BYTES:
                raise _refused(name, f"is {size:,} bytes; the limit is {MAX_BYTES:,}", "split it into several files")
            self._total += size
            if self._total > MAX_TOTAL:
                raise _refused(name, f"is one too many: all files together may have {MAX_TOTAL:,} bytes", "import less")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise _refused(name[:200], f"cannot be read: {said}", "check its name and permissions") from error


def _refused(name: str, message: str, hint: str) -> BadInput:
    return BadInput(str(Problem(message=message, file=name, hint=hint)))


def json_lines(text: str, name: str) -> Iterator[YamlNode]:
    """One node a line that holds something.

    Raises:
        Unreadable: a line is not JSON.
    """
    lines = text.split("\n")
    last = max((place for place, line in enumerate(lines) if line.strip()), default=0)
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            yield read_json(line, name, place + 1)
        except Unreadable as error:
            half = place == last and place > 0 and not text.endswith("\n")
            hint = "the last line was not written to its end: export it again" if half else "one JSON object a line"
            problem = error.problem
            told = Problem(message=problem.message, file=name, line=place + 1, hint=problem.hint or hint)
            raise Unreadable(told) from error


def csv_rows(text: str, name: str) -> Iterator[YamlNode]:
    """One mapping a row, by the names of the first row; values are text. ``line`` is where the row begins.

    The delimiter is a tab in ``.tsv``, a semicolon where the first line has one and no comma, else a comma.

    Raises:
        Unreadable: no header, a name twice, or a row that is longer than the header.
    """
    first = text.partition("\n")[0]
    semicolons = ";" in first and "," not in first
    delimiter = "\t" if name.endswith(".tsv") else ";" if semicolons else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        if not any(header) or len(set(header)) < len(header):
            message = "has no header" if not any(header) else "names a column twice"
            raise Unreadable(Problem(message=message, file=name, line=1, hint="the first row names the columns"))
        line = reader.line_num
        for row in reader:
            begins, line = line + 1, reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(header):
                message = f"has {len(row)} cells under {len(header)} columns"
                raise Unreadable(Problem(message=message, file=name, line=begins, hint="quote cells with commas"))
            yield node_of(dict(zip(header, row, strict=False)), name, begins)
    except csv.Error as error:
        message = f"is not CSV: {error}"
        hint = "a cell that holds a quotation mark, a comma or a line break stands in quotation marks"
        raise Unreadable(Problem(message=message, file=name, line=reader.line_num, hint=hint)) from error


def node_of(value: Any, file: str, line: int, depth: int = 1) -> YamlNode:
    """Plain values as a node, all at one line.

    Raises:
        ValueError: nested too deep, or a number that is none.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        inside = {str(key): node_of(child, file, line, depth + 1) for key, child in value.items()}
        keys = {key: YamlNode(value=key, file=file, line=line, spelling=key) for key in inside}
        return YamlNode(value=inside, file=file, line=line, keys=keys)
    if isinstance(value, list | tuple):
        return YamlNode(value=tuple(node_of(child, file, line, depth + 1) for child in value), file=file, line=line)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    return YamlNode(value=value, file=file, line=line, spelling=value if isinstance(value, str) else json.dumps(value))


def items(node: YamlNode) -> tuple[YamlNode, ...]:
    """The items of a list; a single value as a list of one; nothing as an empty one."""
    if isinstance(node.value, tuple):
        return node.value
    return () if node.value is None else (node,)


def listed(tree: YamlNode) -> tuple[YamlNode, ...]:
    """The rows of an export, whether it is a list or a page of an API."""
    if isinstance(tree.value, dict):
        inside = next((tree.value[key] for key in _LISTS if key in tree.value), None)
        if inside is not None and isinstance(inside.value, tuple):
            return inside.value
    return items(tree)


def child(node: YamlNode, key: str) -> YamlNode | None:
    """The value under a key, where the node is a mapping that has it and it is not null."""
    found = node.value.get(key) if isinstance(node.value, dict) else None
    return found if found is not None and found.value is not None else None


def text_at(node: YamlNode, key: str) -> str:
    """The text under a key, a number as it is written; empty where there is none."""
    found = child(node, key)
    return found.spelling.strip() if found is not None and not isinstance(found.value, dict | tuple) else ""


def number_at(node: YamlNode, key: str) -> int | float | None:
    """The number under a key; ``None`` where there is none."""
    found = child(node, key)
    value = found.value if found is not None else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def texts_at(node: YamlNode, key: str) -> list[str]:
    """The texts in the list under a key."""
    found = child(node, key)
    return [item.spelling for item in items(found) if not isinstance(item.value, dict | tuple)] if found else []


def mapping_at(node: YamlNode, key: str) -> dict[str, YamlNode]:
    """The mapping under a key; empty where there is none."""
    found = child(node, key)
    return found.value if found is not None and isinstance(found.value, dict) else {}


def usable(path: Path) -> Path:
    """A path that may be read.

    Raises:
        BadInput: a folder where a file is needed.
    """
    if path.is_dir():
        raise BadInput(f"{path} is a folder: name the file to import")
    return path
