"""Prepare: the rows of a table that have a target, in an order of their own, and how they are parted.

Here: what the caller says of a table, rows, labels, the split, the fingerprint. Not here: the columns (``kinds``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gonogo.digest import digest_of
from gonogo.domain import DataFingerprint, DataSource
from gonogo.training.tabular.numbers import labels_of, moments
from gonogo.training.tabular.split import Split, split_rows
from gonogo.training.tabular.table import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

DEFAULT_TARGET = 0.05
MOST_COPIES = 0.01
"""Share of rows that may be exact copies before somebody should hear of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What the caller says of a table.

    ``target`` is the column to predict, ``positive`` its value to look for. ``id``, ``time`` and ``group`` are columns
    that are not learned from; ``slices`` are reported apart, and learned from unless ``ignore`` names them too.
    ``categories`` are text however they look. ``false_positives`` is the rate the threshold is set for.
    """

    target: str
    positive: str | None = None
    id: str | None = None
    time: str | None = None
    group: str | None = None
    slices: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    seed: int = 0
    false_positives: float = DEFAULT_TARGET


@dataclass(slots=True)
class Prepared:
    """The rows that have a target, in an order that does not depend on that of the file."""

    table: Table
    labels: Flags
    positive: str
    negative: str
    warnings: list[str] = field(default_factory=list)


def prepare(table: Table, options: TableOptions) -> Prepared:
    """The rows that can teach or test.

    Raises:
        BadInput: a column that is not there, or a target that tells no two classes apart.
    """
    for name in (options.id, options.time, options.group, *options.slices, *options.ignore, *options.categories):
        if name is not None:
            table.place(name)
    labels, positive, negative = labels_of(table, options.target, options.positive)
    kept = [row for row, label in enumerate(labels) if label is not None]
    digests = {row: _row_digest(table.rows[row]) for row in kept}
    ordered = sorted(kept, key=digests.__getitem__)
    copies = len(kept) - len(set(digests.values()))
    warnings = []
    if copies > MOST_COPIES * len(kept):
        warnings.append(f"{copies} rows are exact copies of others: a copy may teach and test")
    if len(kept) < len(labels):
        warnings.append(f"{len(labels) - len(kept)} rows without a target are left out")
    if options.id is not None:
        names = table.column(options.id)
        twice = len(kept) - len({names[row] for row in kept})
        if twice:
            warnings.append(
                f"{twice} rows repeat a value of {options.id!r}: the same one may teach and test; group by it with "
                f"--group {options.id}"
            )
    truth = np.array([bool(labels[row]) for row in ordered], dtype=np.bool_)
    return Prepared(table.part(ordered), truth, positive, negative, warnings)


def skipped(options: TableOptions) -> dict[str, str]:
    """Columns that nothing is learned from because the caller said so, each with its reason."""
    named = {
        options.target: "is the target",
        options.id: "names the rows (--id)",
        options.time: "orders the rows (--time)",
        options.group: "groups the rows (--group)",
    }
    told = {name: reason for name, reason in named.items() if name is not None}
    return {**dict.fromkeys(options.ignore, "is ignored (--ignore)"), **told}


def split_of(data: Prepared, options: TableOptions) -> Split:
    """Which rows teach, calibrate and test.

    Raises:
        BadInput: too few rows, or times that cannot be read.
    """
    times = None if options.time is None else moments(data.table, options.time)
    groups = None if options.group is None else data.table.column(options.group)
    split = split_rows(data.labels.tolist(), times, groups, options.seed, data.table.file)
    if times is not None and groups is not None:
        data.warnings.append("split by time: rows of one group may both teach and test")
    return split


def _row_digest(fields: Sequence[str]) -> bytes:
    return hashlib.sha256("\x1f".join(fields).encode("utf-8", "surrogatepass")).digest()


def fingerprint(table: Table, labels: Flags) -> DataFingerprint:
    """What the rows come to, whatever their order."""
    digest = digest_of([list(table.header), sorted(_row_digest(row).hex() for row in table.rows)])
    source = DataSource(name=Path(table.file).name, rows=len(labels), positives=int(labels.sum()))
    return DataFingerprint(digest=digest, rows=len(labels), positives=int(labels.sum()), sources=(source,))
