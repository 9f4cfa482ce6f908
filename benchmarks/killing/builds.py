"""Builds: ``gonogo build`` of some two hundred pages, one of them edited before each round, killed.

Here: the Mission, the rounds, what a build may leave: the store as it was, or one whole Version more.
Not here: running and killing (``command``).
"""

from __future__ import annotations

import asyncio
import random
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gonogo.domain import Version
from gonogo.errors import GonogoError
from gonogo.retrieval import snapshot_digest
from gonogo.store import SqliteStore, open_store
from killing.command import MOMENTS, Home, Pace, Struck, count, pace_of, rounds_until, strike
from killing.report import Report, examine_file, rows_of

PAGES = 200
FRESH_EVERY = 5
"""One round in so many begins without a store and without a lock, so that making them is killed too."""
MISSION = "handbook"
THINGS = ("beam", "lamp", "order", "return", "parcel", "week", "mount", "strap", "rider", "night", "road", "letter")


@dataclass(frozen=True)
class Left:
    """What stands in the store: numbers of Versions and what is newest."""

    count: int
    newest: Version | None


def kill_builds(rounds: int, chance: random.Random, report: Report) -> None:
    """Kill so many builds, and build again after each."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / MISSION, Home(Path(scratch) / "home")
        home.run("new", folder)
        for number in range(PAGES):
            write_page(folder, number, chance)
        fresh = pace_of(home, "build", folder)
        lock = (folder / "mission.lock").read_bytes()
        write_page(folder, 0, chance)
        pace = pace_of(home, "build", folder)
        known = asyncio.run(examine(home, report, since=0))
        for number in rounds_until(report, rounds):
            if number % FRESH_EVERY == FRESH_EVERY - 1:
                shutil.rmtree(home.path)
                (folder / "mission.lock").unlink()
                known = Left(0, None)
            known = _round(home, folder, (pace if known.count else fresh, known, lock), number, chance, report)


def _round(
    home: Home, folder: Path, before: tuple[Pace, Left, bytes], number: int, chance: random.Random, report: Report
) -> Left:
    pace, known, lock = before
    write_page(folder, chance.randrange(PAGES), chance)
    moment = MOMENTS[number % len(MOMENTS)]
    struck = strike(home, ("build", folder), pace, moment, chance)
    count(report, struck)
    left = asyncio.run(examine(home, report, since=known.count))
    _compare(known, left, struck, report)
    _examine_folder(folder, lock, report)
    built = home.ask("build", folder)
    after = asyncio.run(examine(home, report, since=left.count))
    _compare_builds(known, left, built, after, report)
    return after


def write_page(folder: Path, number: int, chance: random.Random) -> None:
    """A page that no round has seen before."""
    sections = []
    for section in range(4):
        said = [
            f"The {chance.choice(THINGS)} number {chance.randrange(10**6)} goes with the {chance.choice(THINGS)}."
            for _ in range(6)
        ]
        sections.append(f"## Part {section}\n\n{' '.join(said)}\n")
    text = f"# Page {number}\n\n" + "\n".join(sections)
    (folder / "knowledge" / f"page-{number:03}.md").write_text(text, encoding="utf-8")


async def examine(home: Home, report: Report, *, since: int) -> Left:
    """Open the store again; every Version above number ``since`` must be whole and nothing may stand without one."""
    store = await open_store(home.path, verify=snapshot_digest)
    try:
        await examine_file(store, report)
        versions = await store.versions(MISSION, limit=1_000_000)
        if sorted(version.number for version in versions) != list(range(1, len(versions) + 1)):
            report.half("version numbers have gaps")
        for version in versions[: len(versions) - since]:
            await _examine_version(store, version, report)
        await _examine_orphans(store, versions, report)
        return Left(len(versions), versions[0] if versions else None)
    finally:
        await store.close()


async def _examine_version(store: SqliteStore, version: Version, report: Report) -> None:
    for part in version.parts:
        history = await store.part_history(MISSION, part.name)
        if part not in [known for known, _, _ in history]:
            report.half(f"{version.name} without its part {part}")
    if version.index_digest is None:
        report.half(f"{version.name} names no snapshot")
        return
    try:
        snapshot = await store.snapshot(version.index_digest)
    except GonogoError as error:
        report.half(f"{version.name}: {error}")
        return
    if snapshot is None:
        report.half(f"{version.name} without its snapshot")


async def _examine_orphans(store: SqliteStore, versions: list[Version], report: Report) -> None:
    named = {version.index_digest for version in versions}
    snapshots = await store.database.read(partial(rows_of, "SELECT digest FROM snapshots"))
    if any(digest not in named for (digest,) in snapshots):
        report.half("snapshots that no Version names")
    queries = {
        "chunks of no snapshot": "SELECT id FROM chunks WHERE id NOT IN (SELECT chunk FROM snapshot_chunks)",
        "parts of no Version": """SELECT name FROM parts p WHERE NOT EXISTS
            (SELECT 1 FROM versions v WHERE v.mission = p.mission AND v.number = p.first_version)""",
    }
    for what, query in queries.items():
        rows = await store.database.read(partial(rows_of, query))
        if rows:
            report.half(f"{len(rows)} {what}")


def _compare(known: Left, left: Left, struck: Struck, report: Report) -> None:
    more = left.count - known.count
    if more not in (0, 1):
        report.wrong(f"{known.count} Versions became {left.count} in one build")
    if " built" in struck.said:
        report.acknowledged += 1
        if more != 1:
            report.lose(f"the Version after {known.count}, which the build had announced")
    if struck.killed:
        report.found["one whole Version more" if more else "as before"] += 1


def _examine_folder(folder: Path, lock: bytes, report: Report) -> None:
    path = folder / "mission.lock"
    if path.exists() and path.read_bytes() != lock:
        report.half("mission.lock")
    for litter in folder.glob(".mission.lock.*"):
        report.found["a temporary file left beside mission.lock"] += 1
        litter.unlink()


def _compare_builds(known: Left, left: Left, built: dict[str, object], after: Left, report: Report) -> None:
    if after.count != known.count + 1 or after.newest is None or built["version"] != after.newest.name:
        report.wrong(f"building again gave {built['version']}: {known.count}, {left.count}, {after.count} Versions")
    elif left.count > known.count and left.newest is not None and left.newest != after.newest:
        report.wrong(f"building again changed {left.newest.name}")
