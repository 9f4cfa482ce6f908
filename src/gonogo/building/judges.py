"""Judges: the section ``judges`` of ``mission.yaml``, and what golden tasks and the gate ask of them.

Here: models by name, rubrics from files, which keys a kind takes, assertions that find no judge.
Not here: single values (``sections``), asking (``judging``), whether a judge may decide (``gate``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonogo.building.cross_checks import ALWAYS_KNOWN_METRICS
from gonogo.building.findings import Findings, nearest_or_all
from gonogo.building.folder_files import FolderFiles
from gonogo.building.prompts import text_or_file
from gonogo.building.toolbox import Toolbox
from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import (
    GRADING,
    LESS_IS_BETTER,
    MODES,
    NEEDS_REFERENCE,
    Assertion,
    GoldenTask,
    Judge,
    Mission,
    ModelSpec,
    asks_a_judge,
    hearing_of,
)

BUILT_IN = "builtin"
"""The provider of the models that need no key."""
GRADES = (1, 5)
"""The scale of g-eval where none is written."""
TAKEN_BY = {"rubric": GRADING, "steps": {"g-eval"}, "scale": {"llm-rubric", "g-eval"}, "mode": set(MODES),
            "questions": {"answer-relevancy"}}  # fmt: skip
"""Keys that some kinds only take."""


def read_judges(
    section: Mapping[str, dict[str, Any]],
    models: Mapping[str, ModelSpec],
    node: YamlNode,
    files: FolderFiles,
    toolbox: Toolbox,
    findings: Findings,
) -> dict[str, Judge]:
    """Every judge that can be used, by name; problems are noted.

    Args:
        section: the values as read.
        models: those of the Mission; a judge may name one.
        node: the section's node, for places.
    """
    found = {
        name: _judge(name, values, models, node.at(name), files, toolbox, findings) for name, values in section.items()
    }
    return {name: judge for name, judge in found.items() if judge is not None}


def _judge(
    name: str,
    values: dict[str, Any],
    models: Mapping[str, ModelSpec],
    node: YamlNode,
    files: FolderFiles,
    toolbox: Toolbox,
    findings: Findings,
) -> Judge | None:
    if "kind" not in values or "model" not in values:  # what is wrong with them is noted
        return None
    noted, path, kind = len(findings.problems), f"judges.{name}", values["kind"]
    for key in values:
        if kind not in TAKEN_BY.get(key, {kind}):
            takers = ", ".join(sorted(TAKEN_BY[key]))
            findings.problem(f"a judge of kind {kind} takes none", node.at(key), f"{path}.{key}", f"for {takers}")
    model = _model(values, models, path, node, toolbox, findings)
    if model is not None and model.provider == BUILT_IN:
        hint = "name a provider of the settings and its model"
        findings.warning(
            "a built-in model says what stands in documents and cannot judge", node.at("model"), path, hint
        )
    rubric = values.get("rubric", "")
    text = text_or_file(rubric, f"{path}.rubric", node.at("rubric"), files, findings) if rubric else ""
    scale = values.get("scale", GRADES if kind == "g-eval" else (0, 1))
    if len(scale) != 2 or scale[0] >= scale[1]:
        findings.problem("must be two grades, the lower one first", node.at("scale"), f"{path}.scale", "[1, 5]")
    mode = values.get("mode", "")
    if mode and kind in MODES and mode not in MODES[kind]:
        findings.problem(f"{kind} knows {', '.join(MODES[kind])}", node.at("mode"), f"{path}.mode")
    if model is None or len(findings.problems) > noted:
        return None
    kept = {key: values[key] for key in ("steps", "threshold", "questions", "mode") if key in values}
    return Judge(
        name=name,
        kind=kind,
        provider=model.provider,
        model=model.model,
        params={**model.params, **values.get("params", {})},
        rubric=text,
        scale=tuple(scale),
        prompts=toolbox.judge_prompts(kind),
        **kept,
    )


def _model(
    values: dict[str, Any],
    models: Mapping[str, ModelSpec],
    path: str,
    node: YamlNode,
    toolbox: Toolbox,
    findings: Findings,
) -> ModelSpec | None:
    model, provider = values["model"], values.get("provider")
    if provider is None:
        if model not in models:
            hint = f"{nearest_or_all(model, models) or ''} or write provider beside it"
            findings.problem(f"no model {model!r} under models", node.at("model"), f"{path}.model", hint)
            return None
        return models[model]
    if toolbox.known_providers and provider not in toolbox.known_providers:
        near = nearest_or_all(provider, toolbox.known_providers)
        findings.warning(
            f"no provider {provider!r} in the settings here", node.at("provider"), f"{path}.provider", near
        )
    if moves := toolbox.alias_warning(provider, model):
        findings.warning(moves, node.at("model"), f"{path}.model")
    return ModelSpec(provider=provider, model=model)


def check_judges(mission: Mission, root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    """Names are free, required judges have what they need, assertions find a judge and references stand where needed.

    A judge that nothing asks is a warning.
    """
    judges, node = mission.judges, root.at("judges")
    written = node.value if isinstance(node.value, dict) and node.value is not root.value else {}
    for name in written:
        if name in toolbox.known_metrics | ALWAYS_KNOWN_METRICS:
            findings.problem("a metric has this name already", node.keys[name], f"judges.{name}", "choose another")
    asked = {name for name in judges if name in mission.gate.require}
    for name in sorted(asked):
        _check_required(mission, judges[name], root.at("gate", "require", name), findings)
    if len(judges) == len(written):  # one that could not be read would make every task look wrong
        for task in mission.golden:
            _check_turns(task, findings)
            heard = [_asked(assertion, task, judges, findings) for assertion in task.expect]
            asked |= {judge for judge in heard if judge is not None}
        alone = {name for name, judge in judges.items() if judge.kind == "pairwise"}  # `judge compare` asks it too
        for name in sorted(set(judges) - asked - alone):
            findings.warning("no golden task and no rule of the gate asks this judge", node.at(name), f"judges.{name}")


def _check_required(mission: Mission, judge: Judge, place: YamlNode, findings: Findings) -> None:
    path, gating = f"gate.require.{judge.name}", [task for task in mission.golden if task.gates]
    if judge.kind in ("llm-rubric", "g-eval") and not judge.rubric:
        findings.problem(
            "this judge has no rubric, so it cannot judge every task", place, path, "write judges.NAME.rubric"
        )
    without = [task.id for task in gating if not task.reference]
    if judge.kind in NEEDS_REFERENCE and gating and len(without) == len(gating):
        findings.problem(f"{judge.kind} needs a reference, and no golden task has one", place, path, "reference: TEXT")
    elif judge.kind in NEEDS_REFERENCE and without:
        said = (
            f"{len(without)} golden tasks have no reference ({', '.join(without[:3])}): they say nothing to this judge"
        )
        findings.warning(said, place, path)
    rule = mission.gate.require[judge.name]
    if judge.kind in LESS_IS_BETTER and (rule.margin is not None or rule.min is not None):
        findings.problem(f"of {judge.kind} less is better", place, path, "bound it with max")


def _check_turns(task: GoldenTask, findings: Findings) -> None:
    """Judges hear the end of a conversation only, as a metric that the gate requires."""
    every = (*task.expect, *(assertion for turn in task.follow_ups for assertion in turn.expect))
    asking = next((assertion for assertion in every if asks_a_judge(assertion)), None)
    if task.follow_ups and asking is not None:
        message = "a task with follow_ups cannot ask a judge by an assertion"
        hint = "name the judge under gate.require: it is asked about the whole conversation"
        findings.problem(message, _place(task), f"expect.{asking.name}", hint)


def _place(task: GoldenTask) -> YamlNode:
    file, _, line = task.source.rpartition(":")
    return YamlNode(value=None, file=file, line=int(line) if line.isdigit() else 1)


def _asked(assertion: Assertion, task: GoldenTask, judges: Mapping[str, Judge], findings: Findings) -> str | None:
    """The name of the judge that an assertion asks; a problem at the task where it finds none."""
    if not asks_a_judge(assertion):
        return None
    place = _place(task)
    try:
        judge = hearing_of(assertion, judges).judge
    except LookupError as error:
        findings.problem(str(error.args[0]), place, f"expect.{assertion.name}")
        return None
    if judge.kind in NEEDS_REFERENCE and not task.reference:
        findings.problem(f"{judge.kind} needs a reference", place, f"expect.{assertion.name}", "reference: TEXT")
    return judge.name
