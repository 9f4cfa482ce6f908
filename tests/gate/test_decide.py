from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from gonogo.domain import BudgetRule, GatePolicy, MetricRule
from gonogo.gate import decide

FAITHFUL = {"faithfulness": MetricRule(margin=0.05)}


def test_a_candidate_as_good_as_live_is_go(sheets):
    verdict = sheets.verdict(*sheets.paired(280, 5, 5, 10))
    assert verdict.outcome == "GO"
    assert verdict.reasons == ()
    assert verdict.exit_code == 0


def test_a_proven_loss_is_no_go(sheets):
    verdict = sheets.verdict(*sheets.paired(255, 3, 12, 30))
    assert verdict.outcome == "NO-GO"
    assert verdict.exit_code == 1


def test_a_loss_smaller_than_the_noise_of_the_sheet_is_no_regression(sheets, rules):
    verdict = sheets.verdict(*sheets.paired(270, 4, 10, 16))
    assert verdict.outcome == "GO"
    assert rules(verdict, "NO-GO") == []


def test_what_is_neither_proven_worse_nor_shown_as_good_is_inconclusive(sheets):
    verdict = sheets.verdict(*sheets.paired(110, 6, 8, 4))
    assert verdict.outcome == "INCONCLUSIVE"
    assert verdict.exit_code == 3
    assert verdict.tasks_needed is not None
    assert verdict.tasks_needed > 0


def test_advisory_deploys_what_is_not_proven_and_says_so(sheets):
    verdict = sheets.verdict(sheets.run("+" * 12), sheets.run("+" * 12, run_id="live"), mode="advisory")
    assert (verdict.outcome, verdict.advisory) == ("GO", True)
    assert "ADVISORY, deployed without proof" in verdict.line
    assert "at least 52 tasks" in verdict.line


def test_advisory_never_deploys_a_proven_loss(sheets):
    verdict = sheets.verdict(*sheets.paired(10, 0, 6, 0), mode="advisory")
    assert (verdict.outcome, verdict.advisory) == ("NO-GO", False)


def test_a_first_deployment_without_floors_needs_no_proof(sheets):
    verdict = sheets.verdict(sheets.run("+++-"))
    assert verdict.outcome == "GO"
    assert (verdict.baseline, verdict.baseline_digest, verdict.baseline_run_id) == (None, None, None)


def test_a_run_that_cannot_be_trusted_outweighs_a_proven_loss(sheets, rules):
    ours, theirs = sheets.paired(20, 0, 10, 0)
    ours = structs.replace(ours, results=(*ours.results[:-3], *sheets.run(" " * 27 + "???").results))
    verdict = sheets.verdict(ours, theirs, tasks=sheets.tasks(30))
    assert verdict.outcome == "INVALID"
    assert rules(verdict, "NO-GO") == ["pass_rate"]


def test_drafts_never_gate(sheets):
    tasks = sheets.tasks(63, drafts=[60, 61, 62])
    ours, theirs = sheets.run("+" * 60 + "---"), sheets.run("+" * 63, run_id="live")
    verdict = sheets.verdict(ours, theirs, tasks=tasks)
    assert verdict.outcome == "GO"
    assert sheets.comparison(verdict).tasks == 60


def test_a_set_of_drafts_only_is_invalid(sheets):
    verdict = sheets.verdict(sheets.run("++"), tasks=sheets.tasks(2, drafts=[0, 1]))
    assert verdict.outcome == "INVALID"
    assert "no golden task may gate" in verdict.line


def test_no_task_passing_at_all_is_no_go_on_a_first_deployment(sheets):
    verdict = sheets.verdict(sheets.run("---"))
    assert verdict.outcome == "NO-GO"
    assert verdict.line == "NO-GO  none of 3 tasks passed: t0, t1, t2"


def test_runs_judged_by_different_tasks_or_rules_cannot_be_compared(sheets):
    ours, theirs = sheets.run("+"), sheets.run("+", run_id="live", gate_digest="other")
    with pytest.raises(ValueError, match="runs ours and live were judged by different golden tasks or gate rules"):
        sheets.verdict(ours, theirs)


def test_without_any_rule_the_pass_rate_must_stay_within_five_points(sheets):
    ours, theirs = sheets.paired(40, 0, 0, 0)
    verdict = decide(ours, theirs, GatePolicy(), sheets.tasks(40))
    assert verdict.outcome == "INCONCLUSIVE"
    assert sheets.comparison(verdict).margin == 0.05


def test_a_proven_loss_of_passes_is_no_go_where_only_another_metric_is_required(sheets):
    scores = {"faithfulness": [0.9] * 100}
    ours = sheets.run("+" * 80 + "-" * 20, scores=scores)
    theirs = sheets.run("+" * 100, run_id="live", scores=scores)
    assert sheets.verdict(ours, theirs, require=FAITHFUL).outcome == "NO-GO"


def test_every_required_metric_must_be_shown_as_good(sheets, rules):
    ours = sheets.run("+" * 100, scores={"faithfulness": [0.5] * 6 + [0.9] * 94})
    theirs = sheets.run("+" * 100, run_id="live", scores={"faithfulness": [0.9] * 100})
    both = {"pass_rate": MetricRule(margin=0.05), **FAITHFUL}
    verdict = sheets.verdict(ours, theirs, require=both)
    assert verdict.outcome == "NO-GO"
    assert rules(verdict, "NO-GO") == ["faithfulness"]


def test_the_verdict_carries_the_ids_it_rests_on(sheets):
    verdict = sheets.verdict(*sheets.paired(60, 0, 0, 0))
    assert (verdict.run_id, verdict.baseline_run_id) == ("ours", "live")
    assert (verdict.candidate, verdict.baseline) == (8, 7)
    assert (verdict.behaviour_digest, verdict.baseline_digest) == ("ours", "live")


def test_budgets_count_the_candidate_alone(sheets):
    ours, theirs = sheets.run("+" * 60, cost=0.02), sheets.run("+" * 60, run_id="live", cost=0.5)
    assert sheets.verdict(ours, theirs, budget=BudgetRule(cost_per_task=0.03)).outcome == "GO"
    assert sheets.verdict(ours, theirs, budget=BudgetRule(cost_per_task=0.01)).outcome == "NO-GO"


signs = st.lists(st.sampled_from("++++-?"), min_size=1, max_size=40).map("".join)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), first=signs)
def test_the_order_in_which_results_came_changes_nothing(sheets, data, first):
    size = len(first)
    again = data.draw(st.text("++++-?", min_size=size, max_size=size))
    live = data.draw(st.text("++++-?", min_size=size, max_size=size))
    graded = data.draw(st.lists(st.sampled_from([0.1, 0.3, 0.7, 1.0, None, "broke"]), min_size=size, max_size=size))
    ours = sheets.run(first, again, scores={"faithfulness": graded})
    theirs = sheets.run(live, run_id="live", scores={"faithfulness": [0.6] * size})
    both = {"pass_rate": MetricRule(margin=0.05, min=0.3), "faithfulness": MetricRule(margin=0.1)}
    tasks = sheets.tasks(size, safety=[0])
    expected = sheets.verdict(ours, theirs, tasks, require=both, critical=("tag:safety",), error_budget=0.3)
    shuffled = structs.replace(ours, results=tuple(data.draw(st.permutations(ours.results))))
    assert sheets.verdict(shuffled, theirs, tasks, require=both, critical=("tag:safety",), error_budget=0.3) == expected


def test_the_same_sheets_give_the_same_verdict(sheets):
    ours, theirs = sheets.paired(255, 3, 12, 30)
    assert sheets.verdict(ours, theirs) == sheets.verdict(ours, theirs)
