"""Older stores become newer ones, whole or not at all."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.errors import StoreTooNew
from gonogo.store import open_store
from gonogo.store.migrations import FIRST, MIGRATIONS, check_identity, migrate


@pytest.fixture
def connection():
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def format_of(connection):
    return connection.execute("PRAGMA user_version").fetchone()[0]


def test_an_empty_file_gets_the_newest_format(connection):
    migrate(connection)
    assert format_of(connection) == len(MIGRATIONS)


def test_migrating_again_changes_nothing(connection):
    migrate(connection)
    before = connection.execute("SELECT * FROM sqlite_master").fetchall()
    migrate(connection)
    assert connection.execute("SELECT * FROM sqlite_master").fetchall() == before


def test_an_older_store_keeps_its_rows_and_gets_what_is_new(connection):
    migrate(connection)
    connection.execute("INSERT INTO folders VALUES ('default', 'support', '/a', 1)")
    migrate(connection, (*MIGRATIONS, ("ALTER TABLE folders ADD COLUMN host TEXT NOT NULL DEFAULT ''",)))
    assert connection.execute("SELECT folder, host FROM folders").fetchall() == [("/a", "")]
    assert format_of(connection) == len(MIGRATIONS) + 1


def test_a_store_of_format_one_keeps_its_rows_and_gets_the_tables_of_classifiers(connection):
    migrate(connection, (FIRST,))
    connection.execute("INSERT INTO folders VALUES ('default', 'support', '/a', 1)")
    migrate(connection)
    assert format_of(connection) == len(MIGRATIONS) >= 2
    assert connection.execute("SELECT folder FROM folders").fetchall() == [("/a",)]
    assert connection.execute("SELECT count(*) FROM classifier_promotions").fetchone() == (0,)


async def test_a_key_written_before_keys_had_a_body_is_read_and_may_be_replaced(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "gonogo.db", isolation_level=None)) as old:
        migrate(old, MIGRATIONS[:2])
        old.execute("INSERT INTO keys VALUES ('k1', 'hash', 'acme', 'admin', 5.0, NULL, 1)")
    store = await open_store(folder)
    try:
        key = await store.key("k1")
        assert (key.hashed, key.tenant, key.role, key.created_at, key.missions) == ("hash", "acme", "admin", 5.0, ())
        assert await store.replace_key(key, structs.replace(key, hashed="better"))
        assert (await store.key("k1")).hashed == "better"
    finally:
        await store.close()


def test_whichever_way_a_store_came_to_its_format_its_tables_are_the_same(connection):
    migrate(connection, (FIRST,))
    migrate(connection)
    stepwise = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        assert fresh.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == stepwise


def test_a_migration_that_fails_halfway_leaves_the_store_as_it_was(connection):
    migrate(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*MIGRATIONS, ("CREATE TABLE extra (a)", "CREATE TABLE folders (a)")))
    assert format_of(connection) == len(MIGRATIONS)
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'extra'").fetchall() == []


def test_an_older_gonogo_refuses_what_a_newer_one_migrated(connection):
    migrate(connection, (*MIGRATIONS, ("CREATE TABLE extra (a)",)))
    with pytest.raises(StoreTooNew, match=rf"format {len(MIGRATIONS) + 1}.*formats up to {len(MIGRATIONS)}"):
        check_identity(connection, Path("gonogo.db"))
