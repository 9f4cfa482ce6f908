"""Operations in SQL: a server's long work, so that every worker can tell of it.

Here: rows. Not here: when a process is taken for dead (``assembly.operations``).
"""

from __future__ import annotations

from gonogo.domain import OperationRow
from gonogo.store.sql import Connection, Role

COLUMNS = "id, tenant, key_id, state, started_at, beat_at, stopping, body, format"
Row = tuple[str, str, str, str, float, float, int, bytes, int]


class SqlOperations(Role):
    """``OperationStore`` in SQL."""

    async def put_operation(self, row: OperationRow) -> bool:
        """Keep how it stands now; whether somebody asked it to stop."""
        put = f"""INSERT INTO operations ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET state = excluded.state, beat_at = excluded.beat_at, body = excluded.body
            RETURNING stopping"""
        values = (
            row.id, row.tenant, row.key_id, row.state, row.started_at, row.beat_at, int(row.stopping), row.body,
            row.format,
        )  # fmt: skip

        def work(connection: Connection) -> bool:
            return bool(connection.execute(put, values).fetchone()[0])

        return await self.database.write(work)

    async def operation(self, operation_id: str) -> OperationRow | None:
        """By id."""
        query = f"SELECT {COLUMNS} FROM operations WHERE id = ?"

        def work(connection: Connection) -> OperationRow | None:
            found = connection.execute(query, (operation_id,)).fetchone()
            return _row(found) if found else None

        return await self.database.read(work)

    async def operations(self, limit: int = 100) -> list[OperationRow]:
        """Started last first."""
        query = f"SELECT {COLUMNS} FROM operations ORDER BY started_at DESC, id DESC LIMIT ?"

        def work(connection: Connection) -> list[OperationRow]:
            return [_row(found) for found in connection.execute(query, (limit,))]

        return await self.database.read(work)

    async def stop_operation(self, operation_id: str) -> None:
        """Ask the process that runs it to stop it."""

        def work(connection: Connection) -> None:
            connection.execute("UPDATE operations SET stopping = 1 WHERE id = ?", (operation_id,))

        await self.database.write(work)

    async def interrupt_operations(self, before: float) -> int:
        """Mark those that run and whose process has not been heard of since; how many there were."""
        update = "UPDATE operations SET state = 'interrupted' WHERE state = 'running' AND beat_at < ?"

        def work(connection: Connection) -> int:
            return connection.execute(update, (before,)).rowcount

        return await self.database.write(work)

    async def drop_operations(self, keep: int) -> None:
        """Forget those that ended, but for the newest ``keep``."""
        delete = """DELETE FROM operations WHERE state <> 'running' AND id NOT IN
            (SELECT id FROM operations ORDER BY started_at DESC, id DESC LIMIT ?)"""

        def work(connection: Connection) -> None:
            connection.execute(delete, (keep,))

        await self.database.write(work)


def _row(found: Row) -> OperationRow:
    row_id, tenant, key_id, state, started_at, beat_at, stopping, body, form = found
    return OperationRow(
        id=row_id, tenant=tenant, key_id=key_id, state=state, started_at=started_at, beat_at=beat_at,
        stopping=bool(stopping), body=bytes(body), format=form,
    )  # fmt: skip
