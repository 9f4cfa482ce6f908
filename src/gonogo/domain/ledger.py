"""Account, Exchange, Granted and Balance: the money of a day, and how processes hold parts of it.

Amounts are whole billionths of a dollar, so that sums are exact. Here: the nouns and the day.
Not here: rows (``store``), what a process does with what it holds (``access.purse``).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

NANOS = 1_000_000_000
"""Billionths of a dollar in one dollar."""
Scope = Literal["all", "tenant", "mission", "key"]


class Account(Struct, frozen=True, kw_only=True):
    """Whose money of which day (UTC, ``2026-11-26``); ``name`` is empty for ``all``."""

    scope: Scope
    name: str
    day: str

    def __str__(self) -> str:
        return f"{self.scope} {self.name}" if self.name else "all keys together"


class Exchange(Struct, frozen=True, kw_only=True):
    """What a process tells the ledger about one account, and asks of it.

    ``number`` counts the exchanges of this process and account from 1: one that comes twice is done once. ``open`` is
    the lease as it stands after the exchange before; ``spent`` of it is gone, ``returned`` is given back, and up to
    ``want`` more is asked for, at least ``least`` or nothing. ``unpriced`` calls had no known price.
    """

    account: Account
    limit: int
    number: int
    open: int = 0
    spent: int = 0
    returned: int = 0
    want: int = 0
    least: int = 0
    unpriced: int = 0


class Granted(Struct, frozen=True, kw_only=True):
    """The ledger's answer. ``spent`` by all, ``leased`` to all, this process included. ``lost``: the lease was taken
    for a dead process's and counted as spent as a whole."""

    account: Account
    amount: int
    spent: int
    leased: int
    lost: bool = False


class Balance(Struct, frozen=True, kw_only=True):
    """How an account stands: ``spent``, ``leased`` to processes (to be spent or given back), ``unpriced`` calls."""

    account: Account
    spent: int
    leased: int
    unpriced: int = 0


def day_of(seconds: float) -> str:
    """The UTC day of a moment, as ``2026-11-26``."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def next_day(day: str) -> str:
    """The day after."""
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()


def nanos(dollars: float) -> int:
    """Billionths of a dollar, rounded to the nearest."""
    return round(dollars * NANOS)
