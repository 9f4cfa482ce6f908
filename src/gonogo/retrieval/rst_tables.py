"""Tables of reStructuredText to rows of cells: grid, simple, ``csv-table`` and ``list-table``.

Here: finding the cells. Not here: how rows stand in a chunk (``tables``).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

Row = tuple[int, list[str]]
"""Line in the file and cells."""

_GRID = re.compile(r"\s*\+(?:[-=]+\+)+\s*$")
_BORDER = re.compile(r"\s*=+(?:\s+=+)+\s*$")
_OUTER = re.compile(r"\*\s+-\s?(.*)")
_INNER = re.compile(r"\s+-\s?(.*)")


def is_grid_line(line: str) -> bool:
    """``+----+----+``."""
    return bool(_GRID.match(line))


def is_border(line: str) -> bool:
    """``==== ====``: at least two columns, so that no underline is taken for one."""
    return bool(_BORDER.match(line))


def grid_table(lines: Sequence[str], first: int) -> tuple[Row | None, list[Row]]:
    """Header and rows; a cell that spans columns keeps its text, the columns behind it are empty."""
    header: Row | None = None
    rows: list[Row] = []
    open_row: Row | None = None
    cuts = [place for place, char in enumerate(lines[0]) if char == "+"]
    for number, line in enumerate(lines, first):
        if _GRID.match(line):
            if open_row is not None:
                rows.append(open_row)
            if "=" in line and header is None and rows:
                header = rows.pop()
                rows = []
            open_row = None
            continue
        open_row = open_row or (number, [""] * (len(cuts) - 1))
        _fill(open_row[1], line, cuts)
    if open_row is not None:
        rows.append(open_row)
    return header, rows


def _fill(cells: list[str], line: str, cuts: Sequence[int]) -> None:
    start = 0
    for place in range(1, len(cuts)):
        closed = cuts[place] < len(line) and line[cuts[place]] in "|+"
        if closed or place == len(cuts) - 1:
            text = line[cuts[start] + 1 : cuts[place]].strip(" |")
            cells[start] = f"{cells[start]} {text}".strip() if not text.startswith("---") else cells[start]
            start = place


def simple_table(lines: Sequence[str], first: int) -> tuple[Row | None, list[Row]]:
    """Header and rows; a line with an empty first column goes on with the row before."""
    starts = [match.start() for match in re.finditer(r"=+", lines[0])]
    ends = [*starts[1:], 1_000_000]
    header: Row | None = None
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], first + 1):
        if is_border(line):
            if header is None and rows and number < first + len(lines) - 1:
                header = (rows[0][0], [" ".join(parts) for parts in zip(*(row[1] for row in rows), strict=True)])
                rows = []
        elif line.strip() and not set(line.strip()) <= set("- "):
            cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
            if cells[0] or not rows:
                rows.append((number, cells))
            else:
                joined = [f"{old} {new}".strip() for old, new in zip(rows[-1][1], cells, strict=True)]
                rows[-1] = (rows[-1][0], joined)
    return header, rows


def csv_rows(lines: Sequence[str], first: int) -> list[Row]:
    """Rows of a ``csv-table``."""
    reader = csv.reader(lines, skipinitialspace=True)
    rows: list[Row] = []
    line = first
    for cells in reader:
        if cells:
            rows.append((line, cells))
        line = first + reader.line_num
    return rows


def list_rows(lines: Sequence[str], first: int) -> list[Row]:
    """Rows of a ``list-table``: ``* -`` opens a row, ``-`` below it a cell."""
    rows: list[Row] = []
    for number, line in enumerate(lines, first):
        if outer := _OUTER.match(line):
            rows.append((number, [outer.group(1)]))
        elif rows and (inner := _INNER.match(line)):
            rows[-1][1].append(inner.group(1))
        elif rows and line.strip():
            rows[-1][1][-1] += " " + line.strip()
    return rows
