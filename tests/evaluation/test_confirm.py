"""Critical tasks that failed are asked again before a Verdict is given."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial

import pytest
from msgspec import structs

from gonogo.domain import Judge, MetricRule
from gonogo.evaluation import Cap, RunOptions, evaluate, recompute

OPTIONS = RunOptions()
CRITICAL = {"critical": ("id:t3",)}


class Wavering:
    """Says "no" to question 3 the times that are named, and "yes" to everything else."""

    def __init__(self, *times: int) -> None:
        self._times, self.asked = times, Counter()

    def __call__(self, request):
        self.asked[request.question] += 1
        return "no" if request.question == "Question 3?" and self.asked["Question 3?"] in self._times else "yes"


async def test_a_critical_task_that_flakes_does_not_block(team):
    says = Wavering(1, 3)
    live = await team.build("Answer.", team.tasks(120), **CRITICAL)
    candidate = await team.build("Answer well.", team.tasks(120), says=says, **CRITICAL)
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    (found,) = verdict.critical
    assert (found.task_id, found.passed, found.reruns, found.standing) == ("t3", False, (True, False, True), "flaked")
    assert (found.live, found.live_reruns) == (True, (True, True, True))
    assert verdict.outcome == "GO"
    assert says.asked["Question 3?"] == 4
    assert team.speaker(live).asked.count("Question 3?") == 4


async def test_one_that_keeps_failing_does(team):
    candidate = await team.build("Answer well.", says=Wavering(1, 2, 4), **CRITICAL)
    verdict = await evaluate(candidate, None, team.tools, OPTIONS)
    assert verdict.outcome == "NO-GO"
    assert "1 of 1 critical task failed: t3 (asked again, failed 2 of 3)" in verdict.line
    assert verdict.critical[0].live_reruns == ()


async def test_nothing_is_asked_again_where_every_critical_task_passed(team):
    says = Wavering()
    await evaluate(await team.build(says=says, **CRITICAL), None, team.tools, OPTIONS)
    assert set(says.asked.values()) == {1}


async def test_the_verdict_is_the_same_when_it_is_computed_again_from_what_is_stored(team):
    live = await team.build("Answer.", **CRITICAL)
    candidate = await team.build("Answer well.", says=Wavering(1, 3), **CRITICAL)
    verdict = await evaluate(candidate, live, team.tools, OPTIONS)
    assert await recompute(verdict, team.store, team.store) == verdict
    run = await team.store.run(verdict.run_id)
    assert [one.repeat for one in run.results if one.rerun] == [1000, 1001, 1002]
    assert run.finished_at is not None


async def test_reruns_that_are_stored_are_not_asked_for_again(team):
    says = Wavering(1, 2, 3, 4)
    live = await team.build("Answer.", **CRITICAL)
    candidate = await team.build("Answer well.", says=says, **CRITICAL)
    first = await evaluate(candidate, live, team.tools, OPTIONS)
    second = await evaluate(candidate, live, team.tools, OPTIONS)
    assert says.asked["Question 3?"] == 4
    assert team.speaker(live).asked.count("Question 3?") == 4
    assert structs.replace(second, id=first.id, created_at=first.created_at) == first


async def test_fresh_asks_all_of_it_again(team):
    says = Wavering(1, 2, 3, 4)
    candidate = await team.build(says=says, **CRITICAL)
    assert (await evaluate(candidate, None, team.tools, OPTIONS)).outcome == "NO-GO"
    assert (await evaluate(candidate, None, team.tools, RunOptions(fresh=True))).outcome == "GO"
    assert says.asked["Question 3?"] == 5


async def test_an_earlier_verdict_stands_when_live_is_asked_again_for_another_candidate(team):
    live = await team.build("Answer.", **CRITICAL)
    one = await evaluate(await team.build("One.", says=Wavering(1), **CRITICAL), live, team.tools, OPTIONS)
    other = await evaluate(await team.build("Two.", says=Wavering(1, 2), **CRITICAL), live, team.tools, OPTIONS)
    assert team.speaker(live).asked.count("Question 3?") == 4
    assert other.critical[0].live_reruns == (True, True, True)
    assert await recompute(one, team.store, team.store) == one


async def test_the_cap_counts_reruns_and_what_it_leaves_out_counts_as_failed(team):
    candidate = await team.build(says=Wavering(1), **CRITICAL)
    cap = Cap(max_tokens=61 * 15)  # sixty tasks and one rerun
    verdict = await evaluate(candidate, None, team.tools, RunOptions(cap=cap, concurrency=1))
    assert (cap.tokens, cap.stopped) == (61 * 15, True)
    assert (verdict.outcome, verdict.critical[0].reruns) == ("NO-GO", ())
    again = await evaluate(candidate, None, team.tools, OPTIONS)
    assert (again.outcome, again.critical[0].reruns) == ("GO", (True, True, True))
    assert len(team.speaker(candidate).asked) == 63


async def test_a_rerun_that_does_not_run_is_neither_a_failure_nor_a_pass(team):
    def says(request):
        says.times += request.question == "Question 3?"
        if request.question == "Question 3?" and says.times in (3, 4):
            raise RuntimeError("the upstream is gone")
        return "no" if request.question == "Question 3?" and says.times == 1 else "yes"

    says.times = 0
    verdict = await evaluate(await team.build(says=says, **CRITICAL), None, team.tools, OPTIONS)
    assert verdict.critical[0].reruns == (True, None, None)
    assert verdict.outcome == "INVALID"
    assert verdict.comparisons[0].errors == 0


async def test_a_set_that_stopped_early_is_asked_again_for_its_critical_failures_only(team):
    tasks = team.tasks(300)
    broken = {f"Question {place}?" for place in range(150)}
    live = await team.build("Answer.", tasks, **CRITICAL)
    worse = await team.build(
        "Badly.", tasks, says=lambda request: "no" if request.question in broken else "yes", **CRITICAL
    )
    verdict = await evaluate(worse, live, team.tools, OPTIONS)
    run = await team.store.run(verdict.run_id)
    assert verdict.stopped_early
    assert run.stopped_early
    assert [one.task_id for one in run.results if one.rerun] == ["t3", "t3", "t3"]
    assert await recompute(verdict, team.store, team.store) == verdict


@pytest.mark.parametrize("repeats", [1, 3])
async def test_repeats_are_one_first_answer(team, repeats):
    says = Wavering(1, 2)
    candidate = await team.build(says=says, **CRITICAL)
    verdict = await evaluate(candidate, None, team.tools, RunOptions(repeats=repeats, concurrency=1))
    assert verdict.outcome == "GO"
    assert says.asked["Question 3?"] == repeats + 3


async def test_a_changed_judge_scores_the_stored_answers_of_reruns_and_generates_none(team):
    says = Wavering(1, 3)
    judge = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="Says yes.")
    required = {"pass_rate": MetricRule(margin=0.05), "helpful": MetricRule(min=0.1)}
    build = partial(team.build, says=says, require=required, **CRITICAL)
    await evaluate(await build(judges={"helpful": judge}), None, team.tools, OPTIONS)
    other = structs.replace(judge, rubric="Says a friendly yes.")
    verdict = await evaluate(await build(judges={"helpful": other}), None, team.tools, OPTIONS)
    assert says.asked["Question 3?"] == 4
    assert verdict.critical[0].reruns == (True, False, True)
    run = await team.store.run(verdict.run_id)
    assert {one.score("helpful").judge for one in run.results} == {other.digest}


async def test_reruns_that_were_cut_off_are_gone_on_with(team):
    """The first rerun is stored, the second hangs when everything is cancelled."""
    says = Wavering(1)
    candidate = await team.build(says=says, **CRITICAL)
    speaker = team.speaker(candidate)

    def holding(request):
        answer = says(request)
        if says.asked["Question 3?"] == 2:
            speaker.gate.clear()
        return answer

    speaker.says = holding
    running = asyncio.create_task(evaluate(candidate, None, team.tools, RunOptions(concurrency=1)))
    while len(speaker.asked) < 62:  # noqa: ASYNC110 - what is watched are plain counts of the code under test
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    speaker.gate.set()
    speaker.says = says
    asked = len(speaker.asked)
    verdict = await evaluate(candidate, None, team.tools, OPTIONS)
    assert verdict.critical[0].reruns == (True, True, True)
    assert len(speaker.asked) == asked + 2
