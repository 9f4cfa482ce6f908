"""Judge: one finished Trace of a golden task becomes one TaskResult.

Here: every assertion must hold; one that could not be scored makes the task an error, never a failure.
Not here: the assertions (``metrics``), running (``runner``).
"""

from __future__ import annotations

from gonogo.contracts import Answer, Assertions
from gonogo.domain import Assertion, GoldenTask, Score, TaskResult, Trace


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
    )


def judge(task: GoldenTask, trace: Trace, assertions: Assertions, *, repeat: int, order: int) -> TaskResult:
    """Score the answer. ``passed`` is ``None`` when an assertion could not be scored."""
    answer = answer_of(trace)
    judged = tuple(_score(assertion, answer, assertions) for assertion in task.expect)
    errors = [score for score in judged if score.state == "error"]
    passed = None if errors else all(score.passed is not False for score in judged)
    return TaskResult(
        task_id=task.id,
        answer=trace.answer,
        passed=passed,
        scores=(*judged, *trace.scores),
        error="; ".join(f"{score.metric}: {score.detail}" for score in errors) or None,
        latency=trace.wall,
        cpu=trace.cpu,
        usage=trace.usage,
        cost=trace.cost,
        model=trace.calls[-1].name if trace.calls else "",
        trace_id=trace.id,
        tags=task.tags,
        repeat=repeat,
        order=order,
    )


def _score(assertion: Assertion, answer: Answer, assertions: Assertions) -> Score:
    try:
        return assertions.judge(assertion, answer)
    except ValueError as error:  # a plug-in that gives NaN or chokes is a counted error, not the end of the run
        return Score(metric=assertion.name, state="error", detail=str(error))


def not_run(task: GoldenTask, error: str, *, repeat: int, order: int) -> TaskResult:
    """The result of a task whose request failed."""
    return TaskResult(task_id=task.id, answer="", passed=None, error=error, tags=task.tags, repeat=repeat, order=order)
