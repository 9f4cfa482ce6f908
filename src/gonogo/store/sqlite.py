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
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import Literal, TypeVar

from gonogo.store.faults import explained
from gonogo.store.lanes import Job, Lane
from gonogo.store.sql import Connection

T = TypeVar("T")
Durability = Literal["process", "power"]
Work = Callable[[Connection], object]
TOGETHER = (64, 32, 16, 8, 4, 2)
"""Rows in one statement: few sizes, so that each stays prepared, and few statements for any number."""


@dataclass(slots=True, frozen=True, eq=False)
class Addition:
    """Work that only puts rows in: what waits together is put in with one statement, as if each had been alone."""

    query: str
    make: Callable[[], Iterable[Sequence[object]]]

    def __call__(self, connection: Connection) -> None:
        """Put them in."""
        _put_in(connection, self.query, self.make())


class SqliteDatabase:
    """The two lanes of one file."""

    def __init__(self, path: Path, writer: sqlite3.Connection, reader: sqlite3.Connection) -> None:
        self.path, self.name = path, str(path)
        self.first: Callable[[], Awaitable[None]] | None = None
        """Awaited before anything is read or changed: it appends what waits to be seen. It must not raise."""
        self._writer: Lane[Work] = Lane("gonogo-store-writer", _Writer(path, writer))
        self._reader: Lane[Work] = Lane("gonogo-store-reader", _Reader(path, reader))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction and return its value once that is committed.

        What ``work`` raises undoes its own changes only and is raised here. A cancelled caller's write still happens.

        Raises:
            StoreBusy: locked by another process, or the disk is full; nothing was written.
            BadInput: the file is read-only or damaged; nothing was written.
        """
        if self.first is not None:
            await self.first()
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
        if self.first is not None:
            await self.first()
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
        _put_in(connection, works[0].query, chain.from_iterable(work.make() for work in works))
    except Exception:  # one by one, each meets its own error, and only that one
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO rows")
        return False
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE rows")
    return True


def _put_in(connection: Connection, query: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a statement that ends in ``VALUES (...)`` and what to do on a conflict, for each row.

    Many rows go in as one statement. Python's lock changes hands at every statement, and in a process that answers
    requests meanwhile that costs more than the row.
    """
    left = list(rows)
    before, values, after = _parts(query)
    for size in TOGETHER:
        while len(left) >= size:
            some, left = left[:size], left[size:]
            connection.execute(f"{before}{', '.join([values] * size)}{after}", tuple(chain.from_iterable(some)))
    connection.executemany(query, left)


@lru_cache(maxsize=16)
def _parts(query: str) -> tuple[str, str, str]:
    before, keyword, rest = query.partition("VALUES ")
    values, closing, after = rest.partition(")")
    return before + keyword, values + closing, after


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
