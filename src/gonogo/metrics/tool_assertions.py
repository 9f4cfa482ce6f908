"""Assertions about the tools that an answer called: tool-called, tool-call-f1 and the trajectory of calls.

Here: names, arguments, order and number of calls, over all steps that led to the answer.
Not here: answering calls while a task runs (``evaluation.conversation``).
"""

from __future__ import annotations

import json
import re

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Json, Score
from gonogo.domain.tool_call import ToolCall, has_arguments, tool_call
from gonogo.metrics.judgement import (
    Kind,
    Problem,
    argument,
    bound,
    bound_problem,
    count_problem,
    plain_text,
    text_problem,
    texts,
    texts_problem,
    verdict,
)


def tool_calls(answer: Answer) -> list[ToolCall]:
    """Name and arguments of every call, in the order they were made."""
    return [tool_call(call) for call in answer.tool_calls]


def _tool_problem(assertion: Assertion) -> Problem:
    problem = texts_problem(argument(assertion, "name"))
    if problem:
        return "needs the name of a tool" if problem == "needs a text" else problem
    arguments = assertion.options.get("arguments")
    if arguments is not None and not isinstance(arguments, dict):
        return "arguments must be a mapping"
    return count_problem(assertion, "min") or count_problem(assertion, "max")


def _tool_called(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    names = texts(argument(assertion, "name"))
    wrong = [said for name in names if (said := _not_called(name, assertion, answer))]
    return verdict(assertion, not wrong, "; ".join(wrong) or f"{', '.join(names)} was called")


def _not_called(wanted: str, assertion: Assertion, answer: Answer) -> str:
    """Why a tool does not count as called; empty where it does."""
    arguments = assertion.options.get("arguments") or {}
    calls = tool_calls(answer)
    named = [given for name, given in calls if name == wanted]
    fitting = [given for given in named if has_arguments(given, arguments)]
    least, most = assertion.options.get("min", 1), assertion.options.get("max")
    if len(fitting) >= least and (most is None or len(fitting) <= most):
        return ""
    if fitting:
        return f"{wanted} was called {len(fitting)} times"
    if named:
        return f"{wanted} was called with {json.dumps(named[0])[:120]}"
    return f"{wanted} was not called; called: {_listed(calls)}"


def _sequence_problem(assertion: Assertion) -> Problem:
    steps = argument(assertion, "steps")
    if not isinstance(steps, (list, tuple)) or not steps:
        return "needs a list of names of tools"
    mode = assertion.options.get("mode", "in_order")
    if mode not in ("in_order", "exact"):
        return f"mode must be in_order or exact, got {mode!r}"
    return texts_problem(steps)


def _sequence(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    wanted = texts(argument(assertion, "steps"))
    called = [name for name, _ in tool_calls(answer)]
    if assertion.options.get("mode") == "exact":
        holds = called == wanted
    else:
        rest = iter(called)
        holds = all(name in rest for name in wanted)
    return verdict(assertion, holds, f"called: {', '.join(called) or 'nothing'}; expected: {', '.join(wanted)}")


def _args_problem(assertion: Assertion) -> Problem:
    problem = text_problem(argument(assertion, "name"))
    if problem:
        return "needs name: the name of a tool" if problem == "needs a text" else f"name: {problem}"
    if not isinstance(assertion.options.get("arguments"), dict):
        return "needs arguments: a mapping"
    mode = assertion.options.get("mode", "partial")
    return None if mode in ("partial", "exact") else f"mode must be partial or exact, got {mode!r}"


def _args(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    name, wanted = plain_text(argument(assertion, "name")) or "", assertion.options["arguments"]
    given = [arguments for called, arguments in tool_calls(answer) if called == name]
    exact = assertion.options.get("mode") == "exact"
    holds = any(arguments == wanted if exact else has_arguments(arguments, wanted) for arguments in given)
    seen = "; ".join(json.dumps(arguments)[:120] for arguments in given[:3]) or f"{name} was not called"
    return verdict(assertion, holds, seen)


def _steps_problem(assertion: Assertion) -> Problem:
    if assertion.value is not None:
        return f"takes options only, got {assertion.value!r}"
    if not {"min", "max"} & set(assertion.options):
        return "needs min or max"
    pattern = assertion.options.get("name")
    if pattern is not None and (problem := text_problem(pattern)):
        return f"name: {problem}"
    return count_problem(assertion, "min") or count_problem(assertion, "max")


def _step_count(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    name = plain_text(assertion.options.get("name"))
    count = sum(name is None or _matches(called, name) for called, _ in tool_calls(answer))
    least, most = assertion.options.get("min", 0), assertion.options.get("max")
    holds = count >= least and (most is None or count <= most)
    wanted = f"at least {least}" if most is None else f"{least} to {most}"
    return verdict(assertion, holds, f"{count} calls, expected {wanted}", float(count))


def _matches(called: str, name: str) -> bool:
    """Whether a tool has this name; ``*`` stands for anything."""
    return re.fullmatch(".*".join(re.escape(piece) for piece in name.split("*")), called) is not None


def _f1_problem(assertion: Assertion) -> Problem:
    wanted = argument(assertion, "calls")
    items = wanted if isinstance(wanted, (list, tuple)) else (wanted,)
    if not items:
        return "needs a list of calls: names, or {name: NAME, arguments: {...}}"
    for place, item in enumerate(items, 1):
        if isinstance(item, dict):
            named = isinstance(item.get("name"), str) and isinstance(item.get("arguments", {}), dict)
            if not named or set(item) - {"name", "arguments"}:
                return f"item {place}: needs name and arguments, got {json.dumps(item)[:80]}"
        elif problem := text_problem(item):
            return f"item {place}: {problem}"
    return bound_problem(assertion, "min")


def _f1(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    wanted = argument(assertion, "calls")
    items = wanted if isinstance(wanted, (list, tuple)) else (wanted,)
    value = call_f1(tool_calls(answer), [_expected(item) for item in items])
    least = bound(assertion, "min", 1.0)
    detail = f"F1 {value:.2f} against {least:g}; called: {_listed(tool_calls(answer))}"
    return verdict(assertion, value >= least, detail, value)


def _expected(item: object) -> tuple[str, Json | None]:
    if isinstance(item, dict):
        return str(item["name"]), item.get("arguments")
    return plain_text(item) or "", None


def call_f1(called: list[ToolCall], expected: list[tuple[str, Json | None]]) -> float:
    """F1 over the sets of calls: 2 x matched / (called + expected). Arguments count where an expected call has any;
    calls of a name whose arguments nobody expects are one."""
    strict = {name for name, arguments in expected if arguments is not None}
    ours = {_key(name, arguments if name in strict else None) for name, arguments in called}
    theirs = {_key(name, arguments) for name, arguments in expected}
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


def _key(name: str, arguments: Json | None) -> str:
    return name if arguments is None else f"{name} {json.dumps(arguments, sort_keys=True)}"


def _listed(calls: list[ToolCall]) -> str:
    return ", ".join(name for name, _ in calls) or "nothing"


KINDS = (
    Kind(
        name="tool-called",
        summary="this tool was called (all of a list), with at least these arguments, min to max times",
        argument="NAME | {name: NAME, arguments: {...}, min: 1, max: 3}",
        options=("name", "arguments", "min", "max"),
        aliases=("trajectory:tool-used",),
        problem=_tool_problem,
        judge=_tool_called,
    ),
    Kind(
        name="tool-call-f1",
        summary="F1 of the called tools against these is at least min (1 unless told)",
        argument="[NAME, {name: NAME, arguments: {...}}, ...] | {calls: [...], min: 0.8}",
        options=("calls", "min"),
        threshold="min",
        graded=True,
        problem=_f1_problem,
        judge=_f1,
    ),
    Kind(
        name="trajectory:tool-sequence",
        summary="tools were called in this order; others may stand between, unless mode is exact",
        argument="[NAME, ...] | {steps: [NAME, ...], mode: in_order | exact}",
        options=("steps", "mode"),
        problem=_sequence_problem,
        judge=_sequence,
    ),
    Kind(
        name="trajectory:tool-args-match",
        summary="a call of this tool had these arguments: at least them, or exactly them",
        argument="{name: NAME, arguments: {...}, mode: partial | exact}",
        options=("name", "arguments", "mode"),
        problem=_args_problem,
        judge=_args,
    ),
    Kind(
        name="trajectory:step-count",
        summary="min to max calls of tools were made, of those with this name where it is given (* is anything)",
        argument="{min: 1, max: 4, name: search_*}",
        options=("min", "max", "name"),
        problem=_steps_problem,
        judge=_step_count,
    ),
)
