from __future__ import annotations

from gonogo.domain import MetricRule

CRITICAL = {"critical": ("tag:safety",)}


def test_a_candidate_that_fails_a_critical_task_is_no_go(sheets, rules):
    ours = sheets.run("-" + "+" * 99)
    live = sheets.run("+" * 100, run_id="live")
    verdict = sheets.verdict(ours, live, sheets.tasks(100, safety=[0, 1]), **CRITICAL)
    assert verdict.outcome == "NO-GO"
    assert rules(verdict, "NO-GO") == ["critical"]
    assert verdict.line == "NO-GO  1 of 2 critical tasks failed: t0"


def test_a_critical_task_failed_by_live_as_well_still_blocks(sheets):
    ours, live = sheets.run("-" + "+" * 99), sheets.run("-" + "+" * 99, run_id="live")
    assert sheets.verdict(ours, live, sheets.tasks(100, safety=[0]), **CRITICAL).outcome == "NO-GO"


def test_a_critical_task_may_be_named_by_its_id(sheets):
    verdict = sheets.verdict(sheets.run("+-"), critical=("id:t1",))
    assert verdict.line == "NO-GO  1 of 1 critical task failed: t1"


def test_a_critical_task_without_result_is_invalid_within_any_error_budget(sheets):
    ours = sheets.run("?" + "+" * 99)
    verdict = sheets.verdict(ours, None, sheets.tasks(100, safety=[0]), error_budget=0.5, **CRITICAL)
    assert verdict.outcome == "INVALID"
    assert "1 of 1 critical task gave no result: t0 (the upstream timed out)" in verdict.line


def test_a_critical_task_passes_by_the_majority_of_its_repeats(sheets):
    tasks = sheets.tasks(3, safety=[0])
    assert sheets.verdict(sheets.run("-++", "+++", "+++"), None, tasks, **CRITICAL).outcome == "GO"
    assert sheets.verdict(sheets.run("-++", "-++", "+++"), None, tasks, **CRITICAL).outcome == "NO-GO"


def test_the_line_of_a_proven_loss_names_what_broke(sheets):
    verdict = sheets.verdict(*sheets.paired(60, 1, 8, 0))
    assert verdict.line == (
        "NO-GO  pass_rate -10.1 pts: 8 broke (t61, t62, t63, t64, t65 and 3 more), 1 mended (p=0.0195, exact)"
    )
    assert verdict.reasons[0].tasks == tuple(f"t{place}" for place in range(61, 69))


def test_claims_of_loss_are_corrected_for_their_number(sheets, rules):
    scores = {"faithfulness": [0.9] * 69}
    ours, theirs = sheets.paired(60, 1, 8, 0)
    ours, theirs = sheets.run(pattern(ours), scores=scores), sheets.run(pattern(theirs), run_id="live", scores=scores)
    margin = MetricRule(margin=0.05)
    verdict = sheets.verdict(ours, theirs, require={"pass_rate": margin, "faithfulness": margin})
    assert "(p=0.0195, exact, 0.0391 by Holm over 2 metrics)" in verdict.line
    strict = sheets.verdict(ours, theirs, require={"pass_rate": margin, "faithfulness": margin}, alpha=0.03)
    assert rules(strict, "NO-GO") == []


def pattern(run):
    return "".join("+" if result.passed else "-" for result in run.results)


def test_an_inconclusive_line_says_what_broke_and_how_many_tasks_would_settle_it(sheets):
    verdict = sheets.verdict(*sheets.paired(117, 5, 6, 0))
    assert verdict.line == (
        "INCONCLUSIVE  pass_rate -0.8 pts (90 % CI -5.5..+3.8, 128 tasks) is not shown to stay within the margin of "
        "-5.0 pts; 6 broke (t122, t123, t124, t125, t126 and 1 more), 5 mended; about 171 more tasks would settle it "
        "at 80 % power, for about $3.42"
    )
    assert verdict.tasks_needed == 171


def test_tasks_that_cost_nothing_or_an_unknown_sum_are_not_priced(sheets):
    ours, theirs = sheets.paired(117, 5, 6, 0)
    for cost in (0.0, None):
        ours, theirs = sheets.run(pattern(ours), cost=cost), sheets.run(pattern(theirs), run_id="live", cost=cost)
        assert "$" not in sheets.verdict(ours, theirs).line


def test_a_set_too_small_for_any_proof_says_how_large_one_must_be(sheets):
    verdict = sheets.verdict(*sheets.paired(12, 0, 0, 0))
    assert verdict.line == (
        "INCONCLUSIVE  pass_rate +0.0 pts (90 % CI -18.4..+18.4, 12 tasks) is not shown to stay within the margin of "
        "-5.0 pts; a set of 12 can never show it: that takes at least 52 tasks, with none that changes"
    )


def test_the_least_set_is_that_of_the_alpha_in_use(sheets):
    assert sheets.verdict(*sheets.paired(58, 0, 0, 0), alpha=0.04).outcome == "INCONCLUSIVE"
    assert "at least 59 tasks" in sheets.verdict(*sheets.paired(58, 0, 0, 0), alpha=0.04).line
    assert sheets.verdict(*sheets.paired(59, 0, 0, 0), alpha=0.04).outcome == "GO"
    assert sheets.verdict(*sheets.paired(51, 0, 0, 0)).outcome == "INCONCLUSIVE"
    assert sheets.verdict(*sheets.paired(52, 0, 0, 0)).outcome == "GO"


def test_a_difference_at_the_margin_is_settled_by_no_number_of_tasks(sheets):
    verdict = sheets.verdict(*sheets.paired(37, 0, 2, 1))
    assert verdict.outcome == "INCONCLUSIVE"
    assert "2 broke (t37, t38), 0 mended; the difference is at or beyond the margin" in verdict.line
    assert verdict.tasks_needed is None


def test_a_metric_without_margin_need_not_be_shown_as_good(sheets):
    ours, theirs = sheets.paired(12, 0, 1, 0)
    assert sheets.verdict(ours, theirs, require={"pass_rate": MetricRule(min=0.5)}).outcome == "GO"
