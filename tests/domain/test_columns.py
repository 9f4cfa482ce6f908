"""Written values as numbers: the one reading that training and serving share."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.domain.columns import Column, ColumnKind, read_values

AGE = Column(name="age", kind="number")
PLAN = Column(name="plan", kind="category", categories=("basic", "pro"))
RARE = Column(name="plan", kind="category", categories=("basic", "pro"), others=True)
PAID = Column(name="paid", kind="boolean")
SINCE = Column(name="since", kind="date")


@pytest.mark.parametrize(
    ("column", "text", "number"),
    [
        (AGE, " 41 ", 41.0),
        (AGE, "-1.5e3", -1500.0),
        (Column(name="fee", kind="number", decimal=","), "9,5", 9.5),
        (PLAN, "pro", 1.0),
        (RARE, "gold", 2.0),
        (PAID, "Yes", 1.0),
        (PAID, "0", 0.0),
        (SINCE, "1970-01-02", 1.0),
        (SINCE, "1970-01-01T12:00:00+00:00", 0.5),
        (SINCE, "02.01.1970", 1.0),
    ],
)
def test_a_value_of_its_kind_becomes_its_number(column: Column, text: str, number: float) -> None:
    assert column.number(text) == number


@pytest.mark.parametrize("text", ["", "  ", "NA", "null", "None", "nan", "-", "?"])
@pytest.mark.parametrize("column", [AGE, PLAN, RARE, PAID, SINCE])
def test_words_for_missing_are_missing_in_every_kind(column: Column, text: str) -> None:
    assert math.isnan(column.number(text))


def test_a_category_that_training_never_saw_is_missing() -> None:
    assert math.isnan(PLAN.number("gold"))


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        (AGE, "old", "a number"),
        (AGE, "inf", "a number"),
        (AGE, "1e101", "a number"),
        (AGE, "1_000", "a number"),
        (AGE, "9" * 5_000, "5000 characters"),
        (PAID, "maybe", "true or false"),
        (SINCE, "31.02.2026", "a date"),
        (SINCE, "9999", "a date"),
    ],
)
def test_a_value_of_another_kind_says_what_is_expected(column: Column, text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        column.number(text)


def test_a_row_reads_json_values_like_their_text() -> None:
    read = read_values((AGE, PLAN, PAID), {"age": 41, "plan": "pro", "paid": True, "unknown": "x"})
    assert read == ({"age": 41.0, "plan": 1.0, "paid": 1.0}, (), ())


def test_what_cannot_be_used_counts_as_missing_and_is_noted_without_its_value() -> None:
    read = read_values((AGE, PLAN, PAID, SINCE), {"age": "old", "plan": "gold", "paid": ["x"], "since": " NA "})
    assert read.numbers == {}
    assert read.missing == ("since",)
    assert read.notes == (
        "age must be a number: counts as missing",
        "plan holds a value not seen in training: counts as missing",
        "paid must be true or false (also yes, no, 1, 0): counts as missing",
    )


def test_a_rare_category_is_noted_and_counts_as_other() -> None:
    read = read_values((RARE,), {"plan": "gold"})
    assert read == ({"plan": 2.0}, (), ("plan holds a rare or new value: counts as other",))


KINDS: tuple[ColumnKind, ...] = ("number", "category", "boolean", "date")
ANYTHING = st.one_of(
    st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.lists(st.text()), st.just("\ud800"),
    st.just("x" * 100_000), st.integers(10**400, 10**401),
)  # fmt: skip


@given(value=ANYTHING, kind=st.sampled_from(KINDS), comma=st.booleans())
def test_no_value_raises_or_becomes_anything_but_a_finite_number(value: Any, kind: ColumnKind, comma: bool) -> None:
    column = Column(name="c", kind=kind, categories=("a",), others=comma, decimal="," if comma else ".")
    read = read_values((column,), {"c": value})
    assert all(math.isfinite(number) for number in read.numbers.values())
    assert len(read.numbers) + len(read.missing) == 1 or read.notes
