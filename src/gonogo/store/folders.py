"""Where each Mission was last built from, in SQL.

Here: one row per Mission. Not here: reading the folder (``building``).
"""

from __future__ import annotations

from gonogo.store.sql import Connection, Role

FORMAT = 1


class SqlFolders(Role):
    """``MissionFolders`` in SQL."""

    async def remember_folder(self, mission: str, folder: str) -> None:
        """Replaces what was remembered."""
        query = """INSERT INTO folders (tenant, mission, folder, format) VALUES (?, ?, ?, ?)
                   ON CONFLICT (tenant, mission) DO UPDATE SET folder = excluded.folder"""

        def work(connection: Connection) -> None:
            connection.execute(query, (self.tenant, mission, folder, FORMAT))

        await self.database.write(work)

    async def folder(self, mission: str) -> str | None:
        """The folder, or ``None`` where this Mission was never built here."""
        query = "SELECT folder FROM folders WHERE tenant = ? AND mission = ?"

        def work(connection: Connection) -> str | None:
            row = connection.execute(query, (self.tenant, mission)).fetchone()
            return row[0] if row else None

        return await self.database.read(work)
