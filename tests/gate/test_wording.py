from __future__ import annotations

import pytest

from gonogo.domain import MetricRule
from gonogo.gate.wording import dollars, named, percent, points


def test_go_is_one_line_with_difference_interval_margin_cost_latency_and_critical_tasks(sheets):
    ours, theirs = sheets.run("+" * 280 + "+" * 8 + "-" * 12, cost=0.0082, latency=0.34), None
    theirs = sheets.run("+" * 280 + "-" * 4 + "+" * 4 + "-" * 12, run_id="live", cost=0.01, latency=0.3, tokens=90)
    verdict = sheets.verdict(ours, theirs, sheets.tasks(300, safety=range(24)), critical=("tag:safety",))
    assert verdict.line == (
        "GO  +1.3 pts (90 % CI +0.4..+2.9, margin -5) on 300 paired tasks; cost -18 %; tokens +11 %; p95 +40 ms; "
        "0/24 critical failed"
    )


def test_what_did_not_change_is_left_out_of_the_line(sheets):
    verdict = sheets.verdict(sheets.run("+" * 60), sheets.run("+" * 60, run_id="live"))
    assert verdict.line == "GO  +0.0 pts (90 % CI -4.3..+4.3, margin -5) on 60 paired tasks"


def test_an_unknown_cost_is_left_out_of_the_line(sheets):
    verdict = sheets.verdict(sheets.run("+" * 60, cost=None), sheets.run("+" * 60, run_id="live"))
    assert "cost" not in verdict.line


def test_other_required_metrics_stand_in_the_line(sheets):
    require = {"pass_rate": MetricRule(margin=0.05), "faithfulness": MetricRule(margin=0.05)}
    ours = sheets.run("+" * 60, scores={"faithfulness": [0.95] * 60})
    theirs = sheets.run("+" * 60, run_id="live", scores={"faithfulness": [0.9] * 60})
    assert "; faithfulness +5.0 pts" in sheets.verdict(ours, theirs, require=require).line
    assert "; faithfulness 0.950" in sheets.verdict(ours, require=require).line


def test_a_first_deployment_says_that_there_was_nothing_to_compare_with(sheets):
    assert sheets.verdict(sheets.run("+++-")).line == (
        "GO  pass_rate 75.0 % (90 % CI 35.6..94.2) on 4 tasks; first deployment, nothing live to compare with"
    )


def test_an_advisory_line_says_what_is_not_proven(sheets):
    verdict = sheets.verdict(*sheets.paired(11, 0, 1, 0), mode="advisory")
    assert verdict.line.startswith("GO  -8.3 pts (90 % CI -30.1..+11.6, margin -5) on 12 paired tasks; ADVISORY")
    assert verdict.line.endswith(
        "ADVISORY, deployed without proof: pass_rate -8.3 pts (90 % CI -30.1..+11.6, 12 tasks) is not shown to stay "
        "within the margin of -5.0 pts; 1 broke (t11), 0 mended; the difference is at or beyond the margin, and no "
        "number of tasks would turn that into GO"
    )


@pytest.mark.parametrize(
    ("share", "said"), [(0.013, "+1.3 pts"), (-0.0001, "+0.0 pts"), (0.0, "+0.0 pts"), (None, "unknown")]
)
def test_differences_are_signed_points_and_no_zero_is_negative(share, said):
    assert points(share) == said


def test_shares_amounts_and_names_are_short():
    assert percent(1 - 2 * 0.05) == "90 %"
    assert (dollars(2.6), dollars(0.0041234)) == ("$2.60", "$0.00412")
    assert named(["a", "b"]) == "a, b"
    assert named(list("abcdefg")) == "a, b, c, d, e and 2 more"
