"""Columns: what a tabular classifier knows of each column, and how a written value becomes a number.

Here: the noun and the one reading of values that training and serving share, so that they cannot drift apart.
Not here: finding out what kind a column is (``training.tabular``), what is learned (``classifiers``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from msgspec import Struct

ColumnKind = Literal["number", "category", "boolean", "date"]
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "-", "?", "#n/a"})
"""Written so, in any case, a value is missing."""
TRUE_WORDS, FALSE_WORDS = frozenset({"1", "true", "t", "yes", "y"}), frozenset({"0", "false", "f", "no", "n"})
LARGEST_NUMBER = 1e100
"""Beyond it squares overflow; no quantity that people count or measure comes near it."""
LARGEST = 1e300
_NO_VALUE = "\x00"
"""Stands for a list, an object or a number too large: no column takes it, and it is not missing either."""
LONGEST = 200
"""Characters of a value that are looked at: no number, date or category is longer."""
_DAY = 86_400.0
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Column(Struct, frozen=True, kw_only=True):
    """One column. ``categories`` are those that training saw often enough; its number is the place in that list.

    ``others``: training saw rarer ones too, which share the number after the last. ``decimal`` is the sign before the
    fraction of a number.
    """

    name: str
    kind: ColumnKind
    categories: tuple[str, ...] = ()
    others: bool = False
    decimal: Literal[".", ","] = "."

    @property
    def codes(self) -> int:
        """How many numbers a category may become."""
        return len(self.categories) + self.others

    def number(self, text: str) -> float:
        """The value as a number: NaN where it is missing, or a category that training never saw.

        A boolean is 0 or 1; a date is days since 1970-01-01, UTC where it names no zone.

        Raises:
            ValueError: it cannot be read as this kind; the message says what is expected.
        """
        text = text.strip()
        if text.casefold() in MISSING_WORDS:
            return math.nan
        if len(text) > LONGEST and self.kind != "category":
            raise ValueError(f"must be {EXPECTED[self.kind]}, not {len(text)} characters")
        if self.kind == "category":
            return self._code(text)
        return _READ[self.kind](text.replace(",", ".") if self.decimal == "," else text)

    def _code(self, text: str) -> float:
        try:
            return float(self.categories.index(text[:LONGEST]))
        except ValueError:
            return float(len(self.categories)) if self.others else math.nan


def _number(text: str) -> float:
    try:
        value = float(text) if "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST_NUMBER:  # NaN too
        raise ValueError(f"must be {EXPECTED['number']}, not {text[:40]!r}")
    return value


def _boolean(text: str) -> float:
    word = text.casefold()
    if word not in TRUE_WORDS and word not in FALSE_WORDS:
        raise ValueError(f"must be {EXPECTED['boolean']}, not {text[:40]!r}")
    return float(word in TRUE_WORDS)


def _date(text: str) -> float:
    try:
        if german := _GERMAN_DATE.fullmatch(text):
            day, month, year = map(int, german.groups())
            moment = datetime(year, month, day, tzinfo=UTC)
        elif len(text) < 8 or not text[:4].isdecimal():
            raise ValueError
        else:
            moment = datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError) as error:
        raise ValueError(f"must be {EXPECTED['date']}, not {text[:40]!r}") from error
    return since.total_seconds() / _DAY


EXPECTED: dict[ColumnKind, str] = {
    "number": "a number",
    "category": "text",
    "boolean": "true or false (also yes, no, 1, 0)",
    "date": "a date such as 2026-03-31 or 2026-03-31T12:00:00Z",
}
_READ = {"number": _number, "boolean": _boolean, "date": _date}


class ColumnValues(NamedTuple):
    """``numbers`` of the columns that have a value; ``missing`` are the others that nothing was said of.

    ``notes`` tell which values could not be used. They name columns, never values, which may be personal.
    """

    numbers: dict[str, float]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def read_values(columns: Sequence[Column], values: Mapping[str, object]) -> ColumnValues:
    """The numbers of one row. Never raises: a value that cannot be used counts as missing and is noted.

    Args:
        values: by column name; text, or a number or boolean as JSON has them. Names that are no column are not read.
    """
    numbers: dict[str, float] = {}
    missing: list[str] = []
    notes: list[str] = []
    for column in columns:
        text = _written(values.get(column.name))
        if text is None or text.strip().casefold() in MISSING_WORDS:
            missing.append(column.name)
            continue
        try:
            number = column.number(text)
        except ValueError:
            number = math.nan
        if math.isfinite(number):
            numbers[column.name] = number
            if column.others and number == len(column.categories):
                notes.append(f"{column.name} holds a rare or new value: counts as other")
        elif column.kind == "category" and text != _NO_VALUE:
            notes.append(f"{column.name} holds a value not seen in training: counts as missing")
        else:
            notes.append(f"{column.name} must be {EXPECTED[column.kind]}: counts as missing")
    return ColumnValues(numbers, tuple(missing), tuple(notes))


def _written(value: object) -> str | None:
    """A value as one would write it; ``None`` where there is none, nothing where it can be no value of a column."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) and abs(value) < LARGEST else _NO_VALUE
