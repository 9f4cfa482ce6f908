"""CSV and TSV to an Outline: rows under their header.

Here: the delimiter, the header, rows of another width, columns that become metadata. Not here: how rows stand in a
chunk (``tables``), how many share one (``chunking``).

The first row names the columns. Rows follow one another in a chunk up to its bound, each time below the header; rows
whose metadata columns differ never share one.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from gonogo.domain import RecordFields
from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.outline import Document, Outline
from gonogo.retrieval.tables import add_table

DELIMITERS = ",;\t|"
MAX_CELL = 1_000_000
"""Characters; Python's own limit of 131,072 would refuse long descriptions."""

Row = tuple[int, int, list[str]]
"""Number from 1 below the header, line in the file, cells."""


def parse_csv(text: str, source: str, fields: RecordFields) -> list[Document]:
    """Read rows (line ends already ``\\n``); of columns named in ``fields.metadata`` each row's value is metadata.

    Raises:
        MissionInvalid: a column without a name or named twice, a row with more cells than columns, an open quote, a
            metadata column that is not there; all rows at once, at most ten of them named.
    """
    header, rows = _rows(text, source)
    problems = _faults(header, rows, source, fields)
    if problems:
        raise MissionInvalid(tuple(problems))
    chosen = [(header.index(name), name) for name in fields.metadata]
    lines = {number: line for number, line, _ in rows}
    documents = []
    for values, group in groupby(rows, key=lambda row: tuple(row[2][place] for place, _ in chosen)):
        outline = Outline()
        cells = [(number, row) for number, _, row in group]
        add_table(outline, header=(cells[0][0], header), rows=cells)
        metadata = {name: value for (_, name), value in zip(chosen, values, strict=True) if value}
        document = outline.document(source, metadata=metadata)
        documents.append(document.counted_by("row", lines, apart=bool(chosen)))
    return documents


def _rows(text: str, source: str) -> tuple[list[str], list[Row]]:
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text, source), strict=True)
    csv.field_size_limit(MAX_CELL)
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append((line, [cell.strip() for cell in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        hint = 'a cell that holds a quote is written in quotes, the quote itself twice: "5"" wide"'
        raise MissionInvalid(
            (Problem(message=f"is not CSV from here on: {error}", file=source, line=line, hint=hint),)
        ) from None
    header = found[0][1] if found else []
    while header and not header[-1]:  # spreadsheets export empty columns at the right
        header = header[:-1]
    width = len(header)
    kept = [(place, [*cells, *[""] * (width - len(cells))]) for place, cells in found[1:]]
    return header, [(number, place, _cut(cells, width)) for number, (place, cells) in enumerate(kept, 1)]


def _cut(cells: list[str], width: int) -> list[str]:
    return cells[:width] if not any(cells[width:]) else cells


def _delimiter(text: str, source: str) -> str:
    """The one that is most frequent in the first line outside quotes; tabs in ``.tsv``."""
    if source.lower().endswith(".tsv"):
        return "\t"
    first = next((line for line in text.split("\n") if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    counts = Counter(char for char in bare if char in DELIMITERS)
    return max(DELIMITERS, key=lambda char: counts[char])


def _faults(header: Sequence[str], rows: Sequence[Row], source: str, fields: RecordFields) -> list[Problem]:
    problems = []
    for place, name in enumerate(header, 1):
        if not name:
            problems.append(_problem(source, 1, f"column {place} has no name", "the first row names the columns"))
        elif header.index(name) + 1 < place:
            problems.append(_problem(source, 1, f"column {place} is named {name!r} like an earlier one", "rename it"))
    for name in fields.metadata:
        if name not in header:
            hint = f"columns are {', '.join(header)}; see `retrieval.records.metadata`"
            problems.append(_problem(source, 1, f"has no column {name!r}", hint))
    long = [row for row in rows if len(row[2]) > len(header)]
    for number, line, cells in long[:10]:
        message = f"row {number} has {len(cells)} cells under {len(header)} columns"
        problems.append(_problem(source, line, message, "put cells that hold the delimiter in quotes"))
    if len(long) > 10:
        problems.append(_problem(source, long[10][1], f"and {len(long) - 10} more rows with too many cells", None))
    return problems


def _problem(source: str, line: int, message: str, hint: str | None) -> Problem:
    return Problem(message=message, file=source, line=line, hint=hint)
