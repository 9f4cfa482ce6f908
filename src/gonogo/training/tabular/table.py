"""Table: a CSV file as rows of text, every fault named with its line.

Here: encoding, delimiter, header, ragged rows. Not here: what the columns hold (``kinds``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from gonogo.errors import BadInput

DELIMITERS = (",", ";", "\t", "|")
LONGEST_FIELD = 100_000
"""Characters of one field; csv's own bound is near it, and no column of numbers or categories comes close."""
SHOWN = 5
"""Faults that an error names; it counts the rest."""
_LOOKED_AT = 50
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Table:
    """``rows`` hold one text for each name of ``header``; ``lines`` the line of the file where each row begins.

    ``notes`` say what was assumed while reading.
    """

    file: str
    header: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    delimiter: str
    encoding: str
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """The texts of a column, row by row.

        Raises:
            BadInput: no such column; names the nearest.
        """
        place = self.place(name)
        return [row[place] for row in self.rows]

    def place(self, name: str) -> int:
        """Where a column stands, from 0.

        Raises:
            BadInput: no such column; names the nearest.
        """
        if name in self.header:
            return self.header.index(name)
        lowered = {known.casefold(): known for known in self.header}
        close = get_close_matches(name.casefold(), lowered, n=1)
        hint = f"did you mean {lowered[close[0]]!r}? " if close else ""
        shown = ", ".join(self.header[:20]) + (" ..." if len(self.header) > 20 else "")
        raise BadInput(f"{self.file}:1: there is no column {name!r}; {hint}The columns are {shown}")

    def part(self, rows: Sequence[int]) -> Table:
        """Only these rows, in this order."""
        return replace(self, rows=[self.rows[row] for row in rows], lines=[self.lines[row] for row in rows])


def read_table(path: Path) -> Table:
    """Read a CSV file: delimiter and encoding are found out, rows are checked.

    Raises:
        BadInput: not readable, no text, no rows, a name used twice, or rows with too few or too many fields.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    text, encoding = _decoded(raw, path)
    if not text.strip():
        raise BadInput(f"{path} is empty: write a line of column names, then one line for each row")
    delimiter = _delimiter(text)
    records = _records(text, delimiter, path)
    first = next(records, None)
    header, notes = _header([] if first is None else first[1], path)
    rows, lines, ragged = [], [], []
    for line, fields in records:
        if len(fields) == len(header):
            rows.append(fields)
            lines.append(line)
        else:
            ragged.append(f"{path}:{line}: {len(fields)} fields")
    if ragged:
        raise BadInput(
            f"{len(ragged)} rows have not the {len(header)} fields that the header names (delimiter {delimiter!r}):\n  "
            + shortened(ragged)
        )
    if not rows:
        raise BadInput(f"{path} has column names and no rows")
    if encoding == "cp1252":
        notes += ("no UTF-8: read as Windows-1252",)
    return Table(str(path), header, rows, lines, delimiter, encoding, notes)


def shortened(faults: Sequence[str]) -> str:
    """The first faults one a line, the others counted."""
    more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "\n  ".join(faults[:SHOWN]) + more


def _decoded(raw: bytes, path: Path) -> tuple[str, str]:
    encodings = [name for mark, name in _BOMS if raw.startswith(mark)] or ["utf-8", "cp1252"]
    if "utf-16" not in encodings and b"\x00" in raw:
        raise BadInput(f"{path} is no text file: it holds zero bytes; save it as CSV")
    for encoding in encodings:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise BadInput(f"{path} is neither UTF-8 nor another encoding that is known here; save it as UTF-8")


def _delimiter(text: str) -> str:
    """The one that splits the first lines into the most fields, all lines alike; a comma where none does."""
    head = "\n".join(text[:200_000].splitlines()[:_LOOKED_AT])
    best, most = ",", 1
    for delimiter in DELIMITERS:
        try:
            counts = [len(row) for row in csv.reader(io.StringIO(head), delimiter=delimiter) if row]
        except csv.Error:
            continue
        alike = sum(count == counts[0] for count in counts) / len(counts) if counts else 0.0
        if counts and counts[0] > most and alike >= 0.5:
            best, most = delimiter, counts[0]
    return best


def _records(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """(first line, fields) of every record that is no blank line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}:{line}: this is no CSV: {error}") from error
        if any(len(field) > LONGEST_FIELD for field in fields):
            raise BadInput(f"{path}:{line}: a field has more than {LONGEST_FIELD:,} characters")
        if fields and (len(fields) > 1 or fields[0].strip()):
            yield line, fields


def _header(fields: list[str], path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = [" ".join(field.split()) for field in fields]
    unnamed = [place for place, name in enumerate(names) if not name]
    for place in unnamed:
        names[place] = f"unnamed_{place + 1}"
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if name in seen:
            raise BadInput(
                f"{path}:1: the column name {name[:80]!r} stands twice, as column {seen[name] + 1} and {place + 1}: "
                "give each column its own name"
            )
        seen[name] = place
    notes = tuple(f"column {place + 1} has no name: called {names[place]!r}" for place in unnamed[:SHOWN])
    return tuple(names), notes
