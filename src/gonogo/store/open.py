"""Opening a store: the folder, the file, its checks and its two connections.

Here: ``open_store``. Not here: rows (one file per role), tables (``migrations``).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from pathlib import Path

from gonogo.clock import Clock, SystemClock
from gonogo.errors import BadInput
from gonogo.store.backup import back_up
from gonogo.store.faults import explained
from gonogo.store.migrations import check_identity, migrate
from gonogo.store.roles import SqlStore
from gonogo.store.sql import Verify
from gonogo.store.sqlite import Durability, SqliteDatabase

FILE_NAME = "gonogo.db"


class SqliteStore(SqlStore):
    """All roles of ``contracts.Store`` in one SQLite file."""

    database: SqliteDatabase

    async def backup(self, target: Path) -> None:
        """Copy the store as it is now into a new file, while it goes on serving.

        Raises:
            BadInput: the target exists already, or cannot be written.
        """
        await asyncio.to_thread(back_up, self.database.path, target)


async def open_store(
    folder: Path,
    *,
    durability: Durability = "process",
    clock: Clock | None = None,
    verify: Verify | None = None,
    tenant: str = "default",
    busy_timeout: float = 5.0,
) -> SqliteStore:
    """Open the store in a folder, making both where they do not exist (folder 0700, file 0600).

    Args:
        folder: where ``gonogo.db`` stands or will stand; a local disk, SQLite's log does not work over a network.
        durability: ``process``: acknowledged writes survive the death of the process; ``power``: the loss of power too.
        clock: the machine's own where none is given.
        verify: computes a snapshot's digest from its content; every snapshot read is checked with it.
        tenant: owner of Versions, Environments and evaluations.
        busy_timeout: seconds to wait for another process's write.

    Raises:
        StoreTooNew: written by a newer gonogo.
        StoreBusy: another process holds it, or the disk is full.
        BadInput: cannot be opened or written, is damaged, or is no gonogo store.
    """
    database = await asyncio.to_thread(_open_file, folder, durability, busy_timeout)
    return SqliteStore(database, clock=clock or SystemClock(), tenant=tenant, verify=verify)


def _open_file(folder: Path, durability: Durability, busy_timeout: float) -> SqliteDatabase:
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise BadInput(
            f"{path} cannot be opened for writing ({error.strerror}): check the permissions of {folder}, "
            "or choose another folder for the store"
        ) from error
    opened: list[sqlite3.Connection] = []
    try:
        writer = _connect(path, busy_timeout, opened)
        _prepare(writer, path, durability, busy_timeout)
        reader = _connect(path, busy_timeout, opened)
        reader.execute("PRAGMA query_only = ON")
        return SqliteDatabase(path, writer, reader)
    except BaseException as error:
        for connection in opened:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise explained(error, path) from error
        raise


def _connect(path: Path, busy_timeout: float, opened: list[sqlite3.Connection]) -> sqlite3.Connection:
    # No implicit transactions: where one begins and ends stands in ``sqlite`` and nowhere else.
    connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None, check_same_thread=False)
    opened.append(connection)
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, durability: Durability, busy_timeout: float) -> None:
    check_identity(connection, path)
    _log_ahead(connection, path, busy_timeout)
    connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'power' else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is forgotten must not be readable in the file's free pages
    connection.execute("PRAGMA journal_size_limit = 67108864")
    migrate(connection)


def _log_ahead(connection: sqlite3.Connection, path: Path, busy_timeout: float) -> None:
    """Turn the write-ahead log on.

    SQLite does not wait here as it does elsewhere when two processes make a store at once, so this does.
    """
    deadline = time.monotonic() + busy_timeout
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            break
    if mode != "wal":
        raise BadInput(f"{path} cannot have a write-ahead log: choose a folder on a local disk for the store")
