"""What every role of the store needs of a database, whichever it is.

Here: the Protocols of a database and its connection, and what each role is made with. Not here: SQLite (``sqlite``),
PostgreSQL (``postgres``), SQL of any role (one file each).

A role writes SQL that both understand: ``?`` and ``:name`` for values, a target for each ``ON CONFLICT``, ``RETURNING``
for a new number, columns named in full where both sides of an update have them. The tests run every role on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from gonogo.clock import Clock
from gonogo.digest import Digest
from gonogo.domain import IndexSnapshot

T = TypeVar("T")
Verify = Callable[[IndexSnapshot], Digest]
"""Computes the digest a snapshot should have from its content."""


class Rows(Protocol):
    """What a statement gave: tuples."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection inside a transaction that ``Database`` began and ends."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Rows: ...
    def executemany(self, sql: str, parameters: Iterable[Any], /) -> object: ...


class Database(Protocol):
    """One database. Its changes are made one after the other, whoever makes them; additions, side by side."""

    name: str
    """For messages: the file, or the address without its password."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in a transaction and return its value once that is committed.

        While it runs nobody else writes, in this process or another: what it has read still holds when it writes.
        What ``work`` raises undoes its own changes only and is raised here. A cancelled caller's write still happens.
        """
        ...

    async def append(self, sql: str, make: Callable[[], Iterable[Sequence[object]]]) -> None:
        """Run one statement for each row, and return once that is committed. Rows of many callers share one commit.

        ``make`` gives the rows, in the database's own thread and maybe more than once.
        """
        ...

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one consistent view of everything committed so far."""
        ...

    def json_field(self, column: str, name: str) -> str:
        """SQL for the text of a top-level field of the JSON that a column holds as bytes."""
        ...

    async def close(self) -> None:
        """Finish queued work and close every connection. Calling it twice is fine."""
        ...


class Role:
    """What every role of the store is made with. ``tenant`` owns Versions, Environments and evaluations written here;
    Traces and keys carry their own."""

    def __init__(self, database: Database, *, clock: Clock, tenant: str, verify: Verify | None) -> None:
        self.database = database
        self.clock = clock
        self.tenant = tenant
        self._verify = verify
