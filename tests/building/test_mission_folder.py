"""A whole folder: what it becomes, and everything that can be wrong with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gonogo.building import Report, Toolbox, load_mission, validate
from gonogo.domain import ModelSpec, RoutingRule, RuleCondition, classifiers_of
from gonogo.errors import MissionInvalid, NotFound


def problems(folder: Any, toolbox: Toolbox) -> list[str]:
    return [str(problem) for problem in validate(folder.path, toolbox).problems]


def warnings(folder: Any, toolbox: Toolbox) -> list[str]:
    return [str(warning) for warning in validate(folder.path, toolbox).warnings]


def test_a_folder_becomes_a_mission(folder: Any, toolbox: Toolbox) -> None:
    mission = load_mission(folder.path, toolbox).mission
    assert mission.name == "support"
    assert mission.models["small"] == ModelSpec(provider="builtin", model="extractive-small")
    assert mission.prompt.system == "You speak for {{ shop }}.\nAnswer only from the documents."
    assert [tool.name for tool in mission.tools] == ["look_up"]
    assert mission.cache is not None
    assert mission.cache.ttl == 86_400.0
    assert [task.id for task in mission.golden] == ["returns", "delivery"]


def test_the_files_it_was_read_from_are_listed(folder: Any, toolbox: Toolbox) -> None:
    loaded = load_mission(folder.path, toolbox)
    assert sorted(loaded.files) == sorted(
        ["mission.yaml", "prompts/system.md", "tools/look_up.json", "golden/tasks.yaml", *loaded.knowledge]
    )
    assert list(loaded.knowledge) == ["knowledge/deep/shipping.md", "knowledge/returns.md"]


def test_what_a_model_pins_fits_under_the_limit_of_output(folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", "tools: [tools/*.json]", "requests: {max_output_tokens: 100}")
    folder.edit("mission.yaml", "extractive-small}", "extractive-small, params: {max_tokens: 60, n: 2}}")
    [said] = problems(folder, toolbox)
    place, _, message = said.rpartition(": ")
    assert place == "mission.yaml:3: models.small.params.max_tokens"
    assert message == "pins 120 tokens of output, and requests.max_output_tokens is 100"


def test_a_good_folder_has_nothing_to_report(folder: Any, toolbox: Toolbox) -> None:
    report = validate(folder.path, toolbox)
    assert report == Report(problems=(), warnings=())
    assert report.usable


def test_all_problems_of_all_files_come_at_once(folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", "simple: small", "simple: smal").edit("mission.yaml", "ttl: 24h", "ttl: soon")
    folder.edit("prompts/system.md", "{{ shop }}", "{{ shp }}").edit("golden/tasks.yaml", "contains", "contians")
    folder.write("tools/look_up.json", "{}").remove("knowledge/returns.md")
    with pytest.raises(MissionInvalid) as caught:
        load_mission(folder.path, toolbox)
    assert [(str(problem.file), problem.line, problem.key) for problem in caught.value.problems] == [
        ("golden/tasks.yaml", 3, "expect.contians"),
        ("mission.yaml", 10, "routing.simple"),
        ("mission.yaml", 11, "cache.ttl"),
        ("prompts/system.md", 1, "prompt.system"),
        ("tools/look_up.json", 1, "function"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "complex: large",
            "complex: lage",
            "mission.yaml:10: routing.complex: no model 'lage' under models (did you mean 'large'?)",
        ),
        ("complex: large", "complex: large, fallback: [small, x]", "routing.fallback: no model 'x'"),
        (
            "tools: [tools/*.json]",
            "requests: {beyond: refuse}",
            "requests.beyond: says what happens beyond a limit, and there is none (add max_output_tokens, or leave it",
        ),
        ("complex: large", "complex: large, fallback: [small, small]", "routing.fallback: names a model twice"),
        ("routing: {simple: small, complex: large}\n", "", "several models, and no routing says which answers"),
        (
            "{injection: block}",
            "{injecton: block}",
            "yaml:13: guardrails.input.injecton: no guardrail 'injecton' is installed (did you mean 'injection'?)",
        ),
        ("action: redact", "action: drop", "guardrails.input.pii: cannot drop an input"),
        ("kinds:", "kindz:", "guardrails.input.pii: pii has no such option"),
        (
            'sources: ["knowledge/**/*"]',
            'sources: ["knowlege/*"]',
            "mission.yaml:9: retrieval.sources: knowlege/* matches no file",
        ),
        ('sources: ["knowledge/**/*"]', 'sources: ["../*"]', "names a file outside the Mission folder"),
        (
            'sources: ["knowledge/**/*"]',
            'sources: ["knowledge/**/*"], index: milvos',
            "no index 'milvos' is installed (did you mean 'milvus'?; or add [indexes.milvos] to settings.toml",
        ),
        (
            'sources: ["knowledge/**/*"]',
            'sources: ["knowledge/**/*"], embedder: big',
            "no embedder 'big' is installed (known: static)",
        ),
        ("faithfulness:", "faithfulnes:", "gate.require.faithfulnes: no such metric (did you mean 'faithfulness'?)"),
        ("golden/*.yaml", "golden/*.yml", "golden/*.yml matches no file"),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifier: chrn}, to: large}]}",
            "yaml:10: routing.rules[0].when.classifier: no classifier 'chrn' that a rule can call "
            "(did you mean 'churn'?)",
        ),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifier: churn, above: 0.7}, to: lage}]}",
            "yaml:10: routing.rules[0].to: no model 'lage' under models (did you mean 'large'?)",
        ),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifier: churn, above: 7}, to: large}]}",
            "routing.rules[0].when.above: must be a number at least 0 at most 1, not 7",
        ),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifer: churn}, to: large}]}",
            "routing.rules[0].when.classifer: unknown key (did you mean 'classifier'?)",
        ),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifier: churn}}]}",
            "routing.rules[0]: 'to' is missing",
        ),
        ("mode: advisory", "monitors: 1", "gate.monitors: unknown key"),
        ("tools: [tools/*.json]", "monitors: {roll_back_on: [eror]}", "no rate 'eror' is watched"),
        ("mission: support", "mission: [", "is not YAML"),
    ],
)
def test_a_fault_is_a_problem_at_its_place(old: str, new: str, told: str, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", old, new)
    assert any(told in problem for problem in problems(folder, toolbox))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "tag:safety",
            "tag:safty",
            "yaml:18: gate.critical: tag:safty selects no golden task (did you mean 'tag:safety'?)",
        ),
        ("tag:safety", "id:return", "id:return selects no golden task (did you mean 'id:returns'?)"),
        ("model: extractive-small", "model: gpt-latest", "mission.yaml:3: models.small.model: moves on its own"),
        (
            "provider: builtin, model: extractive-small",
            "provider: openia, model: x",
            "no provider 'openia' in the settings here (did you mean 'openai'?)",
        ),
        ("complex: large", "complex: small", "models.large: routing never takes this model"),
        (
            "complex: large}",
            "complex: large, rules: [{when: {classifier: churn, above: 0.5}, to: large}, "
            "{when: {classifier: churn, above: 0.8}, to: small}]}",
            "routing.rules[1]: never decides: an earlier rule on churn holds whenever this one does",
        ),
        (
            "{injection: block}",
            "{injection: block}, {injection: flag}",
            "guardrails.input.injection: is listed more than once",
        ),
        ("mode: advisory", "mode: enforced", "2 tasks; at least 59 at margin 0.05 and no discordant task"),
        ("golden: golden/*.yaml\n", "", "no golden tasks: nothing about this Mission can be proved"),
        ("tools: [tools/*.json]", "monitors: {sample: 0, roll_back_on: [errors]}", "no Trace gets scores"),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(old: str, new: str, told: str, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", old, new)
    assert problems(folder, toolbox) == []
    assert any(told in warning for warning in warnings(folder, toolbox))


def test_a_tenant_where_none_are_kept_apart_is_refused_at_its_task(folder: Any, toolbox: Toolbox) -> None:
    folder.edit("golden/tasks.yaml", "- id: returns", "- id: returns\n  tenant: acme")
    hint = "(add retrieval.tenant_field, or take tenant out)"
    message = "returns names the tenant 'acme', and this Mission keeps no tenants apart"
    assert problems(folder, toolbox) == [f"golden/tasks.yaml:1: {message} {hint}"]


def test_an_empty_golden_file_is_a_warning(folder: Any, toolbox: Toolbox) -> None:
    folder.write("golden/tasks.yaml", "[]\n")
    assert any("no golden tasks" in warning for warning in warnings(folder, toolbox))


def test_a_linked_folder_is_a_warning(folder: Any, toolbox: Toolbox) -> None:
    (folder.path / "more").symlink_to(folder.path / "knowledge")
    assert warnings(folder, toolbox) == ["more: is a link to a folder and is not followed"]


def test_knowledge_that_links_outside_is_refused(folder: Any, toolbox: Toolbox, tmp_path: Any) -> None:
    (tmp_path / "secret.md").write_text("secret")
    (folder.path / "knowledge" / "x.md").symlink_to(tmp_path / "secret.md")
    assert any("leads outside the Mission folder" in problem for problem in problems(folder, toolbox))


def test_a_folder_without_mission_yaml_says_so(folder: Any, toolbox: Toolbox) -> None:
    folder.remove("mission.yaml")
    said = "name the folder that holds it, or make one with `gonogo new FOLDER`"
    assert problems(folder, toolbox) == [f"mission.yaml: does not exist ({said})"]


def test_an_empty_mission_names_every_required_key(folder: Any, toolbox: Toolbox) -> None:
    folder.write("mission.yaml", "{}")
    told = problems(folder, toolbox)
    assert ["'mission' is missing" in problem for problem in told].count(True) == 1
    assert ["'models' is missing" in problem for problem in told].count(True) == 1
    assert ["'prompt' is missing" in problem for problem in told].count(True) == 1


def test_a_mission_that_is_no_mapping_is_refused(folder: Any, toolbox: Toolbox) -> None:
    folder.write("mission.yaml", "- a\n")
    assert problems(folder, toolbox)[0].startswith("mission.yaml:1: must be a mapping")


def test_a_folder_that_is_not_there_is_not_found(tmp_path: Any, toolbox: Toolbox) -> None:
    with pytest.raises(NotFound):
        validate(tmp_path / "none", toolbox)


def test_the_lock_is_validated_too(folder: Any, toolbox: Toolbox) -> None:
    folder.write("mission.lock", 'format: 1\npins:\n  embedder: "0123456789abcdef"\n  chunker: "' + "c" * 64 + '"\n')
    assert problems(folder, toolbox) == [
        "mission.lock:3: pins.embedder: pins 0123456789ab, but eeeeeeeeeeee is installed "
        "(install what is pinned, or accept what is installed with --update-lock)"
    ]


def test_rules_of_routing_are_read_in_their_order_and_name_the_classifiers_they_use(
    folder: Any, toolbox: Toolbox
) -> None:
    written = (
        "complex: large, rules: [{when: {classifier: fraud, above: 0.9}, to: large}, "
        "{when: {classifier: churn}, to: small}]}"
    )
    folder.edit("mission.yaml", "complex: large}", written)
    mission = load_mission(folder.path, toolbox).mission
    assert mission.routing is not None
    assert mission.routing.rules == (
        RoutingRule(when=RuleCondition(classifier="fraud", above=0.9), to="large"),
        RoutingRule(when=RuleCondition(classifier="churn"), to="small"),
    )
    assert classifiers_of(mission) == ("churn", "fraud")


def test_a_model_that_only_a_rule_names_is_one_that_routing_takes(folder: Any, toolbox: Toolbox) -> None:
    written = "complex: small, rules: [{when: {classifier: churn}, to: large}]}"
    folder.edit("mission.yaml", "complex: large}", written)
    assert not any("never takes" in str(warning) for warning in load_mission(folder.path, toolbox).warnings)


def test_the_gate_may_bound_what_an_assertion_measures_where_a_task_has_it(folder: Any, toolbox: Toolbox) -> None:
    shares = replace(toolbox, known_shares=frozenset({"similar"}))
    folder.edit("mission.yaml", "faithfulness:", "similar:")
    assert any("gate.require.similar: no golden task expects similar" in told for told in problems(folder, shares))
    assert any("gate.require.similar: no such metric" in told for told in problems(folder, toolbox))
    folder.write("golden/more.yaml", "- {id: more, question: Q, expect: [{similar: x}]}\n")
    assert not problems(folder, shares)
