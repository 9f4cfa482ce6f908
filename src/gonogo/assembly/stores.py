"""Stores: which database the settings name, opened.

Here: the one place that picks. Not here: databases (``store``), what is kept in them (``contracts.stores``).
"""

from __future__ import annotations

import sys
from functools import partial

from gonogo.assembly.settings import Settings
from gonogo.clock import Clock
from gonogo.contracts import Store
from gonogo.digest import Digest
from gonogo.domain import IndexSnapshot
from gonogo.errors import BadInput
from gonogo.store import SqliteStore, TraceSpool, open_postgres, open_store

SPOOL = "spool"
"""Folder in the home folder."""
MAPS = sys.platform != "win32"
"""Whether a file can be locked and mapped as a journal is; where not, a Trace is committed before its reply ends."""


async def open_store_of(settings: Settings, clock: Clock) -> Store:
    """The PostgreSQL database of ``store.url``, else the SQLite file in the home folder.

    Raises:
        BadInput: the address cannot be used, its variable is not set, or the store is no gonogo store.
        ExtraMissing: the database needs an extra that is not installed.
        StoreTooNew: it was written by a newer gonogo.
        StoreBusy: it is locked or its disk is full.
        StoreDown: its server does not answer.
    """
    if settings.file.store.url:
        return await open_postgres(settings.file.store.url, password_of(settings), clock=clock, verify=_snapshot_digest)
    store = await open_store(settings.home, durability=settings.file.durability, clock=clock, verify=_snapshot_digest)
    if MAPS:
        from gonogo.store.write_behind import seen_by_readers

        # A server of this home folder may hold Traces of the last moment in a file: whoever reads finds them.
        store.database.first = partial(seen_by_readers, TraceSpool(settings.home / SPOOL), store)
    return store


def spool_of(settings: Settings, store: Store) -> TraceSpool:
    """Where the Traces of one server process go on their way into its store; one for the life of the store."""
    folder = settings.home / SPOOL
    if MAPS and isinstance(store, SqliteStore) and settings.file.durability == "process":
        from gonogo.store.write_behind import WriteBehind

        return WriteBehind(folder, store)
    return TraceSpool(folder)


async def stored_elsewhere(settings: Settings) -> None:
    """Return once servers of this home folder have stored what they have kept up to now."""
    if MAPS:
        from gonogo.store.write_behind import settled

        await settled(settings.home / SPOOL)


def left_by_the_dead(settings: Settings) -> bool:
    """Whether servers that died have left Traces in their files."""
    if not MAPS:
        return False
    from gonogo.store.journal import journals

    return any(records for _, records in journals(settings.home / SPOOL, dead=True))


def password_of(settings: Settings) -> str:
    """The password of the store's user; empty where the settings name no variable.

    Raises:
        BadInput: the variable is not set.
    """
    name = settings.file.store.password_env
    if name and name not in settings.secrets:
        raise BadInput(f"the settings say that the store's password is in {name}, which is not set: set it")
    return settings.secrets.get(name, "")


def _snapshot_digest(snapshot: IndexSnapshot) -> Digest:
    from gonogo.retrieval import snapshot_digest  # late: numpy, which commands that only list things never need

    return snapshot_digest(snapshot)
