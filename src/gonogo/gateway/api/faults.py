"""Faults: an error of the management API: OpenAI's error body, with what a command line needs beside it.

Here: ``exit_code``, the problems of a Mission folder, the reasons of a gate. Not here: status and words
(``gateway.faults``).
"""

from __future__ import annotations

from pathlib import PurePath

import msgspec
from msgspec import Struct, structs

from gonogo.contracts import HttpReply
from gonogo.errors import GateClosed, GonogoError, MissionInvalid, NotFound, Problem
from gonogo.gateway.faults import error_reply, told

OUR_BUG = 70


class ShownProblem(Struct, frozen=True, kw_only=True):
    """One fault in a Mission folder; ``file`` relative to it, ``line`` from 1."""

    message: str
    file: str
    line: int | None = None
    key: str | None = None
    hint: str | None = None


class Fault(Struct, frozen=True, kw_only=True):
    """What went wrong, whose fault it was (``client``, ``gateway``, ``upstream``), and the exit code that the command
    line gives it. ``problems``: of a folder; ``reasons``: of a closed gate, with the ``version`` it was closed for."""

    message: str
    type: str
    param: str | None
    code: str | None
    blame: str
    exit_code: int
    problems: tuple[ShownProblem, ...] = ()
    reasons: tuple[str, ...] = ()
    version: str | None = None


class ErrorBody(Struct, frozen=True, kw_only=True):
    """The body of every refusal."""

    error: Fault


def fault_of(error: Exception) -> Fault:
    """An error as it is told."""
    said = told(error)
    closed = error if isinstance(error, GateClosed) else None
    return Fault(
        message=str(said["message"]),
        type=str(said["type"]),
        param=_text(said["param"]),
        code="not_found" if isinstance(error, NotFound) else _text(said["code"]),
        blame=str(said["blame"]),
        exit_code=error.exit_code if isinstance(error, GonogoError) else OUR_BUG,
        problems=tuple(map(shown_problem, error.problems)) if isinstance(error, MissionInvalid) else (),
        reasons=closed.reasons if closed else (),
        version=closed.version if closed else None,
    )


def api_error(error: Exception) -> HttpReply:
    """The whole reply."""
    return structs.replace(error_reply(error), body=msgspec.json.encode(ErrorBody(error=fault_of(error))))


def shown_problem(problem: Problem) -> ShownProblem:
    """A Problem as it is told."""
    return ShownProblem(
        message=problem.message,
        file=PurePath(problem.file).as_posix(),
        line=problem.line,
        key=problem.key,
        hint=problem.hint,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
