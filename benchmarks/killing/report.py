"""Report: what one kind of killing found, and the checks of a store that hold whatever was killed.

Here: counts, problems in words, SQLite's own checks. Not here: what one kind of work promises (its own module).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gonogo.store import SqliteStore


@dataclass
class Report:
    """What one kind of killing found.

    ``kills`` counts processes that SIGKILL ended, ``at_work`` those of them that were at work then, ``missed`` those
    that had ended by themselves. ``acknowledged`` counts what was promised and looked for. ``found`` counts the states
    that kills left behind, ``figures`` are seconds. ``problems`` are in words.
    """

    kills: int = 0
    at_work: int = 0
    missed: int = 0
    acknowledged: int = 0
    lost: int = 0
    half_made: int = 0
    problems: list[str] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    figures: dict[str, float] = field(default_factory=dict)

    def lose(self, what: str) -> None:
        self.lost += self._is_new(f"lost: {what}")

    def half(self, what: str) -> None:
        self.half_made += self._is_new(f"half made: {what}")

    def wrong(self, what: str) -> None:
        self._is_new(f"wrong: {what}")

    def _is_new(self, problem: str) -> bool:
        """Note a problem; the same one is found again by every later look at the store."""
        if problem in self.problems:
            return False
        self.problems.append(problem)
        return True

    @property
    def fine(self) -> bool:
        """Nothing was lost, half made or wrong, and some kills hit work: ``problems`` say where too few did."""
        return not self.problems and self.at_work > 0


async def examine_file(store: SqliteStore, report: Report) -> None:
    """Whether the store takes writes and SQLite finds the file in order."""
    if not await store.healthy():
        report.half("the store takes no writes")
    checks = {"integrity_check": [("ok",)], "foreign_key_check": []}
    for pragma, fine in checks.items():
        found = await store.database.read(partial(rows_of, f"PRAGMA {pragma}"))
        if found != fine:
            report.half(f"{pragma}: {found[:3]}")


def rows_of(query: str, connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """Every row of a query."""
    return connection.execute(query).fetchall()
