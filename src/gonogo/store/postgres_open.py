"""Opening a store in PostgreSQL: the extra, the address, the tables.

Here: ``open_postgres``. Not here: transactions (``postgres``), tables (``postgres_tables``), rows (one file per role).
"""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from urllib.parse import urlsplit

from gonogo.clock import Clock, SystemClock
from gonogo.errors import BadInput, ExtraMissing
from gonogo.store.roles import SqlStore
from gonogo.store.sql import Verify

SCHEMES = ("postgresql", "postgres")


async def open_postgres(
    url: str,
    password: str = "",
    *,
    clock: Clock | None = None,
    verify: Verify | None = None,
    tenant: str = "default",
) -> SqlStore:
    """Open the store in a PostgreSQL database, making its tables where they do not exist, in the schema ``gonogo``.

    Args:
        url: ``postgresql://user@host:5432/database``, without a password.
        password: of that user; empty where the server asks for none.
        clock: the machine's own where none is given.
        verify: computes a snapshot's digest from its content; every snapshot read is checked with it.
        tenant: owner of Versions, Environments and evaluations.

    Raises:
        ExtraMissing: psycopg is not installed.
        StoreDown: the server does not answer, or refuses this user.
        StoreTooNew: written by a newer gonogo.
        BadInput: the address cannot be used, or the database is another program's.
    """
    check_url(url)
    if find_spec("psycopg") is None:
        raise ExtraMissing("postgres", "a store in PostgreSQL")
    from gonogo.store.postgres import PostgresDatabase  # late: an extra
    from gonogo.store.postgres_tables import prepare

    await asyncio.to_thread(prepare, url, password)
    database = PostgresDatabase(url, password)
    return SqlStore(database, clock=clock or SystemClock(), tenant=tenant, verify=verify)


def check_url(url: str) -> None:
    """Refuse an address that is none, and one that shows a secret.

    Raises:
        BadInput: which, and how it is written.
    """
    how = "write postgresql://user@host:5432/database"
    try:
        parts = urlsplit(url)
        shown = parts.password is not None or "password=" in parts.query
    except ValueError as error:
        raise BadInput(f"the store's url is no address ({error}): {how}") from error
    if parts.scheme not in SCHEMES:
        raise BadInput(f"the store's url begins with '{parts.scheme}:', which is no database gonogo knows: {how}")
    if shown:
        raise BadInput("the store's url holds a password: put it into a variable and name that in password_env")
