"""Calibrations of judges, Annotations of answers that have no Trace, and answers whose judge failed."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import Annotation, Judge, JudgeCalibration, JudgedLabel, Score, TaskResult

JUDGE = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="r")


def calibration(calibration_id: str, judge: Judge = JUDGE, mission: str = "support") -> JudgeCalibration:
    label = JudgedLabel(trace_id="t", metric=judge.name, judged=1.0, label=0.0, words=3, note="why")
    return JudgeCalibration(
        id=calibration_id, mission=mission, judge=judge, digest=judge.digest, labels=(label,), created_at=1.0
    )


async def test_a_calibration_comes_back_as_it_was(store):
    await store.add_calibration(calibration("c1"))
    assert await store.calibration("c1") == calibration("c1")
    assert await store.calibration("c2") is None


async def test_calibrations_are_found_by_mission_judge_and_digest_newest_first(store):
    other = structs.replace(JUDGE, model="n")
    for made in (calibration("c1"), calibration("c2", other), calibration("c3"), calibration("c4", mission="sales")):
        await store.add_calibration(made)
    assert [one.id for one in await store.calibrations("support")] == ["c3", "c2", "c1"]
    assert [one.id for one in await store.calibrations("support", digest=JUDGE.digest)] == ["c3", "c1"]
    assert [one.id for one in await store.calibrations("support", "helpful", limit=1)] == ["c3"]
    assert await store.calibrations("support", "terse") == []


async def test_a_calibration_never_changes(store):
    await store.add_calibration(calibration("c1"))
    with pytest.raises(ValueError, match="never change"):
        await store.add_calibration(calibration("c1"))


async def test_annotations_of_a_metric_need_no_trace(store):
    for at, metric in enumerate(("helpful", "toxicity", "helpful")):
        await store.add_annotation(
            Annotation(trace_id=f"t{at}", metric=metric, value=1.0, author="ana", created_at=float(at))
        )
    assert [one.trace_id for one in await store.annotations_of("helpful")] == ["t2", "t0"]
    assert [one.trace_id for one in await store.annotations_of("helpful", limit=1)] == ["t2"]


async def test_an_answer_that_a_judge_failed_on_stands_for_its_task_all_the_same(store, samples):
    failed = Score(metric="helpful", state="error", detail="nonsense", judge=JUDGE.digest)
    results = (
        TaskResult(task_id="a", answer="yes", passed=None, error="helpful: nonsense", scores=(failed,), digest="d1"),
        TaskResult(task_id="b", answer="", passed=None, error="timed out", digest="d2"),
    )
    await store.start_run(samples.run("r1"))
    await store.add_results("r1", results)
    assert await store.known_results(["d1", "d2"]) == [results[0]]
