"""Drift: whether later rows look like those a tabular classifier was learned from, column by column and in its scores.

Here: the test, its correction over columns, the size of each change; measures where the target is known by now.
Not here: drift of a stream of Traces (``training.drift``), counting (``reference``).

Each column is sorted into the bins of the teaching rows (tenths of a number, categories, missing). p: Pearson's
chi-square test of two samples; Holm's correction over all columns and the scores (Holm 1979, Scand J Stat 6:65).
Size: the population stability index, sum of (now - before) ln(now / before) over bins, less what chance alone adds,
(bins - 1)(1/n + 1/m) (Yurdakul 2018, "Statistical Properties of Population Stability Index"). An alarm needs both: with
many rows everything is significant, with few anything is large.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from gonogo.domain import Measure
from gonogo.domain.columns import MISSING_WORDS, Column
from gonogo.statistics import holm
from gonogo.statistics.chi_square import two_samples
from gonogo.training.measures import measures_of, rate_measure
from gonogo.training.tabular.numbers import matrix
from gonogo.training.tabular.reference import Bins, Reference, counted
from gonogo.training.tabular.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 50
"""Rows with which a column is compared at all."""
ALPHA = 0.01
MODERATE, LARGE = 0.1, 0.25
"""Sizes of the population stability index as credit scoring uses them (Siddiqi 2006, "Credit Risk Scorecards")."""
_PRIOR = 0.5

DriftLevel = Literal["calm", "moved", "moved much", "cannot tell"]


class ColumnDrift(Struct, frozen=True, kw_only=True):
    """One column, or ``probability``. ``size`` is the stability index less chance, ``p`` corrected over all columns.

    ``most`` says in words which bin changed most; ``unreadable`` counts values of another kind, ``note`` tells why
    nothing can be said.
    """

    column: str
    level: DriftLevel
    before: int
    now: int
    size: float | None = None
    p: float | None = None
    missing_before: float = 0.0
    missing_now: float = 0.0
    unreadable: int = 0
    most: str = ""
    note: str = ""


class TableDrift(Struct, frozen=True, kw_only=True):
    """``columns`` with the largest change first. ``measures`` where the later rows have the target."""

    classifier: str
    digest: str
    file: str
    target: str
    rows: int
    level: DriftLevel
    columns: tuple[ColumnDrift, ...]
    probability: ColumnDrift
    flagged: Measure
    absent: tuple[str, ...] = ()
    measures: dict[str, Measure] = {}


def table_drift(
    name: str,
    digest: str,
    table: Table,
    columns: Sequence[Column],
    reference: Reference,
    probabilities: Callable[[Floats], Floats],
    threshold: float,
) -> TableDrift:
    """Compare a table with the reference in a classifier's weights. Nothing in the table is an error: what cannot be
    read counts as missing and is reported.

    Args:
        probabilities: of rows of numbers, calibrated, by what serves.
    """
    numbers, unreadable = matrix(table, columns)
    scores = probabilities(numbers)
    compared = [
        _compared(bins, column, counted(column, bins.edges, _shown(column, table, numbers[:, place])))
        for place, (column, bins) in enumerate(zip(columns, reference.columns, strict=True))
    ]
    compared.append(_compared(reference.probabilities, None, counted(None, reference.probabilities.edges, scores)))
    corrected = iter(holm([found.p for found in compared if found.p is not None]))
    judged = [_judged(found, next(corrected) if found.p is not None else None, unreadable) for found in compared]
    order = sorted(judged[:-1], key=lambda found: -(found.size or 0.0))
    flagged = int((scores >= threshold).sum())
    return TableDrift(
        classifier=name,
        digest=digest,
        file=table.file,
        target=reference.target,
        rows=len(table.rows),
        level=_worst([found.level for found in judged]),
        columns=tuple(order),
        probability=judged[-1],
        flagged=rate_measure(flagged, len(table.rows), "rows"),
        absent=tuple(column.name for column in columns if column.name not in table.header),
        measures=_measures(table, reference, scores, threshold),
    )


def _shown(column: Column, table: Table, numbers: Floats) -> Floats:
    """A category that training never saw goes into the bin of other values here, although it serves as missing."""
    import numpy as np

    if column.kind != "category" or column.others or column.name not in table.header:
        return numbers
    texts = [value.strip().casefold() for value in table.column(column.name)]
    there = np.array([text not in MISSING_WORDS for text in texts], dtype=np.bool_)
    return np.where(there & np.isnan(numbers), float(len(column.categories)), numbers)


def _compared(bins: Bins, column: Column | None, now: Sequence[int]) -> ColumnDrift:
    before, later = sum(bins.counts), sum(now)
    missing = bins.counts[-1] / max(1, before), now[-1] / max(1, later)
    enough = min(before, later) >= LEAST
    test = two_samples(bins.counts, now) if enough else None
    return ColumnDrift(
        column=bins.name,
        level="cannot tell",
        before=before,
        now=later,
        size=stability_index(bins.counts, now) if enough else None,
        p=None if test is None else test.p,
        missing_before=missing[0],
        missing_now=missing[1],
        most=_most(bins, column, now) if enough else "",
        note="" if enough else f"n too small to say: {min(before, later)} rows, {LEAST} needed",
    )


def _judged(found: ColumnDrift, p: float | None, unreadable: dict[str, int]) -> ColumnDrift:
    level: DriftLevel = "cannot tell"
    if p is not None and found.size is not None:
        level = "calm"
        if p < ALPHA and found.size >= MODERATE:
            level = "moved much" if found.size >= LARGE else "moved"
    return structs.replace(found, level=level, p=p, unreadable=unreadable.get(found.column, 0))


def _worst(levels: Sequence[DriftLevel]) -> DriftLevel:
    order: tuple[DriftLevel, ...] = ("moved much", "moved", "calm")
    return next((level for level in order if level in levels), "cannot tell")


def stability_index(before: Sequence[int], now: Sequence[int]) -> float:
    """Population stability index less what chance adds, at least 0; half a row is added to every bin in use."""
    used = [(a, b) for a, b in zip(before, now, strict=True) if a or b]
    n, m = sum(before), sum(now)
    raw = 0.0
    for a, b in used:
        share = (a + _PRIOR) / (n + _PRIOR * len(used))
        later = (b + _PRIOR) / (m + _PRIOR * len(used))
        raw += (later - share) * math.log(later / share)
    return max(0.0, raw - (len(used) - 1) * (1.0 / n + 1.0 / m))


def _most(bins: Bins, column: Column | None, now: Sequence[int]) -> str:
    before, later = sum(bins.counts), sum(now)
    moves = [b / later - a / before for a, b in zip(bins.counts, now, strict=True)]
    place = max(range(len(moves)), key=lambda at: abs(moves[at]))
    name = _bin_name(bins, column, place)
    return f"{name}: {100 * bins.counts[place] / before:.1f} % before, {100 * now[place] / later:.1f} % now"


def _bin_name(bins: Bins, column: Column | None, place: int) -> str:
    if place == len(bins.counts) - 1:
        return "missing"
    if column is not None and column.kind == "category":
        return column.categories[place] if place < len(column.categories) else "other values"
    if column is not None and column.kind == "boolean" and len(bins.edges) == 1:
        return "true" if place else "false"
    edges = [_edge(edge, column) for edge in bins.edges]
    if not edges:
        return "any value"
    if place == len(edges):
        return f"above {edges[-1]}"
    return f"{edges[place - 1]} to {edges[place]}" if place else f"up to {edges[0]}"


def _edge(edge: float, column: Column | None) -> str:
    if column is None or column.kind != "date":
        return f"{edge:g}"
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=edge)).date().isoformat()


def _measures(table: Table, reference: Reference, scores: Floats, threshold: float) -> dict[str, Measure]:
    import numpy as np

    if reference.target not in table.header:
        return {}
    values = [value.strip() for value in table.column(reference.target)]
    there = np.array([value.casefold() not in MISSING_WORDS for value in values], dtype=np.bool_)
    labels = np.array([value == reference.positive for value in values], dtype=np.bool_)
    return measures_of(labels[there], scores[there], threshold)
