"""Judge: one finished Trace of a golden task becomes one TaskResult.

Here: every assertion must hold, or their weighted mean reach the task's threshold; one that could not be scored makes
the task an error, never a failure. An assertion that does not apply to an answer says nothing about it, and one of
weight 0 is shown and decides nothing.
Not here: the assertions (``metrics``), running (``runner``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gonogo.contracts import Answer, Assertions
from gonogo.domain import Assertion, GoldenTask, Score, TaskResult, Trace

TASK_SCORE = "score"
"""Name of a task's own score among its Scores."""


def answer_of(trace: Trace) -> Answer:
    """A Trace as assertions and metrics see it."""
    return Answer(
        question=trace.question,
        text=trace.answer,
        chunks=trace.chunks,
        citations=trace.citations,
        tool_calls=trace.tool_calls,
        refused=trace.outcome == "refused",
        usage=trace.usage,
        cost=trace.cost,
        latency=trace.wall,
        finish_reason=trace.finish_reason,
    )


def judge(task: GoldenTask, trace: Trace, assertions: Assertions, *, repeat: int, order: int) -> TaskResult:
    """Score the answer. ``passed`` is ``None`` when an assertion could not be scored, or none applies to the answer."""
    scores, passed, error = judged(task.expect, task.threshold, trace, assertions)
    return result_of(task, trace, scores=scores, passed=passed, error=error, repeat=repeat, order=order)


Judged = tuple[tuple[Score, ...], bool | None, str | None]
"""(Scores, passed, error) of one answer."""


def judged(expect: Sequence[Assertion], threshold: float | None, trace: Trace, assertions: Assertions) -> Judged:
    """One answer by what is expected of it; the Scores of its Trace stand after those of the assertions."""
    answer = answer_of(trace)
    scores = tuple(_score(assertion, answer, assertions) for assertion in expect)
    error = error_of(expect, scores)
    total = task_score(expect, scores, threshold)
    passed = None if error else passes(expect, scores, total)
    return (*scores, *(() if total is None else (total,)), *trace.scores), passed, error


def result_of(
    task: GoldenTask,
    trace: Trace,
    *,
    scores: tuple[Score, ...],
    passed: bool | None,
    error: str | None,
    repeat: int,
    order: int,
) -> TaskResult:
    """What came out, with what the Trace says of cost and time."""
    return TaskResult(
        task_id=task.id,
        answer=trace.answer,
        passed=passed,
        scores=scores,
        error=error,
        latency=trace.wall,
        cpu=trace.cpu,
        usage=trace.usage,
        cost=trace.cost,
        model=trace.calls[-1].name if trace.calls else "",
        trace_id=trace.id,
        tags=task.tags,
        repeat=repeat,
        order=order,
        refused=trace.outcome == "refused",
    )


def outcome_of(task: GoldenTask, judged: Sequence[Score]) -> tuple[Score | None, bool | None, str | None]:
    """(the task's own score, passed, error) of the Scores of a task's assertions, in their order."""
    error, total = error_of(task.expect, judged), task_score(task.expect, judged, task.threshold)
    return total, None if error else passes(task.expect, judged, total), error


def passes(expect: Sequence[Assertion], judged: Sequence[Score], total: Score | None) -> bool:
    """Whether what could be judged makes a pass: ``total`` decides where the task has a threshold."""
    if total is not None and total.passed is not None:
        return total.passed
    return all(score.passed is not False for assertion, score in zip(expect, judged, strict=True) if assertion.weight)


def task_score(expect: Sequence[Assertion], judged: Sequence[Score], threshold: float | None) -> Score | None:
    """The weighted mean of what the assertions count, 0..1, as the Score ``score``; ``None`` where nobody asked for it.

    A graded assertion counts its value, any other 1 or 0. What does not apply is left out, with its weight; an error
    makes the whole an error.
    """
    if threshold is None and all(assertion.weight == 1.0 for assertion in expect):
        return None
    if any(score.state == "error" for score in judged):
        return Score(metric=TASK_SCORE, state="error", detail="an assertion could not be judged")
    weighed = [
        (assertion.weight, float(score.passed) if score.credit is None else score.credit)
        for assertion, score in zip(expect, judged, strict=True)
        if score.passed is not None and assertion.weight
    ]
    if not weighed:
        return Score(metric=TASK_SCORE, state="not-applicable", detail="no assertion with a weight applies")
    weights = math.fsum(weight for weight, _ in weighed)
    value = min(1.0, math.fsum(weight * credit for weight, credit in weighed) / weights)
    # Means of halves and thirds must not miss a threshold by the last bit.
    passed = None if threshold is None else value >= threshold - 1e-9
    detail = "" if passed is not False else f"{value:.3f} against {threshold:g}"
    return Score(metric=TASK_SCORE, value=value, passed=passed, detail=detail)


def error_of(expect: Sequence[Assertion], judged: Sequence[Score]) -> str | None:
    """Why a task neither passed nor failed, or ``None``."""
    errors = [f"{score.metric}: {score.detail}" for score in judged if score.state == "error"]
    if errors:
        return "; ".join(errors)
    if not judged:
        return "it expects nothing: add an assertion"
    deciding = [score for assertion, score in zip(expect, judged, strict=True) if assertion.weight]
    if not deciding:
        return "all its assertions have weight 0, so nothing decides: give one a weight"
    if all(score.passed is None for score in deciding):
        details = "; ".join(f"{score.metric}: {score.detail}" for score in deciding)
        return f"none of its assertions applies to the answer ({details}): add one that always does, such as contains"
    return None


def _score(assertion: Assertion, answer: Answer, assertions: Assertions) -> Score:
    try:
        return assertions.judge(assertion, answer)
    except Exception as error:  # a plug-in that chokes on one answer is a counted error, not the end of the run
        return Score(metric=assertion.name, state="error", detail=f"{type(error).__name__}: {error}")


def not_run(task: GoldenTask, error: str, *, repeat: int, order: int) -> TaskResult:
    """The result of a task whose request failed."""
    return TaskResult(task_id=task.id, answer="", passed=None, error=error, tags=task.tags, repeat=repeat, order=order)
