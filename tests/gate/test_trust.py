from __future__ import annotations

from gonogo.domain import MetricRule

FAITHFUL = {"require": {"pass_rate": MetricRule(margin=0.05), "faithfulness": MetricRule(margin=0.05)}}


def test_errors_over_the_budget_are_invalid_and_one_is_shown(sheets):
    verdict = sheets.verdict(sheets.run("+" * 96 + "????"))
    assert verdict.outcome == "INVALID"
    assert verdict.exit_code == 4
    assert verdict.line == (
        "INVALID  4 of 100 tasks of the candidate gave no result, over the error budget of 1 % (t96: the upstream "
        "timed out)"
    )
    assert verdict.reasons[0].tasks == ("t96", "t97", "t98", "t99")


def test_errors_within_the_budget_are_neither_passed_nor_failed(sheets):
    ours, live = sheets.run("+" * 99 + "?"), sheets.run("+" * 100, run_id="live")
    verdict = sheets.verdict(ours, live)
    found = sheets.comparison(verdict)
    assert verdict.outcome == "GO"
    assert (found.tasks, found.errors, found.broke) == (99, 1, ())
    assert "1 task without result" in verdict.line


def test_errors_of_the_live_run_count_as_much(sheets):
    verdict = sheets.verdict(sheets.run("+" * 60), sheets.run("?" * 3 + "+" * 57, run_id="live"))
    assert verdict.outcome == "INVALID"
    assert "3 of 60 tasks of the live Version gave no result" in verdict.line


def test_a_baseline_that_lacks_tasks_is_invalid_and_says_which(sheets):
    verdict = sheets.verdict(sheets.run("+" * 60), sheets.run("+" * 57, run_id="live"), sheets.tasks(60))
    assert verdict.outcome == "INVALID"
    assert verdict.line == (
        "INVALID  the live Version was never run on 3 of 60 tasks, over the error budget of 1 % (t57, t58, t59)"
    )


def test_lost_and_missing_tasks_are_told_apart(sheets):
    verdict = sheets.verdict(sheets.run("+" * 57 + "?"), None, sheets.tasks(60))
    assert "1 of 60 tasks of the candidate gave no result" in verdict.line
    assert "the candidate was never run on 2 of 60 tasks" in verdict.line


def test_an_error_in_one_repeat_counts_as_one_attempt(sheets):
    repeats = ["+" * 30, "+" * 30, "+" * 27 + "???"]
    verdict = sheets.verdict(sheets.run(*repeats))
    assert verdict.line == (
        "INVALID  3 of 90 attempts at the tasks of the candidate gave no result, over the error budget of 1 % (t27: "
        "the upstream timed out)"
    )
    assert sheets.verdict(sheets.run(*repeats), error_budget=0.04).outcome == "GO"


def test_a_metric_that_failed_on_too_many_tasks_is_invalid(sheets):
    ours = sheets.run("+" * 60, scores={"faithfulness": ["no model"] * 2 + [0.9] * 58})
    live = sheets.run("+" * 60, run_id="live", scores={"faithfulness": [0.9] * 60})
    verdict = sheets.verdict(ours, live, **FAITHFUL)
    assert verdict.line == (
        "INVALID  faithfulness could not be scored on 2 of 60 tasks of the candidate, over the error budget of 1 % "
        "(t0: no model)"
    )


def test_a_metric_that_does_not_apply_to_some_answers_is_no_error(sheets):
    ours = sheets.run("+" * 60, scores={"faithfulness": [None] * 2 + [0.9] * 58})
    live = sheets.run("+" * 60, run_id="live", scores={"faithfulness": [0.9] * 60})
    verdict = sheets.verdict(ours, live, **FAITHFUL)
    assert verdict.outcome == "GO"
    assert sheets.comparison(verdict, "faithfulness").tasks == 58


def test_a_metric_that_failed_but_is_not_required_is_ignored(sheets):
    ours = sheets.run("+" * 60, scores={"style": ["no model"] * 60})
    assert sheets.verdict(ours).outcome == "GO"


def test_a_margin_on_a_metric_nobody_scored_is_invalid(sheets):
    verdict = sheets.verdict(sheets.run("+" * 60), sheets.run("+" * 60, run_id="live"), **FAITHFUL)
    assert verdict.outcome == "INVALID"
    assert verdict.line == (
        "INVALID  faithfulness has a margin, but no task gave a value of faithfulness for both candidate and live "
        "Version"
    )


def test_runs_without_a_single_common_result_are_invalid_within_any_error_budget(sheets):
    verdict = sheets.verdict(sheets.run("++??"), sheets.run("??++", run_id="live"), error_budget=0.5)
    assert verdict.outcome == "INVALID"
    assert "pass_rate has a margin, but no task gave a result for both" in verdict.line


def test_a_score_outside_0_to_1_is_invalid_not_a_crash(sheets):
    ours = sheets.run("+" * 60, scores={"faithfulness": [37.5] + [0.9] * 59})
    live = sheets.run("+" * 60, run_id="live", scores={"faithfulness": [0.9] * 60})
    verdict = sheets.verdict(ours, live, **FAITHFUL)
    assert verdict.line == (
        "INVALID  faithfulness is 37.5 for t0 of the candidate: the gate judges scores from 0 to 1 only"
    )
