"""The table of guardrails: validation of rules, and building."""

from __future__ import annotations

from typing import Any

import pytest

from gonogo.domain import GuardrailRule
from gonogo.errors import BadInput
from gonogo.guardrails import KNOWN, STAGES, build, problems


def rule(check: str, action: Any = "flag", **options: Any) -> GuardrailRule:
    return GuardrailRule(check=check, action=action, options=options)


@pytest.mark.parametrize("name", KNOWN)
def test_every_check_has_a_one_line_description_and_can_flag_somewhere(name: str) -> None:
    check = KNOWN[name]
    assert check.description.endswith(".")
    assert "\n" not in check.description
    assert check.actions
    assert all("flag" in actions for actions in check.actions.values())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", KNOWN)
def test_a_rule_the_table_allows_has_no_problem_and_the_others_have(name: str, stage: Any) -> None:
    for action in ("flag", "redact", "drop", "block"):
        allowed = action in KNOWN[name].actions.get(stage, ())
        assert (problems(rule(name, action), stage) is None) is allowed


def test_an_unknown_check_is_answered_with_the_nearest_known_one() -> None:
    assert problems(rule("injektion"), "input") == "unknown guardrail 'injektion': did you mean 'injection'?"


def test_an_unknown_option_is_answered_with_the_nearest_known_one() -> None:
    assert problems(rule("injection", treshold=0.5), "input") == (
        "injection has no option 'treshold': did you mean 'threshold'?"
    )


@pytest.mark.parametrize(
    ("bad", "stage"),
    [
        (rule("injection", threshold=1.5), "input"),
        (rule("injection", threshold=True), "input"),
        (rule("injection", threshold="high"), "input"),
        (rule("pii", kinds=["emial"]), "input"),
        (rule("pii", kinds=[]), "input"),
        (rule("pii", kinds="email"), "input"),
        (rule("prompt_leak", words=2), "output"),
        (rule("prompt_leak", canaries=["short"]), "output"),
        (rule("prompt_leak", canaries="whatever-it-is"), "output"),
    ],
)
def test_a_value_that_cannot_be_used_is_a_problem(bad: GuardrailRule, stage: Any) -> None:
    assert problems(bad, stage)


def test_the_only_stage_that_drops_is_context() -> None:
    assert {stage for check in KNOWN.values() for stage, actions in check.actions.items() if "drop" in actions} == {
        "context"
    }


def test_building_a_rule_with_a_problem_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot stand at output"):
        build(rule("injection"), "output")


def test_building_without_the_metric_it_wraps_is_refused() -> None:
    with pytest.raises(BadInput, match="needs the metric toxicity"):
        build(rule("toxicity"), "input")


def test_a_built_guardrail_carries_the_rules_check_and_action() -> None:
    built = build(rule("pii", "redact"), "context")
    assert (built.check, built.action) == ("pii", "redact")
