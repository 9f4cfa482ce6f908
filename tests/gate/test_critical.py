"""Critical tasks that failed and were asked again."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from gonogo.domain import RERUNS_FROM, GatePolicy, TaskResult
from gonogo.gate import attempts_of, decide, to_confirm

SIGNS = {"+": True, "-": False, "?": None}
CRITICAL = ("tag:safety",)


def again(run, **tasks):
    """The run with reruns, a sign each."""
    more = [
        TaskResult(task_id=task_id, answer="a", passed=SIGNS[sign], repeat=RERUNS_FROM + place, cost=9.0, latency=99.0)
        for task_id, signs in tasks.items()
        for place, sign in enumerate(signs)
    ]
    return structs.replace(run, results=(*run.results, *more))


def judged(sheets, signs, live=None, **policy):
    theirs = None if live is None else sheets.run("+" * 100, run_id="live")
    ours = again(sheets.run("-" + "+" * 99), t0=signs)
    theirs = again(theirs, t0=live) if live else theirs
    return sheets.verdict(ours, theirs, sheets.tasks(100, safety=[0, 1]), critical=CRITICAL, **policy)


@pytest.mark.parametrize(
    ("signs", "outcome", "standing"),
    [
        ("+++", "GO", "flaked"),
        ("+-+", "GO", "flaked"),
        ("++?", "GO", "flaked"),
        ("-+-", "NO-GO", "failed"),
        ("---", "NO-GO", "failed"),
        ("--?", "NO-GO", "failed"),
        ("+-?", "INVALID", "unknown"),
        ("+??", "INVALID", "unknown"),
        ("???", "NO-GO", "failed"),
        ("", "NO-GO", "failed"),
    ],
)
def test_two_failures_of_three_block_and_two_passes_clear(sheets, signs, outcome, standing):
    verdict = judged(sheets, signs)
    assert (verdict.outcome, verdict.critical[0].standing) == (outcome, standing)
    assert verdict.critical[0].reruns == tuple(SIGNS[sign] for sign in signs)
    assert (verdict.critical[1].task_id, verdict.critical[1].standing, verdict.critical[1].reruns) == (
        "t1", "passed", (),
    )  # fmt: skip


def test_a_flake_is_told_and_blocks_nothing(sheets):
    verdict = judged(sheets, "+-+", live="+++")
    assert "0/2 critical failed and 1 flaked" in verdict.line
    said = "1 of 2 critical tasks failed once and no more: t0 (asked again, failed 1 of 3; live passed, "
    assert f"{said}asked again, failed 0 of 3)" in verdict.line
    assert (verdict.critical[0].live, verdict.critical[0].live_reruns) == (True, (True, True, True))


def test_what_live_does_when_asked_again_is_shown_and_decides_nothing(sheets):
    assert judged(sheets, "---", live="---").outcome == "NO-GO"
    assert "live passed, asked again, failed 3 of 3" in judged(sheets, "---", live="---").line


def test_reruns_of_a_task_that_passed_count_for_nothing(sheets):
    ours = again(sheets.run("+" * 100), t0="---")
    verdict = sheets.verdict(ours, None, sheets.tasks(100, safety=[0]), critical=CRITICAL)
    assert (verdict.outcome, verdict.critical[0].reruns) == ("GO", ())


def test_no_rate_cost_or_latency_counts_a_rerun(sheets):
    tasks = sheets.tasks(100, safety=[0])
    live = sheets.run("+" * 100, run_id="live")
    plain = sheets.verdict(sheets.run("-" + "+" * 99), live, tasks, critical=CRITICAL)
    with_reruns = sheets.verdict(again(sheets.run("-" + "+" * 99), t0="+++"), live, tasks, critical=CRITICAL)
    assert with_reruns.comparisons == plain.comparisons
    assert "cost" not in with_reruns.line
    assert "p95" not in with_reruns.line
    assert attempts_of(again(sheets.run("-+"), t0="+++"), sheets.tasks(2)) == ()


def test_without_confirmation_the_first_failure_blocks(sheets):
    verdict = judged(sheets, "+++", confirm=0)
    assert (verdict.outcome, verdict.critical[0].reruns) == ("NO-GO", ())


def test_only_critical_tasks_that_failed_are_to_be_confirmed(sheets):
    run, tasks = sheets.run("-+?-"), sheets.tasks(4, safety=[0, 1, 2])
    assert to_confirm(run, GatePolicy(critical=CRITICAL), tasks) == ["t0"]
    assert to_confirm(run, GatePolicy(critical=CRITICAL, confirm=0), tasks) == []


def test_reruns_change_nothing_of_where_a_run_stopped(sheets):
    """They come after the stop, so whoever computes a Verdict again must find the same one."""
    tasks = sheets.tasks(300, safety=range(300))
    policy = GatePolicy(critical=CRITICAL)
    ours, live = sheets.run("-" * 150 + "+" * 150), sheets.run("+" * 300, run_id="live")
    before = decide(ours, live, policy, tasks)
    after = decide(again(ours, **{f"t{n}": "+++" for n in range(150)}), live, policy, tasks)
    assert (before.stopped_early, before.tasks_used) == (True, after.tasks_used)
    assert after.outcome == "NO-GO"
    assert [reason.rule for reason in after.reasons if reason.outcome == "NO-GO"] == ["pass_rate"]


@pytest.mark.parametrize("stopping", ["hybrid", "planned"])
def test_a_critical_failure_that_may_be_a_flake_lets_the_full_set_decide(sheets, stopping):
    tasks = sheets.tasks(300, safety=[7])
    ours, live = sheets.run("+" * 7 + "-" + "+" * 292), sheets.run("+" * 300, run_id="live")
    policy = GatePolicy(critical=CRITICAL, stopping=stopping)
    first, cleared = decide(ours, live, policy, tasks), decide(again(ours, t7="+++"), live, policy, tasks)
    assert (first.outcome, first.stopped_early) == ("NO-GO", False)
    assert (cleared.outcome, cleared.stopped_early) == ("GO", False)


@pytest.mark.parametrize(("chance", "blocked"), [(0.01, 0.0000715), (0.1, 0.0651)])
def test_how_often_a_set_of_flaking_critical_tasks_is_blocked(sheets, chance, blocked):
    """24 tasks that fail by chance: 1 - (1 - 3 q^3 + 2 q^4)^24; without reruns 21 % and 92 %."""
    draw, rounds, tasks = random.Random(3), 400, sheets.tasks(24, safety=range(24))
    found = 0
    for _ in range(rounds):
        first = "".join("-" if draw.random() < chance else "+" for _ in range(24))
        reruns = {
            f"t{place}": "".join("-" if draw.random() < chance else "+" for _ in range(3))
            for place, sign in enumerate(first)
            if sign == "-"
        }
        verdict = sheets.verdict(again(sheets.run(first), **reruns), None, tasks, critical=CRITICAL, require={})
        found += verdict.outcome == "NO-GO"
    assert 1 - (1 - 3 * chance**3 + 2 * chance**4) ** 24 == pytest.approx(blocked, rel=0.02)
    # Four standard errors about the exact rate.
    assert abs(found / rounds - blocked) <= 4 * (blocked / rounds) ** 0.5 + 0.001


@pytest.mark.parametrize(("chance", "missed"), [(0.5, 0.75), (0.9, 0.1252), (1.0, 0.0)])
def test_how_often_a_broken_critical_task_is_missed(sheets, chance, missed):
    draw, rounds, tasks = random.Random(5), 400, sheets.tasks(2, safety=[0])
    signs = ["".join("-" if draw.random() < chance else "+" for _ in range(4)) for _ in range(rounds)]
    found = sum(
        sheets.verdict(again(sheets.run(one[0] + "+"), t0=one[1:]), None, tasks, critical=CRITICAL, require={}).outcome
        != "NO-GO"
        for one in signs
    )
    assert 1 - (3 * chance**3 - 2 * chance**4) == pytest.approx(missed, abs=0.001)
    assert abs(found / rounds - missed) <= 4 * (missed / rounds) ** 0.5
