"""The one table: complete, described, and the same for validation, editors and docs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
from msgspec import structs

from gonogo.building import docs_table, json_schema
from gonogo.building.findings import Findings
from gonogo.building.schema import MapOf, Section
from gonogo.building.sections import MISSION
from gonogo.building.yaml_nodes import YamlNode, read_yaml
from gonogo.domain import GuardrailRule, Mission

MINIMAL: dict[str, Any] = {
    "mission": "a",
    "models": {"m": {"provider": "p", "model": "x"}},
    "prompt": {"system": "Hi you"},
}


def sections(section: Section = MISSION) -> Iterator[Section]:
    yield section
    for key in section.keys:
        inner = key.kind.of if isinstance(key.kind, MapOf) else key.kind
        if isinstance(inner, Section):
            yield from sections(inner)


def schema_problems(document: object) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(json_schema()).iter_errors(document)]


def test_the_table_has_exactly_the_fields_of_the_domain() -> None:
    for section in sections():
        if section.make:
            assert {key.name for key in section.keys} == {field.name for field in structs.fields(section.make)}
    assert {key.name for key in MISSION.keys} - {"mission"} | {"name"} == {
        field.name for field in structs.fields(Mission)
    }


def test_every_key_is_described_in_a_sentence() -> None:
    for section in sections():
        for key in section.keys:
            assert key.description.endswith("."), key.name


def test_required_keys_are_those_without_a_default() -> None:
    for section in sections():
        for field in structs.fields(section.make) if section.make else ():
            key = next(key for key in section.keys if key.name == field.name)
            assert key.required == field.required, field.name


def test_the_editors_schema_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_the_editors_schema_takes_a_whole_mission(folder: Any) -> None:
    raw = (folder.path / "mission.yaml").read_bytes()
    assert schema_problems(read_yaml(raw, "mission.yaml").plain()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"guardrals": {}},
        {"cache": {"ttl": "a while"}},
        {"cache": {"max_error": 0}},
        {"models": {}},
        {"routing": {"simple": "m"}},
        {"guardrails": {"input": [{"injection": "stop"}]}},
        {"gate": {"critical": ["safety"]}},
        {"retrieval": {"sources": []}},
        {"mission": "Not A Name"},
    ],
)
def test_schema_and_validation_refuse_the_same(change: dict[str, Any], findings: Findings) -> None:
    document = {**MINIMAL, **change}
    assert schema_problems(document)
    MISSION.read(read_yaml(repr(document).encode(), "mission.yaml"), "", findings)
    assert findings.problems


def test_the_docs_table_lists_every_key_once_with_its_default() -> None:
    table = docs_table()
    assert (
        "| `cache.ttl` | a duration such as 250ms, 3s or 24h | 86400 | How long an answer may be repeated. |" in table
    )
    paths = [line.split("|")[1] for line in table.splitlines()[2:]]
    assert len(paths) == len(set(paths))
    assert " `models.NAME.provider` " in paths
    assert " `gate.require.NAME.margin` " in paths


def test_all_problems_come_at_once_each_with_line_key_and_hint(
    node: Callable[[str], YamlNode], findings: Findings
) -> None:
    text = "mission: Support\nmodels:\n  m: {provder: p, model: x}\nguardrals: {}\ncache: {ttl: soon}\n"
    MISSION.read(node(text), "", findings)
    told = {(problem.line, problem.key): problem.hint for problem in findings.sorted_problems()}
    assert told == {
        (1, None): None,
        (1, "mission"): None,
        (3, "models.m"): None,
        (3, "models.m.provder"): "did you mean 'provider'?",
        (4, "guardrals"): "did you mean 'guardrails'?",
        (5, "cache.ttl"): None,
    }


def test_guardrails_are_read_in_order_with_their_options(node: Callable[[str], YamlNode], findings: Findings) -> None:
    text = "input: [{injection: block}, {pii: {action: redact, kinds: [email, phone]}}]"
    section = next(key.kind for key in MISSION.keys if key.name == "guardrails")
    policy = section.read(node(text), "guardrails", findings)
    assert getattr(policy, "input", None) == (
        GuardrailRule(check="injection", action="block"),
        GuardrailRule(check="pii", action="redact", options={"kinds": ["email", "phone"]}),
    )


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("injection", "must be a check with its action"),
        ("{injection: block, pii: redact}", "must be a check with its action"),
        ("{injection: {kinds: []}}", "says not what to do on a finding"),
        ("{injection: blok}", "must be one of flag, redact, drop, block, not 'blok'"),
    ],
)
def test_a_guardrail_in_another_form_is_refused(
    item: str, message: str, node: Callable[[str], YamlNode], findings: Findings
) -> None:
    section = next(key.kind for key in MISSION.keys if key.name == "guardrails")
    section.read(node(f"input: [{item}]"), "guardrails", findings)
    assert findings.problems[0].message.startswith(message)


@pytest.mark.parametrize("rule", ["{}", "{min: 0.9, max: 0.1}"])
def test_a_metric_rule_that_bounds_nothing_or_everything_is_refused(
    rule: str, node: Callable[[str], YamlNode], findings: Findings
) -> None:
    section = next(key.kind for key in MISSION.keys if key.name == "gate")
    section.read(node(f"require: {{pass_rate: {rule}}}"), "gate", findings)
    assert findings.problems[0].key == "gate.require.pass_rate"
