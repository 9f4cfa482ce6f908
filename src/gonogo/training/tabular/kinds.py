"""Kinds: what the columns of a table hold, and which of them may be learned from.

Here: number, category, boolean or date; columns left out and why; signs of leakage; values that break the rule.
Not here: reading the file (``table``), turning values into numbers (``domain.columns``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from gonogo.domain.columns import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS, Column, ColumnKind
from gonogo.errors import BadInput
from gonogo.training.tabular.table import Table, shortened

MOSTLY = 0.9
"""Share of values that must read as a kind; the rest are then faults, not another kind."""
MOST_CATEGORIES = 200
RARE = 5
"""Categories with fewer training rows share one number: nothing can be learned of them, and names may be private."""
ID_SHARE = 0.5
"""Share of different values from which text counts as names of rows."""
_ID_ROWS = 50
_ID_NAME = re.compile(r"(?i)(?:^|[_\W])(?:id|ids|uuid|guid|key|nr|no|number|index)$|(?<=[a-z])I[dD]$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(?:,\d+)?")


@dataclass(slots=True)
class Understood:
    """``columns`` to learn from, categories still empty; ``left_out`` says why of every other one."""

    columns: list[Column] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def understand(
    table: Table, labels: Sequence[bool], skipped: dict[str, str], categories: Collection[str] = ()
) -> Understood:
    """Find out what each column holds.

    Args:
        labels: of the rows, to see columns that give the label away.
        skipped: columns not to be learned from, each with its reason.
        categories: columns that are categories however they look (a postcode).

    Raises:
        BadInput: values that are not what the others of their column are; no column is left.
    """
    found = Understood(left_out=dict(skipped))
    faults: list[tuple[int, str]] = []
    for place, name in enumerate(table.header):
        if name in skipped:
            continue
        values = [row[place].strip() for row in table.rows]
        column = kind_of(name, values, table.delimiter, forced=name in categories)
        reason = _unusable(column, values, labels)
        if reason:
            found.left_out[name] = reason
            if reason.startswith(("looks like", "says")):
                found.warnings.append(f"column {name!r} {reason}: left out")
            continue
        faults += _faults(column, values, table)
        found.columns.append(column)
        if column.kind == "category" and name not in categories and (share := _number_share(values)) > ID_SHARE:
            found.warnings.append(f"column {name!r} is taken as text although {share:.0%} of its values are numbers")
    if faults:
        listed = shortened([fault for _, fault in sorted(faults)])
        raise BadInput(
            f"{len(faults)} values are not what the rest of their column is:\n  {listed}\nCorrect or empty "
            "them, or leave the column out with --ignore, or take it as text with --category"
        )
    if not found.columns:
        why = "; ".join(f"{name}: {reason}" for name, reason in list(found.left_out.items())[:5])
        raise BadInput(f"{table.file}: no column is left to learn from ({why})")
    return found


def kind_of(name: str, values: Sequence[str], delimiter: str = ",", forced: bool = False) -> Column:
    """The column of these values: what at least nine of ten of them are."""
    present = [value for value in values if value.casefold() not in MISSING_WORDS]
    if forced or not present:
        return Column(name=name, kind="category")
    words = {value.casefold() for value in present}
    if words <= TRUE_WORDS | FALSE_WORDS:
        return Column(name=name, kind="boolean")
    kinds: tuple[ColumnKind, ...] = ("number", "date")
    for kind in kinds:
        column = Column(name=name, kind=kind)
        if _share(column, present) >= MOSTLY:
            return column
    comma = sum(bool(_DECIMAL_COMMA.fullmatch(value)) for value in present) / len(present)
    if delimiter != "," and comma >= MOSTLY:
        return Column(name=name, kind="number", decimal=",")
    return Column(name=name, kind="category")


def with_categories(columns: Sequence[Column], table: Table, rows: Sequence[int]) -> tuple[Column, ...]:
    """The columns with the categories that enough of these rows have, most frequent first."""
    return tuple(_filled(column, table, rows) for column in columns)


def _filled(column: Column, table: Table, rows: Sequence[int]) -> Column:
    if column.kind != "category":
        return column
    place = table.place(column.name)
    counts = Counter(table.rows[row][place].strip() for row in rows)
    seen = {value: count for value, count in counts.items() if value.casefold() not in MISSING_WORDS}
    often = sorted((value for value, count in seen.items() if count >= RARE), key=lambda value: (-seen[value], value))
    kept = tuple(often[:MOST_CATEGORIES])
    return Column(name=column.name, kind="category", categories=kept, others=len(kept) < len(seen))


def _share(column: Column, present: Sequence[str]) -> float:
    return sum(_readable(column, value) for value in present) / len(present)


def _readable(column: Column, value: str) -> bool:
    try:
        column.number(value)
    except ValueError:
        return False
    return True


def _number_share(values: Sequence[str]) -> float:
    present = [value for value in values if value.casefold() not in MISSING_WORDS]
    return _share(Column(name="", kind="number"), present) if present else 0.0


def _faults(column: Column, values: Sequence[str], table: Table) -> list[tuple[int, str]]:
    faults = []
    for value, line in zip(values, table.lines, strict=True):
        try:
            column.number(value)
        except ValueError as error:
            faults.append((line, f"{table.file}:{line}: column {column.name!r} {error}"))
    return faults


def _unusable(column: Column, values: Sequence[str], labels: Sequence[bool]) -> str:
    """Why nothing should be learned from a column, or nothing."""
    missing = [value.casefold() in MISSING_WORDS for value in values]
    different = {value for value, gone in zip(values, missing, strict=True) if not gone}
    if not different:
        return "is empty"
    if len(different) == 1 and not any(missing):
        return "is the same in every row"
    if _same_parts(values, labels):
        return "says the same as the target in every row"
    if any(missing) and _same_parts(missing, labels):
        return "says the same as the target in every row (it is filled for one value of the target only)"
    present = len(values) - sum(missing)
    if present >= _ID_ROWS and _names_rows(column, different, present):
        return f"looks like a name or number of each row ({len(different):,} different values in {present:,} rows)"
    return ""


def _same_parts(values: Sequence[object], labels: Sequence[bool]) -> bool:
    pairs = set(zip(values, labels, strict=True))
    return len(pairs) == 2 and len({value for value, _ in pairs}) == 2 and len({label for _, label in pairs}) == 2


def _names_rows(column: Column, different: Collection[str], present: int) -> bool:
    if column.kind == "category":
        return len(different) > max(ID_SHARE * present, _ID_ROWS)
    if column.kind != "number" or len(different) < present:
        return False
    if not all(re.fullmatch(r"[+-]?\d+", value) for value in different):
        return False
    numbers = sorted(map(int, different))
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) == 1 or bool(_ID_NAME.search(column.name))
