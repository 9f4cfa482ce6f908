"""import: what other tools wrote is a Mission that validates and can be proven."""

from __future__ import annotations

import pytest

PROMPTFOO = """
description: Shop
providers: [openai:gpt-4o-mini]
prompts: ["You answer for {{shop}}. {{question}}"]
tests:
  - {description: returns, vars: {question: How long?, shop: Us}, assert: [{type: icontains, value: do not know}]}
  - {description: wrong, vars: {question: Who?, shop: Us}, assert: [{type: equals, value: Bob}]}
  - {vars: {question: Where?, shop: Us}, assert: [{type: javascript, value: "true"}]}
"""
LANGFUSE = '{"id": "a", "input": {"question": "How?"}, "expectedOutput": "I do not know"}\n'
OPENAI = """{"object": "eval", "name": "Triage", "testing_criteria": [{"type": "string_check", "name": "Same",
 "operation": "ilike", "input": "{{ sample.output_text }}", "reference": "{{ item.label }}"}],
 "runs": [{"data_source": {"type": "completions", "model": "gpt-4.1-2025-04-14", "source": {"type": "file_content",
 "content": [{"item": {"id": "a", "ticket": "My monitor", "label": "not know"}}]}, "input_messages":
 {"type": "template", "template": [{"role": "developer", "content": "Sort."},
 {"role": "user", "content": "{{item.ticket}}"}]}}}]}"""
LANGSMITH = '{"id": "a", "inputs": {"question": "How?"}, "outputs": {"answer": "I do not know"}}\n'
LITELLM = "model_list:\n- {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: os.environ/KEY}}\n"
SAMPLES = {
    "promptfoo": ("promptfooconfig.yaml", PROMPTFOO, ()),
    "openai-evals": ("eval.json", OPENAI, ()),
    "langfuse": ("set.jsonl", LANGFUSE, ()),
    "langsmith": ("examples.jsonl", LANGSMITH, ()),
    "litellm": ("config.yaml", LITELLM, ()),
    "table": ("t.csv", "q,a\nHow?,do not know\n", ("--question", "q", "--expected", "a")),
}
PASSED = {"promptfoo": 0.5, "openai-evals": 1.0, "langfuse": 1.0, "langsmith": 1.0, "litellm": 1.0, "table": 1.0}
"""The share of each sample's tasks that passes where a model says: I do not know."""


@pytest.fixture
def sample(shell):
    """Writes the sample of a format, and gives the words that import it."""

    def write(format: str) -> tuple[str, ...]:
        name, text, more = SAMPLES[format]
        (shell.folder / name).write_text(text)
        return "import", format, name, "--into", "out", *more

    return write


@pytest.mark.parametrize("format", SAMPLES)
def test_a_sample_of_each_format_validates_and_is_evaluated(shell, sample, format, model_server):
    model_server.free = 100
    said = shell.fine(*sample(format))
    assert "The folder can be built." in said.out
    shell.fine("validate", "out")
    imported = (shell.folder / "out/settings.imported.toml").read_text() if format == "litellm" else ""
    imported = imported.replace("https://api.openai.com/v1", model_server.url)
    shell.settings(f'{imported}\n[providers.openai]\nbase_url = "{model_server.url}"\n')
    if format == "litellm":  # it has models and no golden tasks yet
        (shell.folder / "out/golden.yaml").write_text("- {id: a, question: How?, expect: [{contains: do not know}]}\n")
        shell.edit("out/mission.yaml", "gate:", "golden: golden.yaml\ngate:")
    mission = shell.folder / "out/mission.yaml"
    mission.write_text(mission.read_text().replace("provider: builtin", "provider: openai"))
    verdict = shell("evaluate", "out", "--json")
    assert verdict.code in (0, 3), verdict
    assert verdict.json["comparisons"][0]["candidate"] == PASSED[format]


def test_what_cannot_be_carried_is_said_in_lines_as_json_and_in_the_report(shell, sample):
    words = sample("promptfoo")
    told = shell.fine(*words, "--dry-run", "--json").json
    assert not (shell.folder / "out").exists()
    (left,) = told["not_carried"]
    assert left | {"why": "", "instead": ""} == {
        "file": "promptfooconfig.yaml", "line": 8, "lines": [8], "places": 1, "key": "assert.javascript",
        "why": "", "instead": "",
    }  # fmt: skip
    assert "promptfooconfig.yaml:8: assert.javascript" in " ".join(shell.fine(*words).out.split())
    assert "promptfooconfig.yaml:8" in (shell.folder / "out/IMPORT.md").read_text()


def test_a_second_import_into_the_same_folder_writes_over_nothing(shell, sample):
    words = sample("table")
    shell.fine(*words)
    before = {path: path.read_text() for path in (shell.folder / "out").rglob("*.*")}
    said = shell(*words)
    assert said.code == 65
    assert "golden/t.yaml exists already" in said.err
    assert before == {path: path.read_text() for path in (shell.folder / "out").rglob("*.*")}


def test_a_mission_that_is_broken_already_is_told_with_its_problems(shell, sample):
    words = sample("table")
    shell.fine(*words)
    (shell.folder / "out/golden/t.yaml").rename(shell.folder / "out/golden/before.yaml")
    shell.edit("out/mission.yaml", "gate:", "gaet:")
    said = shell(*words)
    assert said.code == 65
    assert "did you mean" in said.err
    assert "1 problem: the folder cannot be built" in said.out


def test_nonsense_is_bad_input_and_writes_nothing(shell):
    (shell.folder / "t.csv").write_bytes(b"\xff\xfe\x00")
    said = shell("import", "table", "t.csv", "--question", "q", "--into", "out")
    assert said.code == 65
    assert "t.csv:1: is not UTF-8" in said.err
    assert not (shell.folder / "out").exists()


def test_it_is_local_and_says_so(shell, sample):
    said = shell("--server", "http://127.0.0.1:9", *sample("table"))
    assert said.code == 65
    assert "`gonogo import` cannot be done on a server, as it reads files" in said.err


JUDGED = """
providers: [openai:gpt-4o-mini]
prompts: ["{{question}}"]
tests:
  - {description: kind, vars: {question: How?}, assert: [{type: llm-rubric, value: Is kind.}]}
  - {description: short, vars: {question: Why?}, assert: [{type: icontains, value: x}]}
"""


@pytest.mark.parametrize("judged", [True, False])
def test_a_mission_that_is_there_gets_tasks_for_the_judges_it_has(support, judged):
    if judged:
        judge = "judges:\n  tone: {kind: llm-rubric, provider: openai, model: gpt-4o-2024-08-06}\ngolden:"
        support.edit("support/mission.yaml", "golden:", judge)
    before = (support.folder / "support/mission.yaml").read_text()
    (support.folder / "promptfooconfig.yaml").write_text(JUDGED)
    told = support.fine("import", "promptfoo", "promptfooconfig.yaml", "--into", "support", "--json").json
    assert [name.partition("/")[0] for name in told["files"]] == ["IMPORT.md", "golden"]
    assert any("prompt and models of its own" in note for note in told["notes"])
    assert [entry["key"] for entry in told["not_carried"]] == ([] if judged else ["assert.llm-rubric"])
    assert told["drafts"] == (0 if judged else 1)
    assert (support.folder / "support/mission.yaml").read_text() == before
    support.fine("validate", "support")
