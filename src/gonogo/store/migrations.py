"""Migrations: the tables, and how an older store becomes a newer one. Numbered, forward only.

Here: every statement that makes or changes a table. Not here: reading and writing rows (one file per role).

The format number stands in SQLite's ``user_version``. A migration, once released, is never edited; a new one is added.
Every row carries ``tenant`` and ``format``, the version of the shape its ``body`` (JSON) was written in.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gonogo.errors import BadInput, StoreTooNew

APPLICATION_ID = 0x676F6E6F  # "gono", so that another program's database is never taken for a store

FIRST: tuple[str, ...] = (
    """CREATE TABLE versions (
        seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, mission TEXT NOT NULL, number INTEGER NOT NULL,
        parts_digest TEXT NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL,
        UNIQUE (tenant, mission, number), UNIQUE (tenant, mission, parts_digest))""",
    """CREATE TABLE parts (
        tenant TEXT NOT NULL, mission TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL,
        first_version INTEGER NOT NULL, created_at REAL NOT NULL, format INTEGER NOT NULL,
        PRIMARY KEY (tenant, mission, name, number), UNIQUE (tenant, mission, name, digest)) WITHOUT ROWID""",
    """CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, digest TEXT NOT NULL, content_digest TEXT NOT NULL,
        header BLOB NOT NULL, format INTEGER NOT NULL, UNIQUE (tenant, digest))""",
    """CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
        format INTEGER NOT NULL, UNIQUE (tenant, digest))""",
    """CREATE TABLE snapshot_chunks (
        snapshot INTEGER NOT NULL REFERENCES snapshots (id), position INTEGER NOT NULL,
        chunk INTEGER NOT NULL REFERENCES chunks (id), line INTEGER NOT NULL, place INTEGER NOT NULL,
        tenant TEXT NOT NULL, format INTEGER NOT NULL, PRIMARY KEY (snapshot, position)) WITHOUT ROWID""",
    """CREATE TABLE environments (
        tenant TEXT NOT NULL, mission TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
        revision INTEGER NOT NULL, deployment_id TEXT NOT NULL, previous INTEGER, standing INTEGER NOT NULL,
        format INTEGER NOT NULL, PRIMARY KEY (tenant, mission, name)) WITHOUT ROWID""",
    """CREATE TABLE deployments (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, mission TEXT NOT NULL,
        environment TEXT NOT NULL, version INTEGER NOT NULL, previous INTEGER, kind TEXT NOT NULL,
        revision INTEGER NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL,
        UNIQUE (tenant, mission, environment, revision))""",
    """CREATE TABLE runs (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, mission TEXT NOT NULL,
        version INTEGER NOT NULL, behaviour_digest TEXT NOT NULL, gate_digest TEXT NOT NULL,
        started_at REAL NOT NULL, finished_at REAL, body BLOB NOT NULL, format INTEGER NOT NULL)""",
    "CREATE INDEX runs_by_mission ON runs (tenant, mission, seq)",
    "CREATE INDEX runs_by_digests ON runs (tenant, behaviour_digest, gate_digest, seq)",
    """CREATE TABLE task_results (
        seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, run_id TEXT NOT NULL REFERENCES runs (id),
        task_id TEXT NOT NULL, repeat INTEGER NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL,
        UNIQUE (run_id, task_id, repeat))""",
    """CREATE TABLE verdicts (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, mission TEXT NOT NULL,
        candidate INTEGER NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL)""",
    "CREATE INDEX verdicts_by_mission ON verdicts (tenant, mission, seq)",
    """CREATE TABLE traces (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, created_at REAL NOT NULL,
        mission TEXT NOT NULL, version INTEGER NOT NULL, environment TEXT NOT NULL, session TEXT NOT NULL,
        outcome TEXT NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL)""",
    "CREATE INDEX traces_by_time ON traces (created_at)",
    "CREATE INDEX traces_by_mission ON traces (mission, created_at)",
    "CREATE INDEX traces_by_session ON traces (session, created_at) WHERE session <> ''",
    """CREATE TABLE annotations (
        seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, trace_id TEXT NOT NULL, created_at REAL NOT NULL,
        body BLOB NOT NULL, format INTEGER NOT NULL)""",
    "CREATE INDEX annotations_by_trace ON annotations (trace_id)",
    """CREATE TABLE keys (
        id TEXT NOT NULL PRIMARY KEY, hashed TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, role TEXT NOT NULL,
        created_at REAL NOT NULL, revoked_at REAL, format INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE folders (
        tenant TEXT NOT NULL, mission TEXT NOT NULL, folder TEXT NOT NULL, format INTEGER NOT NULL,
        PRIMARY KEY (tenant, mission)) WITHOUT ROWID""",
    "CREATE TABLE health (id INTEGER PRIMARY KEY CHECK (id = 1), at REAL NOT NULL)",
)

SECOND: tuple[str, ...] = (
    """CREATE TABLE classifiers (
        seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
        created_at REAL NOT NULL, body BLOB NOT NULL, format INTEGER NOT NULL, UNIQUE (tenant, name, digest))""",
    """CREATE TABLE classifier_comparisons (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, name TEXT NOT NULL,
        candidate TEXT NOT NULL, baseline TEXT NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL,
        format INTEGER NOT NULL)""",
    "CREATE INDEX classifier_comparisons_by_name ON classifier_comparisons (tenant, name, seq)",
    """CREATE TABLE classifier_promotions (
        seq INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, mission TEXT NOT NULL,
        revision INTEGER NOT NULL, digest TEXT, kind TEXT NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL,
        format INTEGER NOT NULL, UNIQUE (tenant, name, mission, revision))""",
)

THIRD: tuple[str, ...] = ("ALTER TABLE keys ADD COLUMN body BLOB",)

FOURTH: tuple[str, ...] = (
    "ALTER TABLE traces ADD COLUMN caller TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX traces_by_caller ON traces (caller, created_at) WHERE caller <> ''",
)

FIFTH: tuple[str, ...] = (
    """CREATE TABLE budget_accounts (
        tenant TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, day TEXT NOT NULL, spent INTEGER NOT NULL,
        unpriced INTEGER NOT NULL, format INTEGER NOT NULL, PRIMARY KEY (tenant, scope, name, day)) WITHOUT ROWID""",
    """CREATE TABLE budget_leases (
        holder TEXT NOT NULL, tenant TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, day TEXT NOT NULL,
        amount INTEGER NOT NULL, number INTEGER NOT NULL, granted INTEGER NOT NULL, renewed_at REAL NOT NULL,
        format INTEGER NOT NULL, PRIMARY KEY (tenant, scope, name, day, holder)) WITHOUT ROWID""",
)

SIXTH: tuple[str, ...] = (
    """CREATE TABLE costs (
        tenant TEXT NOT NULL, day TEXT NOT NULL, mission TEXT NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL,
        model TEXT NOT NULL, requests INTEGER NOT NULL, cached INTEGER NOT NULL, estimated INTEGER NOT NULL,
        spent INTEGER NOT NULL, unpriced INTEGER NOT NULL, cpu REAL NOT NULL, wall REAL NOT NULL,
        input INTEGER NOT NULL, output INTEGER NOT NULL, cached_input INTEGER NOT NULL, reasoning INTEGER NOT NULL,
        calls INTEGER NOT NULL, cache_written INTEGER NOT NULL, input_audio INTEGER NOT NULL,
        output_audio INTEGER NOT NULL, input_image INTEGER NOT NULL, format INTEGER NOT NULL,
        PRIMARY KEY (tenant, day, mission, version, key, model)) WITHOUT ROWID""",
    "CREATE TABLE costs_counted (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL)",
    "INSERT INTO costs_counted VALUES (1, 0)",
    # SQLite gives the number of a deleted last row to the next one, which would be taken for counted already.
    """CREATE TRIGGER traces_uncounted AFTER DELETE ON traces BEGIN
        UPDATE costs_counted SET seq = min(seq, (SELECT coalesce(max(seq), 0) FROM traces)); END""",
)

SEVENTH: tuple[str, ...] = (
    "ALTER TABLE task_results ADD COLUMN digest TEXT",
    "CREATE INDEX task_results_by_digest ON task_results (digest) WHERE digest IS NOT NULL",
)

EIGHTH: tuple[str, ...] = (
    """CREATE TABLE judge_calibrations (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, mission TEXT NOT NULL,
        judge TEXT NOT NULL, digest TEXT NOT NULL, created_at REAL NOT NULL, body BLOB NOT NULL,
        format INTEGER NOT NULL)""",
    "CREATE INDEX judge_calibrations_by_mission ON judge_calibrations (tenant, mission, judge, seq)",
)

NINTH: tuple[str, ...] = (
    """CREATE TABLE operations (
        seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, key_id TEXT NOT NULL,
        state TEXT NOT NULL, started_at REAL NOT NULL, beat_at REAL NOT NULL, stopping INTEGER NOT NULL,
        body BLOB NOT NULL, format INTEGER NOT NULL)""",
    "CREATE INDEX operations_by_start ON operations (started_at, id)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST, SECOND, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH, EIGHTH, NINTH)
"""The first entry makes format 1, the second turns 1 into 2, and so on."""


def check_identity(connection: sqlite3.Connection, path: Path, latest: int = len(MIGRATIONS)) -> None:
    """Refuse what this gonogo must not touch, before anything is changed.

    Raises:
        StoreTooNew: written by a newer gonogo.
        BadInput: a database of another program.
    """
    written = _number(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and _number(connection, "application_id") != APPLICATION_ID:
        raise BadInput(f"{path} belongs to another program: choose another folder for the store")
    if written > latest:
        raise StoreTooNew(
            f"{path} has store format {written}, and this gonogo knows formats up to {latest}: "
            "install the newer gonogo that wrote it, or choose another folder for the store"
        )


def migrate(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring an opened store to the newest format, all in one transaction.

    Two processes that open one store at once migrate it once. A store that has the format already is only read: opening
    it writes nothing and waits for nobody's write.
    """
    if _number(connection, "user_version") >= len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Asked again, now that nobody else can write: another process may have been faster.
        written = _number(connection, "user_version")
        for migration in migrations[written:]:
            for statement in migration:
                connection.execute(statement)
        if written < len(migrations):
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    value: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return value
