"""Store: gonogo's memory, in one SQLite file or in PostgreSQL, and the spool beside it.

Here: every SQL statement of gonogo. Not here: what may be written and when (the workflows).
"""

from gonogo.store.open import FILE_NAME, SqliteStore, open_store
from gonogo.store.postgres_open import open_postgres
from gonogo.store.roles import SqlStore
from gonogo.store.spool import Drained, TraceSpool
from gonogo.store.sql import Verify
from gonogo.store.sqlite import Durability

__all__ = [
    "FILE_NAME",
    "Drained",
    "Durability",
    "SqlStore",
    "SqliteStore",
    "TraceSpool",
    "Verify",
    "open_postgres",
    "open_store",
]
