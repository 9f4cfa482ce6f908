"""OpenAI Evals: a folder of what the API gave, rows alone, or the older registry become golden tasks."""

from __future__ import annotations

import json

import pytest

from gonogo.errors import BadInput
from gonogo.importing import Columns

ROWS = [
    {"item": {"ticket": "My monitor is black", "label": "Hardware", "why": "A monitor is a device."}},
    {"item": {"ticket": "Excel crashes", "label": "Software", "why": "Excel is a program."}},
]
TEMPLATE = {
    "type": "template",
    "template": [
        {"role": "developer", "content": "Sort the ticket."},
        {"type": "message", "role": "user", "content": {"type": "input_text", "text": "Ticket: {{ item.ticket }}"}},
    ],
}
ANSWER = "{{sample.output_text}}"
CHECK = {"type": "string_check", "name": "Same", "input": "{{ sample.output_text }}", "operation": "eq",
         "reference": "{{ item.label }}"}  # fmt: skip


def grader(type="text_similarity", **more):
    usual = {"type": type, "name": "One", "input": "{{sample.output_text}}", "reference": "{{item.why}}"}
    return {**usual, **more}


def definition(*graders, **more):
    return {"object": "eval", "id": "eval_1", "name": "Ticket triage", "data_source_config": {"type": "custom"},
            "testing_criteria": list(graders), **more}  # fmt: skip


def run(created_at=1, **more):
    source = {"type": "completions", "model": "gpt-4.1-2025-04-14", "source": {"type": "file_id", "id": "file-1"},
              "input_messages": TEMPLATE, "sampling_params": {"temperature": 0}, **more}  # fmt: skip
    return {"object": "eval.run", "id": f"run_{created_at}", "created_at": created_at, "data_source": source}


RUN = run()


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def folder(bring, put):
    """Imports a folder of these files; ``into`` writes it."""

    def carry(*graders, rows=ROWS, runs=(RUN,), into=None, **said):
        put("eval.json", json.dumps(definition(*graders), indent=1))
        if runs:
            put("runs.json", json.dumps({"object": "list", "data": list(runs)}))
        path = put("rows.jsonl", lines(rows)) if rows else put("eval.json", json.dumps(definition(*graders)))
        return bring("openai-evals", path.parent, into, **said)

    return carry


def reasons(carried):
    return {left.key: left.why for left in carried.left}


def test_the_newest_run_gives_prompt_and_model_and_rows_are_tasks(folder):
    carried = folder(CHECK, runs=(run(1, model="old"), run(2)))
    assert carried.mission["models"] == {
        "gpt-4-1-2025-04-14": {"provider": "openai", "model": "gpt-4.1-2025-04-14", "params": {"temperature": 0}}
    }
    assert carried.files["prompts/system.md"] == "Sort the ticket.\n"
    assert carried.files["prompts/user.md"] == "Ticket: {{ question }}\n"
    assert carried.tasks[0] == {
        "id": "my-monitor-is-black",
        "question": "My monitor is black",
        "reference": "Hardware",
        "expect": [{"equals": "Hardware"}],
    }
    assert "run_1" in reasons(carried)["data_source"]


@pytest.mark.parametrize(
    ("operation", "ours"),
    [
        ("ne", {"not-equals": "Hardware"}),
        ("like", {"contains": {"value": "Hardware", "case": True}}),
        ("ilike", {"icontains": "Hardware"}),
    ],
)
def test_a_string_check_becomes_ours(folder, operation, ours):
    carried = folder({**CHECK, "operation": operation})
    assert carried.tasks[0]["expect"] == [ours]


@pytest.mark.parametrize(
    ("metric", "ours"),
    [
        ("bleu", {"bleu": {"to": "A monitor is a device.", "min": 0.4}}),
        ("meteor", {"meteor": {"to": "A monitor is a device.", "min": 0.4}}),
        ("rouge_2", {"rouge-n": {"to": "A monitor is a device.", "n": 2, "min": 0.4}}),
        ("rouge_l", {"rouge-n": {"to": "A monitor is a device.", "n": "L", "min": 0.4}}),
        ("cosine", {"similar": {"to": "A monitor is a device.", "min": 0.4}}),
        ("fuzzy_match", {"levenshtein": {"to": "A monitor is a device.", "max": 13}}),
    ],
)
def test_a_likeness_becomes_ours(folder, metric, ours):
    carried = folder(grader(evaluation_metric=metric, pass_threshold=0.4))
    assert carried.tasks[0]["expect"] == [ours]
    assert carried.tasks[0]["reference"] == "A monitor is a device."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (grader(evaluation_metric="rouge_5"), "rouge_5 is not computed here"),
        (grader("string_check", operation="like", input="{{item.why}}", reference=ANSWER), "whole answer"),
        (grader("string_check", operation="eq", input="{{sample.output_json.label}}"), "whole answer"),
        (grader("string_check", operation="eq", input="x {{sample.output_text}}"), "whole answer"),
        (grader("string_check", operation="eq", reference="{{item.none}}"), "item.none has no value"),
        (grader("string_check", operation="matches"), "the operation 'matches' is not known"),
        (grader("label_model", model="m", labels=["a"]), "names no passing_labels"),
        (grader("endpoint"), "endpoint is not known"),
        (grader("score_model", model="m", input=[{"role": "user", "content": "{{item.why}}"}]), "judges the row"),
    ],
)  # fmt: skip
def test_a_grader_that_cannot_be_carried_is_named_and_its_tasks_are_drafts(folder, written, said):
    carried = folder(written)
    assert said in reasons(carried)["testing_criteria.One"]
    assert carried.left[0].file == "eval.json"
    assert carried.left[0].lines[0] > 1
    assert all(task["draft"] for task in carried.tasks)


def test_a_grader_that_scores_becomes_a_judge_with_its_scale_and_threshold(folder):
    said = [{"role": "system", "content": "Grade the tone."},
            {"role": "user", "content": "{{item.ticket}} - {{sample.output_text}}"}]  # fmt: skip
    scored = grader("score_model", model="gpt-4o-2024-08-06", range=[1, 7], pass_threshold=4, input=said)
    carried = folder(scored)
    assert carried.mission["judges"] == {
        "one-judge": {"kind": "llm-rubric", "provider": "openai", "model": "gpt-4o-2024-08-06", "scale": [1, 7]}
    }
    assert carried.tasks[0]["expect"] == [
        {
            "llm-rubric": {
                "value": "Grade the tone.\n\nMy monitor is black - [the answer that is judged]",
                "judge": "one-judge",
                "threshold": 0.5,
            }
        }
    ]


def test_a_score_in_fractions_becomes_pass_or_fail(folder):
    said = [{"role": "user", "content": "Rate {{item.ticket}}: {{sample.output_text}}"}]
    carried = folder(grader("score_model", model="m-1", pass_threshold=0.7, input=said))
    rubric = carried.tasks[0]["expect"][0]["llm-rubric"]["value"]
    assert rubric.endswith("The answer passes where its score, from 0 to 1, is at least 0.7.")
    assert "scale" not in carried.mission["judges"]["one-judge"]


def test_a_rubric_that_no_row_changes_stands_in_a_file_of_the_judge(folder):
    said = [{"role": "developer", "content": "Is it polite? {{sample.output_text}}"}]
    labelled = grader("label_model", model="m-1", labels=["yes", "no"], passing_labels=["yes"], input=said)
    carried = folder(labelled)
    assert carried.mission["judges"]["one-judge"]["rubric"] == "judges/one-judge.md"
    assert "labelled yes." in carried.files["judges/one-judge.md"]
    assert carried.tasks[0]["expect"] == [{"judge": "one-judge"}]


def test_python_is_kept_as_a_text_and_never_run(folder):
    carried = folder(CHECK, grader("python", source="def grade(sample, item):\n    return 1.0\n"))
    assert carried.files["graders/one.py.txt"].startswith("def grade(")
    assert "nothing of it was run" in reasons(carried)["testing_criteria.One"]
    secret = "sk-" + "a1B2" * 8
    carried = folder(CHECK, grader("python", source=f"KEY = '{secret}'"))
    assert secret not in str(carried)


@pytest.mark.parametrize(
    ("formula", "weights", "threshold"),
    [("0.75 * same + 0.25 * close", [0.75, 0.25], 0.6), ("(same + close) / 2", [0.5, 0.5], 0.6),
     ("max(same, close)", [1, 1], None)],
)  # fmt: skip
def test_a_weighted_sum_of_graders_becomes_weights_and_a_threshold(folder, formula, weights, threshold):
    inside = {"same": CHECK, "close": grader(evaluation_metric="bleu")}
    carried = folder(
        {"type": "multi", "name": "All", "graders": inside, "calculate_output": formula, "pass_threshold": 0.6}
    )
    task = carried.tasks[0]
    said = [next(iter(one.values())) for one in task["expect"]]
    assert [one.get("weight", 1) if isinstance(one, dict) else 1 for one in said] == weights
    assert task.get("threshold") == threshold
    assert ("testing_criteria.All.calculate_output" in reasons(carried)) == (threshold is None)


def test_rows_that_stand_in_a_run_or_its_results_are_found_once(folder, put):
    content = [{"item": row["item"]} for row in ROWS]
    put(
        "results.jsonl",
        lines([{"object": "eval.run.output_item", "datasource_item": row["item"], "sample": {}} for row in ROWS]),
    )
    carried = folder(CHECK, runs=(run(source={"type": "file_content", "content": content}),))
    assert len(carried.tasks) == 2
    assert any("stood more than once" in note for note in carried.notes)


@pytest.mark.parametrize(("pages", "told"), [((True, True), True), ((True, False), False), ((False,), False)])
def test_a_list_whose_last_page_is_missing_is_told(folder, put, pages, told):
    for number, more in enumerate(pages):
        item = {"object": "eval.run.output_item", "datasource_item": {"ticket": f"T{number}", "label": "x"}}
        put(f"items-{number}.json", json.dumps({"object": "list", "data": [item], "has_more": more}))
    assert ("has_more" in reasons(folder(CHECK))) == told


def test_rows_that_are_not_there_are_named_with_where_to_get_them(folder):
    carried = folder(CHECK, rows=())
    assert carried.tasks == []
    assert "file-1" in reasons(carried)["data_source.source"]


def test_messages_of_a_row_become_question_turns_and_prompt(folder):
    messages = [{"role": "system", "content": "Be {brief}."}, {"role": "user", "content": "A?"},
                {"role": "assistant", "content": "B."}, {"role": "user", "content": "C?"}]  # fmt: skip
    reference = {"type": "item_reference", "item_reference": "item.messages"}
    carried = folder(
        CHECK, rows=[{"item": {"messages": messages, "label": "x"}}], runs=(run(input_messages=reference),)
    )
    assert carried.tasks[0]["question"] == "C?"
    assert [turn["role"] for turn in carried.tasks[0]["turns"]] == ["user", "assistant"]
    assert carried.files["prompts/system.md"] == "Be {brief}.\n"


def test_without_a_template_the_question_is_what_no_grader_compares_with_or_what_is_named(folder):
    no_template = {"type": "jsonl", "source": {"type": "file_id", "id": "f"}}
    rows = [{"item": {"ticket": "T?", "label": "x"}, "sample": {"output_text": "y"}}]
    quiet = {**run(), "data_source": no_template}
    assert folder(CHECK, rows=rows, runs=(quiet,)).tasks[0]["question"] == "T?"
    assert (
        folder(CHECK, runs=(quiet,), columns=Columns(question="ticket")).tasks[0]["question"] == "My monitor is black"
    )
    with pytest.raises(BadInput, match="no row of source has a question"):
        folder(CHECK, runs=(quiet,))


def test_several_evals_in_one_folder_are_refused_by_name(folder, put):
    put("other.json", json.dumps(definition(CHECK) | {"id": "eval_2", "name": "Other"}))
    with pytest.raises(BadInput, match="holds 2 evals"):
        folder(CHECK)


def test_rows_alone_are_a_data_set(bring, put):
    path = put(
        "rows.jsonl", lines([{"item": {"question": "Q?", "answer": "A"}}, {"input": "Hi?", "ideal": ["a", "b"]}])
    )
    first, second = bring("openai-evals", path).tasks
    assert (first["question"], second["question"]) == ("Q?", "Hi?")
    assert second["expect"] == [{"contains-any": ["a", "b"]}]


SPEC = """
sums: {id: sums.v0, metrics: [accuracy]}
sums.v0:
  class: evals.elsuite.basic.CLASS
  args: {samples_jsonl: sums/samples.jsonl}
"""
SAMPLES = [
    {"input": [{"role": "system", "content": "Only {{n}}."}, {"role": "user", "content": "2+2="}], "ideal": "4"},
    {
        "input": [{"role": "system", "content": "Only {{n}}."}, {"role": "user", "content": "9+1="}],
        "ideal": ["10", "ten"],
    },
]


@pytest.fixture
def registry(bring, put):
    """Imports a spec of this class from a registry."""

    def carry(name, samples=SAMPLES, spec="", key="modelgraded_spec", **files):
        text = SPEC.replace("CLASS", name)
        graded = f"samples.jsonl, {key}: {spec}}}" if spec else "samples.jsonl}"
        path = put("evals/sums.yaml", text.replace("samples.jsonl}", graded))
        put("data/sums/samples.jsonl", lines(samples))
        for file, text in files.items():
            put(f"modelgraded/{file}.yaml", text)
        return bring("openai-evals", path)

    return carry


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("match:Match", [{"starts-with": {"value": "4", "case": True}}, {"regex": r"\A\s*(?:10|ten)"}]),
        ("includes:Includes", [{"contains": {"value": "4", "case": True}},
                               {"contains-any": {"value": ["10", "ten"], "case": True}}]),
        ("fuzzy_match:FuzzyMatch", [{"contains": "4"}, {"contains-any": ["10", "ten"]}]),
    ],
)  # fmt: skip
def test_a_class_of_the_registry_becomes_an_assertion(registry, name, ours):
    carried = registry(name)
    assert [task["expect"][0] for task in carried.tasks] == ours
    assert carried.files["prompts/system.md"] == "Only {{ n }}.\n"
    assert carried.mission["prompt"]["variables"] == {"n": "{{ n }}"}


def test_json_is_compared_as_json(registry):
    carried = registry("json_match:JsonMatch", [{"input": "Q", "ideal": '{"a": 1}'}, {"input": "R", "ideal": "no"}])
    assert carried.tasks[0]["expect"] == [{"equals": {"a": 1}}]
    assert "expects no JSON" in reasons(carried)["sums.v0"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("mine:\n  prompt: 'Rate {completion} of {input} by {ideal}.'\n  choice_scores: {Y: 1.0, N: 0.0}\n", None),
        ("mine:\n  prompt: x\n  choice_strings: YN\n", "does not say which of its choices are good"),
        (None, "the spec mine is not here"),
    ],
)
def test_a_spec_that_grades_becomes_a_rubric_where_it_says_what_is_good(registry, spec, said):
    carried = registry("x:ModelBasedClassify", spec="mine", **({"mine": spec} if spec else {}))
    if said is None:
        rubric = carried.tasks[0]["expect"][0]["llm-rubric"]
        assert rubric.startswith("Rate [the answer that is judged] of [the question] by 4.")
        assert rubric.endswith("passes where the choice is Y.")
    else:
        assert said in reasons(carried)["sums.v0.modelgraded_spec"]
        assert all(task["draft"] for task in carried.tasks)


def test_the_older_name_of_a_spec_is_read_too(registry):
    samples = [{"input": "Q?", "ideal": "A", "criteria": "Is it kind?"}]
    carried = registry("x:ModelBasedClassify", samples, spec="closedqa")
    assert carried.tasks[0]["expect"] == [{"llm-rubric": "Is it kind?"}]
    older = registry("x.ModelBasedClassify", samples, spec="closedqa", key="modelgraded_spec_file")
    assert older.tasks == carried.tasks


def test_samples_that_are_not_there_are_named(bring, put):
    for name in ("none.jsonl", "x" * 300, "../../secret.jsonl", "https://host/x.jsonl"):
        path = put("evals/sums.yaml", SPEC.replace("CLASS", "m:Match").replace("sums/samples.jsonl", name))
        with pytest.raises(BadInput, match=r"sums\.yaml|x{100}|jsonl"):
            bring("openai-evals", path)


def test_fact_asks_a_judge_that_counts_claims(registry):
    carried = registry("x:ModelBasedClassify", spec="fact")
    assert carried.tasks[0]["expect"] == ["factual-correctness"]
    assert carried.tasks[0]["reference"] == "4"


def test_a_class_of_its_own_is_named(registry):
    with pytest.raises(BadInput, match="Own is a class of its own, and code of a source is not run"):
        registry("own:Own")
