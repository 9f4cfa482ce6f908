"""Faults of SQLite in words a person can act on, mapped in this one place.

Here: which fault is which error. Not here: faults of a caller's data, which the roles name themselves.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from gonogo.errors import BadInput, GonogoError, StoreBusy

NEXT_WHEN_DAMAGED = "move the file away and restore a backup, or start with an empty store"


def explained(error: sqlite3.Error, path: Path) -> Exception:
    """The error to raise for a fault, naming the file and what to do next.

    Args:
        error: as SQLite raised it.
        path: the store's file.

    Returns:
        ``StoreBusy`` where the same call may succeed later, ``BadInput`` where a person must act first, and the error
        itself where it is a mistake of ours.
    """
    # The low byte is the primary result code; what stands above it says where inside SQLite it happened.
    code = getattr(error, "sqlite_errorcode", -1) & 0xFF
    known = _fault(code, path)
    if known is None:
        return error
    known.__cause__ = error
    return known


def _fault(code: int, path: Path) -> GonogoError | None:
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusy(f"{path} is locked by another process: nothing was written, try again")
        case sqlite3.SQLITE_FULL:
            return StoreBusy(
                f"{path} cannot grow, its disk is full: nothing was written; free some space, then try again"
            )
        case sqlite3.SQLITE_IOERR:
            return StoreBusy(f"{path}: the disk reported an error and nothing was written; check it, then try again")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return BadInput(f"{path} may not be written: give this user write permission on the file and its folder")
        case sqlite3.SQLITE_CANTOPEN:
            return BadInput(f"{path} cannot be opened: check that its folder exists and this user may enter it")
        case sqlite3.SQLITE_CORRUPT:
            return BadInput(f"{path} is damaged: {NEXT_WHEN_DAMAGED}")
        case sqlite3.SQLITE_NOTADB:
            return BadInput(f"{path} is not a gonogo store: {NEXT_WHEN_DAMAGED}")
        case _:
            return None
