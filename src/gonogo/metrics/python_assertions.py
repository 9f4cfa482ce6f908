"""Assertions in Python: a file of the Mission folder that looks at an answer.

Here: the kind ``python``: what may be written, what a reply means. A server never runs Python of a Mission: there the
kind is refused when the folder is read. Not here: the processes that run the files (``cli.python_files``), putting a
file's text into the Version (``building.golden_files``).
"""

from __future__ import annotations

import math

from msgspec import to_builtins

from gonogo.contracts.judging import Answer, MissionPython, MissionPythonFailed
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Json, Score
from gonogo.metrics.judgement import Kind, Problem, bound, bound_problem, failed, seconds, text_problem, verdict

PATIENCE = 10.0
"""Seconds that a call may take unless told."""
SCORE_FROM = 0.5
_NOT_HERE = "Python of a Mission runs in the local command line only, never on a server"


def python_kind(files: MissionPython | None) -> Kind:
    """The kind ``python``; without ``files`` it refuses whatever is written."""

    def problem(assertion: Assertion) -> Problem:
        return _NOT_HERE if files is None else _problem(assertion)

    def judge(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
        if files is None:
            return failed(assertion, _NOT_HERE)
        patience = seconds(assertion.options.get("timeout", PATIENCE)) or PATIENCE
        code, place = str(assertion.options["code"]), str(assertion.value)
        try:
            reply = files.call(code, place, answer.text, _context(answer), patience)
        except MissionPythonFailed as error:
            return failed(assertion, f"{place}: {error}")
        return _read(assertion, reply["result"], str(reply["type"]))

    return Kind(
        name="python",
        summary="get_assert(output, context) of this file says so: true or false, a score 0 to 1 against min "
        f"({SCORE_FROM:g} unless told), or {{pass, score, reason}}; in the local command line only",
        argument="FILE.py | FILE.py:FUNCTION | {value: FILE.py, min: 0.5, timeout: 10s}",
        options=("min", "timeout", "code"),
        threshold="min",
        problem=problem,
        judge=judge,
    )


def _problem(assertion: Assertion) -> Problem:
    if problem := text_problem(assertion.value):
        return "needs the name of a Python file" if problem == "needs a text" else problem
    timeout = assertion.options.get("timeout")
    if timeout is not None and seconds(timeout) is None:
        return f"timeout needs a time such as 10s, got {timeout!r}"
    if not isinstance(assertion.options.get("code"), str):
        return f"{assertion.value} is not a file of the Mission folder"
    return bound_problem(assertion, "min")


def _context(answer: Answer) -> Json:
    """What the function may know beside the text."""
    known: Json = to_builtins(answer)
    return {key: value for key, value in known.items() if key != "text"}


def _read(assertion: Assertion, result: object, kind: str) -> Score:
    reason = ""
    passed: bool | None = None
    if isinstance(result, dict):
        reason, written = str(result.get("reason", "")), result.get("pass")
        if written is not None and not isinstance(written, bool):
            return failed(assertion, f"pass must be true or false, got {written!r}")
        passed, result = written, result.get("score", written)
    if isinstance(result, bool):
        return verdict(assertion, result if passed is None else passed, reason or f"it returned {result}")
    if not isinstance(result, (int, float)):
        return failed(assertion, f"it must return a bool, a score 0 to 1 or a mapping with pass or score, got {kind}")
    if not math.isfinite(result) or not 0 <= result <= 1:
        return failed(assertion, f"its score must lie between 0 and 1, got {result}")
    least = bound(assertion, "min", SCORE_FROM)
    holds = result >= least if passed is None else passed
    return verdict(assertion, holds, reason or f"{result:.2f} against {least:g}", float(result))


KINDS = (python_kind(None),)
