"""Session: what every command shares: where home is, the settings, and a Workspace for as long as a command runs.

Here: running one async workflow from a command; whether colours are wanted. Not here: the workflows (``assembly``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

if TYPE_CHECKING:
    from gonogo.assembly.settings import Settings
    from gonogo.assembly.workspace import Workspace

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(slots=True)
class Session:
    """``home``, ``debug`` and ``server`` as given on the command line; ``if_stopped`` is what Ctrl-C leaves, in words.

    ``colour`` is ``False`` until the settings say that colours are welcome; ``None`` then leaves it to the terminal.
    """

    home: str | None = None
    debug: bool = False
    server: str | None = None
    if_stopped: str = field(default="", init=False)
    colour: bool | None = field(default=False, init=False)
    _settings: Settings | None = field(default=None, init=False)

    def settings(self) -> Settings:
        """Read once; from then on this command's output has colours or has none.

        Raises:
            BadInput: ``settings.toml`` cannot be used.
        """
        from gonogo.assembly.settings import load_settings

        if self._settings is None:
            self._settings = load_settings(Path(self.home) if self.home else None)
            self.colour = None if self._settings.colour else False
            context = click.get_current_context(silent=True)
            while context is not None:
                context.color = self.colour
                context = context.parent
        return self._settings

    def run(self, work: Callable[[Workspace], Awaitable[T]]) -> T:
        """Open the Workspace, do the work, close it; or do it on the server that was named.

        Raises:
            GonogoError: what the work raised.
        """
        import asyncio

        if self.server:
            from gonogo.assembly.settings import key_of_server
            from gonogo.cli.remote import run_remotely

            self.settings()
            return run_remotely(self.server, key_of_server(), work)

        from msgspec import structs

        from gonogo.assembly.workspace import Workspace
        from gonogo.cli.git_revisions import LocalRepositories
        from gonogo.cli.python_files import PythonFiles

        settings = structs.replace(self.settings(), mission_python=PythonFiles(), repositories=LocalRepositories())

        async def body() -> T:
            async with await Workspace.open(settings) as workspace:
                return await work(workspace)

        return asyncio.run(body())


def pass_session(command: Callable[Concatenate[Session, P], T]) -> Callable[P, T]:
    """Give a command its Session; one that works on this machine alone is refused where a server was named."""

    def placed(session: Session, /, *arguments: P.args, **named: P.kwargs) -> T:
        if session.server:
            from gonogo.cli.remote.refusals import refuse_local

            refuse_local(click.get_current_context().command_path)
        return command(session, *arguments, **named)

    return _given(update_wrapper(placed, command))


_given = click.make_pass_decorator(Session, ensure=True)
