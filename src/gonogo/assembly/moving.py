"""Moving in: what other tools wrote becomes a Mission folder here.

Here: joining the readers to the assertions that are installed. Not here: the formats (``importing``).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.errors import BadInput, Problem
from gonogo.importing import Carried, ImportOptions, files_of, judges_of, read_import, write_files

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import made: the names of the files, what it carried and left, and what is wrong with the folder now.

    ``problems`` is empty where the folder can be built, and where nothing was written.
    """

    carried: Carried
    files: tuple[str, ...]
    problems: tuple[Problem, ...] = ()


class MovingVerbs:
    """Import from other tools."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def bring(
        self, format: str, path: Path, folder: Path, options: ImportOptions, *, dry_run: bool = False
    ) -> Imported:
        """Read a source and write it into a folder; nothing is written over, nothing of it is executed.

        Args:
            format: one of ``importing.FORMATS``.
            dry_run: say what would be written and write nothing.

        Raises:
            NotFound: there is no such source.
            MissionInvalid: the ``mission.yaml`` that stands in the folder cannot be read.
            BadInput: a file stands in the way, cannot be read, or is not what the format says.
        """

        def work() -> Imported:
            carried = read_import(
                format, path, self._workspace.installed.assertions, replace(options, judges=judges_of(folder))
            )
            files = files_of(carried, folder)
            if not dry_run:
                write_files(files, folder)
            return Imported(carried=carried, files=tuple(sorted(files)))

        try:
            made = await asyncio.to_thread(work)
        except OSError as error:
            raise BadInput(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from error
        if dry_run:
            return made
        return replace(made, problems=(await self._workspace.validate(folder)).problems)
