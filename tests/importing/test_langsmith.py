"""Exports of LangSmith: rows become golden tasks, serialised prompts become the Mission's."""

from __future__ import annotations

import json

import pytest

from gonogo.errors import BadInput
from gonogo.importing import Columns

HUMAN = {"type": "human", "data": {"content": "And 3+3?"}}
ROWS = [
    {"id": "e1", "inputs": {"question": "What is 2+2?"}, "outputs": {"answer": "4", "steps": "2, then 2"},
     "metadata": {"dataset_split": ["base", "hard"]}, "attachments_urls": {"a": "x"}},
    {"id": "e2", "inputs": {"messages": [{"type": "ai", "content": "Hi."}, HUMAN]},
     "outputs": {"generations": [[{"text": "6", "message": {}}]]}},
    {"id": "e3", "inputs": {"input": "Who?"}, "outputs": {"output": {"role": "assistant", "content": "Bob"}}},
    {"id": "e4", "inputs": {"question": "As JSON?"}, "outputs": {"a": 1, "b": 2}},
]  # fmt: skip


def lc(name, **kwargs):
    return {"lc": 1, "type": "constructor", "id": ["langchain", "x", name], "kwargs": kwargs}


def template(role, text, **more):
    return lc(f"{role}MessagePromptTemplate", prompt=lc("PromptTemplate", template=text, **more))


CHAT = lc(
    "ChatPromptTemplate",
    messages=[
        template("System", "You answer for {company}. Reply as {{json}}."),
        lc("MessagesPlaceholder", variable_name="history"),
        template("Human", "Q: {question}"),
    ],
)
MODEL = lc("ChatOpenAI", model_name="gpt-4o-2024-08-06", temperature=0.2, top_k=5,
           openai_api_key={"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]})  # fmt: skip


def reasons(carried):
    return {left.key: left.why for left in carried.left}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_rows_become_golden_tasks(bring, put):
    carried = bring("langsmith", put("set.jsonl", lines(ROWS)))
    first, second, third, fourth = carried.tasks
    assert first == {
        "id": "e1",
        "question": "What is 2+2?",
        "reference": "4",
        "expect": [{"contains": "4"}],
        "tags": ["dataset_split=base", "dataset_split=hard"],
    }
    assert (second["question"], second["reference"]) == ("And 3+3?", "6")
    assert second["turns"] == [{"role": "assistant", "content": "Hi."}]
    assert third["reference"] == "Bob"
    assert fourth["expect"] == [{"equals": {"a": 1, "b": 2}}]
    assert {"output.steps", "attachments_urls"} == set(reasons(carried))
    assert "no evaluators" in carried.notes[-1]


@pytest.mark.parametrize("header", ["inputs.question,outputs.answer", "input_question,output_answer"])
def test_columns_of_a_table_are_put_together(bring, put, header):
    carried = bring("langsmith", put("set.csv", f"id,{header},split\nr1,Why?,Because,train\n"))
    assert carried.tasks == [
        {
            "id": "r1",
            "question": "Why?",
            "reference": "Because",
            "expect": [{"contains": "Because"}],
            "tags": ["split=train"],
        }
    ]


def test_rows_for_fine_tuning_expect_their_last_message(bring, put):
    messages = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
    carried = bring("langsmith", put("set.jsonl", lines([{"messages": messages}])))
    assert carried.tasks == [{"id": "hi", "question": "Hi?", "reference": "Hello.", "expect": [{"contains": "Hello."}]}]


def test_another_place_of_question_and_expected_output_can_be_named(bring, put):
    rows = put("set.jsonl", lines([{"inputs": {"a": "One?", "b": "Two?"}, "outputs": {"x": "X", "y": "Y"}}]))
    carried = bring("langsmith", rows, columns=Columns(question="inputs.b", expected="outputs.y"), expected_as="equals")
    assert (carried.tasks[0]["question"], carried.tasks[0]["expect"]) == ("Two?", [{"equals": "Y"}])


@pytest.mark.parametrize(
    "wrapped", [CHAT, {"commit_hash": "1", "manifest": lc("RunnableSequence", first=CHAT, last=MODEL)}]
)
def test_a_prompt_becomes_the_missions(bring, put, wrapped):
    carried = bring("langsmith", put("prompt.json", json.dumps(wrapped)))
    assert carried.files["prompts/system.md"] == "You answer for {{ company }}. Reply as {json}.\n"
    assert carried.files["prompts/user.md"] == "Q: {{ question }}\n"
    assert carried.mission["prompt"]["variables"] == {"company": ""}
    assert "messages.history" in reasons(carried)
    model = next(iter(carried.mission["models"].values()))
    if wrapped is not CHAT:
        assert model == {"provider": "openai", "model": "gpt-4o-2024-08-06", "params": {"temperature": 0.2}}
        assert "ChatOpenAI.top_k" in reasons(carried)
    else:
        assert model["provider"] == "builtin"


def test_mustache_stays_as_it_is_written(bring, put):
    chat = lc("ChatPromptTemplate", messages=[template("Human", "Q: {{question}} {x}", template_format="mustache")])
    carried = bring("langsmith", put("prompt.json", json.dumps(chat)))
    assert carried.files["prompts/user.md"] == "Q: {{ question }} {x}\n"


def test_a_key_of_a_model_is_not_carried(bring, put):
    secret = "sk-" + "a1B2" * 8
    chain = lc("RunnableSequence", first=CHAT, last=lc("ChatOpenAI", model="gpt-4o", openai_api_key=secret))
    carried = bring("langsmith", put("prompt.json", json.dumps(chain)))
    assert secret not in str(carried)
    assert "openai_api_key" in reasons(carried)


def test_rows_without_inputs_are_refused(bring, put):
    with pytest.raises(BadInput, match=r"no row of set\.jsonl has an input"):
        bring("langsmith", put("set.jsonl", '{"run": 1}\n[1]\n'))
