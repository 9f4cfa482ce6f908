"""JSONL: each line a page of its own."""

from __future__ import annotations

import pytest

from gonogo.domain import RecordFields
from gonogo.errors import MissionInvalid
from gonogo.retrieval.chunking import chunks_of
from gonogo.retrieval.jsonl import parse_jsonl

FIELDS = RecordFields(text="body", title="name", metadata=("team", "tags"))


def test_named_fields_become_text_title_date_and_metadata() -> None:
    text = '\n{"body": "One.\\n\\nTwo.", "name": "Plans", "date": "2026-01-31", "team": 7, "tags": ["a"], "other": 1}\n'
    (document,) = parse_jsonl(text, "x.jsonl", FIELDS)
    (chunk,) = chunks_of(document, 100)
    assert (chunk.text, chunk.title, chunk.date, chunk.line) == ("One.\n\nTwo.", "Plans", "2026-01-31", 2)
    assert chunk.metadata == {"team": 7, "tags": ["a"]}


def test_equal_texts_of_two_teams_stay_two_chunks() -> None:
    text = '{"body": "Same.", "team": 1}\n{"body": "Same.", "team": 2}\n'
    chunks = [chunk for page in parse_jsonl(text, "x.jsonl", FIELDS) for chunk in chunks_of(page, 100)]
    assert len({chunk.id for chunk in chunks}) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[1]", "is no JSON object"),
        ('{"text": "x"}', "has no field 'body' with the text; it has text"),
        ('{"body": 1}', "field 'body' is no text"),
        ('{"body": "x", "date": "31.1.2026"}', "is not an ISO date"),
        ('{"body": "x", "team": {"a": 1}}', "field 'team' is metadata and no plain value"),
        ('{"body": "x", "team": NaN}', "holds NaN"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_faults_name_their_line(line: str, said: str) -> None:
    with pytest.raises(MissionInvalid) as caught:
        parse_jsonl('{"body": "fine"}\n' + line, "x.jsonl", FIELDS)
    (problem,) = caught.value.problems
    assert (problem.line, said in problem.message) == (2, True), problem


def test_of_many_faulty_lines_ten_are_named() -> None:
    with pytest.raises(MissionInvalid) as caught:
        parse_jsonl("{\n" * 25, "x.jsonl", FIELDS)
    assert [problem.message for problem in caught.value.problems[10:]] == ["and 15 more lines like these"]
