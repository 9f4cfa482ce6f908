from __future__ import annotations

from msgspec import structs

from gonogo.domain import GatePolicy, GoldenTask, MetricRule, Mission, ModelSpec, PromptSpec
from gonogo.gate import decide


def mission(tasks, **policy):
    return Mission(
        name="support",
        models={"m": ModelSpec(provider="p", model="m")},
        prompt=PromptSpec(),
        golden=tuple(tasks),
        gate=GatePolicy(**policy),
    )


def judged(sheets, candidate, live):
    signs = "+" * len(candidate.golden)
    ours, theirs = sheets.run(signs), sheets.run(signs, run_id="live")
    return decide(ours, theirs, candidate.gate, candidate.golden, examinations=(candidate, live))


def test_a_verdict_on_other_golden_tasks_than_those_of_live_says_so(sheets):
    tasks = sheets.tasks(60)
    before = [*tasks[:58], structs.replace(tasks[58], question="Why?"), GoldenTask(id="hard", question="?")]
    verdict = judged(sheets, mission(tasks), mission(before))
    assert verdict.outcome == "GO"
    assert verdict.line.endswith(
        "; golden tasks differ from those of live: 1 added (t59), 1 removed (hard), 1 changed (t58); both were run on "
        "these 60"
    )


def test_a_verdict_under_other_rules_than_those_of_live_says_so(sheets):
    tasks = sheets.tasks(60)
    wide = {"require": {"pass_rate": MetricRule(margin=0.5)}, "alpha": 0.2}
    verdict = judged(sheets, mission(tasks, **wide), mission(tasks))
    assert verdict.line.endswith("; gate rules differ from those of live in require, alpha: these decided")


def test_moving_a_task_or_changing_a_draft_is_no_change(sheets):
    tasks = sheets.tasks(60)
    draft = GoldenTask(id="d", question="?", draft=True)
    moved = [structs.replace(task, source="other.yaml:9") for task in reversed(tasks)]
    assert judged(sheets, mission(tasks), mission([*moved, draft])).reasons == ()


def test_a_changed_examination_is_said_after_what_blocks(sheets):
    tasks = sheets.tasks(12)
    verdict = judged(sheets, mission(tasks), mission(tasks[:11]))
    assert verdict.outcome == "INCONCLUSIVE"
    assert verdict.line.endswith("1 added (t11); both were run on these 12")
