"""Keys for the gateway, kept as hashes, in SQLite.

Here: rows. Not here: making and hashing a key, roles and what they permit (``access``).
"""

from __future__ import annotations

import sqlite3

from msgspec import Struct

from gonogo.store.sqlite import Role

FORMAT = 1


class KeptKey(Struct, frozen=True, kw_only=True):
    """What is known of a key, without its hash. Times in seconds since 1970; ``revoked_at`` is ``None`` while valid."""

    id: str
    tenant: str
    role: str
    created_at: float
    revoked_at: float | None


class SqliteKeys(Role):
    """``KeyStore`` in SQLite."""

    async def add_key(self, key_id: str, hashed: str, tenant: str, role: str, created_at: float) -> None:
        """Keep a key's hash.

        Raises:
            ValueError: the id or the hash is taken.
        """
        row = (key_id, hashed, tenant, role, created_at, FORMAT)

        def work(connection: sqlite3.Connection) -> None:
            taken = "SELECT 1 FROM keys WHERE id = ? OR hashed = ?"
            if connection.execute(taken, (key_id, hashed)).fetchone():
                raise ValueError(f"there is a key {key_id}, or one of the same hash, already")
            insert = "INSERT INTO keys (id, hashed, tenant, role, created_at, format) VALUES (?, ?, ?, ?, ?, ?)"
            connection.execute(insert, row)

        await self.database.write(work)

    async def key_by_hash(self, hashed: str) -> tuple[str, str, str] | None:
        """(key id, tenant, role), or ``None`` for an unknown or revoked key."""
        query = "SELECT id, tenant, role FROM keys WHERE hashed = ? AND revoked_at IS NULL"

        def work(connection: sqlite3.Connection) -> tuple[str, str, str] | None:
            row: tuple[str, str, str] | None = connection.execute(query, (hashed,)).fetchone()
            return row

        return await self.database.read(work)

    async def revoke_key(self, key_id: str) -> bool:
        """Whether there was a valid key of that id; it opens nothing from now on."""
        query = "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
        now = self.clock.now()

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute(query, (now, key_id)).rowcount > 0

        return await self.database.write(work)

    async def has_keys(self) -> bool:
        """Whether a key was ever made. A revoked one counts: revoking the last key must not open the door to all."""

        def work(connection: sqlite3.Connection) -> bool:
            return connection.execute("SELECT 1 FROM keys LIMIT 1").fetchone() is not None

        return await self.database.read(work)

    async def keys(self) -> list[KeptKey]:
        """Every key ever made, newest first."""
        query = "SELECT id, tenant, role, created_at, revoked_at FROM keys ORDER BY created_at DESC, id"

        def work(connection: sqlite3.Connection) -> list[KeptKey]:
            return [
                KeptKey(id=key_id, tenant=tenant, role=role, created_at=created_at, revoked_at=revoked_at)
                for key_id, tenant, role, created_at, revoked_at in connection.execute(query)
            ]

        return await self.database.read(work)
