"""Copying: every row of one store into another, whichever databases they are in.

Here: a PostgreSQL store as one SQLite file and back. Not here: copying an SQLite file (``backup``), tables
(``migrations``), which are the same in both, so that a row fits as it is.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any

import psycopg

from gonogo.errors import BadInput
from gonogo.store.faults import explained
from gonogo.store.migrations import MIGRATIONS, check_identity, migrate
from gonogo.store.postgres import CHANGE, LOOK, connection_line, shown
from gonogo.store.postgres_faults import explained as explained_by_postgres

AT_ONCE = 1000
OWN = ("health", "costs_counted")
"""Tables that hold something in a store that nobody wrote to."""


def postgres_to_file(url: str, password: str, target: Path) -> None:
    """The store as it is at one moment, as an SQLite file (0600) that appears whole or not at all.

    Raises:
        BadInput: the target exists already or cannot be written.
        StoreDown: the server does not answer.
    """
    if target.exists():
        raise BadInput(f"{target} exists already: a backup never overwrites, choose another name")
    partial = target.with_name(target.name + ".partial")
    try:
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with (
            contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as file,
            _opened(url, password) as there,
        ):
            migrate(file)
            there.execute(LOOK)
            file.execute("BEGIN")
            for table in _tables(file):
                columns = _columns(file, table)
                file.execute(f"DELETE FROM {table}")
                with there.cursor(f"copy_{table}") as rows:
                    rows.itersize = AT_ONCE
                    rows.execute(f"SELECT {', '.join(columns)} FROM {table}")
                    file.executemany(_insert(table, columns, "?"), rows)
            file.execute("COMMIT")
            there.execute("ROLLBACK")
        os.replace(partial, target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}): choose another place for the backup") from error
    except sqlite3.Error as error:
        raise explained(error, target) from error
    except psycopg.Error as error:
        raise explained_by_postgres(error, shown(url)) from error
    finally:
        partial.unlink(missing_ok=True)


def file_to_postgres(source: Path, url: str, password: str) -> None:
    """Put every row of a backup into an empty store, all or none.

    Args:
        source: a store's file of this format; it is only read.

    Raises:
        BadInput: the store is not empty, or the file is no store.
        StoreDown: the server does not answer.
    """
    name = shown(url)
    try:
        with contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as file:
            check_identity(file, source)
            with _opened(url, password) as there:
                there.execute(CHANGE)
                tables = _tables(file)
                _must_be_empty(there, tables, name)
                for table in tables:
                    _fill(file, there, table)
                there.execute("COMMIT")
    except sqlite3.Error as error:
        raise explained(error, source) from error
    except psycopg.Error as error:
        raise explained_by_postgres(error, name) from error


def _opened(url: str, password: str) -> psycopg.Connection[Any]:
    return psycopg.connect(connection_line(url, password), autocommit=True, prepare_threshold=None)


def _tables(file: sqlite3.Connection) -> list[str]:
    """In the order in which migrations make them: what is referred to comes first."""
    made = " ".join(statement for migration in MIGRATIONS for statement in migration)
    names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return sorted(names, key=lambda name: made.index(f"CREATE TABLE {name} "))


def _columns(file: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in file.execute(f"PRAGMA table_info({table})")]


def _insert(table: str, columns: list[str], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


def _must_be_empty(there: psycopg.Connection[Any], tables: list[str], name: str) -> None:
    for table in tables:
        if table not in OWN and there.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone():
            raise BadInput(f"{name} holds a store already ({table}): restore into an empty database")


def _fill(file: sqlite3.Connection, there: psycopg.Connection[Any], table: str) -> None:
    columns = _columns(file, table)
    there.execute(f"DELETE FROM {table}")
    rows = file.execute(f"SELECT {', '.join(columns)} FROM {table}")
    with there.cursor() as cursor:
        while some := rows.fetchmany(AT_ONCE):
            cursor.executemany(_insert(table, columns, "%s"), [tuple(map(_storable, row)) for row in some])
    for column in {"seq", "id"}.intersection(columns):
        [counter] = there.execute("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).fetchone() or [None]
        if counter is not None:  # the next row gets the next number
            there.execute(f"SELECT setval('{counter}', max({column})) FROM {table}")


def _storable(value: object) -> object:
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
