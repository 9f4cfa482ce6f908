"""Build: a Mission folder to an immutable Version in the store.

Here: load, chunk, snapshot, part digests, lock. Not here: reading the files (``mission_folder``), cutting and embedding
(the toolbox), numbering (the store), evaluating and deploying.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gonogo.building.findings import Findings
from gonogo.building.lock import write_lock
from gonogo.building.mission_folder import LoadedMission, read_mission
from gonogo.building.pins import choose_pins
from gonogo.building.toolbox import Toolbox
from gonogo.clock import Clock
from gonogo.contracts import LEFT_OUT, Progress, VersionStore
from gonogo.domain import (
    IndexSnapshot,
    Mission,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.errors import MissionInvalid, Problem

MOST_NAMED = 20
"""Chunks with findings that a build names one by one."""
POISON_HINT = "read it; `guardrails.context: [{injection: drop}]` keeps such chunks from the model"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A folder turned into a Version that has no number yet, with the snapshot of its knowledge."""

    version: Version
    snapshot: IndexSnapshot | None
    loaded: LoadedMission
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class BuildResult:
    """The Version as the store keeps it. ``created`` is false where an equal Version existed already."""

    version: Version
    snapshot: IndexSnapshot | None
    created: bool
    warnings: tuple[Problem, ...]


def draft_version(
    mission: Mission,
    snapshot: IndexSnapshot | None,
    pins: dict[str, str],
    *,
    created_at: float,
    edited_at: float,
    author: str = "",
) -> Version:
    """A Version with number 0: its parts, both digests and the pins, from content alone.

    Args:
        mission: resolved.
        snapshot: of its knowledge, ``None`` where it retrieves nothing.
        pins: installed component -> digest.
        created_at: seconds since 1970.
        edited_at: when the newest file was changed, seconds since 1970.
        author: who builds.
    """
    index = snapshot.digest if snapshot else None
    parts = part_digests(mission, index, pins)
    return Version(
        mission=mission,
        number=0,
        parts=parts,
        behaviour_digest=behaviour_digest(mission.name, parts),
        gate_digest=gate_digest(parts, pins),
        index_digest=index,
        pins=pins,
        created_at=created_at,
        edited_at=edited_at,
        created_by=author,
    )


def prepare(
    folder: Path,
    toolbox: Toolbox,
    *,
    now: float = 0.0,
    author: str = "",
    progress: Progress | None = None,
    update_lock: bool = False,
) -> Draft:
    """Everything a build does short of writing: read, check the lock, chunk, snapshot, digest.

    Raises:
        MissionInvalid: with every problem of the folder, or of its knowledge files.
        NotFound: no such folder.
    """
    findings = Findings()
    loaded = read_mission(folder, toolbox, findings, update_lock=update_lock)
    pins = choose_pins(folder, loaded.mission if loaded else None, toolbox, findings, update_lock=update_lock)
    findings.raise_if_any()
    assert loaded is not None  # noqa: S101 - nothing is unread without a problem; for the type checker
    snapshot = _snapshot(loaded, toolbox, progress, findings)
    version = draft_version(loaded.mission, snapshot, pins, created_at=now, edited_at=loaded.edited_at, author=author)
    return Draft(version=version, snapshot=snapshot, loaded=loaded, warnings=findings.sorted_warnings())


async def build(
    folder: Path,
    toolbox: Toolbox,
    store: VersionStore,
    clock: Clock,
    author: str = "",
    progress: Progress | None = None,
    *,
    update_lock: bool = False,
    drafted: Callable[[Draft], None] | None = None,
) -> BuildResult:
    """Build the folder and keep the Version. An unchanged folder gives the Version it gave before.

    ``mission.lock`` is written where it is missing, lacks a component, or ``update_lock`` says so; that also takes over
    classifiers promoted since. Reading and cutting
    run on another thread, and ``progress`` is called there. ``drafted`` is called before anything is stored.

    Raises:
        MissionInvalid: with every problem; nothing was written.
        NotFound: no such folder.
        BadInput: ``mission.lock`` has to be written and cannot be.
    """
    now = clock.now()
    draft = await asyncio.to_thread(
        prepare, folder, toolbox, now=now, author=author, progress=progress, update_lock=update_lock
    )
    if drafted is not None:
        drafted(draft)
    poison = await asyncio.to_thread(_poison, draft.snapshot, toolbox, progress)
    await asyncio.to_thread(write_lock, folder, draft.version.pins, draft.loaded.revisions)
    before = await store.versions(draft.version.mission.name, limit=1)
    version = await store.add_version(draft.version, draft.snapshot)
    newest = before[0].number if before else 0
    return BuildResult(
        version=version,
        snapshot=draft.snapshot,
        created=version.number > newest,
        warnings=(*draft.warnings, *poison),
    )


def _snapshot(
    loaded: LoadedMission, toolbox: Toolbox, progress: Progress | None, findings: Findings
) -> IndexSnapshot | None:
    policy = loaded.mission.retrieval
    if policy is None:
        return None
    noted: list[Problem] = []
    chunks = toolbox.chunker.chunks(loaded.knowledge, policy, progress, noted.append)
    findings.warnings += noted
    if not chunks:
        message = "no source holds any text, so there is nothing to look up"
        raise MissionInvalid((Problem(message=message, file="mission.yaml", key="retrieval.sources"),))
    skipped = [str(one.file) for one in noted if one.message.startswith(LEFT_OUT)]
    return toolbox.snapshots.snapshot(chunks, policy, skipped, loaded.revisions)


def _poison(snapshot: IndexSnapshot | None, toolbox: Toolbox, progress: Progress | None) -> list[Problem]:
    """What the chunks hold that no page needs, as warnings: the first of each kind named, the rest counted."""
    if snapshot is None or toolbox.scanner is None:
        return []
    found = toolbox.scanner.scan(snapshot.chunks, progress)
    warnings = [
        Problem(message=one.message, file=one.source, line=one.line, hint=POISON_HINT) for one in found[:MOST_NAMED]
    ]
    if len(found) > MOST_NAMED:
        rest = f"{len(found) - MOST_NAMED} more chunks hold such things: `gonogo diff` names all that a Version brought"
        warnings.append(Problem(message=rest, file="mission.yaml", key="retrieval.sources"))
    return warnings
