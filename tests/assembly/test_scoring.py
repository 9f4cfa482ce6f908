"""Rows of answers made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.assembly.scoring import MOST_NAMED, answer_over, read_rows
from gonogo.errors import BadInput, NotFound

ROW = {"question": "How long?", "answer": "30 days.", "context": ["It takes 30 days.", "Not longer."]}


def rows_of(tmp_path: Path, *lines: object):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return read_rows(path)


def test_a_row_becomes_an_answer_over_its_documents_in_order(tmp_path):
    [(row, answer)] = rows_of(tmp_path, {**ROW, "id": 3})
    assert row["id"] == 3
    assert (answer.question, answer.text) == ("How long?", "30 days.")
    assert [hit.chunk.text for hit in answer.chunks] == ROW["context"]
    assert [hit.rank for hit in answer.chunks] == [1, 2]


def test_one_text_may_stand_alone_as_context(tmp_path):
    [(_, answer)] = rows_of(tmp_path, {**ROW, "context": "It takes 30 days."})
    assert len(answer.chunks) == 1


def test_no_documents_are_no_chunks_and_no_fault(tmp_path):
    [(_, answer)] = rows_of(tmp_path, {**ROW, "context": []})
    assert answer.chunks == ()


def test_empty_lines_are_passed_over(tmp_path):
    assert len(rows_of(tmp_path, "", ROW, "  ", ROW)) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "1: is not JSON"),
        ("[]", "1: is not an object"),
        ({"answer": "x", "context": "y"}, "1: question is missing"),
        ({"question": "x"}, "1: answer and context are missing"),
        ({**ROW, "answer": 3}, "1: question and answer must be texts"),
        ({**ROW, "context": 3}, "1: context must be a text or a list of texts"),
        ({**ROW, "context": ["x", None]}, "1: context must be a text or a list of texts"),
        ('"\\ud800"', "1: is not"),
    ],
)
def test_a_line_that_cannot_be_scored_says_why_and_what_one_looks_like(line, said, tmp_path):
    with pytest.raises(BadInput) as refused:
        rows_of(tmp_path, line)
    assert said in str(refused.value)
    assert '"question": "..."' in str(refused.value)


def test_bytes_that_are_no_text_are_named_by_line(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json.dumps(ROW).encode() + b'\n{"question": "\xff"}\n')
    with pytest.raises(BadInput, match=r"rows\.jsonl:2: "):
        read_rows(path)


def test_a_file_full_of_faults_names_some_and_counts_the_rest(tmp_path):
    with pytest.raises(BadInput) as refused:
        rows_of(tmp_path, *["{"] * (MOST_NAMED + 5))
    assert f"{MOST_NAMED + 5} lines cannot be scored" in str(refused.value)
    assert "and 5 more" in str(refused.value)


@pytest.mark.parametrize("name", ["nowhere.jsonl", "."])
def test_a_file_that_cannot_be_read_is_named(name, tmp_path):
    with pytest.raises(NotFound, match="cannot read"):
        read_rows(tmp_path / name)


@settings(max_examples=40)
@given(st.text(max_size=40), st.text(max_size=40), st.lists(st.text(max_size=20), max_size=4))
def test_any_texts_make_an_answer(question, answer, documents):
    made = answer_over(question, answer, documents)
    assert [hit.chunk.text for hit in made.chunks] == documents
