"""Backup: a copy of a store that is in use.

Here: one consistent copy through SQLite's own backup. Not here: when and how many (the operator's scheduler).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from gonogo.errors import BadInput
from gonogo.store.faults import explained


def back_up(source: Path, target: Path) -> None:
    """Copy a store, as it is at one moment, into a new file (0600) that appears whole or not at all.

    To restore, stop gonogo and put the copy in the place of ``gonogo.db``, removing ``gonogo.db-wal`` and ``-shm``.

    Raises:
        BadInput: the target exists already or cannot be written, or the store is damaged.
        StoreBusy: the disk is full.
    """
    if target.exists():
        raise BadInput(f"{target} exists already: a backup never overwrites, choose another name")
    partial = target.with_name(target.name + ".partial")
    try:
        os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with contextlib.closing(sqlite3.connect(source)) as here, contextlib.closing(sqlite3.connect(partial)) as there:
            here.backup(there)
        os.replace(partial, target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written ({error.strerror}): choose another place for the backup") from error
    except sqlite3.Error as error:
        raise explained(error, target) from error
    finally:
        partial.unlink(missing_ok=True)
