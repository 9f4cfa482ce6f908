"""Remote Versions: the verbs of ``assembly.versions`` on a server.

Here: asking. Not here: one by its name (``workspace``).
"""

from __future__ import annotations

from gonogo.assembly.version_rows import PartRow, VersionRow
from gonogo.building import VersionDiff
from gonogo.cli.remote.client import WHOLE, Client, segment
from gonogo.cli.remote.refusals import Offered
from gonogo.domain import Version
from gonogo.gateway.api.versions import VersionPage


class RemoteVersions(Offered):
    """Versions of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def listed(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Versions, newest first."""
        return [
            (await self._client.get(f"/api/versions/{segment(row.version)}", VersionPage)).version
            for row in await self.rows(mission, limit)
        ]

    async def rows(self, mission: str | None = None, limit: int = 100) -> list[VersionRow]:
        """Versions as they are listed."""
        return await self._client.listed("/api/versions", VersionRow, limit, mission=mission)

    async def part_history(self, mission: str, part: str) -> list[PartRow]:
        """The states a part has had."""
        path = f"/api/missions/{segment(mission)}/parts/{segment(part)}"
        return await self._client.listed(path, PartRow, WHOLE)

    async def understood(self, version: Version) -> tuple[list[tuple[str, str]], list[str]]:
        """What the built-in models understood of its prompt."""
        found = await self._client.get(f"/api/versions/{segment(version.name)}", VersionPage)
        return [(one.instruction, one.sentence) for one in found.understood], list(found.not_understood)

    async def diff(self, old: str, new: str) -> VersionDiff:
        """What changed between two Versions."""
        return await self._client.get("/api/diff", VersionDiff, old=old, new=new)

    async def edited_since(self, version: Version) -> None:
        """Nobody knows: the folder stands elsewhere."""
        return
