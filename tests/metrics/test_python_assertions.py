"""Python files as assertions: what they may return, what becomes an error, and that servers never run them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.cli.python_files import PythonFiles
from gonogo.contracts.judging import Answer
from gonogo.domain import Assertion, Score
from gonogo.features import Reader
from gonogo.metrics import KINDS, BuiltInAssertions, python_kind

Make = Callable[..., Answer]


@pytest.fixture(scope="module")
def files() -> PythonFiles:
    return PythonFiles()


def judged(
    reader: Reader, files: PythonFiles, answer: Answer, body: str, *, negate: bool = False, **options: Any
) -> Score:
    code = f"import math, os, time\ndef get_assert(output, context):\n    {body}\n"
    assertion = Assertion(kind="python", value="tone.py", options={"code": code, **options}, negate=negate)
    return BuiltInAssertions(reader, (*KINDS, python_kind(files))).judge(assertion, answer)


@pytest.mark.parametrize(
    ("body", "passed", "value", "detail"),
    [
        ("return 'days' in output", True, 1.0, ""),
        ("return context['question'] == 'Else?'", False, 0.0, "it returned False"),
        ("return 0.75", True, 0.75, ""),
        ("return 0", False, 0.0, "0.00 against 0.5"),
        ("return {'pass': False, 'score': 0.9, 'reason': 'too long'}", False, 0.9, "too long"),
        ("return {'score': 0.2}", False, 0.2, "0.20 against 0.5"),
        ("return {'pass': True}", True, 1.0, ""),
        ("print('noise'); return True", True, 1.0, ""),
    ],
)
def test_what_a_function_may_return(
    reader: Reader, files: PythonFiles, answer: Make, body: str, passed: bool, value: float, detail: str
) -> None:
    score = judged(reader, files, answer("30 days"), body)
    assert (score.state, score.passed, score.value, score.detail) == ("value", passed, value, detail)
    assert judged(reader, files, answer("30 days"), body, negate=True).passed is not passed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise KeyError('tone')", "tone.py: KeyError: 'tone' (line 3)"),
        ("return 'yes'", "got str"),
        ("return None", "got NoneType"),
        ("return math.nan", "must lie between 0 and 1, got nan"),
        ("return 7", "must lie between 0 and 1, got 7"),
        ("return {'reason': 'x'}", "got dict"),
        ("return {'pass': 'yes'}", "pass must be true or false"),
        ("return {1, 2}", "TypeError"),
        ("os._exit(3)", "its process ended with exit code"),
        ("raise SystemExit(0)", "SystemExit"),
        ("return (", "SyntaxError"),
    ],
)
def test_whatever_else_is_an_error_and_never_a_failure(
    reader: Reader, files: PythonFiles, answer: Make, body: str, said: str
) -> None:
    score = judged(reader, files, answer("x"), body)
    assert (score.state, score.passed) == ("error", None)
    assert said in score.detail


def test_a_call_that_takes_too_long_is_ended_and_the_next_one_starts_anew(
    reader: Reader, files: PythonFiles, answer: Make
) -> None:
    body = "time.sleep(60 if output == 'slow' else 0); return True"
    slow = judged(reader, files, answer("slow"), body, timeout="300ms")
    assert (slow.state, slow.detail) == ("error", "tone.py: it took longer than 0.3 s and was ended")
    assert judged(reader, files, answer("quick"), body).passed is True


def test_a_function_of_another_name_is_called_where_it_is_named(reader: Reader, answer: Make) -> None:
    assertions = BuiltInAssertions(reader, (*KINDS, python_kind(PythonFiles())))
    code = {"code": "def polite(output, context):\n    return True\n"}
    assert assertions.judge(Assertion(kind="python", value="a.py:polite", options=code), answer("x")).passed is True
    missing = assertions.judge(Assertion(kind="python", value="a.py", options=code), answer("x"))
    assert "it has no function get_assert(output, context)" in missing.detail


def test_where_python_of_a_mission_may_not_run_it_is_refused(reader: Reader, answer: Make) -> None:
    assertion = Assertion(kind="python", value="tone.py", options={"code": "def get_assert(o, c):\n    return True\n"})
    refusing = BuiltInAssertions(reader)
    assert "local command line only" in str(refusing.problems(assertion))
    assert refusing.judge(assertion, answer("x")).state == "error"


@pytest.mark.parametrize(
    ("value", "options", "said"),
    [
        (None, {}, "needs the name of a Python file"),
        ("gone.py", {}, "gone.py is not a file of the Mission folder"),
        ("a.py", {"code": "", "timeout": "soon"}, "timeout needs a time such as 10s"),
        ("a.py", {"code": "", "min": 2}, "min must be between 0 and 1"),
        ("a.py", {"code": "", "max": 2}, "unknown option 'max'"),
    ],
)
def test_what_is_not_well_written_is_explained(
    reader: Reader, files: PythonFiles, value: Any, options: dict[str, Any], said: str
) -> None:
    assertions = BuiltInAssertions(reader, (*KINDS, python_kind(files)))
    assert said in str(assertions.problems(Assertion(kind="python", value=value, options=options)))
