"""Deployments: ``gonogo deploy`` and ``gonogo rollback`` in a loop, each killed.

Here: two Versions that are proven against one another, the rounds, whether pointer and history agree.
Not here: running and killing (``command``).
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from gonogo.domain import Deployment, Environment
from gonogo.store import SqliteStore, open_store
from killing.command import MOMENTS, Home, Pace, Struck, count, pace_of, rounds_until, strike
from killing.report import Report, examine_file

MISSION, ENVIRONMENT = "support", "production"


@dataclass(frozen=True)
class Place:
    """What is live, and every Deployment that led there, newest first."""

    environment: Environment
    history: tuple[Deployment, ...]

    @property
    def other(self) -> int:
        """The Version that is not live."""
        return 3 - self.environment.version


def kill_deployments(rounds: int, chance: random.Random, report: Report) -> None:
    """Kill so many deployments and rollbacks, as chance will have it."""
    with tempfile.TemporaryDirectory() as scratch:
        home = prepare(Path(scratch))
        place = asyncio.run(examine(home, report))
        pace = pace_of(home, "deploy", f"{MISSION}@{place.other}")
        place = asyncio.run(examine(home, report))
        for number in rounds_until(report, rounds):
            place = _round(home, pace, place, number, chance, report)


def prepare(scratch: Path) -> Home:
    """A home with two Versions, each with GO against the other, and the second one live."""
    folder, home = scratch / MISSION, Home(scratch / "home")
    home.run("new", folder)
    home.run("evaluate", folder)
    home.run("deploy", folder)
    page = folder / "knowledge" / "lights.md"
    page.write_text(page.read_text(encoding="utf-8") + "\nThe strap is red.\n", encoding="utf-8")
    home.run("evaluate", folder)
    home.run("deploy", folder)
    home.run("evaluate", f"{MISSION}@1")
    return home


def _round(home: Home, pace: Pace, before: Place, number: int, chance: random.Random, report: Report) -> Place:
    back = before.environment.previous is not None and chance.random() < 0.5
    words = ("rollback", MISSION) if back else ("deploy", f"{MISSION}@{before.other}")
    struck = strike(home, words, pace, MOMENTS[number % len(MOMENTS)], chance)
    count(report, struck)
    after = asyncio.run(examine(home, report))
    _compare(before, after, struck, words[0], report)
    shown = home.ask("status", MISSION)
    if [row["status"]["version"] for row in shown] != [after.environment.version]:
        report.wrong(f"status shows {shown} while {after.environment} stands in the store")
    return after


async def examine(home: Home, report: Report) -> Place:
    """Open the store again; the pointer must stand where the last Deployment put it, each on the one before."""
    store = await open_store(home.path)
    try:
        await examine_file(store, report)
        environment = await store.environment(MISSION, ENVIRONMENT)
        history = tuple(await store.deployments(MISSION, ENVIRONMENT, limit=1_000_000))
        if environment is None or not history:
            raise RuntimeError("the store lost its only Environment, or its whole history")
        newest = history[0]
        stands = (environment.deployment_id, environment.version, environment.revision)
        if stands != (newest.id, newest.version, newest.revision):
            report.half(f"the Environment stands at {stands}, its last Deployment is {newest}")
        if [one.revision for one in history] != list(range(len(history), 0, -1)):
            report.half("revisions have gaps")
        await _examine_history(store, history, report)
        return Place(environment, history)
    finally:
        await store.close()


async def _examine_history(store: SqliteStore, history: tuple[Deployment, ...], report: Report) -> None:
    for one, before in zip(history, (*history[1:], None), strict=True):
        if one.previous != (before.version if before else None):
            report.half(f"revision {one.revision} does not follow from the one before")
        if await store.version(MISSION, one.version) is None:
            report.half(f"revision {one.revision} is of a Version that is not there")
        if one.verdict_id is None or await store.verdict(one.verdict_id) is None:
            report.half(f"revision {one.revision} rests on a Verdict that is not there")


def _compare(before: Place, after: Place, struck: Struck, kind: object, report: Report) -> None:
    more = len(after.history) - len(before.history)
    if more not in (0, 1) or after.history[more:] != before.history:
        report.wrong(f"history went from {len(before.history)} to {len(after.history)} Deployments or was changed")
    if more and (after.history[0].kind != kind or after.environment.version != before.other):
        report.wrong(f"a {kind} to @{before.other} made {after.history[0]}")
    if "now serves" in struck.said:
        report.acknowledged += 1
        if not more:
            report.lose(f"the {kind} after revision {before.environment.revision}, which had been announced")
    if struck.killed:
        report.found["moved" if more else "as before"] += 1
