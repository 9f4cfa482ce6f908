"""Store: gonogo's memory in one SQLite file, and the spool beside it.

Here: every SQL statement of gonogo. Not here: what may be written and when (the workflows).
"""

from gonogo.store.open import FILE_NAME, SqliteStore, open_store
from gonogo.store.spool import Drained, TraceSpool
from gonogo.store.sqlite import Durability, Verify

__all__ = ["FILE_NAME", "Drained", "Durability", "SqliteStore", "TraceSpool", "Verify", "open_store"]
