"""Exports of Langfuse: rows of a data set become golden tasks, a prompt becomes the Mission's."""

from __future__ import annotations

import json

import pytest

from gonogo.errors import BadInput

ROWS = [
    {"id": "a1", "input": {"question": "Capital of France?", "style": "short"}, "expectedOutput": "Paris",
     "metadata": {"topic": "geo", "long": "x" * 99}, "status": "ACTIVE"},
    {"id": "a2", "input": {"messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Hi"},
                                        {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "2+2?"}]},
     "expectedOutput": {"answer": "4"}},
    {"id": "a3", "input": "Open?", "expectedOutput": None, "status": "ACTIVE"},
    {"id": "a4", "input": "Old", "expectedOutput": "x", "status": "ARCHIVED"},
]  # fmt: skip
PROMPT = {
    "name": "support",
    "type": "chat",
    "prompt": [
        {"role": "system", "content": "You answer for {{company}}."},
        {"type": "placeholder", "name": "history"},
        {"role": "user", "content": "Q: {{query}}"},
    ],
    "config": {"model": "gpt-4o-2024-08-06", "temperature": 0.3, "tools": []},
}


def keys(carried):
    return {left.key for left in carried.left}


@pytest.mark.parametrize("form", ["json", "jsonl", "page"])
def test_rows_become_golden_tasks(bring, put, form):
    lines = "\n".join(json.dumps(row) for row in ROWS)
    text = {"json": json.dumps(ROWS, indent=1), "jsonl": lines, "page": json.dumps({"data": ROWS, "meta": {}})}[form]
    carried = bring("langfuse", put(f"set.{'jsonl' if form == 'jsonl' else 'json'}", text))
    first, second, third = carried.tasks
    assert first == {
        "id": "a1",
        "question": "Capital of France?",
        "reference": "Paris",
        "expect": [{"contains": "Paris"}],
        "tags": ["topic=geo"],
    }
    assert (second["question"], second["reference"]) == ("2+2?", "4")
    assert [turn["role"] for turn in second["turns"]] == ["system", "user", "assistant"]
    assert carried.more["requests"] == {"system": "replace"}
    assert third == {"id": "a3", "question": "Open?", "draft": True}
    assert keys(carried) == {"input.style", "metadata.long", "status"}


def test_a_table_is_read_by_its_columns(bring, put):
    carried = bring(
        "langfuse",
        put("set.csv", 'id,input,expected_output,metadata\nr1,"{""question"": ""Why?""}",Because,"{""a"": 1}"\n'),
    )
    assert carried.tasks == [
        {"id": "r1", "question": "Why?", "reference": "Because", "expect": [{"contains": "Because"}], "tags": ["a=1"]}
    ]


def test_a_prompt_becomes_the_prompt(bring, put):
    carried = bring("langfuse", put("prompt.json", json.dumps(PROMPT)))
    assert carried.files["prompts/system.md"] == "You answer for {{ company }}.\n"
    assert carried.files["prompts/user.md"] == "Q: {{ question }}\n"
    assert carried.mission["models"] == {
        "gpt-4o-2024-08-06": {"provider": "openai", "model": "gpt-4o-2024-08-06", "params": {"temperature": 0.3}}
    }
    assert carried.mission["prompt"]["variables"] == {"company": ""}
    assert keys(carried) == {"prompt.history", "prompt.{{company}}", "config.tools"}


def test_of_several_versions_the_one_in_production_is_carried(bring, put):
    versions = [
        {**PROMPT, "version": 1, "prompt": "One.", "type": "text", "labels": ["production"]},
        {**PROMPT, "version": 2, "prompt": "Two.", "type": "text", "labels": ["latest"]},
    ]
    carried = bring("langfuse", put("prompts.json", json.dumps(versions)))
    assert carried.files["prompts/system.md"] == "One.\n"
    assert any("version 2" in left.why for left in carried.left)


def test_rows_whose_input_is_called_prompt_are_no_prompts(bring, put):
    carried = bring("langfuse", put("set.jsonl", '{"prompt": "Why?", "expectedOutput": "So"}\n'))
    assert carried.tasks[0]["question"] == "Why?"


def test_prompts_do_not_go_into_a_mission_that_has_one(bring, put, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/mission.yaml").write_text("mission: mine\n")
    with pytest.raises(BadInput, match="has its own already"):
        bring("langfuse", put("prompt.json", json.dumps(PROMPT)), tmp_path / "mine")


def test_a_page_of_a_list_is_told(bring, put):
    page = {"data": ROWS[:1], "meta": {"page": 2, "totalPages": 3}}
    carried = bring("langfuse", put("set.json", json.dumps(page)))
    assert "This is page 2 of 3 of a list: import the others too." in carried.notes


def test_ids_that_are_used_twice_are_told_apart_and_named(bring, put):
    rows = [{"id": "a", "input": "One?"}, {"id": "a", "input": "Two?"}]
    carried = bring("langfuse", put("set.json", json.dumps(rows, indent=1)))
    assert [task["id"] for task in carried.tasks] == ["a", "a-2"]
    assert [(left.key, left.why) for left in carried.left] == [("id", "was used before in this source")]


def test_rows_without_an_input_are_refused_with_the_option_that_names_it(bring, put):
    with pytest.raises(BadInput, match="--question PATH"):
        bring("langfuse", put("set.json", '[{"id": "a"}, {"id": "b", "input": "  "}]'))
