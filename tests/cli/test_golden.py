"""golden draft."""

from __future__ import annotations

import yaml

from gonogo.cli.golden import tasks_as_yaml
from gonogo.domain import Assertion, GoldenTask


def test_drafts_are_a_golden_file_that_validates_and_decides_nothing(support):
    said = support.fine("golden", "draft", "support", "--out", "support/golden/drafts.yaml")
    assert "Read each one" in said.out
    assert support.fine("evaluate", "support").err.startswith("support@1: 6 golden tasks and ")


def test_drafts_go_to_standard_output_where_no_file_is_named(support):
    drafts = yaml.safe_load(support.fine("golden", "draft", "support", "--limit", "2").out)
    assert len(drafts) == 2
    assert all(task["draft"] is True for task in drafts)


def test_as_json_they_are_a_list(support):
    assert support.fine("golden", "draft", "support", "--limit", "1", "--json").json[0]["draft"] is True


def test_a_file_is_never_written_over(support):
    (support.folder / "mine.yaml").write_text("mine")
    said = support("golden", "draft", "support", "--out", "mine.yaml")
    assert said.code == 65
    assert (support.folder / "mine.yaml").read_text() == "mine"


def test_documents_without_a_fact_give_no_drafts_and_say_so(support):
    for page in (support.folder / "support/knowledge").iterdir():
        page.write_text("hello there.\n")
    said = support("golden", "draft", "support")
    assert said.code == 65
    assert "no sentence" in said.err


def test_a_task_is_written_as_it_is_read(support):
    task = GoldenTask(
        id="a",
        question="Who?",
        expect=(Assertion(kind="contains", value="x"), Assertion(kind="contains", value="y", negate=True)),
        tags=("t",),
        turns=({"role": "user", "content": "before"},),
    )
    written = yaml.safe_load(tasks_as_yaml([task]))
    assert written == [
        {
            "id": "a",
            "question": "Who?",
            "tags": ["t"],
            "expect": [{"contains": "x"}, {"not-contains": "y"}],
            "turns": [{"role": "user", "content": "before"}],
        }
    ]
