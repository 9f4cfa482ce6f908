"""Refusals: what a server refuses a command with, as the error it would be here.

Here: the same exit code, the same words. Not here: reading replies (``client``).
"""

from __future__ import annotations

from typing import NoReturn

import click

from gonogo.errors import BadInput, GateClosed, GonogoError, MissionInvalid, Problem
from gonogo.gateway.api.faults import Fault, ShownProblem

NO_KEY = 401


class ServerRefused(GonogoError):
    """Whatever a server refuses; ``exit_code`` is that of the error there."""

    def __init__(self, message: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class OnlyHere(BadInput):
    """The command works on a home folder or on files of this machine, and was given a server."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be done on a server: leave --server out and unset GONOGO_SERVER")


class Offered:
    """What a server offers: everything else of the same noun is refused in one line that names the command."""

    def __getattr__(self, name: str) -> NoReturn:
        context = click.get_current_context(silent=True)
        raise OnlyHere(f"`{context.command_path}`" if context is not None else name)


def refusal(fault: Fault, status: int = 0) -> GonogoError:
    """The error of a Fault."""
    if fault.version is not None and fault.reasons:
        return GateClosed(fault.version, fault.reasons, exit_code=fault.exit_code)
    if fault.problems:
        return MissionInvalid(tuple(map(problem_of, fault.problems)))
    hint = " The key is read from GONOGO_KEY." if status == NO_KEY else ""
    return ServerRefused(fault.message + hint, fault.exit_code)


def problem_of(shown: ShownProblem) -> Problem:
    """A problem as the workflows have it."""
    return Problem(message=shown.message, file=shown.file, line=shown.line, key=shown.key, hint=shown.hint)
