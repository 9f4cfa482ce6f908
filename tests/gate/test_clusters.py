"""Tasks that share a document, a conversation or a template are not independent of one another."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import Assertion, GatePolicy, GoldenTask, MetricRule, Mission, ModelSpec, PromptSpec
from gonogo.gate import TaskOutcome, attempts_of, may_stop_early, plan, random_order
from gonogo.gate.evidence import Evidence
from gonogo.gate.levels import Levels


def together(tasks, size):
    return [structs.replace(task, cluster=f"page {place // size}") for place, task in enumerate(tasks)]


def test_what_whole_clusters_did_counts_once_each(sheets):
    ours = "".join("-" * 5 if page < 2 else "+" * 5 for page in range(60))
    alone = sheets.verdict(sheets.run(ours), sheets.run("+" * 300, run_id="live"))
    paged = sheets.verdict(sheets.run(ours), sheets.run("+" * 300, run_id="live"), together(sheets.tasks(300), 5))
    assert alone.outcome == "NO-GO"  # ten of ten broke: p 0.001
    assert paged.outcome == "INCONCLUSIVE"  # two of two pages: p 0.25
    found = sheets.comparison(paged)
    assert found.p_worse == pytest.approx(0.25)
    assert (found.clusters, round(found.worth), round(found.worth_least)) == (60, 60, 60)
    assert found.low < sheets.comparison(alone).low
    assert found.difference == sheets.comparison(alone).difference


def test_the_line_says_how_many_clusters_and_what_they_are_worth(sheets):
    ours, theirs = sheets.paired(280, 5, 5, 10)
    verdict = sheets.verdict(ours, theirs, together(sheets.tasks(300), 3))
    assert verdict.outcome == "GO"
    assert "on 300 paired tasks in 100 clusters, worth " in verdict.line
    assert "independent ones" in verdict.line


def test_few_clusters_can_never_show_it_and_that_is_said(sheets):
    ours, theirs = sheets.paired(300, 0, 0, 0)
    verdict = sheets.verdict(ours, theirs, together(sheets.tasks(300), 20))
    assert verdict.outcome == "INCONCLUSIVE"
    assert "15 clusters worth 15 equal ones can never show it: that takes at least 59" in verdict.line


def test_tasks_without_a_cluster_stand_alone(sheets):
    ours, theirs = sheets.paired(280, 5, 5, 10)
    one_each = [structs.replace(task, cluster=task.id) for task in sheets.tasks(300)]
    assert sheets.verdict(ours, theirs, one_each) == sheets.verdict(ours, theirs)
    assert sheets.comparison(sheets.verdict(ours, theirs)).clusters is None


def test_a_graded_metric_is_tested_by_cluster_too(sheets):
    scores = {"faithfulness": [0.5 if page < 3 else 0.9 for page in range(60) for _ in range(5)]}
    before = {"faithfulness": [0.9] * 300}
    ours, live = sheets.run("+" * 300, scores=scores), sheets.run("+" * 300, run_id="live", scores=before)
    require = {"pass_rate": MetricRule(margin=0.05), "faithfulness": MetricRule(margin=0.05)}
    alone = sheets.comparison(sheets.verdict(ours, live, require=require), "faithfulness")
    paged = sheets.comparison(
        sheets.verdict(ours, live, together(sheets.tasks(300), 5), require=require), "faithfulness"
    )
    assert (alone.p_worse < 0.001, paged.p_worse) == (True, pytest.approx(0.125))
    assert paged.p_noninferior > alone.p_noninferior


def test_a_first_deployment_proves_its_floor_by_cluster(sheets):
    require = {"pass_rate": MetricRule(min=0.9)}
    run = sheets.run("+" * 200)
    assert sheets.verdict(run, require=require).outcome == "GO"
    paged = sheets.verdict(run, None, together(sheets.tasks(200), 20), require=require)
    assert paged.outcome == "INCONCLUSIVE"
    assert "200 tasks in 10 clusters" in paged.line


def test_a_slice_of_few_clusters_is_small_however_many_tasks_it_has(sheets):
    tasks = [
        structs.replace(task, tags=("billing",) if place < 100 else (), cluster=f"page {place // 5}")
        for place, task in enumerate(sheets.tasks(300))
    ]
    ours, live = sheets.run("-" * 100 + "+" * 200), sheets.run("+" * 300, run_id="live")
    assert sheets.verdict(ours, live, tasks).slices[0].small


def test_repeats_of_clustered_tasks_have_a_wider_interval(sheets):
    run, tasks = sheets.run("+-" * 30, "+-" * 30), sheets.tasks(60)
    alone = attempts_of(run, tasks)[0].pass_at_k.interval
    paged = attempts_of(run, [structs.replace(task, cluster=f"page {n % 4}") for n, task in enumerate(tasks)])[0]
    assert paged.pass_at_k.interval.width > alone.width


def test_planned_looks_are_left_out_where_tasks_share_clusters(sheets):
    tasks = sheets.tasks(300)
    assert may_stop_early(GatePolicy(stopping="planned"), tasks, ())
    assert not may_stop_early(GatePolicy(stopping="planned"), together(tasks, 2), ())
    verdict = sheets.verdict(*sheets.paired(300, 0, 0, 0), together(tasks, 2), stopping="planned")
    assert (verdict.stopping, verdict.stopped_early, verdict.go_level) == ("fixed", False, pytest.approx(0.04))


def test_a_run_of_clusters_stops_after_a_whole_one(sheets):
    tasks = together(sheets.tasks(300), 3)
    ours, live = sheets.run("-" * 150 + "+" * 150), sheets.run("+" * 300, run_id="live")
    verdict = sheets.verdict(ours, live, tasks, stopping="hybrid")
    assert (verdict.outcome, verdict.stopped_early) == ("NO-GO", True)
    assert verdict.tasks_used % 3 == 0
    order = [task.cluster for task in random_order(tasks, 0)]
    assert all(order[at] == order[at + 1] == order[at + 2] for at in range(0, 300, 3))
    found = sheets.comparison(verdict)
    assert found.e_worse >= 1 / 0.03
    assert found.tasks == verdict.tasks_used


def test_it_takes_more_clustered_tasks_than_independent_ones_to_stop(sheets):
    ours, live = sheets.run("-" * 150 + "+" * 150), sheets.run("+" * 300, run_id="live")
    alone = sheets.verdict(ours, live, stopping="hybrid")
    paged = sheets.verdict(ours, live, together(sheets.tasks(300), 5), stopping="hybrid")
    assert alone.tasks_used < paged.tasks_used < 300


def test_the_evidence_of_one_cluster_at_the_margin_is_fair_whatever_the_sizes():
    """Sizes and differences as they come: a bet at the margin multiplies by 1 on average."""
    levels = Levels(go=0.04, no_go=0.02, go_evidence=100, no_go_evidence=33)
    sizes = (1, 2, 5)
    # Each size breaks whole with this chance, so that the mean over tasks is -0.05.
    chance, grown = 0.05, []
    for size in sizes:
        for lost in (True, False):
            evidence = Evidence.of({"pass_rate": MetricRule(margin=0.05)}, levels, beyond_margin=False, largest=5)
            evidence.add([(outcome(not lost), outcome(True))] * size)
            grown.append((chance if lost else 1 - chance) / len(sizes) * evidence.e_values("pass_rate")[0])
    assert sum(grown) == pytest.approx(1.0)


def outcome(passed):
    return TaskOutcome(
        task_id="t", passed=passed, metrics={}, metric_errors={}, latency=0.1, cost=0.0, tokens=1.0, attempts=1,
        failed_attempts=0, error=None,
    )  # fmt: skip


def mission(size):
    expect = (Assertion(kind="contains", value="yes"),)
    golden = tuple(
        GoldenTask(id=f"t{n}", question="?", expect=expect, cluster=f"page {n // size}" if size else "")
        for n in range(300)
    )
    return Mission(
        name="m", models={"only": ModelSpec(provider="p", model="m")}, prompt=PromptSpec(system="s"), golden=golden
    )


def test_the_plan_counts_what_clusters_are_worth():
    alone, paged = plan(mission(0)), plan(mission(5))
    assert (alone.clusters, alone.worth, paged.clusters, paged.worth_least) == (None, None, 60, pytest.approx(60))
    assert paged.worth == pytest.approx(300 / (1 + 4 * 0.3))
    assert paged.visible_margin > alone.visible_margin
    assert paged.warning is None


def test_the_plan_warns_of_clusters_that_can_never_show_it():
    warning = plan(mission(6)).warning
    assert "300 tasks in 50 clusters worth 50 equal ones; at least 59 at margin 0.05" in warning
