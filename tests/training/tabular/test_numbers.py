"""Labels and moments of a table."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.domain.columns import Column
from gonogo.errors import BadInput
from gonogo.training.tabular.numbers import labels_of, matrix, moments


@pytest.mark.parametrize(
    ("values", "positive", "chosen"),
    [
        (["yes", "no", "no"], None, "yes"),
        (["0", "1", "1", "1"], None, "1"),
        (["good", "good", "bad"], None, "bad"),
        (["a", "b", "c"], "b", "b"),
    ],
)
def test_the_positive_value_is_the_one_said_or_the_telling_or_the_rarer_one(read, values, positive, chosen):
    labels, found, _ = labels_of(read("t,x\n" + "".join(f"{value},1\n" for value in values)), "t", positive)
    assert found == chosen
    assert labels == [value == chosen for value in values]


def test_rows_without_a_target_have_no_label(read):
    assert labels_of(read("t,x\nyes,1\n,1\nno,1\nNA,1\n"), "t", None)[0] == [True, None, False, None]


@pytest.mark.parametrize(
    ("text", "positive", "said"),
    [
        ("t,x\n1,1\n1,2\n", None, "one value only: '1' \\(2\\)"),
        ("t,x\n,1\n,2\n", None, "no values"),
        ("t,x\na,1\nb,1\nc,1\n", None, "has 3 values; say which one is positive(.|\n)*--positive"),
        ("t,x\na,1\nb,1\n", "z", "has no value 'z'"),
    ],
)
def test_a_target_that_tells_no_two_classes_apart_is_refused(read, text, positive, said):
    with pytest.raises(BadInput, match=said):
        labels_of(read(text), "t", positive)


def test_absent_columns_and_unreadable_values_are_missing_and_counted(read):
    columns = (Column(name="a", kind="number"), Column(name="gone", kind="number"))
    numbers, unreadable = matrix(read("a,b\n1,x\ntwo,x\n3,x\n"), columns)
    assert np.array_equal(numbers, [[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]], equal_nan=True)
    assert unreadable == {"a": 1}


def test_moments_are_dates_or_numbers_and_all_of_them_are_there(read):
    assert moments(read("d,x\n1970-01-02,1\n1970-01-03,1\n"), "d") == [1.0, 2.0]
    with pytest.raises(BadInput, match=r"rows.csv:3: column 'd' is missing"):
        moments(read("d,x\n1970-01-02,1\n,1\n"), "d")
    with pytest.raises(BadInput, match="no dates or numbers"):
        moments(read("d,x\nsoon,1\nlater,1\n"), "d")
