"""Assertions in Python: a file of the Mission folder that looks at an answer.

Here: the kind ``python``, and one process a file, which the local command line alone starts. A server never runs Python
of a Mission: there the kind is refused when the folder is read. Not here: the process's own program
(``python_worker``), putting the file's text into the Version (``building.golden_files``).
"""

from __future__ import annotations

import contextlib
import json
import math
import selectors
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from typing import IO

from msgspec import to_builtins

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Json, Score
from gonogo.metrics.judgement import Kind, Problem, bound, bound_problem, failed, seconds, text_problem, verdict

FUNCTION = "get_assert"
PATIENCE = 10.0
"""Seconds that a call may take unless told."""
SCORE_FROM = 0.5
_WORKER = Path(__file__).with_name("python_worker.py")
_NOT_HERE = "Python of a Mission runs in the local command line only, never on a server"


class _Failed(Exception):
    """A call that gave no result; the text says why."""


class PythonFiles:
    """Runs the files, each in a process of its own that is started at its first call and kept."""

    def __init__(self) -> None:
        self._workers: dict[tuple[str, str], _Worker] = {}
        self._lock = threading.Lock()

    def call(self, code: str, place: str, output: str, context: Json, patience: float) -> Json:
        """The reply of the file's function.

        Args:
            place: ``file.py`` or ``file.py:function``.
            patience: seconds.

        Raises:
            _Failed: it raised, took too long, or its process ended.
        """
        with self._lock:
            worker = self._workers.get((code, place))
            if worker is None:
                worker = self._workers[code, place] = _Worker(code, place)
            try:
                return worker.call({"output": output, "context": context}, patience)
            except _Failed:
                if worker.ended:
                    del self._workers[code, place]
                raise


class _Worker:
    """One process. It ends with this object, and with its standard input, so that it never outlives its maker."""

    def __init__(self, code: str, place: str) -> None:
        file, _, function = place.partition(":")
        self._process = subprocess.Popen(  # noqa: S603 this interpreter on our own file
            [sys.executable, "-I", str(_WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._asks, self._replies = _pipes(self._process)
        self._finish = weakref.finalize(self, _finish, self._process)
        self.ended = False
        self._rest = b""
        self._send({"code": code, "file": file, "function": function or FUNCTION})

    def call(self, request: Json, patience: float) -> Json:
        """One reply.

        Raises:
            _Failed: it took longer than ``patience`` seconds, or the process ended.
        """
        self._send(request)
        line = self._line(time.monotonic() + patience)
        if line is None:
            self._end()
            raise _Failed(f"it took longer than {patience:g} s and was ended")
        if not line:
            self._end()
            raise _Failed(f"its process ended with exit code {self._process.returncode}")
        reply: Json = json.loads(line)
        if "error" in reply:
            raise _Failed(str(reply["error"]))
        return reply

    def _send(self, message: Json) -> None:
        with contextlib.suppress(BrokenPipeError):  # what ended it is told when the reply is read
            self._asks.write(json.dumps(message).encode() + b"\n")
            self._asks.flush()

    def _line(self, until: float) -> bytes | None:
        """The next line; empty where the process ended, ``None`` where the time is up."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._replies, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not waiting.select(max(0.0, until - time.monotonic())):
                    return None
                piece = self._replies.read1(65_536)  # type: ignore[attr-defined]
                if not piece:
                    return b""
                self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _end(self) -> None:
        self.ended = True
        self._finish()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise _Failed("its process has no pipes")
    return process.stdin, process.stdout


def _finish(process: subprocess.Popen[bytes]) -> None:
    """End a process and what leads to it."""
    process.kill()
    process.wait()
    for pipe in _pipes(process):
        with contextlib.suppress(OSError):
            pipe.close()


def python_kind(files: PythonFiles | None) -> Kind:
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
        except _Failed as error:
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
