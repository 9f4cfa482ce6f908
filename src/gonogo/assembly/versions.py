"""Versions: what was built: listed, compared with one another and with the folder they came from.

Here: lists, histories of parts, differences. Not here: finding one by its name (``workspace``), making one
(``building``).
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.assembly.version_rows import PartRow, VersionRow, version_row
from gonogo.building import VersionDiff, diff_versions, folder_against
from gonogo.domain import Version
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


class VersionVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def listed(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Versions of a Mission or of all, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return await self._workspace.store.versions(mission and await self._workspace.known(mission), limit)

    async def rows(self, mission: str | None = None, limit: int = 100) -> list[VersionRow]:
        """Versions of a Mission or of all as they are listed, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return [await version_row(self._workspace.store, version) for version in await self.listed(mission, limit)]

    async def part_history(self, mission: str, part: str) -> list[PartRow]:
        """The states a part has had, newest first.

        Raises:
            NotFound: no such Mission.
        """
        rows = await self._workspace.store.part_history(await self._workspace.known(mission), part)
        return [PartRow(part=kept, first_version=number, at=at) for kept, number, at in rows]

    async def understood(self, version: Version) -> tuple[list[tuple[str, str]], list[str]]:
        """Which sentences of the system prompt the built-in models understood, each with the instruction it gave, and
        which they did not."""
        return await asyncio.to_thread(self._workspace.installed.understood, version)

    async def diff(self, old: str, new: str) -> VersionDiff:
        """What changed between two Versions."""
        before, after = await self._workspace.version(old), await self._workspace.version(new)
        old_index, new_index = await self._workspace.snapshot(before), await self._workspace.snapshot(after)
        scanner = self._workspace.installed.scanner if new_index is not None else None
        return await asyncio.to_thread(diff_versions, before, after, old_index, new_index, scanner)

    async def edited_since(self, version: Version) -> VersionDiff | None:
        """How the folder a Mission was last built from differs from a Version; ``None`` where it is gone or broken."""
        known = await self._workspace.store.folder(version.mission.name)
        if known is None or not Path(known).is_dir():
            return None
        try:
            draft = await self._workspace.folders.draft(Path(known))
        except BadInput:
            return None
        return folder_against(version, draft, await self._workspace.snapshot(version))
