"""What columns hold, which are left out, and which values break the rule."""

from __future__ import annotations

import pytest

from gonogo.errors import BadInput
from gonogo.training.tabular.kinds import kind_of, understand, with_categories


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2.5", "-3e4"], "number"),
        (["1", "0", "1"], "boolean"),
        (["yes", "No", "NA"], "boolean"),
        (["2026-01-02", "2026-01-03T10:00:00Z"], "date"),
        (["01.02.2026", "28.02.2026"], "date"),
        (["red", "blue"], "category"),
        (["1", "2", "many"], "category"),
        (["", "NA"], "category"),
    ],
)
def test_a_column_is_what_nine_of_ten_values_are(values, kind):
    assert kind_of("c", values).kind == kind


def test_decimal_commas_are_numbers_where_the_comma_does_not_part_fields():
    assert kind_of("c", ["1,5", "2", "3,25"], ";").decimal == ","
    assert kind_of("c", ["1,5", "2", "3,25"], ",").kind == "category"


def table_of(read, columns: dict[str, list[str]]):
    rows = zip(*columns.values(), strict=True)
    return read(",".join(columns) + "\n" + "\n".join(map(",".join, rows)) + "\n")


LABELS = [place % 3 == 0 for place in range(90)]
AGE = [str(20 + place * 7 % 41) for place in range(90)]


def test_text_in_a_number_column_is_named_with_file_line_and_column(read):
    table = table_of(read, {"age": [*AGE[:50], "old", *AGE[51:]]})
    with pytest.raises(BadInput, match=r"rows.csv:52: column 'age' must be a number, not 'old'(.|\n)*--ignore"):
        understand(table, LABELS, {})


def test_the_same_column_taken_as_text_is_no_fault(read):
    table = table_of(read, {"age": [*AGE[:50], "old", *AGE[51:]]})
    assert understand(table, LABELS, {}, ("age",)).columns[0].kind == "category"


def test_columns_that_teach_nothing_are_left_out_with_their_reason(read):
    columns = {
        "age": AGE,
        "row_id": [str(place + 17) for place in range(90)],
        "email": [f"p{place}@example.org" for place in range(90)],
        "same": ["x"] * 90,
        "gone": [""] * 90,
        "leak": ["left" if label else "stayed" for label in LABELS],
        "leak_by_gap": [f"reason {place % 4}" if label else "" for place, label in enumerate(LABELS)],
    }
    found = understand(table_of(read, columns), LABELS, {})
    assert [column.name for column in found.columns] == ["age"]
    assert "number of each row" in found.left_out["row_id"]
    assert "number of each row" in found.left_out["email"]
    assert found.left_out["same"] == "is the same in every row"
    assert found.left_out["gone"] == "is empty"
    assert "same as the target" in found.left_out["leak"]
    assert "filled for one value" in found.left_out["leak_by_gap"]
    assert len(found.warnings) == 4


def test_numbers_that_all_differ_are_no_names_of_rows(read):
    found = understand(table_of(read, {"income": [f"{place * place + 0.5}" for place in range(90)]}), LABELS, {})
    assert [column.name for column in found.columns] == ["income"]


def test_nothing_left_to_learn_from_is_an_error_with_the_reasons(read):
    with pytest.raises(BadInput, match=r"no column is left.*same: is the same in every row"):
        understand(table_of(read, {"same": ["x"] * 90}), LABELS, {})


def test_half_numbers_are_taken_as_text_with_a_warning(read):
    found = understand(
        table_of(read, {"code": [str(place % 9) if place % 5 else "A" for place in range(90)]}), LABELS, {}
    )
    assert found.columns[0].kind == "category"
    assert "80% of its values are numbers" in found.warnings[0]


def test_categories_come_from_the_teaching_rows_and_rare_ones_share_a_number(read):
    values = ["a"] * 40 + ["b"] * 30 + ["c"] * 4 + ["d"] * 16
    table = table_of(read, {"kind": values, "age": AGE})
    columns = understand(table, LABELS, {}).columns
    filled = with_categories(columns, table, range(74))
    assert filled[0].categories == ("a", "b")
    assert filled[0].others
    assert filled[1] == columns[1]
