"""CSV files: every fault is named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.errors import BadInput
from gonogo.training.tabular.table import read_table


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(write, delimiter):
    table = read_table(write(delimiter.join("abc") + "\n" + delimiter.join("123") + "\n"))
    assert (table.header, table.rows, table.delimiter) == (("a", "b", "c"), [["1", "2", "3"]], delimiter)


def test_decimal_commas_do_not_hide_a_semicolon(write):
    assert read_table(write("a;b\n1,5;2,5\n3,5;4,5\n")).rows == [["1,5", "2,5"], ["3,5", "4,5"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_byte_order_marks_are_understood(tmp_path, encoding):
    path = tmp_path / "rows.csv"
    path.write_bytes("größe,ort\n1,Köln\n".encode(encoding))
    table = read_table(path)
    assert table.header == ("größe", "ort")
    assert table.rows == [["1", "Köln"]]


def test_quoted_line_breaks_keep_the_count_of_lines(read):
    table = read('a,b\n"x\ny",1\n\nz,2\n')
    assert table.rows == [["x\ny", "1"], ["z", "2"]]
    assert table.lines == [2, 5]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b\n", "no rows"),
        ("a,b,a\n1,2,3\n", "rows.csv:1: the column name 'a' stands twice, as column 1 and 3"),
        ("a,b\n1,2\n3\n4,5,6\n", "rows.csv:3: 1 fields"),
        ('a,b\n1,"2\n', "rows.csv:2: this is no CSV"),
        ("a,b\n1,\x002\n", "zero bytes"),
        ("a,b\n1," + "x" * 120_000 + "\n", "rows.csv:2: a field has more than 100,000 characters"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(read, text, said):
    with pytest.raises(BadInput, match=said):
        read(text)


def test_only_the_first_faults_are_listed_and_the_rest_counted(read):
    with pytest.raises(BadInput, match="and 15 more"):
        read("a,b\n" + "1\n" * 20)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        read_table(tmp_path)


def test_an_unknown_column_names_the_nearest(read):
    with pytest.raises(BadInput, match="no column 'Churn'; did you mean 'churned'"):
        read("churned,b\n1,2\n").place("Churn")


def test_a_column_without_a_name_gets_one(read):
    table = read(",b\n0,2\n")
    assert table.header == ("unnamed_1", "b")
    assert "column 1 has no name" in table.notes[0]


def test_five_megabytes_of_one_character_are_refused_quickly(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a" * 5_000_000)
    with pytest.raises(BadInput):
        read_table(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(raw=st.one_of(st.binary(max_size=300), st.text(alphabet='a1,;"\n\t😀\r', max_size=80).map(str.encode)))
def test_any_bytes_are_a_table_or_bad_input(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(raw)
    try:
        table = read_table(path)
    except BadInput:
        return
    assert all(len(row) == len(table.header) for row in table.rows)
    assert len(table.lines) == len(table.rows) > 0
