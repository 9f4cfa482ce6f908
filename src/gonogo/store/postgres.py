"""One PostgreSQL database behind threads that own their connections: changes, additions, readers.

Here: connections, their transactions, and how the roles' SQL reaches psycopg. Not here: SQL of any role (one file
each), tables (``postgres_tables``), wording of faults (``postgres_faults``).

Changes hold one advisory lock, so that they happen one after the other on all machines, as on SQLite; what a role reads
before it writes still holds then. Additions (Traces) hold the same lock shared: they run side by side, and a change
that counts rows never misses one that is about to be committed. Locks end with their transaction and no session keeps
state, so a connection pooler in transaction mode may stand between.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import pq
from psycopg.abc import AdaptContext, Buffer
from psycopg.conninfo import make_conninfo

from gonogo.store.lanes import Job, Lane
from gonogo.store.postgres_faults import explained, lost
from gonogo.store.sql import Connection

T = TypeVar("T")
Work = Callable[[Connection], object]
Addition = tuple[str, Callable[[], Iterable[Sequence[object]]]]

SCHEMA = "gonogo"
LOCK = 0x676F6E6F
"""The number of the advisory lock: "gono"."""
READERS = 2
LOCK_WAIT = 5.0
"""Seconds to wait for other processes' writes."""
REST = 0.5
"""Seconds after a failed connection in which nobody tries again: a server that is down must cost no request time."""
_PREPARE = f"SET LOCAL search_path = {SCHEMA}; SET LOCAL lock_timeout = {int(LOCK_WAIT * 1000)}"
CHANGE = f"BEGIN; {_PREPARE}; SELECT pg_advisory_xact_lock({LOCK})"
ADD = f"BEGIN; {_PREPARE}; SELECT pg_advisory_xact_lock_shared({LOCK})"
LOOK = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_PREPARE}"
# A lost server is noticed within seconds, whichever way it was lost.
CONNECTING: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "utf8",
    "application_name": "gonogo",
}


class PostgresDatabase:
    """The lanes of one database.

    Args:
        url: where it is; without a password.
        password: empty where the server asks for none.
    """

    def __init__(self, url: str, password: str = "") -> None:
        self.name = shown(url)
        conninfo = connection_line(url, password)
        changes, additions, *readers = (Line(conninfo, self.name) for _ in range(2 + READERS))
        self._changes: Lane[Work] = Lane("gonogo-store-changes", _Changes(changes))
        self._additions: Lane[Addition] = Lane("gonogo-store-additions", _Additions(additions))
        self._reader: Lane[Work] = Lane("gonogo-store-reader", *map(_Reader, readers), at_once=1)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction, alone on all machines, and return its value once that is committed.

        What ``work`` raises undoes its own changes only and is raised here. A cancelled caller's write still happens.

        Raises:
            StoreDown: the server does not answer.
            StoreBusy: another process holds the lock, or the server has no room; nothing was written.
            BadInput: the server only reads, or this user may not write.
        """
        value: T = await self._changes.submit(work)
        return value

    async def append(self, sql: str, make: Callable[[], Iterable[Sequence[object]]]) -> None:
        """Run one statement for each row; those of many callers share one commit.

        Raises:
            StoreDown: the server does not answer.
            StoreBusy: another process holds the lock, or the server has no room; nothing was written.
            BadInput: the server only reads, or this user may not write.
        """
        await self._additions.submit((sql, make))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent view of everything committed so far.

        Raises:
            StoreDown: the server does not answer.
        """
        value: T = await self._reader.submit(work)
        return value

    def json_field(self, column: str, name: str) -> str:
        """SQL for the text of a top-level field of the JSON that a column holds as bytes."""
        return f"(convert_from({column}, 'UTF8')::json ->> '{name}')"

    async def close(self) -> None:
        """Finish queued work and close every connection."""
        for lane in (self._reader, self._changes, self._additions):
            await lane.close()


def shown(url: str) -> str:
    """The address for messages."""
    return url.partition("?")[0]


def connection_line(url: str, password: str) -> str:
    """What libpq is told."""
    line: str = make_conninfo(url, **CONNECTING, **({"password": password} if password else {}))
    return line


class Line:
    """One connection, made when it is needed and made again when it broke."""

    def __init__(self, conninfo: str, name: str) -> None:
        self.name = name
        self._conninfo = conninfo
        self._connection: psycopg.Connection[Any] | None = None
        self._rest_until = 0.0
        self._why: psycopg.Error | None = None

    def begin(self, statements: str) -> psycopg.Connection[Any]:
        """Begin a transaction; a connection that broke while nobody used it is replaced.

        Raises:
            psycopg.Error: the server does not answer, or refuses.
        """
        if self._connection is not None:
            try:
                self._connection.execute(statements)
            except psycopg.Error as error:
                if not lost(error):
                    raise
                self.drop()
            else:
                return self._connection
        connection = self._connect()
        connection.execute(statements)
        return connection

    def roll_back(self) -> None:
        """End a transaction that failed; a connection that cannot do even this is dropped."""
        if self._connection is not None:
            try:
                self._connection.execute("ROLLBACK")
            except psycopg.Error:
                self.drop()

    def drop(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _connect(self) -> psycopg.Connection[Any]:
        if self._why is not None and time.monotonic() < self._rest_until:
            raise self._why
        try:
            # No implicit transactions, and nothing prepared: a pooler may give the next one to another session.
            connection = psycopg.connect(
                self._conninfo, autocommit=True, prepare_threshold=None, cursor_factory=psycopg.ClientCursor
            )
        except psycopg.Error as error:
            self._why, self._rest_until = error, time.monotonic() + REST
            raise
        connection.adapters.register_loader("numeric", _Sum)
        self._why, self._connection = None, connection
        return connection


class _Sum:
    """Sums of whole numbers come as ``numeric``; a role wants the whole number."""

    format = pq.Format.TEXT

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        pass

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


class Translated:
    """A connection as the roles use it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, sql: str, parameters: Any = None, /) -> psycopg.Cursor[Any]:
        """Values are put in here and not on the server, which cannot tell the type of a value that is only compared
        with nothing (``? IS NULL``)."""
        query, values = translated(sql), None if parameters is None else _storable(parameters)
        return self._connection.execute(query, values)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> object:
        """Sent one after the other without waiting for answers."""
        cursor: psycopg.Cursor[Any] = psycopg.Cursor(self._connection)
        cursor.executemany(translated(sql), [_storable(row) for row in parameters])
        return None


_MARKS = re.compile(r"'[^']*'|\?|(?<![:\w]):([a-z_]+)|%")


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """The roles' marks for values as psycopg writes them; what stands in quotes is left alone."""

    def mark(found: re.Match[str]) -> str:
        if found[0] == "?":
            return "%s"
        return f"%({found[1]})s" if found[1] else found[0].replace("%", "%%")

    return _MARKS.sub(mark, sql)


def _storable(parameters: Any) -> Any:
    """PostgreSQL's text cannot hold the character NUL. Texts stand whole in a row's body; the columns are for finding,
    and what is searched for is changed alike."""
    if isinstance(parameters, dict):
        return {name: _without_nul(value) for name, value in parameters.items()}
    return tuple(_without_nul(value) for value in parameters)


def _without_nul(value: object) -> object:
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value


class _Changes:
    def __init__(self, line: Line) -> None:
        self._line = line

    def process(self, batch: list[Job[Work]]) -> None:
        with _failing_together(batch, self._line):
            connection = self._line.begin(CHANGE)
            for job in batch:
                _attempt(connection, job)
            connection.execute("COMMIT")
        _explain(batch, self._line)

    def close(self) -> None:
        self._line.drop()


class _Additions:
    """Rows of all who wait go in one stream; should one of them be refused, each caller's go alone."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def process(self, batch: list[Job[Addition]]) -> None:
        self._add(batch)
        if len(batch) > 1 and batch[0].error and not isinstance(batch[0].error, psycopg.OperationalError):
            for job in batch:
                job.error = None
                self._add([job])
        _explain(batch, self._line)

    def _add(self, batch: list[Job[Addition]]) -> None:
        with _failing_together(batch, self._line):
            rows: dict[str, list[Sequence[object]]] = {}
            for job in batch:
                rows.setdefault(job.work[0], []).extend(job.work[1]())
            connection = self._line.begin(ADD)
            for sql, mine in rows.items():
                # In one order everywhere: two processes that add the same rows would else wait for one another.
                Translated(connection).executemany(sql, sorted(mine, key=lambda row: str(row[0])))
            connection.execute("COMMIT")

    def close(self) -> None:
        self._line.drop()


class _Reader:
    def __init__(self, line: Line) -> None:
        self._line = line

    def process(self, batch: list[Job[Work]]) -> None:
        for job in batch:
            try:
                job.value = job.work(Translated(self._line.begin(LOOK)))
            except Exception as error:  # whatever the work raises belongs to its caller, not to this thread
                job.error = error
            self._line.roll_back()
        _explain(batch, self._line)

    def close(self) -> None:
        self._line.drop()


@contextlib.contextmanager
def _failing_together(batch: Sequence[Job[Any]], line: Line) -> Iterator[None]:
    """What is raised inside undoes the transaction and is everybody's error."""
    try:
        yield
    except Exception as error:  # this thread must go on; no commit, so nobody's work stands, whoever met the fault
        line.roll_back()
        for job in batch:
            job.error = error


def _attempt(connection: psycopg.Connection[Any], job: Job[Work]) -> None:
    connection.execute("SAVEPOINT job")
    try:
        job.value = job.work(Translated(connection))
    except Exception as error:  # whatever the work raises belongs to its caller, not to this thread
        if isinstance(error, psycopg.Error) and lost(error):
            raise
        connection.execute("ROLLBACK TO job")
        job.error = error
    connection.execute("RELEASE job")


def _explain(batch: Sequence[Job[Any]], line: Line) -> None:
    for job in batch:
        if isinstance(job.error, psycopg.Error):
            job.error = explained(job.error, line.name)
