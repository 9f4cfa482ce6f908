"""Diff: what differs between two Versions, as data.

Here: parts, words of prompts, chunks of knowledge, values of policies, golden tasks.
Not here: printing (``cli``, ``console``), making drafts (``build``).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

import msgspec
from msgspec import Struct, structs

from gonogo.building.build import Draft
from gonogo.building.word_diff import WordRun, word_diff
from gonogo.contracts import ChunkScanner
from gonogo.domain import PART_NAMES, Chunk, ChunkFinding, GoldenTask, IndexSnapshot, Mission, Part, PartName, Version

Change = Literal["added", "removed", "changed"]


class PartChange(Struct, frozen=True, kw_only=True):
    """A part whose digest differs. A part without a number (0) is not in the store yet."""

    name: PartName
    old: Part
    new: Part


class TextChange(Struct, frozen=True, kw_only=True):
    """A prompt that differs, word by word."""

    name: str
    words: tuple[WordRun, ...]


class ChunkChange(Struct, frozen=True, kw_only=True):
    """A chunk that came, went, or says something else. ``words`` is the difference where both sides exist."""

    change: Change
    source: str
    heading: str
    old: Chunk | None = None
    new: Chunk | None = None
    words: tuple[WordRun, ...] = ()


class ValueChange(Struct, frozen=True, kw_only=True):
    """A value of a policy under its dotted path, as in ``routing.max_quality_loss``."""

    path: str
    change: Change
    old: Any = None
    new: Any = None


class TaskChange(Struct, frozen=True, kw_only=True):
    """A golden task that came, went, or asks or expects something else."""

    change: Change
    id: str
    values: tuple[ValueChange, ...] = ()


class VersionDiff(Struct, frozen=True, kw_only=True):
    """Everything that differs. ``same_behaviour`` and ``same_gate`` compare the two digests; ``findings`` are those in
    chunks that came or changed."""

    old: str
    new: str
    same_behaviour: bool
    same_gate: bool
    parts: tuple[PartChange, ...] = ()
    prompts: tuple[TextChange, ...] = ()
    chunks: tuple[ChunkChange, ...] = ()
    values: tuple[ValueChange, ...] = ()
    golden: tuple[TaskChange, ...] = ()
    findings: tuple[ChunkFinding, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing differs at all."""
        return not self.parts


def diff_versions(
    a: Version,
    b: Version,
    snapshot_a: IndexSnapshot | None = None,
    snapshot_b: IndexSnapshot | None = None,
    scanner: ChunkScanner | None = None,
) -> VersionDiff:
    """What changed from ``a`` to ``b``. Without a snapshot of each side that has one, chunks are not compared.

    ``scanner`` looks for poison in the chunks that came or changed.
    """
    pairs = ((a.part(name), b.part(name)) for name in PART_NAMES)
    parts = tuple(PartChange(name=old.name, old=old, new=new) for old, new in pairs if old.digest != new.digest)
    compared = bool(snapshot_a) == bool(a.index_digest) and bool(snapshot_b) == bool(b.index_digest)
    chunks = diff_chunks(snapshot_a, snapshot_b) if compared else ()
    new = [change.new for change in chunks if change.new is not None]
    return VersionDiff(
        old=a.name,
        new=b.name,
        same_behaviour=a.behaviour_digest == b.behaviour_digest,
        same_gate=a.gate_digest == b.gate_digest,
        parts=parts,
        prompts=_prompts(a.mission, b.mission),
        chunks=chunks,
        values=diff_values(_policy(a, snapshot_a), _policy(b, snapshot_b)),
        golden=diff_golden(a.mission.golden, b.mission.golden),
        findings=tuple(scanner.scan(new)) if scanner is not None and new else (),
    )


def folder_against(version: Version, draft: Draft, snapshot: IndexSnapshot | None = None) -> VersionDiff:
    """Whether a folder was edited since a Version was built from it: ``empty`` says no.

    Args:
        version: what the folder is held against.
        draft: the folder, as `build.prepare` gives it.
        snapshot: the Version's own; without it a changed index is told, but not which chunks.
    """
    return diff_versions(version, draft.version, snapshot, draft.snapshot)


def _prompts(a: Mission, b: Mission) -> tuple[TextChange, ...]:
    pairs = (("system", a.prompt.system, b.prompt.system), ("user", a.prompt.user, b.prompt.user))
    return tuple(TextChange(name=name, words=word_diff(old, new)) for name, old, new in pairs if old != new)


def diff_chunks(a: IndexSnapshot | None, b: IndexSnapshot | None) -> tuple[ChunkChange, ...]:
    """Chunks that differ, by source. A chunk that went and one that came under the same heading are one change."""
    old = {chunk.id: chunk for chunk in (a.chunks if a else ())}
    new = {chunk.id: chunk for chunk in (b.chunks if b else ())}
    gone: dict[tuple[str, str], list[Chunk]] = defaultdict(list)
    came: dict[tuple[str, str], list[Chunk]] = defaultdict(list)
    for side, other, into in ((old, new, gone), (new, old, came)):
        for chunk in side.values():
            if chunk.id not in other:
                into[chunk.source, chunk.heading].append(chunk)
    changes: list[ChunkChange] = []
    for key in sorted(gone.keys() | came.keys()):
        before, after = gone[key], came[key]
        both = min(len(before), len(after))
        changes += [_changed(one, two) for one, two in zip(before, after, strict=False)]
        changes += [_one_sided("removed", chunk) for chunk in before[both:]]
        changes += [_one_sided("added", chunk) for chunk in after[both:]]
    return tuple(changes)


def _changed(old: Chunk, new: Chunk) -> ChunkChange:
    words = word_diff(old.text, new.text)
    return ChunkChange(change="changed", source=new.source, heading=new.heading, old=old, new=new, words=words)


def _one_sided(change: Change, chunk: Chunk) -> ChunkChange:
    old, new = (None, chunk) if change == "added" else (chunk, None)
    return ChunkChange(change=change, source=chunk.source, heading=chunk.heading, old=old, new=new)


def _policy(version: Version, snapshot: IndexSnapshot | None) -> object:
    mission = version.mission
    return {
        "revisions": snapshot.revisions if snapshot else {},
        "models": mission.models,
        "prompt": {"variables": mission.prompt.variables},
        "tools": {tool.name: tool for tool in mission.tools},
        "requests": mission.requests,
        "retrieval": mission.retrieval,
        "routing": mission.routing,
        "cache": mission.cache,
        "guardrails": mission.guardrails,
        "gate": mission.gate,
        "judges": mission.judges,
        "monitors": mission.monitors,
        "pins": version.pins,
    }


def diff_values(a: object, b: object) -> tuple[ValueChange, ...]:
    """Values that differ, by dotted path; lists are compared item by item, lists of plain values as a whole."""
    old, new = _flat("", msgspec.to_builtins(a)), _flat("", msgspec.to_builtins(b))
    changes: list[ValueChange] = []
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            changes.append(ValueChange(path=path, change="removed", old=old[path]))
        elif path not in old:
            changes.append(ValueChange(path=path, change="added", new=new[path]))
        elif _differ(old[path], new[path]):
            changes.append(ValueChange(path=path, change="changed", old=old[path], new=new[path]))
    return tuple(changes)


def _differ(old: object, new: object) -> bool:
    # 1 and 1.0 and true are one value to Python and three to a digest.
    return old != new or repr(old) != repr(new)


def _flat(path: str, value: Any) -> dict[str, Any]:
    if isinstance(value, dict) and value:
        children = ((f"{path}.{key}" if path else str(key), child) for key, child in value.items())
    elif isinstance(value, list | tuple) and any(isinstance(item, dict | list | tuple) for item in value):
        children = ((f"{path}[{place}]", item) for place, item in enumerate(value))
    elif value is None or (isinstance(value, dict | list | tuple) and not value):
        return {}
    else:
        return {path: value}
    return {at: leaf for name, child in children for at, leaf in _flat(name, child).items()}


def diff_golden(a: tuple[GoldenTask, ...], b: tuple[GoldenTask, ...]) -> tuple[TaskChange, ...]:
    """Golden tasks that differ, by id. Moving a task to another line or file is no change."""
    old = {task.id: structs.replace(task, source="") for task in a}
    new = {task.id: structs.replace(task, source="") for task in b}
    changes: list[TaskChange] = []
    for task_id in sorted(old.keys() | new.keys()):
        if task_id not in new or task_id not in old:
            changes.append(TaskChange(change="removed" if task_id in old else "added", id=task_id))
        elif values := diff_values(old[task_id], new[task_id]):
            changes.append(TaskChange(change="changed", id=task_id, values=values))
    return tuple(changes)
