from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import BudgetRule, MetricRule

FLOOR = {"require": {"pass_rate": MetricRule(min=0.8)}}


def test_on_a_first_deployment_the_lower_end_of_the_interval_must_reach_the_floor(sheets):
    assert sheets.verdict(sheets.run("+" * 95 + "-" * 5), **FLOOR).outcome == "GO"


def test_on_a_first_deployment_a_floor_met_but_not_proven_is_inconclusive(sheets):
    verdict = sheets.verdict(sheets.run("+" * 9 + "-"), **FLOOR)
    assert verdict.line == (
        "INCONCLUSIVE  pass_rate is 0.900 (90 % CI 0.652..0.977, 10 tasks) and must be at least 0.8: met, but not "
        "proven on so few tasks"
    )


def test_a_floor_missed_by_the_estimate_but_not_for_sure_is_inconclusive(sheets):
    verdict = sheets.verdict(sheets.run("+" * 7 + "-" * 3), **FLOOR)
    assert verdict.outcome == "INCONCLUSIVE"
    assert verdict.line.endswith("and must be at least 0.8: not met, though not proven to be missed")


def test_a_floor_missed_for_sure_is_no_go_and_names_what_failed(sheets):
    verdict = sheets.verdict(sheets.run("+" * 50 + "-" * 50), **FLOOR)
    assert verdict.line == (
        "NO-GO  pass_rate is 0.500 (90 % CI 0.419..0.581, 100 tasks) and must be at least 0.8; failed: t50, t51, t52, "
        "t53, t54 and 45 more"
    )


def test_the_smallest_pass_rate_of_the_gate_is_a_floor(sheets):
    assert sheets.verdict(sheets.run("+" * 50 + "-" * 50), min_pass_rate=0.8).outcome == "NO-GO"
    assert sheets.verdict(sheets.run("+" * 95 + "-" * 5), min_pass_rate=0.8).outcome == "GO"


def test_the_stricter_of_two_floors_holds(sheets):
    run = sheets.run("+" * 50 + "-" * 50)
    assert sheets.verdict(run, min_pass_rate=0.1, **FLOOR).outcome == "NO-GO"
    assert sheets.verdict(run, min_pass_rate=0.8, require={"pass_rate": MetricRule(min=0.1)}).outcome == "NO-GO"


def test_beside_a_live_version_the_estimate_must_reach_the_floor(sheets):
    ours, live = sheets.run("+" * 85 + "-" * 15), sheets.run("+" * 85 + "-" * 15, run_id="live")
    assert sheets.verdict(ours, live, **FLOOR).outcome == "GO"
    ours, live = sheets.run("+" * 78 + "-" * 22), sheets.run("+" * 78 + "-" * 22, run_id="live")
    assert sheets.verdict(ours, live, **FLOOR).outcome == "INCONCLUSIVE"
    ours, live = sheets.run("+" * 50 + "-" * 50), sheets.run("+" * 50 + "-" * 50, run_id="live")
    assert sheets.verdict(ours, live, **FLOOR).outcome == "NO-GO"


@pytest.mark.parametrize(("value", "outcome"), [(0.0, "GO"), (0.05, "INCONCLUSIVE"), (0.4, "NO-GO")])
def test_a_ceiling_holds_the_other_way_round(sheets, value, outcome):
    ours = sheets.run("+" * 60, scores={"toxicity": [value] * 60})
    assert sheets.verdict(ours, require={"toxicity": MetricRule(max=0.05)}).outcome == outcome


def test_a_floor_without_any_value_is_invalid(sheets):
    ours = sheets.run("+" * 3, scores={"faithfulness": [None] * 3})
    verdict = sheets.verdict(ours, require={"faithfulness": MetricRule(min=0.5)})
    assert verdict.line == "INVALID  faithfulness must be at least 0.5, but no task gave a value"


def test_equal_scores_prove_a_floor_only_on_enough_tasks(sheets):
    def outcome(tasks: int) -> str:
        ours = sheets.run("+" * tasks, scores={"faithfulness": [1.0] * tasks})
        return sheets.verdict(ours, require={"faithfulness": MetricRule(min=0.8)}).outcome

    assert (outcome(10), outcome(11)) == ("INCONCLUSIVE", "GO")


def test_a_task_dearer_than_the_budget_is_no_go(sheets):
    verdict = sheets.verdict(sheets.run("++", cost=0.005), budget=BudgetRule(cost_per_task=0.004))
    assert verdict.line == "NO-GO  a task costs $0.005, the budget is $0.004"


def test_a_budget_on_an_unknown_cost_is_invalid(sheets):
    verdict = sheets.verdict(sheets.run("++", cost=None), budget=BudgetRule(cost_per_task=0.004))
    assert verdict.line == (
        "INVALID  the budget is $0.004 a task, but the cost of 2 tasks is unknown: no price is known for the model"
    )


def test_an_unknown_cost_without_a_budget_is_nobodys_business(sheets):
    assert sheets.verdict(sheets.run("++", cost=None)).outcome == "GO"


def test_latency_is_judged_by_the_95th_percentile(sheets):
    results = [*sheets.run("+" * 19, latency=1.0).results, *sheets.run(" " * 19 + "+", latency=9.0).results]
    ours = replaced(sheets.run("+"), results)
    assert sheets.verdict(ours, budget=BudgetRule(latency_p95=3.0)).outcome == "GO"
    slow = sheets.run("+" * 20, latency=3.5)
    verdict = sheets.verdict(slow, budget=BudgetRule(latency_p95=3.0))
    assert verdict.line == "NO-GO  latency p95 is 3.5 s, the budget is 3 s"


def replaced(run, results):
    from msgspec import structs

    return structs.replace(run, results=tuple(results))


def test_tokens_over_the_budget_are_no_go(sheets):
    verdict = sheets.verdict(sheets.run("++", tokens=900), budget=BudgetRule(tokens_per_task=800))
    assert verdict.line == "NO-GO  a task takes 900 tokens, the budget is 800"


def test_tasks_without_result_cost_and_wait_nothing(sheets):
    ours = sheets.run("+?", cost=0.004)
    verdict = sheets.verdict(ours, budget=BudgetRule(cost_per_task=0.004, latency_p95=1.0), error_budget=0.5)
    assert verdict.outcome == "GO"


def test_latencies_of_replayed_answers_hold_nobody_to_anything_and_that_is_told(sheets):
    run = structs.replace(sheets.run("+" * 60, latency=9.0), replayed=True)
    verdict = sheets.verdict(run, budget=BudgetRule(latency_p95=3.0))
    assert verdict.outcome == "GO"
    assert "latency p95 was not held to 3 s: answers were replayed" in verdict.line
