"""Metrics of which less is better: a rise is the loss."""

from __future__ import annotations

import pytest

from gonogo.domain import MetricRule

LOW, HIGH = [0.05] * 300, [0.10 if n % 2 else 0.30 for n in range(300)]


def pair(sheets, ours, theirs, metric="toxicity"):
    return (
        sheets.run("+" * 300, scores={metric: ours}),
        sheets.run("+" * 300, run_id="live", scores={metric: theirs}),
    )


@pytest.mark.parametrize("rule", [MetricRule(max=0.4), MetricRule(margin=0.05), MetricRule(margin=0.05, max=0.4)])
@pytest.mark.parametrize("stopping", ["fixed", "hybrid"])
def test_a_candidate_that_is_less_toxic_is_go(sheets, rule, stopping):
    require = {"pass_rate": MetricRule(margin=0.05), "toxicity": rule}
    verdict = sheets.verdict(*pair(sheets, LOW, HIGH), require=require, stopping=stopping)
    assert (verdict.outcome, verdict.reasons) == ("GO", ())
    found = sheets.comparison(verdict, "toxicity")
    assert found.less_is_better
    assert found.difference < 0 < -found.loss


@pytest.mark.parametrize("rule", [MetricRule(max=0.9), MetricRule(margin=0.05)])
@pytest.mark.parametrize("stopping", ["fixed", "hybrid"])
def test_one_that_is_more_toxic_is_no_go(sheets, rule, stopping):
    require = {"pass_rate": MetricRule(margin=0.05), "toxicity": rule}
    verdict = sheets.verdict(*pair(sheets, HIGH, LOW), require=require, stopping=stopping)
    assert verdict.outcome == "NO-GO"
    assert "toxicity +1" in verdict.line


def test_a_rise_within_the_margin_is_shown_as_such_and_the_margin_lies_above(sheets):
    require = {"pass_rate": MetricRule(margin=0.05), "toxicity": MetricRule(margin=0.05)}
    small = [value + (0.02 if n % 3 == 0 else -0.02) for n, value in enumerate(HIGH)]
    verdict = sheets.verdict(*pair(sheets, small, HIGH), require=require)
    found = sheets.comparison(verdict, "toxicity")
    assert (verdict.outcome, found.bound) == ("GO", 0.05)
    assert found.low < found.difference < found.high
    few = pair(sheets, [0.9, 0.1] * 150, [0.1, 0.78] * 150)
    said = sheets.verdict(*few, require=require).line
    assert "toxicity +6.0 pts" in said
    assert "is not shown to stay within the margin of +5.0 pts" in said
    assert "at or beyond the margin" in said


def test_noise_from_chunks_counts_so_too(sheets):
    require = {"pass_rate": MetricRule(margin=0.05), "reference-noise": MetricRule(max=0.5)}
    assert sheets.verdict(*pair(sheets, LOW, HIGH, "reference-noise"), require=require).outcome == "GO"
    assert sheets.verdict(*pair(sheets, HIGH, LOW, "reference-noise"), require=require).outcome == "NO-GO"


def test_of_metrics_of_which_more_is_better_nothing_changed(sheets):
    require = {"pass_rate": MetricRule(margin=0.05), "faithfulness": MetricRule(margin=0.05)}
    verdict = sheets.verdict(*pair(sheets, LOW, HIGH, "faithfulness"), require=require)
    assert (verdict.outcome, sheets.comparison(verdict, "faithfulness").bound) == ("NO-GO", -0.05)
