from __future__ import annotations

import pytest

from gonogo.domain import MetricRule

# both, candidate only, baseline only, neither; difference; 95 % Tango interval; p of non-inferiority at margin 0.05.
PUBLISHED = [
    ((265, 12, 3, 20), 0.03, (0.00539, 0.05997), 0.000002),
    ((280, 5, 5, 10), 0.0, (-0.024, 0.024), 0.000377),
    ((270, 4, 10, 16), -0.02, (-0.04875, 0.00508), 0.021169),
    ((255, 3, 12, 30), -0.03, (-0.05997, -0.00539), 0.082874),
    ((36, 12, 2, 0), 0.2, (0.06111, 0.34471), 0.000695),
]
# candidate only, baseline only; one-sided exact p of "the candidate is worse".
MCNEMAR = [
    ((3, 12), 0.017578),
    ((0, 5), 0.03125),
    ((0, 6), 0.015625),
    ((1, 8), 0.019531),
    ((5, 15), 0.020695),
    ((10, 25), 0.008337),
    ((9, 9), 0.592735),
    ((12, 3), 0.996307),
]


@pytest.mark.parametrize(("counts", "difference", "interval", "p"), PUBLISHED)
def test_pass_rates_are_compared_by_tangos_interval_and_test(sheets, counts, difference, interval, p):
    found = sheets.comparison(sheets.verdict(*sheets.paired(*counts), alpha=0.025))
    assert found.difference == pytest.approx(difference)
    assert (found.low, found.high) == pytest.approx(interval, abs=6e-6)
    assert found.p_noninferior == pytest.approx(p, abs=6e-7)
    assert found.confidence == pytest.approx(0.95)
    assert found.tasks == sum(counts)


@pytest.mark.parametrize(("flips", "p"), MCNEMAR)
def test_a_worse_pass_rate_is_tested_by_exact_mcnemar(sheets, flips, p):
    mended, broke = flips
    found = sheets.comparison(sheets.verdict(*sheets.paired(50, mended, broke, 5)))
    assert found.p_worse == pytest.approx(p, abs=6e-7)


def test_what_broke_and_what_mended_is_named(sheets):
    found = sheets.comparison(sheets.verdict(sheets.run("-+-+"), sheets.run("+-++", run_id="live")))
    assert (found.broke, found.mended) == (("t0", "t2"), ("t1",))


def test_a_task_without_result_on_either_side_is_in_no_pair(sheets):
    found = sheets.comparison(sheets.verdict(sheets.run("?+++"), sheets.run("+?++", run_id="live")))
    assert (found.tasks, found.errors) == (2, 2)


def test_the_interval_excludes_the_margin_exactly_when_the_test_passes(sheets):
    for broke in range(12):
        found = sheets.comparison(sheets.verdict(*sheets.paired(180 - broke, 6, broke, 10)))
        assert (found.low > -0.05) == (found.p_noninferior <= 0.05), broke


def graded(sheets, ours, theirs, **policy):
    fields = {"require": {"faithfulness": MetricRule(margin=0.05)}, "error_budget": 1.0, **policy}
    passed = "+" * len(ours)
    return sheets.verdict(
        sheets.run(passed, scores={"faithfulness": ours}),
        sheets.run(passed, run_id="live", scores={"faithfulness": theirs}),
        **fields,
    )


def test_graded_scores_are_compared_task_by_task(sheets):
    found = sheets.comparison(graded(sheets, [0.9, 0.6, 0.8], [0.8, 0.7, 0.5]), "faithfulness")
    assert found.candidate == pytest.approx(0.7666667)
    assert found.baseline == pytest.approx(0.6666667)
    assert found.difference == pytest.approx(0.1)
    assert found.low < 0.1 < found.high


def test_graded_differences_are_tested_by_sign_flips(sheets):
    differences = [0.1, -0.05, 0, 0.2, 0.15, -0.1, 0.05, 0, 0.3, -0.02]
    found = sheets.comparison(graded(sheets, [0.5 - d for d in differences], [0.5] * 10), "faithfulness")
    assert found.p_worse == pytest.approx(0.0859375)


def test_scores_that_do_not_apply_or_failed_are_in_no_pair(sheets):
    verdict = graded(sheets, [0.9, None, "no model", 0.9], [0.9, 0.9, 0.9, None])
    found = sheets.comparison(verdict, "faithfulness")
    assert (found.tasks, found.errors) == (1, 1)


def test_equal_scores_prove_no_more_than_equal_passes(sheets):
    twelve = graded(sheets, [0.9] * 12, [0.9] * 12)
    assert twelve.outcome == "INCONCLUSIVE"
    assert graded(sheets, [0.9] * 52, [0.9] * 52).outcome == "GO"


def test_a_candidate_alone_has_wilsons_interval(sheets):
    found = sheets.comparison(sheets.verdict(sheets.run("+" * 270 + "-" * 30), alpha=0.025))
    assert (found.low, found.high) == pytest.approx((0.86083, 0.92905), abs=6e-6)
    assert (found.baseline, found.difference, found.p_worse) == (None, None, None)


def test_scores_of_0_and_1_have_the_interval_of_a_rate(sheets):
    ours = sheets.run("+" * 27 + "-" * 3, scores={"faithfulness": [1.0] * 27 + [0.0] * 3})
    verdict = sheets.verdict(ours, require={"faithfulness": MetricRule(min=0.5)})
    rate, mean = sheets.comparison(verdict), sheets.comparison(verdict, "faithfulness")
    assert (mean.low, mean.high) == pytest.approx((rate.low, rate.high))
