"""Keys for the gateway, kept as hashes, in SQL.

Here: rows. Not here: making and recognising a key, roles and what they permit (``access``).
"""

from __future__ import annotations

import msgspec
from msgspec import structs

from gonogo.domain import ApiKey
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_key = msgspec.json.Decoder(ApiKey).decode

COLUMNS = "id, hashed, tenant, role, created_at, revoked_at, body"
Row = tuple[str, str, str, str, float, float | None, bytes | None]


class SqlKeys(Role):
    """``KeyStore`` in SQL."""

    async def add_key(self, key: ApiKey) -> None:
        """Keep a key.

        Raises:
            ValueError: its id or its hash is taken.
        """

        def work(connection: Connection) -> None:
            taken = "SELECT 1 FROM keys WHERE id = ? OR hashed = ?"
            if connection.execute(taken, (key.id, key.hashed)).fetchone():
                raise ValueError(f"there is a key {key.id}, or one of the same hash, already")
            insert = f"INSERT INTO keys ({COLUMNS}, format) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            connection.execute(insert, (*_row(key), key.format))

        await self.database.write(work)

    async def key(self, key_id: str) -> ApiKey | None:
        """A key by its id, also a revoked or expired one."""

        def work(connection: Connection) -> ApiKey | None:
            return _find(connection, key_id)

        return await self.database.read(work)

    async def keys(self) -> list[ApiKey]:
        """Every key ever made, newest first."""

        def work(connection: Connection) -> list[ApiKey]:
            return [
                _read(row) for row in connection.execute(f"SELECT {COLUMNS} FROM keys ORDER BY created_at DESC, id")
            ]

        return await self.database.read(work)

    async def replace_key(self, old: ApiKey, new: ApiKey) -> bool:
        """Make ``old`` into ``new``, of the same id; ``False``, and nothing done, if the key is another by now."""
        if old.id != new.id:
            raise ValueError("a key keeps its id")
        update = """UPDATE keys SET hashed = ?, tenant = ?, role = ?, created_at = ?, revoked_at = ?, body = ?,
            format = ? WHERE id = ?"""

        def work(connection: Connection) -> bool:
            if _find(connection, old.id) != old:
                return False
            connection.execute(update, (*_row(new)[1:], new.format, new.id))
            return True

        return await self.database.write(work)

    async def revoke_key(self, key_id: str) -> bool:
        """Whether there was a key of that id that was not revoked; it opens nothing from now on."""
        now = self.clock.now()

        def work(connection: Connection) -> bool:
            found = _find(connection, key_id)
            if found is None or found.revoked_at is not None:
                return False
            revoked = structs.replace(found, revoked_at=now)
            connection.execute(
                "UPDATE keys SET revoked_at = ?, body = ?, format = ? WHERE id = ?",
                (now, _encode(revoked), revoked.format, key_id),
            )
            return True

        return await self.database.write(work)

    async def has_keys(self) -> bool:
        """Whether a key was ever made. A revoked one counts: revoking the last key must not open the door to all."""

        def work(connection: Connection) -> bool:
            return connection.execute("SELECT 1 FROM keys LIMIT 1").fetchone() is not None

        return await self.database.read(work)


def _row(key: ApiKey) -> Row:
    return (key.id, key.hashed, key.tenant, key.role, key.created_at, key.revoked_at, _encode(key))


def _find(connection: Connection, key_id: str) -> ApiKey | None:
    row = connection.execute(f"SELECT {COLUMNS} FROM keys WHERE id = ?", (key_id,)).fetchone()
    return None if row is None else _read(row)


def _read(row: Row) -> ApiKey:
    key_id, hashed, tenant, role, created_at, revoked_at, body = row
    if body is not None:
        return _key(body)
    # Written before keys had a body: a hash, an owner and a role, no more.
    return ApiKey(id=key_id, hashed=hashed, tenant=tenant, role=role, created_at=created_at, revoked_at=revoked_at)
