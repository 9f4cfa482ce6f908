"""Recordings: the options of commands that ask models, to record their calls and to replay them without a key.

Here: ``--record`` and ``--replay``. Not here: the file (``providers.recording``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])


def recording_options(command: Command) -> Command:
    """``--record FILE`` and ``--replay FILE``; they come as ``record`` and ``replay``."""
    kind = click.Path(path_type=Path, dir_okay=False)
    record = click.option("--record", type=kind, help="Keep every model call in this file; ask only what it lacks.")
    replay = click.option("--replay", type=kind, help="Answer every model call from this file; nothing is asked.")
    return record(replay(command))


def use_recording(workspace: Workspace, record: Path | None, replay: Path | None) -> None:
    """Do as the options say, before anything is asked.

    Raises:
        UsageError: both were given.
        NotFound, BadInput: the file cannot be used.
    """
    if record is not None and replay is not None:
        raise click.UsageError("--record asks models and --replay never does: give one of them")
    if path := record or replay:
        workspace.use_tape(path, record=record is not None)
