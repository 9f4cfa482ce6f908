"""score: answers made elsewhere."""

from __future__ import annotations

import json

ROW = {"question": "How long?", "answer": "Return it within 30 days.", "context": "Return it within 30 days."}


def write(shell, *rows: object) -> None:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    (shell.folder / "rows.jsonl").write_text(text)


def test_each_row_gets_every_metric_and_why(shell):
    write(shell, ROW, {**ROW, "answer": "Return it within 14 days."})
    lines = shell.fine("score", "rows.jsonl").out.splitlines()
    assert lines[0].split() == ["FAITHFULNESS", "RELEVANCE", "TOXICITY", "ANSWER", "WHY"]
    assert lines[1].startswith("1.00 ")
    assert lines[2].startswith("0.00 ")
    assert "14" in lines[2].split("days.", 1)[1]


def test_as_json_every_field_of_a_row_is_kept(shell):
    write(shell, {**ROW, "id": 7})
    [row] = shell.fine("score", "rows.jsonl", "--json").json
    assert row["id"] == 7
    assert {score["metric"] for score in row["scores"]} == {"faithfulness", "relevance", "toxicity"}


def test_every_unusable_line_is_named(shell):
    write(shell, "{", {"question": "x"}, "[1]")
    said = shell("score", "rows.jsonl")
    assert said.code == 65
    assert "3 lines cannot be scored" in said.err
    assert "rows.jsonl:1: is not JSON" in said.err
    assert "rows.jsonl:2: answer and context are missing" in said.err
    assert "rows.jsonl:3: is not an object" in said.err


def test_an_empty_file_shows_what_a_row_is(shell):
    write(shell, "")
    assert '"question"' in shell.fine("score", "rows.jsonl").out


def test_a_file_that_is_not_there_is_bad_input(shell):
    said = shell("score", "rows.jsonl")
    assert said.code == 65
    assert "rows.jsonl" in said.err


def test_a_long_listing_is_cut_and_says_so(shell):
    write(shell, *[ROW] * 60)
    assert "... and 10 more (--json prints all)" in shell.fine("score", "rows.jsonl").out
