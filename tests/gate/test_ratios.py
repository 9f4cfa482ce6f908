"""Budgets of cost and latency that are held against live."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from gonogo.domain import BudgetRule, GatePolicy, MetricRule
from gonogo.gate import decide


def runs(sheets, ratios, *, live=0.01, field="cost"):
    """A hundred tasks that all pass; a task takes ``ratios`` times, in turn, what it takes live."""
    ours, theirs = sheets.run("+" * 100), sheets.run("+" * 100, run_id="live")
    prices = [live * (1 + place % 7) for place in range(100)]
    mine = [
        structs.replace(one, **{field: None if (ratio := ratios[place % len(ratios)]) is None else price * ratio})
        for place, (one, price) in enumerate(zip(ours.results, prices, strict=True))
    ]
    before = [structs.replace(one, **{field: price}) for one, price in zip(theirs.results, prices, strict=True)]
    return structs.replace(ours, results=tuple(mine)), structs.replace(theirs, results=tuple(before))


def thrice(run):
    """Three hundred tasks made of one hundred."""
    results = (
        structs.replace(one, task_id=f"t{100 * turn + place}")
        for turn in range(3)
        for place, one in enumerate(run.results)
    )
    return structs.replace(run, results=tuple(results))


def answered_at(run, second):
    """With ids of Traces, which begin with the moment."""
    trace_id = f"{1000 * second:012x}{'0' * 20}"
    return structs.replace(run, results=tuple(structs.replace(one, trace_id=trace_id) for one in run.results))


def verdict_of(sheets, *pair, tasks=None, **budget):
    return sheets.verdict(*pair, tasks, budget=BudgetRule(**budget))


@pytest.mark.parametrize(
    ("ratios", "outcome"),
    [
        ((1.0,), "GO"),
        ((1.1, 1.2), "GO"),
        ((0.5, 0.7, 1.4), "GO"),
        ((1.0, 1.4), "INCONCLUSIVE"),
        ((0.6, 2.2), "INCONCLUSIVE"),
        ((1.3, 1.6), "NO-GO"),
    ],
)
@pytest.mark.parametrize(("field", "key"), [("cost", "cost_ratio"), ("latency", "latency_ratio")])
def test_the_interval_of_the_ratio_decides(sheets, ratios, outcome, field, key):
    verdict = verdict_of(sheets, *runs(sheets, ratios, field=field), **{key: 1.2})
    assert verdict.outcome == outcome
    (found,) = verdict.ratios
    assert (found.quantity, found.budget, found.tasks, found.confidence) == (field, 1.2, 100, pytest.approx(0.9))
    assert found.low <= found.ratio <= found.high


def test_it_is_the_geometric_ratio_with_the_bound_of_the_report(sheets):
    """research: ratio 1.055837, upper bound 1.137148; inside a budget of 15 % more, outside one of 10 %."""
    before, now = [1, 1.2, 0.9, 1.1, 1, 2], [1.1, 1.25, 0.95, 1, 1.2, 2.1]
    ours, live = sheets.run("++++++"), sheets.run("++++++", run_id="live")
    ours = structs.replace(
        ours, results=tuple(structs.replace(one, cost=cost) for one, cost in zip(ours.results, now, strict=True))
    )
    live = structs.replace(
        live, results=tuple(structs.replace(one, cost=cost) for one, cost in zip(live.results, before, strict=True))
    )
    (found,) = verdict_of(sheets, ours, live, cost_ratio=1.15).ratios
    assert (found.ratio, found.high) == pytest.approx((1.055837, 1.137148), abs=6e-7)
    outside, inside = (verdict_of(sheets, ours, live, cost_ratio=most).reasons for most in (1.1, 1.15))
    assert any(reason.rule == "cost_ratio" for reason in outside)
    assert not any(reason.rule == "cost_ratio" for reason in inside)


def test_go_and_no_go_say_the_ratio(sheets):
    assert "cost is 1.1 times that of live (90 % CI 1.1..1.1, 100 tasks), budget 1.2" in (
        verdict_of(sheets, *runs(sheets, (1.1,)), cost_ratio=1.2).line
    )
    assert "cost is 1.3 times that of live (90 % CI 1.3..1.3, 100 tasks), and must be at most 1.2" in (
        verdict_of(sheets, *runs(sheets, (1.3,)), cost_ratio=1.2).line
    )


def test_an_unknown_cost_is_never_a_ratio_of_one(sheets):
    verdict = verdict_of(sheets, *runs(sheets, (1.0, 1.0, 1.0, None)), cost_ratio=1.2)
    assert verdict.outcome == "INVALID"
    assert "at most 1.2 times that of live, but that of 25 tasks is unknown: no price is known" in verdict.line
    assert verdict.ratios[0].ratio is None


def test_what_costs_nothing_on_both_sides_is_no_dearer(sheets):
    assert verdict_of(sheets, *runs(sheets, (1.0,), live=0.0), cost_ratio=1.2).outcome == "GO"


def test_a_candidate_that_costs_nothing_any_more_is_within_its_budget(sheets):
    assert verdict_of(sheets, *runs(sheets, (0.0,)), cost_ratio=1.2).outcome == "GO"


def test_what_live_took_nothing_for_has_no_ratio(sheets):
    ours, live = runs(sheets, (1.0,))
    live = structs.replace(live, results=tuple(structs.replace(one, cost=0.0) for one in live.results))
    verdict = verdict_of(sheets, ours, live, cost_ratio=1.2)
    assert verdict.outcome == "INVALID"
    assert "live takes nothing for 100 tasks" in verdict.line
    assert "hold it to cost_per_task" in verdict.line


def test_latencies_of_recorded_calls_show_nothing(sheets):
    ours, live = runs(sheets, (1.0,), field="latency")
    verdict = verdict_of(sheets, structs.replace(ours, replayed=True), live, latency_ratio=1.25, cost_ratio=1.2)
    assert verdict.outcome == "INCONCLUSIVE"
    assert "their latencies are those of a file: run without --replay" in verdict.line
    assert [one.ratio is None for one in verdict.ratios] == [False, True]


def test_a_first_deployment_has_nothing_to_be_held_against(sheets):
    verdict = verdict_of(sheets, sheets.run("+" * 100), cost_ratio=1.2, latency_ratio=1.2)
    assert (verdict.outcome, verdict.ratios) == ("GO", ())


def test_one_task_cannot_show_a_ratio(sheets):
    verdict = verdict_of(sheets, sheets.run("+"), sheets.run("+", run_id="live"), cost_ratio=1.2)
    assert "1 task cannot show it" in verdict.line


def test_clusters_widen_the_interval_of_a_ratio(sheets):
    pair = runs(sheets, (1.0,) * 10 + (1.3,) * 10)
    tasks = [structs.replace(task, cluster=f"page {place // 10}") for place, task in enumerate(sheets.tasks(100))]
    (alone,), (paged,) = (
        verdict_of(sheets, *pair, cost_ratio=1.2).ratios,
        verdict_of(sheets, *pair, tasks=tasks, cost_ratio=1.2).ratios,
    )
    assert paged.ratio == alone.ratio
    assert paged.high > alone.high


def test_a_relative_budget_is_looked_at_once_at_the_full_set(sheets):
    """Its interval is made for one look; a loss may still end the run."""
    ours, live = runs(sheets, (1.1,))
    many = [thrice(run) for run in (ours, live)]
    tasks = sheets.tasks(300)
    free = decide(*many, GatePolicy(require={"pass_rate": MetricRule(margin=0.05)}), tasks)
    held = decide(*many, GatePolicy(budget=BudgetRule(cost_ratio=1.2)), tasks)
    assert (free.stopped_early, held.stopped_early, held.outcome) == (True, False, "GO")
    bad = structs.replace(many[0], results=tuple(structs.replace(one, passed=False) for one in many[0].results))
    assert decide(bad, many[1], GatePolicy(budget=BudgetRule(cost_ratio=1.2)), tasks).stopped_early


def test_latencies_measured_at_other_times_are_named(sheets):
    ours, live = runs(sheets, (1.0,), field="latency")
    ours, live = answered_at(ours, 1_000_000), answered_at(live, 1_000_000 - 7200)
    verdict = verdict_of(sheets, ours, live, latency_ratio=1.2)
    assert verdict.outcome == "GO"
    assert "latencies of 100 tasks were measured up to 2.0 hours apart: --fresh measures both" in verdict.line


@pytest.mark.parametrize(
    ("true", "rule", "least", "most"), [(1.2, "GO", 0.0, 0.09), (1.2, "NO-GO", 0.0, 0.09), (1.1, "GO", 0.8, 1.0)]
)
def test_how_often_a_relative_budget_errs(sheets, true, rule, least, most):
    """At the budget each side errs with alpha at most: 5 % over 300 rounds stays under 9 % with probability 0.999."""
    draw, tasks, rounds, found = random.Random(4), sheets.tasks(100), 300, 0
    for _ in range(rounds):
        ratios = [true * draw.lognormvariate(0, 0.3) for _ in range(100)]
        pair = runs(sheets, ratios)
        found += verdict_of(sheets, *pair, tasks=tasks, cost_ratio=1.2).outcome == rule
    assert least <= found / rounds <= most
