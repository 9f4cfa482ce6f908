"""CSV: rows below their header."""

from __future__ import annotations

import pytest

from gonogo.domain import RecordFields
from gonogo.errors import MissionInvalid
from gonogo.retrieval.chunking import chunks_of
from gonogo.retrieval.delimited import parse_csv

PLAIN = RecordFields()


def test_each_chunk_repeats_the_column_names_and_tells_its_row_and_line() -> None:
    text = 'plan,price\n"Annual,\nold",9\n' + "".join(f"plan {n},{n}\n" for n in range(2, 40))
    (document,) = parse_csv(text, "prices.csv", PLAIN)
    chunks = list(chunks_of(document, 40))
    assert len(chunks) > 2
    assert all(chunk.text.startswith("| plan | price |\n| --- | --- |\n") for chunk in chunks)
    assert (chunks[0].line, chunks[0].metadata) == (2, {"row": 1})
    first_row = int(chunks[1].text.splitlines()[2].split("|")[2])
    assert (chunks[1].metadata["row"], chunks[1].line) == (first_row, first_row + 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    (document,) = parse_csv(f'"a,b;c"{delimiter}d\n1{delimiter}2\n', "x.csv", PLAIN)
    (chunk,) = chunks_of(document, 100)
    assert chunk.text == "| a,b;c | d |\n| --- | --- |\n| 1 | 2 |"


def test_rows_of_other_metadata_never_share_a_chunk() -> None:
    documents = parse_csv("team,text\na,same\nb,same\nb,more\n", "x.csv", RecordFields(metadata=("team",)))
    chunks = [chunk for document in documents for chunk in chunks_of(document, 100)]
    assert [chunk.metadata for chunk in chunks] == [{"team": "a", "row": 1}, {"team": "b", "row": 2}]
    assert len({chunk.id for chunk in chunks}) == 2


@pytest.mark.parametrize(
    ("text", "fields", "line", "said"),
    [
        ("a,b\n1,2,3\n", PLAIN, 2, "row 1 has 3 cells under 2 columns"),
        ("a,,b\n1,2,3\n", PLAIN, 1, "column 2 has no name"),
        ("a,a\n1,2\n", PLAIN, 1, "column 2 is named 'a' like an earlier one"),
        ('a,b\n1,2\n1,"2\n3,4\n', PLAIN, 3, "is not CSV from here on"),
        ("a,b\n1,2\n", RecordFields(metadata=("team",)), 1, "has no column 'team'"),
    ],
)
def test_faults_name_their_line(text: str, fields: RecordFields, line: int, said: str) -> None:
    with pytest.raises(MissionInvalid) as caught:
        parse_csv(text, "x.csv", fields)
    (problem,) = caught.value.problems
    assert (problem.line, said in problem.message) == (line, True)


def test_of_many_wide_rows_ten_are_named() -> None:
    with pytest.raises(MissionInvalid) as caught:
        parse_csv("a\n" + "1,2\n" * 30, "x.csv", PLAIN)
    assert len(caught.value.problems) == 11
    assert "and 20 more rows" in caught.value.problems[-1].message


def test_empty_columns_at_the_right_and_short_rows_are_fine() -> None:
    (document,) = parse_csv("a,b,,\n1\n2,3,,\n", "x.csv", PLAIN)
    (chunk,) = chunks_of(document, 100)
    assert chunk.text.splitlines()[2:] == ["| 1 |  |", "| 2 | 3 |"]
