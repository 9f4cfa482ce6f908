"""Numbers: a table's texts as one matrix of numbers, by the reading that serves.

Here: the matrix, labels, moments in time. Not here: the reading of one value (``domain.columns``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gonogo.domain.columns import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS, Column
from gonogo.errors import BadInput
from gonogo.training.tabular.kinds import kind_of
from gonogo.training.tabular.table import Table, shortened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LISTED = 8


def matrix(table: Table, columns: Sequence[Column]) -> tuple[Floats, dict[str, int]]:
    """One row a row of the table, one number a column; and, by column, how many values could not be read.

    Columns that the table does not have are missing everywhere.
    """
    import numpy as np

    numbers = np.full((len(table.rows), len(columns)), np.nan)
    unreadable: dict[str, int] = {}
    for at, column in enumerate(columns):
        if column.name not in table.header:
            continue
        place = table.place(column.name)
        known: dict[str, float] = {}
        wrong = 0
        for row, fields in enumerate(table.rows):
            text = fields[place]
            number = known.get(text)
            if number is None:
                try:
                    number = known[text] = column.number(text)
                except ValueError:
                    wrong += 1
                    continue
            numbers[row, at] = number
        if wrong:
            unreadable[column.name] = wrong
    return numbers, unreadable


def labels_of(table: Table, target: str, positive: str | None) -> tuple[list[bool | None], str, str]:
    """(label of each row, ``None`` where the target is missing; the positive value; what else there is).

    Raises:
        BadInput: no such column, one value only, or several and none was said to be positive.
    """
    values = [value.strip() for value in table.column(target)]
    counts = Counter(value for value in values if value.casefold() not in MISSING_WORDS)
    listed = ", ".join(f"{value!r} ({count})" for value, count in counts.most_common(_LISTED))
    if len(counts) < 2:
        raise BadInput(
            f"{table.file}: the target {target!r} has {'one value only: ' + listed if counts else 'no values'}; two "
            "are needed to learn what tells them apart"
        )
    chosen = _positive(counts, positive)
    if chosen is None:
        wrong = f"has no value {positive!r}" if positive is not None else f"has {len(counts)} values"
        more = " ..." if len(counts) > _LISTED else ""
        raise BadInput(
            f"{table.file}: the target {target!r} {wrong}; say which one is positive, the others are then negative: "
            f"--positive VALUE. There are {listed}{more}"
        )
    others = ", ".join(value for value, _ in counts.most_common(4) if value != chosen)
    return [value == chosen if value in counts else None for value in values], chosen, others


def _positive(counts: Counter[str], positive: str | None) -> str | None:
    if positive is not None:
        return positive.strip() if positive.strip() in counts else None
    if len(counts) > 2:
        return None
    told = [value for value in counts if value.casefold() in TRUE_WORDS]
    other = [value for value in counts if value.casefold() in FALSE_WORDS]
    if len(told) == 1 and len(other) == 1:
        return told[0]
    # Two words that say nothing by themselves: what is looked for is nearly always the rarer one.
    return min(counts, key=lambda value: (counts[value], value))


def moments(table: Table, name: str) -> list[float]:
    """The times of a column, as numbers that grow.

    Raises:
        BadInput: no such column, or values that are no time or date; a row without one cannot be put in order.
    """
    values = table.column(name)
    column = kind_of(name, [value.strip() for value in values], table.delimiter)
    if column.kind not in ("date", "number"):
        raise BadInput(f"{table.file}: column {name!r} holds no dates or numbers that rows could be put in order by")
    faults: list[tuple[int, str]] = []
    found = []
    for value, line in zip(values, table.lines, strict=True):
        try:
            number = column.number(value)
        except ValueError as error:
            faults.append((line, f"{table.file}:{line}: column {name!r} {error}"))
            continue
        if number != number:  # NaN
            faults.append((line, f"{table.file}:{line}: column {name!r} is missing"))
        found.append(number)
    if faults:
        listed = shortened([fault for _, fault in sorted(faults)])
        raise BadInput(f"rows cannot be put in order by {name!r}:\n  {listed}")
    return found
