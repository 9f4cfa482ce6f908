"""A table whose columns the caller names."""

from __future__ import annotations

import pytest

from gonogo.errors import BadInput
from gonogo.importing import Columns

TABLE = 'q,a,nr,area,extra\nHow long?,30 days,7,"returns, blender",x\nWho?,,8,,y\n'


def test_named_columns_become_tasks_and_the_others_are_listed(bring, put):
    carried = bring("table", put("t.csv", TABLE), columns=Columns(question="q", expected="a", id="nr", tags="area"))
    assert carried.tasks == [
        {"id": "7", "question": "How long?", "reference": "30 days", "expect": [{"contains": "30 days"}],
         "tags": ["returns", "blender"]},
        {"id": "8", "question": "Who?", "draft": True},
    ]  # fmt: skip
    assert [left.key for left in carried.left] == ["extra"]


@pytest.mark.parametrize(
    ("how", "expect"),
    [
        ("equals", [{"equals": "30 days"}]),
        ("similar", [{"similar": {"to": "30 days", "min": 0.7}}]),
        ("rouge-n", [{"rouge-n": {"to": "30 days", "min": 0.5}}]),
        ("reference", None),
    ],
)
def test_the_caller_says_what_an_expected_output_asks(bring, put, how, expect):
    columns = Columns(question="q", expected="a")
    task = bring("table", put("t.csv", TABLE), columns=columns, expected_as=how).tasks[0]
    assert task.get("expect") == expect
    assert task["reference"] == "30 days"


def test_a_long_expected_output_is_compared_by_likeness_and_that_is_told(bring, put):
    rows = put("t.jsonl", '{"q": "How?", "a": {"text": "' + "word " * 30 + '"}}\n')
    carried = bring("table", rows, columns=Columns(question="q", expected="a.text"))
    assert "similar" in carried.tasks[0]["expect"][0]
    assert "more than 80 characters" in carried.notes[0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (Columns(), r"--question must name a column of t.csv \(it has q, a, nr, area, extra\)"),
        (Columns(question="Q"), "no row of t.csv has 'Q'"),
        (Columns(question="q", expected="b"), "no row of t.csv has 'b'"),
    ],
)
def test_a_column_that_is_not_there_is_refused_with_those_that_are(bring, put, columns, said):
    with pytest.raises(BadInput, match=said):
        bring("table", put("t.csv", TABLE), columns=columns)


def test_what_is_no_list_of_rows_is_refused(bring, put):
    with pytest.raises(BadInput, match=r"t\.yaml is no table, but a mapping"):
        bring("table", put("t.yaml", "q: x\n"), columns=Columns(question="q"))


def test_rows_without_a_question_are_one_entry_with_their_lines(bring, put):
    rows = put("t.jsonl", '{"q": "Hi"}\n{"q": ""}\n{"q": null}\n[1]\n')
    carried = bring("table", rows, columns=Columns(question="q"))
    assert [task["question"] for task in carried.tasks] == ["Hi"]
    assert [(left.why, left.lines) for left in carried.left] == [("has no question", [2, 3]), ("is no mapping", [4])]
