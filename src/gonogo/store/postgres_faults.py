"""Faults of PostgreSQL in words a person can act on, mapped in this one place.

Here: which fault is which error. Not here: faults of a caller's data, which the roles name themselves.
"""

from __future__ import annotations

import psycopg

from gonogo.errors import BadInput, GonogoError, StoreBusy, StoreDown

_GONE = ("08", "57P")
"""SQLSTATE of a broken connection and of a server that stops or starts."""


def lost(error: psycopg.Error) -> bool:
    """Whether the connection is of no use any more."""
    if error.sqlstate is None:
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return str(error.sqlstate).startswith(_GONE)


def explained(error: psycopg.Error, name: str) -> Exception:
    """The error to raise for a fault, naming the database and what to do next; the fault itself where it is a mistake
    of ours."""
    known: Exception = _fault(error, name) or error
    if known is not error:
        known.__cause__ = error
    return known


def _fault(error: psycopg.Error, name: str) -> GonogoError | None:
    state = error.sqlstate or ""
    if lost(error):
        return StoreDown(f"{name} does not answer ({_first_line(error)}): start the server, or check its address")
    if state in ("42501", "28000", "28P01"):
        return BadInput(f"{name} refuses this user ({_first_line(error)}): give it the right to the database")
    if state == "25006":
        return BadInput(f"{name} may only be read, as a standby is: give the address of the server that takes writes")
    if state == "55P03":
        return StoreBusy(f"{name} is locked by another process: nothing was written, try again")
    if state.startswith(("53", "40", "57", "58")):
        return StoreBusy(f"{name} could not take it ({_first_line(error)}): nothing was written, try again")
    return None


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]
