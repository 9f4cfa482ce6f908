"""What judges may say in a decision."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import (
    Assertion,
    GatePolicy,
    GoldenTask,
    Judge,
    JudgeCalibration,
    JudgedLabel,
    MetricRule,
    Score,
)
from gonogo.gate import JudgeStanding, decide

JUDGE = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="r")
ASKS, CONTAINS = Assertion(kind="judge", value="helpful"), Assertion(kind="contains", value="yes")
RULES = GatePolicy(require={"pass_rate": MetricRule(margin=0.05), "helpful": MetricRule(margin=0.1, min=0.5)})


def standing(table=((45, 5), (5, 45)), judge: Judge = JUDGE) -> JudgeStanding:
    """Labels of a table: rows the judge's pass and fail, columns people's good and bad."""
    labels = tuple(
        JudgedLabel(trace_id=f"{row}{column}{n}", metric="helpful", judged=1.0 - row, label=1.0 - column)
        for row in (0, 1)
        for column in (0, 1)
        for n in range(table[row][column])
    )
    made = JudgeCalibration(id="c", mission="s", judge=judge, digest=judge.digest, labels=labels, created_at=1.0)
    return JudgeStanding(judge=judge, calibration=made)


@pytest.fixture
def judged(sheets):
    """A run of 60 tasks that all pass, with a judge's values."""

    def made(*values: float, run_id: str = "ours", digest: str = JUDGE.digest):
        run = sheets.run("+" * len(values), run_id=run_id)
        results = tuple(
            structs.replace(result, scores=(Score(metric="helpful", value=value, judge=digest),))
            for result, value in zip(run.results, values, strict=True)
        )
        return structs.replace(run, results=results)

    return made


def tasks(count: int, *expect: Assertion) -> list[GoldenTask]:
    return [GoldenTask(id=f"t{n}", question="?", expect=expect or (CONTAINS,)) for n in range(count)]


GOOD, BAD = [1.0, 1.0, 1.0, 0.0] * 50, [0.0] * 200


def test_a_loss_that_only_a_judge_without_a_say_sees_blocks_nothing_and_is_shown(judged):
    found = decide(judged(*BAD), judged(*GOOD, run_id="live"), RULES, tasks(200), judges=[JudgeStanding(judge=JUDGE)])
    assert found.outcome == "GO"
    assert "what the judge helpful says is shown and decides nothing: nobody has calibrated it" in found.line
    assert [one.metric for one in found.comparisons] == ["pass_rate", "helpful"]
    assert found.calibrations == {}


def test_the_same_loss_blocks_once_people_agree_with_the_judge(judged):
    found = decide(judged(*BAD), judged(*GOOD, run_id="live"), RULES, tasks(200), judges=[standing()])
    assert found.outcome == "NO-GO"
    assert "helpful -97.5 pts" in found.line  # 75 points, of which the judge sees 77 %
    assert found.calibrations == {"helpful": "c"}


def test_a_floor_holds_for_the_corrected_value(judged):
    found = decide(judged(*GOOD), None, RULES, tasks(200), judges=[standing()])
    helpful = next(one for one in found.comparisons if one.metric == "helpful")
    assert (helpful.observed, helpful.corrected) == (0.75, "Rogan-Gladen on 100 labels")
    assert helpful.candidate == pytest.approx(0.8125)
    assert "helpful 0.812, corrected from 0.750 (Rogan-Gladen on 100 labels)" in found.line


def test_a_sheet_that_another_judge_wrote_is_invalid(judged):
    other = judged(*GOOD, run_id="live", digest="other")
    found = decide(judged(*GOOD), other, RULES, tasks(200), judges=[standing()])
    assert found.outcome == "INVALID"
    assert "helpful of the live Version was given by another judge than the candidate's on 200 tasks" in found.line


def test_a_task_that_only_such_a_judge_judges_is_left_out_for_both_sides(judged):
    every = [*tasks(199), GoldenTask(id="t199", question="?", expect=(ASKS,))]
    found = decide(judged(*GOOD), judged(*GOOD, run_id="live"), RULES, every, judges=[JudgeStanding(judge=JUDGE)])
    assert found.comparisons[0].tasks == 199
    assert "1 task that nothing else judges is left out (t199)" in found.line
    with_a_say = decide(judged(*GOOD), judged(*GOOD, run_id="live"), RULES, every, judges=[standing()])
    assert with_a_say.comparisons[0].tasks == 200


def test_a_judge_that_nothing_asks_is_not_spoken_of(judged):
    quiet = GatePolicy(require={"pass_rate": MetricRule(margin=0.05)})
    found = decide(judged(*GOOD), judged(*GOOD, run_id="live"), quiet, tasks(200), judges=[JudgeStanding(judge=JUDGE)])
    assert found.reasons == ()


def test_the_same_sheets_and_calibration_give_the_same_verdict(judged):
    one, two = (
        decide(judged(*GOOD), judged(*GOOD, run_id="live"), RULES, tasks(200), judges=[standing()]) for _ in range(2)
    )
    assert one == two
