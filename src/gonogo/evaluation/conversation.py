"""Conversation: a golden task of several steps - follow-up questions, calls of tools that the task itself answers.

Here: the system's own replies fed back, scripted results by name and arguments, the bound on steps, one result for all.
Not here: judging one answer (``judge``), assertions over calls (``metrics``), scheduling (``runner``).

A turn is a question with everything the model does to answer it. Its assertions see the turn's last text and the calls
of the whole turn; latency, cost and tokens are those of all its steps.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from msgspec import structs

from gonogo.contracts import Assertions
from gonogo.domain import Assertion, FollowUp, GoldenTask, Json, Score, TaskResult, ToolResult, Trace, total_usage
from gonogo.domain.request import FAILED_RESULT
from gonogo.domain.tool_call import has_arguments, tool_call
from gonogo.evaluation.judge import Judged, judge, judged, result_of
from gonogo.pipeline import Reply

Ask = Callable[[str, tuple[Json, ...]], Awaitable[Reply]]
"""Asks the Version: (question, all messages)."""
MAX_STEPS = "max_steps"
"""Name of the failed Score of a turn that was still calling tools at its bound."""
_NO_RESULT = "There is no result for this call."


async def converse(task: GoldenTask, ask: Ask, assertions: Assertions, *, repeat: int, order: int) -> TaskResult:
    """Run one task to its end and judge it: every turn must pass.

    Raises:
        GonogoError: what the pipeline raised.
    """
    said = _Said(list(task.turns))
    script = Script(task.tool_results)
    if not task.follow_ups and not task.tool_results:
        said.asked(task.question)
        trace = await _step(task.question, ask, said)
        return judge(task, trace, assertions, repeat=repeat, order=order)
    if not task.follow_ups:  # the Scores of one turn stay in the order of its assertions
        trace, stuck = await _turn(task.question, task, ask, said, script)
        scores, passed, error = _judged(task.expect, task.threshold, trace, assertions, stuck=stuck)
        error = error if task.expect else _all([(scores, passed, error)])[2]
        result = result_of(task, trace, scores=scores, passed=passed, error=error, repeat=repeat, order=order)
        return structs.replace(result, transcript=tuple(said.recorded))
    turns: list[tuple[Trace, Judged]] = []
    questions = ((task.question, task.expect, task.threshold), *map(_parts, task.follow_ups))
    for question, expect, threshold in questions:
        trace, stuck = await _turn(question, task, ask, said, script)
        turns.append((trace, _judged(expect, threshold, trace, assertions, stuck=stuck)))
    whole = _joined([trace for trace, _ in turns])
    scores, passed, error = _all([verdict for _, verdict in turns])
    result = result_of(task, whole, scores=scores, passed=passed, error=error, repeat=repeat, order=order)
    return structs.replace(result, transcript=tuple(said.recorded))


class Script:
    """The task's own answers to calls of tools.

    Of the results that fit a call, each is given once, in the order written; the last of them again and again.
    """

    def __init__(self, results: Sequence[ToolResult]) -> None:
        self._results = results
        self._given: set[int] = set()

    def reply(self, call: Json) -> Json:
        """The message that answers a call; one that nothing fits is told that its tool failed."""
        name, arguments = tool_call(call)
        fitting = [
            at
            for at, result in enumerate(self._results)
            if result.name == name and has_arguments(arguments, result.arguments)
        ]
        message: Json = {"role": "tool", "tool_call_id": str(call.get("id", "")), "content": _NO_RESULT}
        if not fitting:
            return {**message, FAILED_RESULT: True}
        at = next((place for place in fitting if place not in self._given), fitting[-1])
        self._given.add(at)
        found = self._results[at]
        content = found.result if isinstance(found.result, str) else json.dumps(found.result, ensure_ascii=False)
        return {**message, "content": content, **({FAILED_RESULT: True} if found.fails else {})}


@dataclass(slots=True)
class _Said:
    """The conversation as the model sees it, and as it is kept: what is stored has been redacted."""

    messages: list[Json]
    recorded: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorded = list(self.messages)

    def asked(self, question: str) -> None:
        self.add({"role": "user", "content": question})

    def add(self, message: Json, recorded: Json | None = None) -> None:
        self.messages.append(message)
        self.recorded.append(message if recorded is None else recorded)


async def _turn(question: str, task: GoldenTask, ask: Ask, said: _Said, script: Script) -> tuple[Trace, bool]:
    """All steps of one turn as one Trace, and whether it was stopped at the bound."""
    said.asked(question)
    steps: list[Trace] = []
    while True:
        trace = await _step(question, ask, said)
        steps.append(trace)
        calls = said.messages[-1].get("tool_calls", [])
        if not task.tool_results or not calls:
            return _joined(steps), False
        if len(steps) >= task.max_steps:
            return _joined(steps), True
        for call in calls:
            said.add(script.reply(call))


async def _step(question: str, ask: Ask, said: _Said) -> Trace:
    reply = await ask(question, tuple(said.messages))
    first = [delta for delta in reply.deltas if delta.choice == 0]
    calls = [_whole_call(call, at) for at, call in enumerate(call for delta in first for call in delta.tool_calls)]
    text = "".join(delta.content for delta in first)
    recorded = [_whole_call(call, at) for at, call in enumerate(reply.trace.tool_calls)]
    said.add(_message(text, calls), _message(reply.trace.answer, recorded))
    return reply.trace


def _message(text: str, calls: list[Json]) -> Json:
    return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}


def _whole_call(call: Json, at: int) -> Json:
    """A call as it is sent back: with an id that its result can name, arguments as text."""
    name, arguments = tool_call(call)
    function = call.get("function")
    written = function.get("arguments") if isinstance(function, dict) else None
    text = written if isinstance(written, str) else json.dumps(arguments, ensure_ascii=False)
    return {
        "id": str(call.get("id") or f"call_{at}"),
        "type": "function",
        "function": {"name": name, "arguments": text},
    }


def _parts(turn: FollowUp) -> tuple[str, tuple[Assertion, ...], float | None]:
    return turn.question, turn.expect, turn.threshold


def _judged(
    expect: Sequence[Assertion], threshold: float | None, trace: Trace, assertions: Assertions, *, stuck: bool
) -> Judged:
    scores, passed, error = judged(expect, threshold, trace, assertions)
    if not expect:  # a turn that only leads on; that every turn expects nothing is seen at the end
        passed, error = None, None
    if not stuck:
        return scores, passed, error
    detail = "still calling tools when its steps were used up; raise max_steps, or mend what it loops on"
    return (*scores, Score(metric=MAX_STEPS, value=0.0, passed=False, detail=detail)), None if error else False, error


def _all(turns: Sequence[Judged]) -> Judged:
    """Every turn must pass; an error in one makes the task an error. Measured quantities become their means."""
    errors = [f"turn {at}: {error}" for at, (_, _, error) in enumerate(turns, 1) if error]
    verdicts = [passed for _, passed, _ in turns if passed is not None]
    if not errors and not verdicts:
        errors.append("it expects nothing: add an assertion")
    checks: list[Score] = []
    measured: dict[str, list[Score]] = defaultdict(list)
    for at, (scores, _, _) in enumerate(turns, 1):
        for score in scores:
            if score.passed is None:
                measured[score.metric].append(score)
            else:
                detail = f"turn {at}: {score.detail}" if score.detail else ""
                checks.append(structs.replace(score, detail=detail))
    means = [_mean(scores) for scores in measured.values()]
    passed = None if errors else all(verdicts)
    return (*checks, *means), passed, "; ".join(errors) or None


def _mean(scores: Sequence[Score]) -> Score:
    """One Score for all turns: an error where there is one, else the mean of the values there are."""
    for state in ("error", "value"):
        of_state = [score for score in scores if score.state == state]
        if of_state and state == "error":
            return of_state[0]
        if of_state:
            values = [score.value for score in of_state if score.value is not None]
            worst = min(of_state, key=lambda score: score.value or 0.0)
            return structs.replace(worst, value=math.fsum(values) / len(values))
    return scores[0]


def _joined(traces: Sequence[Trace]) -> Trace:
    """The last Trace with the calls, tokens, cost and time of all."""
    last = traces[-1]
    costs = [trace.cost for trace in traces if trace.cost is not None]
    return structs.replace(
        last,
        tool_calls=tuple(call for trace in traces for call in trace.tool_calls),
        usage=total_usage(trace.usage for trace in traces),
        cost=math.fsum(costs) if len(costs) == len(traces) else None,
        wall=math.fsum(trace.wall for trace in traces),
        cpu=math.fsum(trace.cpu for trace in traces),
    )
