"""Refusals: what a server refuses a command with, as the error it would be here.

Here: the same exit code, the same words. Not here: reading replies (``client``).
"""

from __future__ import annotations

from typing import Any

import click

from gonogo.cli.remote.places import LOCAL
from gonogo.errors import BadInput, GateClosed, GonogoError, MissionInvalid, Problem
from gonogo.gateway.api.faults import Fault, ShownProblem

NO_KEY = 401
OF_THIS_MACHINE = "as it works on files or on the store of this machine"


class ServerRefused(GonogoError):
    """Whatever a server refuses; ``exit_code`` is that of the error there."""

    def __init__(self, message: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(message)


class OnlyHere(BadInput):
    """The command works on a home folder or on files of this machine, and was given a server.

    Args:
        what: was asked for.
        why: no server does it; a clause.
    """

    def __init__(self, what: str, why: str = OF_THIS_MACHINE) -> None:
        super().__init__(f"{what} cannot be done on a server, {why}: leave --server out and unset GONOGO_SERVER")


def refuse_local(command: str) -> None:
    """Nothing, for a command that a server does.

    Args:
        command: ``gonogo classifiers train``.

    Raises:
        OnlyHere: it works on this machine alone.
    """
    why = LOCAL.get(command.partition(" ")[2])
    if why is not None:
        raise OnlyHere(f"`{command}`", why)


class Offered:
    """What a server offers: everything else of the same noun is refused in one line that names the command."""

    def __getattr__(self, name: str) -> Any:
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
