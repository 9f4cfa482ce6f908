"""One SQLite file behind two threads: one writes, with group commit; one reads.

Here: the transactions of both. Not here: the threads (``lanes``), SQL of any role (one file each), opening and checking
the file (``open``), wording of faults (``faults``).

Writes that wait together share one commit, and each caller is answered only after it. Under ``durability="process"``
(WAL, ``synchronous=NORMAL``) an acknowledged write survives the death of the process; under ``"power"``
(``synchronous=FULL``) it also survives the loss of power, for one fsync a commit.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import Literal, TypeVar

from gonogo.store.faults import explained
from gonogo.store.lanes import Job, Lane
from gonogo.store.sql import Connection

T = TypeVar("T")
Durability = Literal["process", "power"]
Work = Callable[[Connection], object]


@dataclass(slots=True, frozen=True, eq=False)
class Addition:
    """Work that only puts rows in: what waits together is put in with one statement, as if each had been alone."""

    query: str
    make: Callable[[], Iterable[Sequence[object]]]

    def __call__(self, connection: Connection) -> None:
        """Put them in."""
        connection.executemany(self.query, self.make())


class SqliteDatabase:
    """The two lanes of one file."""

    def __init__(self, path: Path, writer: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self.path, self.name = path, str(path)
        self._writer: Lane[Work] = Lane("gonogo-store-writer", _Writer(path, writer))
        self._reader: Lane[Work] = Lane("gonogo-store-reader", _Reader(path, reader))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction and return its value once that is committed.

        What ``work`` raises undoes its own changes only and is raised here. A cancelled caller's write still happens.

        Raises:
            StoreBusy: locked by another process, or the disk is full; nothing was written.
            BadInput: the file is read-only or damaged; nothing was written.
        """
        value: T = await self._writer.submit(work)
        return value

    async def append(self, sql: str, make: Callable[[], Iterable[Sequence[object]]]) -> None:
        """Run one statement for each row; those of many callers go in together.

        Raises:
            StoreBusy: locked by another process, or the disk is full; nothing was written.
            BadInput: the file is read-only or damaged; nothing was written.
        """
        await self._writer.submit(Addition(sql, make))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent view of everything committed so far.

        Raises:
            StoreBusy: the disk does not answer.
            BadInput: the file is damaged.
        """
        value: T = await self._reader.submit(work)
        return value

    def json_field(self, column: str, name: str) -> str:
        """SQL for the text of a top-level field of the JSON that a column holds as bytes."""
        return f"json_extract(CAST({column} AS TEXT), '$.{name}')"

    async def close(self) -> None:
        """Finish queued work and close both connections; the write-ahead log is folded into the file."""
        await self._reader.close()
        await self._writer.close()


class _Writer:
    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    def process(self, batch: list[Job[Work]]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for jobs in _together(batch):
                if len(jobs) == 1 or not _all_rows(connection, jobs):
                    for job in jobs:
                        _attempt(connection, job)
            connection.execute("COMMIT")
        except Exception as error:  # this thread must go on; no commit, so nobody's work stands, whoever met the fault
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            for job in batch:
                job.error = error
        _explain(batch, self._path)

    def close(self) -> None:
        self._connection.close()


class _Reader:
    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    def process(self, batch: list[Job[Work]]) -> None:
        for job in batch:
            try:
                self._connection.execute("BEGIN")
                job.value = job.work(self._connection)
            except Exception as error:  # whatever the work raises belongs to its caller, not to this thread
                job.error = error
            finally:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
        _explain(batch, self._path)

    def close(self) -> None:
        self._connection.close()


def _explain(batch: list[Job[Work]], path: Path) -> None:
    for job in batch:
        if isinstance(job.error, sqlite3.Error):
            job.error = explained(job.error, path)


def _together(batch: list[Job[Work]]) -> Iterator[list[Job[Work]]]:
    """Jobs in order; neighbours that put rows in with the same statement stand together."""
    for query, jobs in groupby(batch, key=lambda job: job.work.query if isinstance(job.work, Addition) else None):
        if query is None:
            yield from ([job] for job in jobs)
        else:
            yield list(jobs)


def _all_rows(connection: sqlite3.Connection, jobs: list[Job[Work]]) -> bool:
    """Put the rows of all jobs in at once; ``False``, and none of them in, where one cannot be."""
    works = [job.work for job in jobs if isinstance(job.work, Addition)]
    connection.execute("SAVEPOINT rows")
    try:
        connection.executemany(works[0].query, chain.from_iterable(work.make() for work in works))
    except Exception:  # one by one, each meets its own error, and only that one
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO rows")
        return False
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE rows")
    return True


def _attempt(connection: sqlite3.Connection, job: Job[Work]) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.value = job.work(connection)
    except Exception as error:  # whatever the work raises belongs to its caller, not to this thread
        if not connection.in_transaction:
            # SQLite gave up the whole transaction (full disk, I/O error), and with it what the others wrote.
            raise
        connection.execute("ROLLBACK TO job")
        job.error = error
    connection.execute("RELEASE job")
