"""Rows: labelled examples as lines of JSON, what they come to, and how they are split.

Here: reading with every fault named, fingerprints, splits that keep groups together.
Not here: learning from them (``fit``), making them from Traces (``trace_rows``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from gonogo.contracts import Example, TextReader
from gonogo.digest import Digest, canonical_bytes, digest_of
from gonogo.domain import DataFingerprint, DataSource, TrainingRow
from gonogo.errors import BadInput

LEAST_OF_A_CLASS = 10
MOST_FAULTS = 5


def read_rows(path: Path) -> list[TrainingRow]:
    """The rows of a file, in order.

    Raises:
        BadInput: not readable, no rows, or lines that are no rows; names the first faults with their lines.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    rows, faults = [], []
    decoder = msgspec.json.Decoder(TrainingRow)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows.append(decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            faults.append(f"{path}:{number}: {error}{_nearest(str(error))}")
    if faults:
        more = f" and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise BadInput("these lines are no training rows:\n  " + "\n  ".join(faults[:MOST_FAULTS]) + more)
    if not rows:
        raise BadInput(f"{path} holds no rows: write one JSON object a line, with text and label (true or false)")
    return rows


def _nearest(message: str) -> str:
    unknown = message.split("`")[1] if "unknown field" in message else ""
    close = get_close_matches(unknown, TrainingRow.__struct_fields__, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def both_classes(rows: Sequence[TrainingRow], least: int = LEAST_OF_A_CLASS) -> None:
    """Refuse rows that nothing can be learned from.

    Raises:
        BadInput: fewer than ``least`` rows of one label.
    """
    positives = sum(row.label for row in rows)
    for label, count in (("true", positives), ("false", len(rows) - positives)):
        if count < least:
            raise BadInput(
                f"{count} of {len(rows)} rows have the label {label}: at least {least} of each are needed to learn "
                "anything; add rows of that label"
            )


def in_order(rows: Iterable[TrainingRow]) -> list[TrainingRow]:
    """The same rows in one order, whatever order they came in: learning must not depend on it."""
    return sorted(rows, key=row_digest)


def row_digest(row: TrainingRow) -> Digest:
    """Over all of a row."""
    return digest_of(row)


def fingerprint(rows: Sequence[TrainingRow]) -> DataFingerprint:
    """What the rows come to: counts by source, licences, and a digest that does not depend on their order."""
    counts: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        count = counts.setdefault((row.source or "unnamed", row.licence), [0, 0])
        count[0] += 1
        count[1] += row.label
    sources = tuple(
        DataSource(name=name, licence=licence, rows=count[0], positives=count[1])
        for (name, licence), count in sorted(counts.items())
    )
    digest = digest_of(sorted(row_digest(row) for row in rows))
    return DataFingerprint(digest=digest, rows=len(rows), positives=sum(row.label for row in rows), sources=sources)


def fold_of(row: TrainingRow, folds: int, seed: int) -> int:
    """Which of ``folds`` parts a row belongs to: rows of one group, and equal texts, always to the same one."""
    key = f"{seed}\n{row.source}\n{row.group}" if row.group else f"{seed}\n{row.text}"
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") % folds


def example_of(row: TrainingRow, reader: TextReader) -> Example:
    """The row as a classifier sees it: read by the same code that serves."""
    return Example(text=reader.read(row.text), against=tuple(map(reader.read, row.against)), context=dict(row.context))


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> int:
    """Write rows as lines of JSON, and count them."""
    count = 0
    with path.open("wb") as file:
        for row in rows:
            file.write(canonical_bytes(dict(_set_fields(row))) + b"\n")
            count += 1
    return count


def _set_fields(row: TrainingRow) -> Iterable[tuple[str, object]]:
    """Fields that say more than their default does, so that files stay readable."""
    defaults = TrainingRow(text="", label=False)
    for name in TrainingRow.__struct_fields__:
        value = getattr(row, name)
        if name in ("text", "label") or value != getattr(defaults, name):
            yield name, value
