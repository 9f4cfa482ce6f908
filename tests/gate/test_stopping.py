"""Early stops, found from stored results alone."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from gonogo.domain import BudgetRule, GatePolicy, MetricRule
from gonogo.gate import Watch, decide, random_order

RULES = GatePolicy(require={"pass_rate": MetricRule(margin=0.05)})


def verdict(sheets, ours, theirs, **policy):
    tasks = policy.pop("tasks", None) or sheets.tasks(len(ours))
    rules = structs.replace(RULES, **policy)
    return decide(sheets.run(ours), sheets.run(theirs, run_id="live"), rules, tasks)


def test_a_candidate_that_changes_nothing_is_go_before_the_end_of_a_large_set(sheets):
    found = verdict(sheets, "+" * 300, "+" * 300)
    assert (found.outcome, found.stopped_early, found.tasks_total) == ("GO", True, 300)
    assert found.tasks_used < 200
    assert found.comparisons[0].tasks == found.tasks_used
    assert found.comparisons[0].e_noninferior >= 100
    assert f"stopped at {found.tasks_used}/300, saved" in found.line


def test_a_candidate_that_breaks_everything_is_no_go_after_few_tasks(sheets):
    found = verdict(sheets, "+" + "-" * 299, "+" * 300)
    assert (found.outcome, found.stopped_early) == ("NO-GO", True)
    assert found.tasks_used <= 10
    assert found.comparisons[0].e_worse >= 20
    assert "at least 20 needed" in found.line


def test_the_stop_is_a_prefix_of_the_random_order_and_not_of_the_golden_file(sheets):
    tasks = sheets.tasks(300)
    ours = "-" * 30 + "+" * 270
    found = verdict(sheets, ours, "+" * 300)
    used = {task.id for task in random_order(tasks, 0)[: found.tasks_used]}
    assert found.stopped_early
    assert set(found.comparisons[0].broke) <= used
    assert 10 < found.tasks_used < 300  # the first ten of the file are all broken


def test_the_fixed_rule_uses_the_full_set(sheets):
    found = verdict(sheets, "+" * 300, "+" * 300, stopping="fixed")
    assert (found.stopped_early, found.tasks_used, found.stopping) == (False, 300, "fixed")


def test_a_first_deployment_never_stops_early(sheets):
    found = decide(sheets.run("+" * 300), None, RULES, sheets.tasks(300))
    assert (found.outcome, found.stopped_early, found.stopping) == ("GO", False, "fixed")


def test_at_the_full_set_the_test_is_held_to_what_early_looks_have_left(sheets):
    assert verdict(sheets, "+" * 55, "+" * 55).outcome == "INCONCLUSIVE"
    assert verdict(sheets, "+" * 59, "+" * 59).outcome == "GO"
    assert verdict(sheets, "+" * 55, "+" * 55, stopping="fixed").outcome == "GO"


def test_a_planned_rule_stops_at_its_looks_only(sheets):
    found = verdict(sheets, "+" * 300, "+" * 300, stopping="planned")
    assert (found.outcome, found.stopped_early, found.stopping) == ("GO", True, "planned")
    assert found.tasks_used in (60, 120, 180, 240)


def test_a_broken_budget_keeps_a_run_from_stopping_with_go(sheets):
    found = verdict(sheets, "+" * 300, "+" * 300, budget=BudgetRule(latency_p95=0.01))
    assert (found.outcome, found.stopped_early) == ("NO-GO", False)


def test_a_critical_task_counts_wherever_it_stands_in_the_order(sheets):
    last = int(random_order(sheets.tasks(300), 0)[-1].id[1:])
    ours = "+" * last + "-" + "+" * (299 - last)
    found = verdict(sheets, ours, "+" * 300, tasks=sheets.tasks(300, safety=[last]), critical=("tag:safety",))
    assert found.outcome == "NO-GO"
    assert "critical" in found.line


def test_a_loss_inside_the_margin_is_no_go_unless_only_losses_beyond_it_are(sheets):
    ours = "-" * 20 + "+" * 980
    assert verdict(sheets, ours, "+" * 1000).outcome == "NO-GO"
    assert verdict(sheets, ours, "+" * 1000, no_go="beyond_margin").outcome == "GO"


def test_a_loss_beyond_the_margin_is_no_go_either_way(sheets):
    for rule in ("any_loss", "beyond_margin"):
        assert verdict(sheets, "-" * 60 + "+" * 240, "+" * 300, no_go=rule).outcome == "NO-GO"


def test_a_task_that_was_never_tried_ends_the_prefix(sheets):
    order = random_order(sheets.tasks(300), 0)
    ours = ["+"] * 300
    ours[int(order[5].id[1:])] = " "
    assert not verdict(sheets, "".join(ours), "+" * 300).stopped_early


@pytest.mark.parametrize("broken", [0.0, 0.08, 0.3])
def test_a_watch_that_is_told_results_in_any_order_stops_where_the_verdict_does(sheets, broken):
    draw = random.Random(3)
    tasks = sheets.tasks(300)
    ours = "".join("-" if draw.random() < broken else "+" for _ in tasks)
    found = verdict(sheets, ours, "+" * 300)
    watch = Watch(RULES, tasks, 0, 1)
    order = [task.id for task in random_order(tasks, 0)]
    told = [(watch.ours, result) for result in sheets.run(ours).results if result.task_id in order[:200]]
    told += [(watch.theirs, result) for result in sheets.run("+" * 300).results if result.task_id in order[:200]]
    draw.shuffle(told)
    enough = [tell(result) for tell, result in told][-1]
    assert enough == found.stopped_early


def test_slices_are_shown_and_a_large_one_that_is_worse_blocks(sheets):
    tasks = [
        structs.replace(task, tags=("refunds",) if place < 41 else ("few",) if place < 51 else ())
        for place, task in enumerate(sheets.tasks(200))
    ]
    found = verdict(
        sheets, "-" * 12 + "+" * 188, "+" * 12 + "+" * 29 + "-" * 12 + "+" * 147, tasks=tasks, stopping="fixed"
    )
    refunds = next(one for one in found.slices if one.tag == "refunds")
    assert found.outcome == "NO-GO"
    assert "slice refunds" in found.line
    assert not refunds.small
    assert refunds.p_holm <= 0.05
    assert refunds.p_bh >= refunds.comparison.p_worse


def test_a_small_slice_is_shown_and_never_blocks(sheets):
    tasks = [structs.replace(task, tags=("few",) if place < 20 else ()) for place, task in enumerate(sheets.tasks(400))]
    found = verdict(sheets, "-" * 6 + "+" * 394, "+" * 394 + "-" * 6, tasks=tasks, stopping="fixed")
    (few,) = found.slices
    assert (few.small, few.p_holm, few.comparison.tasks) == (True, None, 20)
    assert found.outcome == "GO"
