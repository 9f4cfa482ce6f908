"""Existing: the Mission folder that an import adds golden tasks to.

Here: its kinds of judges, the ids that its golden tasks have, and whether it would read a new file.
Not here: writing (``writing``), checking the folder (``building``).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath

from gonogo.building import MISSION_FILE
from gonogo.building.folder_files import FolderFiles
from gonogo.building.yaml_nodes import Unreadable, YamlNode, decode, read_yaml
from gonogo.domain.patterns import matches
from gonogo.errors import MissionInvalid
from gonogo.importing.source import child, items, json_lines, mapping_at, text_at


def judges_of(folder: Path) -> frozenset[str] | None:
    """Kinds of judges, those that one judge each has, of the Mission in a folder; ``None`` where there is none yet.

    Raises:
        MissionInvalid: its ``mission.yaml`` cannot be read.
    """
    root = _mission(folder)
    if root is None:
        return None
    kinds = [text_at(judge, "kind") for judge in mapping_at(root, "judges").values()]
    return frozenset(kind for kind in kinds if kinds.count(kind) == 1)


def golden_patterns(folder: Path) -> tuple[str, ...]:
    """What ``golden`` of the Mission in a folder names.

    Raises:
        MissionInvalid: its ``mission.yaml`` cannot be read.
    """
    root = _mission(folder)
    written = child(root, "golden") if root is not None else None
    return tuple(item.spelling for item in items(written)) if written is not None else ()


def is_golden(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file of this name is read as golden tasks."""
    return any(matches(PurePosixPath(pattern).parts, PurePosixPath(name).parts) for pattern in patterns)


def ids_of(folder: Path) -> set[str]:
    """Ids of the golden tasks of the Mission in a folder. A file that cannot be read is passed over."""
    found: set[str] = set()
    files = FolderFiles(folder)
    for pattern in golden_patterns(folder):
        with suppress(Unreadable):
            for name in files.matching(pattern):
                found |= {text_at(node, "id") for node in _tasks(name, files)}
    return found


def _tasks(name: str, files: FolderFiles) -> tuple[YamlNode, ...]:
    try:
        raw = files.read(name)
        if name.endswith((".jsonl", ".ndjson")):
            return tuple(json_lines(decode(raw, name), name))
        return items(read_yaml(raw, name))
    except Unreadable:
        return ()  # `gonogo validate` says what is wrong with it


def _mission(folder: Path) -> YamlNode | None:
    path = folder / MISSION_FILE
    if not path.is_file():
        return None
    try:
        return read_yaml(path.read_bytes(), MISSION_FILE)
    except Unreadable as error:
        raise MissionInvalid((error.problem,)) from error
