"""What a tabular classifier rests on, and for whom it errs more."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.domain.columns import Column
from gonogo.training.bias import slice_gaps
from gonogo.training.tabular.explain import giving_away, importance, sliced_rows, slices

COLUMNS = (Column(name="age", kind="number"), Column(name="noise", kind="number"))
DRAW = np.random.default_rng(5)
NUMBERS = DRAW.normal(size=(400, 2))
LABELS = NUMBERS[:, 0] + 0.5 * DRAW.normal(size=400) > 0


def probabilities(numbers):
    return 1.0 / (1.0 + np.exp(-3.0 * numbers[:, 0]))


def test_a_column_that_is_used_is_important_and_one_that_is_not_is_not():
    found = importance(COLUMNS, NUMBERS, LABELS, probabilities, 0)
    assert list(found) == ["age", "noise"]
    assert found["age"].low > 0.1
    assert (found["noise"].value, found["noise"].low, found["noise"].high) == (0.0, 0.0, 0.0)
    assert importance(COLUMNS, NUMBERS, LABELS, probabilities, 0) == found


def test_the_importance_of_few_rows_is_not_claimed():
    found = importance(COLUMNS, NUMBERS[:20], LABELS[:20], probabilities, 0)
    assert found["age"].value is None
    assert "n too small to say: 20 rows" in found["age"].note


def test_shuffling_leaves_the_rows_as_they_were():
    before = NUMBERS.copy()
    importance(COLUMNS, NUMBERS, LABELS, probabilities, 0)
    assert np.array_equal(before, NUMBERS)


@pytest.mark.parametrize(("noise", "warned"), [(0.0, True), (2.0, False)])
def test_a_column_that_alone_tells_the_target_is_warned_of(noise, warned):
    numbers = np.column_stack([LABELS + 0.3 * DRAW.random(400) + noise * DRAW.normal(size=400), NUMBERS[:, 1]])
    assert bool(giving_away(COLUMNS, numbers, LABELS)) is warned


def test_a_category_that_alone_tells_the_target_is_warned_of():
    column = Column(name="code", kind="category", categories=("a", "b", "c"))
    codes = np.where(LABELS, 1.0, 2.0 * (np.arange(400) % 2))
    assert "'code' alone tells the target" in giving_away((column,), codes[:, None], LABELS)[0]


def table_of(read, columns):
    rows = zip(*columns.values(), strict=True)
    return read(",".join(columns) + "\n" + "\n".join(map(",".join, rows)) + "\n")


def test_slices_are_values_quarters_or_missing_with_their_error_rates(read):
    group = ["x" if place % 4 else "" for place in range(400)]
    table = table_of(read, {"group": group, "age": [f"{place}" for place in range(400)]})
    found = slices(table, ("group", "age"), range(400), LABELS, probabilities(NUMBERS), 0.5)
    assert [one.name for one in found if one.dimension == "group"] == ["x", "missing"]
    assert {one.name for one in found if one.dimension == "age"} == {
        "up to 99.75", "to 199.5", "to 299.25", "above 299.25",
    }  # fmt: skip
    assert sum(one.rows for one in found if one.dimension == "age") == 400
    first = found[0].measures["false_positive_rate"]
    assert first.low < first.value < first.high


def test_a_slice_that_is_called_positive_far_too_often_stands_in_the_bias_report(read):
    group = ["m" if place % 2 else "f" for place in range(400)]
    unfair = np.where(np.arange(400) % 2 == 1, 0.9, probabilities(NUMBERS))
    rows = sliced_rows(table_of(read, {"group": group, "other": group}), ("group",), LABELS.tolist())
    gaps = slice_gaps(rows, unfair, 0.5)
    assert gaps[0].dimension == "group"
    assert gaps[0].stands
    assert {gap.dimension for gap in gaps} == {"group"}
