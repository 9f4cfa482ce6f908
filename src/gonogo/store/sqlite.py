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
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from gonogo.store.faults import explained
from gonogo.store.lanes import Job, Lane
from gonogo.store.sql import Connection

T = TypeVar("T")
Durability = Literal["process", "power"]
Work = Callable[[Connection], object]


@dataclass(slots=True, frozen=True, eq=False)
class Rows:
    """Work that only puts rows in: what waits together is put in with one statement, as if each had been alone."""

    query: str
    make: Callable[[], Iterable[Sequence[object]]]

    def __call__(self, connection: sqlite3.Connection) -> None:
        """Put them in."""
        connection.executemany(self.query, self.make())


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work for a thread, and who waits for it."""

    work: Callable[[sqlite3.Connection], object]
    future: asyncio.Future[Any]
    value: object = None
    error: Exception | None = None


class Lane:
    """A thread that owns one connection and takes jobs in order, as many at a time as are waiting."""

    def __init__(
        self, name: str, connection: sqlite3.Connection, process: Callable[[sqlite3.Connection, list[Job]], None]
    ) -> None:
        self._connection, self._process = connection, process
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        """Queue work; the future is answered on the calling loop.

        Raises:
            RuntimeError: the store is closed.
            StoreBusy: more than ``MOST_WAITING`` jobs wait already, so the disk is not keeping up.
        """
        if self._closed:
            raise RuntimeError("the store is closed")
        if self._jobs.qsize() >= MOST_WAITING:
            raise StoreBusy(f"{MOST_WAITING} calls wait for the store's disk already: nothing was written, try again")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put(Job(work, future))
        return future

    async def close(self) -> None:
        """Finish what was queued, then close the connection. Calling it twice is fine."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        going = True
        while going:
            batch, going = self._take()
            if batch:
                self._process(self._connection, batch)
                answer(batch)
        self._connection.close()

    def _take(self) -> tuple[list[Job], bool]:
        batch: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == MOST_PER_COMMIT:
                return batch, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False


def answer(batch: list[Job]) -> None:
    """Wake every waiter, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        by_loop.setdefault(job.future.get_loop(), []).append(job)
    for loop, jobs in by_loop.items():
        # A closed loop raises RuntimeError: nobody waits there any more, and the write stands.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: list[Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)


class Database:
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

    async def append(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row, as a write like any other.

        Raises:
            StoreBusy: locked by another process, or the disk is full; nothing was written.
            BadInput: the file is read-only or damaged; nothing was written.
        """

        def work(connection: Connection) -> None:
            connection.executemany(sql, rows)

        await self._writer.submit(work)

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


def _together(batch: list[Job]) -> Iterator[list[Job]]:
    """Jobs in order; neighbours that put rows in with the same statement stand together."""
    for query, jobs in groupby(batch, key=lambda job: job.work.query if isinstance(job.work, Rows) else None):
        if query is None:
            yield from ([job] for job in jobs)
        else:
            yield list(jobs)


def _all_rows(connection: sqlite3.Connection, jobs: list[Job]) -> bool:
    """Put the rows of all jobs in at once; ``False``, and none of them in, where one cannot be."""
    works = [job.work for job in jobs if isinstance(job.work, Rows)]
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


def _attempt(connection: sqlite3.Connection, job: Job) -> None:
def _explain(batch: list[Job[Work]], path: Path) -> None:
    for job in batch:
        if isinstance(job.error, sqlite3.Error):
            job.error = explained(job.error, path)


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
