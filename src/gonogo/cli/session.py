"""Session: what every command shares: where home is, and a Workspace for as long as a command runs.

Here: running one async workflow from a command. Not here: the workflows (``assembly``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """``home`` as given on the command line."""

    home: str | None

    def run(self, work: Callable[[Workspace], Awaitable[T]], *, near: Path | None = None) -> T:
        """Open the Workspace, do the work, close it. ``near`` is the folder the command is about.

        Raises:
            GonogoError: what the work raised.
        """
        from gonogo.assembly.settings import load_settings
        from gonogo.assembly.workspace import Workspace

        async def body() -> T:
            settings = load_settings(Path(self.home) if self.home else None)
            async with await Workspace.open(settings) as workspace:
                return await work(workspace)

        return asyncio.run(body())


pass_session = click.make_pass_decorator(Session)
