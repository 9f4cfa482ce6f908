from __future__ import annotations

import pytest

from gonogo.domain import GatePolicy, MetricRule, Mission, ModelSpec, PromptSpec
from gonogo.gate import plan


def outlook(sheets, tasks, drafts=(), **policy):
    return plan(
        Mission(
            name="support",
            models={"m": ModelSpec(provider="p", model="m")},
            prompt=PromptSpec(),
            golden=tuple(sheets.tasks(tasks, drafts=drafts)),
            gate=GatePolicy(**{"stopping": "fixed", **policy}),
        )
    )


def test_a_set_that_can_never_prove_its_margin_is_warned_of(sheets):
    found = outlook(sheets, 12)
    assert found.smallest_set == 52
    assert found.warning == (
        "12 tasks; at least 52 at margin 0.05 and no discordant task: this set can never show a later Version to be "
        "as good. Add tasks, or say gate: {mode: advisory}"
    )


def test_a_large_enough_set_is_not_warned_of(sheets):
    assert outlook(sheets, 52).warning is None


def test_a_stricter_alpha_needs_a_larger_set(sheets):
    found = outlook(sheets, 52, alpha=0.04)
    assert found.smallest_set == 59
    assert "at least 59 at margin 0.05" in found.warning


def test_early_looks_take_their_share_of_alpha_so_that_the_set_must_be_larger(sheets):
    found = outlook(sheets, 52, stopping="hybrid")
    assert found.smallest_set == 59
    assert "at least 59 at margin 0.05" in found.warning
    assert outlook(sheets, 59, stopping="hybrid").warning is None


def test_advisory_missions_are_not_warned(sheets):
    assert outlook(sheets, 1, mode="advisory").warning is None


def test_drafts_do_not_gate_and_are_counted_apart(sheets):
    found = outlook(sheets, 55, drafts=range(10))
    assert (found.tasks, found.drafts) == (45, 10)
    assert found.warning.startswith("45 tasks;")


def test_the_visible_margin_is_that_of_one_task_in_ten_changing(sheets):
    assert outlook(sheets, 300).visible_margin == pytest.approx(0.0454, abs=1e-4)
    assert outlook(sheets, 0).visible_margin is None


def test_a_mission_that_requires_another_metric_has_no_margin_on_passes(sheets):
    found = outlook(sheets, 1, require={"faithfulness": MetricRule(margin=0.05)})
    assert (found.margin, found.smallest_set) == (None, None)
    assert found.warning.startswith("1 task; at least 52 at margin 0.05 of faithfulness")


def test_a_floor_that_even_perfect_answers_cannot_prove_is_warned_of(sheets):
    found = outlook(sheets, 60, require={"toxicity": MetricRule(max=0.01)})
    assert found.warning.startswith(
        "60 tasks; at least 268 for toxicity max 0.01: even perfect answers cannot show it on a first deployment"
    )
    assert outlook(sheets, 25, require={"pass_rate": MetricRule(min=0.9)}).warning is None
    assert "no number of tasks can show" in outlook(sheets, 60, require={"pass_rate": MetricRule(min=1.0)}).warning
