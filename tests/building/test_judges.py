"""The section ``judges``, and what golden tasks and the gate ask of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gonogo.building import Toolbox, load_mission, validate
from gonogo.domain import gate_digest, part_digests
from gonogo.errors import MissionInvalid
from gonogo.features import Reader, StaticEmbedder
from gonogo.metrics import BuiltInAssertions

JUDGES = """\
judges:
  helpful: {kind: llm-rubric, model: large, rubric: prompts/helpful.md}
"""


@pytest.fixture(scope="module")
def assertions() -> BuiltInAssertions:
    return BuiltInAssertions(Reader(StaticEmbedder()))


@pytest.fixture
def toolbox(toolbox: Toolbox, assertions: BuiltInAssertions) -> Toolbox:
    """With the real assertions."""
    return replace(toolbox, assertions=assertions, judge_prompts=lambda kind: f"prompts of {kind}")


@pytest.fixture
def folder(folder: Any) -> Any:
    """A Mission with one judge, which the gate requires."""
    folder.write("prompts/helpful.md", "Says what to do next.\n")
    folder.edit("mission.yaml", "faithfulness: {min: 0.8}", "helpful: {min: 0.8}")
    folder.write("mission.yaml", (folder.path / "mission.yaml").read_text() + JUDGES)
    return folder


def problems(folder: Any, toolbox: Toolbox) -> list[str]:
    return [str(problem) for problem in validate(folder.path, toolbox).problems]


def warnings(folder: Any, toolbox: Toolbox) -> list[str]:
    return [str(problem) for problem in validate(folder.path, toolbox).warnings]


def test_a_judge_takes_its_model_from_models_and_its_rubric_from_a_file(folder, toolbox):
    judge = load_mission(folder.path, toolbox).mission.judges["helpful"]
    assert (judge.provider, judge.model, judge.rubric) == ("builtin", "extractive-large", "Says what to do next.")
    assert judge.prompts == "prompts of llm-rubric"


def test_a_judge_of_its_own_model_names_its_provider(folder, toolbox):
    folder.edit("mission.yaml", "model: large, rubric", "provider: builtin, model: x, params: {seed: 1}, rubric")
    judge = load_mission(folder.path, toolbox).mission.judges["helpful"]
    assert (judge.provider, judge.model, judge.params) == ("builtin", "x", {"seed": 1})


def test_judges_stand_in_the_gate_digest_and_change_no_behaviour(folder, toolbox):
    before = part_digests(load_mission(folder.path, toolbox).mission, None, {})
    folder.write("prompts/helpful.md", "Says what to do first.\n")
    after = part_digests(load_mission(folder.path, toolbox).mission, None, {})
    assert [old.name for old, new in zip(before, after, strict=True) if old != new] == ["gate"]
    assert gate_digest(before) != gate_digest(after)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: large, rubric", "model: larg, rubric", "no model 'larg' under models"),
        ("kind: llm-rubric", "kind: llm-rubrik", "judges.helpful.kind"),
        ("kind: llm-rubric", "kind: context-recall", "a judge of kind context-recall takes none"),
        ("rubric: prompts/helpful.md", "rubric: prompts/nothing.md", "judges.helpful.rubric"),
        ("rubric: prompts/helpful.md", "rubrik: x", "unknown key"),
        ("rubric: prompts/helpful.md", "threshold: 0.5", "this judge has no rubric"),
        ("helpful.md}", "helpful.md, scale: [5, 1]}", "two grades, the lower one first"),
        ("helpful.md}", "helpful.md, steps: [Read.]}", "takes none (for g-eval)"),
        ("kind: llm-rubric, model: large, rubric: prompts/helpful.md",
         "kind: factual-correctness, model: large, mode: relevant", "factual-correctness knows f1"),
        ("kind: llm-rubric, model: large, rubric: prompts/helpful.md",
         "kind: factual-correctness, model: large", "needs a reference, and no golden task has one"),
        ("kind: llm-rubric, model: large, rubric: prompts/helpful.md",
         "kind: noise-sensitivity, model: large", "less is better"),
        ("  helpful: {kind", "  relevance: {kind", "a metric has this name already"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_problem_with_its_place(folder, toolbox, old, new, said):
    folder.edit("mission.yaml", old, new)
    assert any(said in problem for problem in problems(folder, toolbox)), problems(folder, toolbox)


def expecting(folder: Any, expect: str, more: str = "") -> None:
    folder.write("golden/tasks.yaml", f"- id: a\n  question: How long?\n  tags: [safety]\n  expect: [{expect}]\n{more}")


@pytest.mark.parametrize(
    "expect",
    [
        "judge: helpful",
        "not-judge: helpful",
        "judge: {value: helpful, rubric: Is short., threshold: 0.9}",
        "llm-rubric: Is short.",
        "llm-rubric: {value: Is short., judge: helpful}",
    ],
)
def test_an_assertion_finds_its_judge(folder, toolbox, expect):
    expecting(folder, f"{{{expect}}}")
    assert problems(folder, toolbox) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("judge: helpfull", "no judge 'helpfull' under judges; known are: helpful"),
        ("g-eval: Is short.", "no judge under judges is of kind g-eval"),
        ("context-faithfulness: 0.8", "no judge under judges is of kind context-faithfulness"),
        ("context-faithfulness: 8", "needs a number between 0 and 1"),
        ("llm-rubric: {value: x, judge: 3}", "judge must be the name of a judge"),
        ("judge: {value: helpful, threshold: 2}", "threshold must be between 0 and 1"),
        ("judge: {value: helpful, rubrik: x}", "unknown option"),
    ],
)
def test_an_assertion_without_its_judge_is_a_problem_at_the_task(folder, toolbox, expect, said):
    expecting(folder, f"{{{expect}}}")
    found = problems(folder, toolbox)
    assert any(said in problem and "golden/tasks.yaml:1" in problem for problem in found) or any(
        said in problem and "golden/tasks.yaml:4" in problem for problem in found
    ), found


def test_several_judges_of_a_kind_must_be_told_apart(folder, toolbox):
    folder.edit("mission.yaml", "helpful.md}\n", "helpful.md}\n  terse: {kind: llm-rubric, model: large}\n")
    expecting(folder, "{llm-rubric: Is short.}")
    assert "several judges are of kind llm-rubric (helpful, terse)" in problems(folder, toolbox)[0]


def test_a_judge_without_a_rubric_of_its_own_needs_one_in_the_task(folder, toolbox):
    folder.edit("mission.yaml", "helpful.md}\n", "helpful.md}\n  terse: {kind: llm-rubric, model: large}\n")
    expecting(folder, "{judge: terse}")
    assert "the judge terse has no rubric of its own" in problems(folder, toolbox)[0]


def test_a_kind_that_needs_a_reference_needs_it_in_the_task(folder, toolbox):
    folder.edit("mission.yaml", "helpful.md}\n", "helpful.md}\n  found: {kind: context-recall, model: large}\n")
    expecting(folder, "{judge: found}")
    assert "context-recall needs a reference" in problems(folder, toolbox)[0]
    expecting(folder, "{judge: found}", "  reference: 30 days\n")
    assert problems(folder, toolbox) == []


def test_a_conversation_cannot_ask_a_judge_by_an_assertion(folder, toolbox):
    expecting(folder, "{contains: x}", "  follow_ups: [{question: And then?, expect: [{judge: helpful}]}]\n")
    assert "a task with follow_ups cannot ask a judge" in problems(folder, toolbox)[0]


def test_a_judge_that_nothing_asks_is_a_warning(folder, toolbox):
    folder.edit("mission.yaml", "helpful: {min: 0.8}", "relevance: {min: 0.8}")
    assert any("asks this judge" in warning for warning in warnings(folder, toolbox))


def test_a_judge_that_cannot_be_read_does_not_make_every_task_look_wrong(folder, toolbox):
    folder.edit("mission.yaml", "model: large, rubric", "model: larg, rubric")
    expecting(folder, "{judge: helpful}")
    with pytest.raises(MissionInvalid) as refused:
        load_mission(folder.path, toolbox)
    assert [problem.key for problem in refused.value.problems] == ["judges.helpful.model"]


def test_a_built_in_model_as_a_judge_is_a_warning(folder, toolbox):
    assert any("cannot judge" in warning for warning in warnings(folder, toolbox))
