"""Keeping a store: a backup of it, restoring one, and forgetting a person.

Here: which database is copied how, what is brought home first, the line that says who had a person forgotten.
Not here: rows (``store``), when and how many backups (the operator's scheduler).
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from urllib.parse import quote

import msgspec
from msgspec import Struct

from gonogo.assembly.settings import Settings
from gonogo.assembly.stores import SPOOL, left_by_the_dead, open_store_of, password_of, stored_elsewhere
from gonogo.clock import Clock, SystemClock
from gonogo.contracts import Store
from gonogo.errors import BadInput, GonogoError
from gonogo.store import FILE_NAME, TraceSpool
from gonogo.store.backup import back_up
from gonogo.store.faults import explained
from gonogo.store.migrations import MIGRATIONS, check_identity, migrate
from gonogo.store.worker_spool import bring_all_home, waiting

log = logging.getLogger("gonogo.keeping")

AUDIT = "audit.jsonl"
"""In the home folder: one line for each person forgotten."""


class Copied(Struct, frozen=True, kw_only=True):
    """A backup that was made or restored. ``bytes``: its size; ``store``: the database it is of."""

    file: str
    bytes: int
    store: str


class Forgotten(Struct, frozen=True, kw_only=True):
    """What was deleted of a user. ``at`` in seconds since 1970; ``user`` is a keyed hash of the name, so that the line
    that proves the deletion does not keep what was to be deleted. ``unread`` names files with lines of Traces that
    could not be read, of which nobody knows whose they are."""

    user: str
    traces: int
    annotations: int
    author: str
    at: float
    tenant: str | None = None
    unread: tuple[str, ...] = ()


async def make_backup(settings: Settings, target: Path) -> Copied:
    """Copy the store, as it is at one moment, into a new file, while it goes on serving. The file is a store of its
    own in one SQLite file, whichever database the rows came from. Every Trace whose reply had ended before is in it:
    what waits beside the store, in the files of servers that live or died, is brought into the store first.

    Raises:
        BadInput: the target exists already or cannot be written, or there is no store.
        StoreDown: the store's server does not answer.
    """
    url = settings.file.store.url
    if not target.exists():  # which is refused below, and must change nothing
        await _bring_home(settings)
    if url:
        from gonogo.store.copying import postgres_to_file  # late: an extra

        await asyncio.to_thread(postgres_to_file, url, password_of(settings), target)
    else:
        source = settings.home / FILE_NAME
        if not source.exists():
            raise BadInput(f"there is no store in {settings.home}: name its home folder with --home")
        await asyncio.to_thread(back_up, source, target)
    return Copied(file=str(target), bytes=target.stat().st_size, store=_name(settings))


async def restore_backup(settings: Settings, source: Path) -> Copied:
    """Make a backup into the store that the settings name, which must be empty. A backup of an older format is brought
    to this one on the way; the file itself is only read.

    Raises:
        BadInput: the store is not empty, or the file is no backup.
        StoreTooNew: a newer gonogo made the backup.
        StoreDown: the store's server does not answer.
    """
    if not source.is_file():
        raise BadInput(f"there is no file {source}: name a backup that `gonogo backup` made")
    await asyncio.to_thread(_restore, settings, source)
    return Copied(file=str(source), bytes=source.stat().st_size, store=_name(settings))


async def forget_user(
    settings: Settings, store: Store, pepper: bytes, clock: Clock, user: str, tenant: str | None, author: str
) -> Forgotten:
    """Delete every Trace of a user and what people said of these, those that wait on this machine's disk too, and
    write a line that says so. Sums of costs stand: they name no user.

    Raises:
        BadInput: no user is named.
        StoreBusy: the store cannot be written; what was deleted until then stays deleted.
    """
    if not user:
        raise BadInput("no user is named: give the `user` that requests carried")
    await stored_elsewhere(settings)
    await TraceSpool(settings.home / SPOOL).bring_home(store)
    await bring_all_home(settings.home, store)
    await store.costs()  # added up before they go, or their costs would be missing
    traces, annotations = await store.forget_user(user, tenant)
    done = Forgotten(
        user=hmac.new(pepper, user.encode(), hashlib.sha256).hexdigest(),
        traces=traces,
        annotations=annotations,
        author=author,
        at=clock.now(),
        tenant=tenant,
        unread=tuple(str(path) for path in sorted(settings.home.glob("**/traces.damaged"))),
    )
    await asyncio.to_thread(_write_down, settings.home / AUDIT, done)
    return done


async def _bring_home(settings: Settings) -> None:
    """Raises nothing: a store that takes no write is copied as it is, and what waits beside it stays there."""
    await stored_elsewhere(settings)
    spool = TraceSpool(settings.home / SPOOL)
    if not (spool.size() or waiting(settings.home) or left_by_the_dead(settings)):
        return
    if not settings.file.store.url and _older(settings.home / FILE_NAME):
        log.warning("Traces wait beside a store of an older format and are not in the backup: a server brings them in")
        return
    try:
        store = await open_store_of(settings, SystemClock())
        try:
            await store.missions()  # a reader, for whom what dead servers have left is brought in
            await spool.bring_home(store)
            await bring_all_home(settings.home, store)
        finally:
            await store.close()
    except GonogoError as error:
        log.warning("Traces that wait beside the store are not in the backup: %s", error)


def _older(path: Path) -> bool:
    """Whether opening the store would bring it to another format: a backup before an upgrade is of what is there."""
    if not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            written: int = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:
        return True  # what is wrong with it, the copy says
    return written != len(MIGRATIONS)


def _name(settings: Settings) -> str:
    return settings.file.store.url or str(settings.home / FILE_NAME)


def _restore(settings: Settings, source: Path) -> None:
    url, target = settings.file.store.url, settings.home / FILE_NAME
    if not url and target.exists():
        raise BadInput(f"{target} exists already: stop gonogo and move it away, or restore into another home folder")
    with tempfile.TemporaryDirectory(prefix="gonogo-restore-") as scratch:
        ready = Path(scratch) / FILE_NAME
        shutil.copyfile(source, ready)
        _bring_up_to_date(ready, source)
        if url:
            from gonogo.store.copying import file_to_postgres  # late: an extra
            from gonogo.store.postgres_tables import prepare

            password = password_of(settings)
            prepare(url, password)
            file_to_postgres(ready, url, password)
        else:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            back_up(ready, target)


def _bring_up_to_date(copy: Path, source: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            check_identity(connection, source)
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise BadInput(f"{source} is empty: name a backup that `gonogo backup` made")
            migrate(connection)
    except sqlite3.Error as error:
        raise explained(error, source) from error


def _write_down(path: Path, done: Forgotten) -> None:
    line = msgspec.json.encode({"action": "forget", **msgspec.to_builtins(done)}) + b"\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)
