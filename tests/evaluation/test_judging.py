"""Judges beside golden tasks: when they are asked, what is asked again, what their word counts for."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from gonogo.domain import (
    Assertion,
    GoldenTask,
    Judge,
    JudgeCalibration,
    JudgedLabel,
    MetricRule,
)
from gonogo.domain.golden_task import FollowUp, ToolResult
from gonogo.errors import BadInput
from gonogo.evaluation import Cap, RunOptions, evaluate, recompute

HELPFUL = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="Says yes.")
ASKS = Assertion(kind="judge", value="helpful")
CONTAINS = Assertion(kind="contains", value="yes")


def tasks(count: int, *expect: Assertion) -> list[GoldenTask]:
    return [GoldenTask(id=f"t{n}", question=f"Question {n}?", expect=expect, reference="yes") for n in range(count)]


async def calibrated(team, judge: Judge = HELPFUL, labels: int = 100) -> JudgeCalibration:
    """People agree with the judge on every answer, half of them good."""
    pairs = tuple(
        JudgedLabel(trace_id=f"x{n}", metric=judge.name, judged=float(n % 2), label=float(n % 2)) for n in range(labels)
    )
    made = JudgeCalibration(
        id=f"c{labels}", mission="support", judge=judge, digest=judge.digest, labels=pairs, created_at=1.0
    )
    await team.store.add_calibration(made)
    return made


async def test_a_judge_is_asked_once_for_every_answer(team):
    version = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    run = await team.store.run(verdict.run_id)
    assert len(team.benches["helpful"].asked) == 20
    score = run.results[0].score("helpful")
    assert (score.value, score.passed, score.judge) == (1.0, True, HELPFUL.digest)


async def test_what_judges_took_is_counted_apart_from_what_answers_took(team):
    version = await team.build(tasks=tasks(1, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (result,) = (await team.store.run(verdict.run_id)).results
    assert (result.usage.input, result.judge_usage.input, result.judge_cost) == (10, 7, 0.5)


async def test_a_metric_and_an_assertion_of_one_judge_ask_it_once(team):
    require = {"pass_rate": MetricRule(margin=0.05), "helpful": MetricRule(min=0.5)}
    version = await team.build(tasks=tasks(3, CONTAINS, ASKS), judges={"helpful": HELPFUL}, require=require)
    await evaluate(version, None, team.tools, RunOptions())
    assert len(team.benches["helpful"].asked) == 3


async def test_a_negated_assertion_turns_the_judge_round(team):
    expect = (CONTAINS, structs.replace(ASKS, negate=True))
    version = await team.build(tasks=tasks(1, *expect), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (result,) = (await team.store.run(verdict.run_id)).results
    assert (result.score("not-helpful").value, result.score("not-helpful").passed) == (1.0, False)


async def test_a_task_s_own_rubric_and_threshold_are_asked_for(team):
    expect = (CONTAINS, Assertion(kind="llm-rubric", value="Is short.", options={"threshold": 0.9}), ASKS)
    team.verdicts = lambda case: 0.6
    version = await team.build(tasks=tasks(1, *expect), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (result,) = (await team.store.run(verdict.run_id)).results
    assert sorted(case.rubric for case in team.benches["helpful"].asked) == ["", "Is short."]
    assert [score.passed for score in result.scores[1:]] == [False, True]
    assert [score.metric for score in result.scores[1:]] == ["helpful", "helpful-2"]


async def test_another_judge_rescores_what_is_stored_and_generates_nothing(team):
    version = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    await evaluate(version, None, team.tools, RunOptions())
    asked = len(team.speaker(version).asked)
    stricter = structs.replace(HELPFUL, rubric="Says yes twice.")
    changed = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": stricter})
    assert changed.gate_digest != version.gate_digest
    assert changed.behaviour_digest == version.behaviour_digest
    team.verdicts = lambda case: 0.0
    verdict = await evaluate(changed, None, team.tools, RunOptions())
    run = await team.store.run(verdict.run_id)
    assert len(team.speaker(version).asked) == asked
    assert {result.score("helpful").value for result in run.results} == {0.0}
    assert {result.score("helpful").judge for result in run.results} == {stricter.digest}
    assert {result.judge_usage.calls for result in run.results} == {1}


async def test_a_threshold_that_moved_asks_nobody(team):
    await calibrated(team)
    version = await team.build(tasks=tasks(5, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    team.verdicts = lambda case: 0.6
    await evaluate(version, None, team.tools, RunOptions())
    higher = structs.replace(HELPFUL, threshold=0.9)
    changed = await team.build(tasks=tasks(5, CONTAINS, ASKS), judges={"helpful": higher})
    verdict = await evaluate(changed, None, team.tools, RunOptions())
    run = await team.store.run(verdict.run_id)
    assert len(team.benches["helpful"].asked) == 5
    assert {result.passed for result in run.results} == {False}


async def test_a_task_that_changed_is_run_again_and_the_others_are_not(team):
    version = await team.build(tasks=tasks(5, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    await evaluate(version, None, team.tools, RunOptions())
    team.speaker(version).asked.clear()
    others = tasks(5, CONTAINS, ASKS)
    others[2] = structs.replace(others[2], question="Another?")
    await evaluate(await team.build(tasks=others, judges={"helpful": HELPFUL}), None, team.tools, RunOptions())
    assert team.speaker(version).asked == ["Another?"]


async def test_a_judge_that_failed_is_asked_again_without_a_new_answer(team):
    await calibrated(team)
    team.verdicts = lambda case: "nonsense"
    version = await team.build(tasks=tasks(5, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "INVALID"
    assert "nonsense" in verdict.line
    team.verdicts = lambda case: 1.0
    again = await evaluate(version, None, team.tools, RunOptions())
    assert again.outcome != "INVALID"
    assert len(team.speaker(version).asked) == 5


async def test_a_judge_that_raises_is_a_counted_error(team):
    await calibrated(team)

    def chokes(case):
        raise RuntimeError("choked")

    team.verdicts = chokes
    version = await team.build(tasks=tasks(3, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "INVALID"
    assert "RuntimeError: choked" in verdict.line


async def test_without_a_calibration_a_judge_is_shown_and_decides_nothing(team):
    team.verdicts = lambda case: 0.0
    version = await team.build(tasks=tasks(60, CONTAINS, ASKS), judges={"helpful": HELPFUL}, min_pass_rate=0.9)
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "GO"
    assert "what the judge helpful says is shown and decides nothing: nobody has calibrated it" in verdict.line
    run = await team.store.run(verdict.run_id)
    assert run.results[0].score("helpful").passed is False


async def test_tasks_that_only_such_a_judge_judges_are_left_out(team):
    team.verdicts = lambda case: 0.0
    both = [*tasks(60, CONTAINS), GoldenTask(id="only", question="Only?", expect=(ASKS,))]
    version = await team.build(tasks=both, judges={"helpful": HELPFUL}, min_pass_rate=0.9)
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "GO"
    assert "1 task that nothing else judges is left out (only)" in verdict.line
    assert verdict.comparisons[0].tasks == 60


async def test_where_no_other_task_is_left_the_verdict_is_invalid(team):
    version = await team.build(tasks=tasks(5, ASKS), judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "INVALID"
    assert any("nobody has calibrated it" in reason.message for reason in verdict.reasons)


async def test_a_calibrated_judge_decides_without_asking_anybody_again(team):
    team.verdicts = lambda case: 0.0
    version = await team.build(tasks=tasks(60, CONTAINS, ASKS), judges={"helpful": HELPFUL}, min_pass_rate=0.9)
    await evaluate(version, None, team.tools, RunOptions())
    made = await calibrated(team)
    verdict = await evaluate(version, None, team.tools, RunOptions())
    assert verdict.outcome == "NO-GO"
    assert verdict.calibrations == {"helpful": made.id}
    assert len(team.benches["helpful"].asked) == 60


async def test_a_verdict_is_computed_again_with_the_calibration_it_rests_on(team):
    await calibrated(team)
    require = {"pass_rate": MetricRule(margin=0.05), "helpful": MetricRule(min=0.5)}
    version = await team.build(tasks=tasks(60, CONTAINS, ASKS), judges={"helpful": HELPFUL}, require=require)
    verdict = await evaluate(version, None, team.tools, RunOptions())
    await calibrated(team, labels=4)  # a later one, by which it may not decide
    assert await recompute(verdict, team.store, team.store) == verdict


async def test_live_is_judged_by_the_candidate_s_judge(team):
    await calibrated(team)
    live = await team.build("Live.", tasks(60, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    await evaluate(live, None, team.tools, RunOptions())
    other = structs.replace(HELPFUL, model="n")
    await calibrated(team, other, labels=102)
    candidate = await team.build("New.", tasks(60, CONTAINS, ASKS), judges={"helpful": other})
    verdict = await evaluate(candidate, live, team.tools, RunOptions())
    baseline = await team.store.run(verdict.baseline_run_id)
    assert {result.score("helpful").judge for result in baseline.results} == {other.digest}
    assert len(team.speaker(live).asked) == 60  # its answers stood in the store
    assert verdict.outcome == "GO"


@pytest.mark.parametrize("fresh", [False, True])
async def test_fresh_runs_again_what_was_run(team, fresh):
    version = await team.build(tasks=tasks(3, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    await evaluate(version, None, team.tools, RunOptions())
    await evaluate(version, None, team.tools, RunOptions(fresh=fresh))
    assert len(team.speaker(version).asked) == (6 if fresh else 3)


async def test_a_run_that_was_stopped_while_judging_keeps_what_was_judged(team):
    version = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    await evaluate(version, None, team.tools, RunOptions())
    stricter = structs.replace(HELPFUL, rubric="Says yes twice.")
    changed = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": stricter})
    team.benches["helpful"].asked.clear()

    running: list[asyncio.Task] = []

    def cancelled_after_five(case):
        if len(team.benches["helpful"].asked) > 5:
            running[0].cancel()
        return 1.0

    team.verdicts = cancelled_after_five
    running.append(asyncio.create_task(evaluate(changed, None, team.tools, RunOptions(concurrency=1))))
    with pytest.raises(asyncio.CancelledError):
        await running[0]
    team.verdicts = lambda case: 1.0
    team.benches["helpful"].asked.clear()
    await evaluate(changed, None, team.tools, RunOptions(concurrency=1))
    assert 14 <= len(team.benches["helpful"].asked) <= 15
    assert len(team.speaker(version).asked) == 20


async def test_a_cap_counts_what_judges_take(team):
    version = await team.build(tasks=tasks(20, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    cap = Cap(max_tokens=200)  # an answer takes 15, its judge 10
    await evaluate(version, None, team.tools, RunOptions(cap=cap))
    assert cap.stopped
    assert cap.tokens == 200
    assert len(team.benches["helpful"].asked) == 8


async def test_a_cap_in_dollars_needs_the_price_of_the_judges(team):
    version = await team.build(tasks=tasks(3, CONTAINS, ASKS), judges={"helpful": HELPFUL})
    with pytest.raises(BadInput, match="price of"):
        await evaluate(version, None, team.tools, RunOptions(cap=Cap(max_cost=1.0)))


async def test_a_conversation_is_judged_as_a_whole_where_the_gate_requires_it(team):
    follow_up = FollowUp(question="And then?", expect=(CONTAINS,))
    talk = [GoldenTask(id="talk", question="First?", expect=(CONTAINS,), follow_ups=(follow_up,))]
    require = {"pass_rate": MetricRule(margin=0.05), "helpful": MetricRule(min=0.5)}
    version = await team.build(tasks=talk, judges={"helpful": HELPFUL}, require=require)
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (case,) = team.benches["helpful"].asked
    assert case.question == "user: First?\nassistant: yes\nuser: And then?"
    assert case.answer == "yes"
    (result,) = (await team.store.run(verdict.run_id)).results
    assert (result.passed, result.score("helpful").value) == (True, 1.0)


async def test_weights_and_thresholds_count_what_judges_grade(team):
    await calibrated(team)
    team.verdicts = lambda case: 0.6
    light = structs.replace(ASKS, weight=3.0)
    graded = [GoldenTask(id="t", question="?", expect=(CONTAINS, light), threshold=0.75)]
    version = await team.build(tasks=graded, judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (result,) = (await team.store.run(verdict.run_id)).results
    assert result.score("score").value == pytest.approx((1 + 3 * 0.6) / 4)
    assert result.passed is False


async def test_a_task_with_tools_is_judged_by_its_last_answer(team):
    results = (ToolResult(name="look_up", result="found"),)
    task = GoldenTask(id="t", question="?", expect=(CONTAINS, ASKS), tool_results=results)
    await calibrated(team)
    version = await team.build(tasks=[task], judges={"helpful": HELPFUL})
    verdict = await evaluate(version, None, team.tools, RunOptions())
    (result,) = (await team.store.run(verdict.run_id)).results
    assert [score.metric for score in result.scores[:2]] == ["contains", "helpful"]
    assert result.passed is True
