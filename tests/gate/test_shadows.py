"""Shadow tasks are told and decide nothing."""

from __future__ import annotations

from msgspec import structs

from gonogo.domain import GatePolicy, GoldenTask, MetricRule
from gonogo.domain.golden_task import content_of
from gonogo.gate import decide

POLICY = GatePolicy(require={"pass_rate": MetricRule(margin=0.05)}, critical=("tag:safety",))


def in_shadow(tasks, *places):
    return [structs.replace(task, shadow=place in places) for place, task in enumerate(tasks)]


def test_a_shadow_task_that_fails_blocks_nothing_even_where_it_is_critical(sheets):
    tasks = in_shadow(sheets.tasks(120, safety=[0]), 0, 1)
    found = decide(sheets.run("--" + "+" * 118), sheets.run("+" * 120), POLICY, tasks)
    assert found.outcome == "GO"
    assert found.comparisons[0].tasks <= 118


def test_the_verdict_says_how_many_there_were_and_how_they_did(sheets):
    tasks = in_shadow(sheets.tasks(120), 0, 1, 2)
    found = decide(sheets.run("+-?" + "+" * 117), sheets.run("+" * 120), POLICY, tasks)
    assert "3 shadow tasks decide nothing: 1 passed, 1 failed (t1), 1 gave no result" in found.line


def test_without_any_the_verdict_is_silent(sheets):
    found = decide(sheets.run("+" * 120), sheets.run("+" * 120), POLICY, sheets.tasks(120))
    assert "shadow" not in found.line


def test_the_key_is_in_the_digest_only_where_it_is_set():
    task = GoldenTask(id="a", question="?", source="x:1")
    assert "shadow" not in content_of(task)
    assert content_of(structs.replace(task, shadow=True))["shadow"] is True
    assert content_of(task) == content_of(structs.replace(task, source="y:2"))
