"""Judge: one finished Trace of a golden task becomes one TaskResult.

Here: every assertion must hold; one that could not be scored makes the task an error, never a failure.
An assertion that does not apply to an answer says nothing about it.
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
    """Score the answer. ``passed`` is ``None`` when an assertion could not be scored, or none applies to the answer."""
    answer = answer_of(trace)
    judged = tuple(_score(assertion, answer, assertions) for assertion in task.expect)
    error = _error(judged)
    passed = None if error else all(score.passed is not False for score in judged)
    return TaskResult(
        task_id=task.id,
        answer=trace.answer,
        passed=passed,
        scores=(*judged, *trace.scores),
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
    )


def _error(judged: tuple[Score, ...]) -> str | None:
    errors = [f"{score.metric}: {score.detail}" for score in judged if score.state == "error"]
    if errors:
        return "; ".join(errors)
    if not judged:
        return "it expects nothing: add an assertion"
    if all(score.passed is None for score in judged):
        details = "; ".join(f"{score.metric}: {score.detail}" for score in judged)
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
