"""Scaffold: a small real Mission to start from.

Here: copying one of the kinds below under a new name, never over anything. The kinds themselves are plain folders under
``scaffolds``. Not here: building or running it.
"""

from __future__ import annotations

import re
import tempfile
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final, Literal, get_args

from gonogo.building.findings import nearest_or_all
from gonogo.building.mission_folder import MISSION_FILE
from gonogo.errors import BadInput

MissionKind = Literal["chatbot", "agent", "content"]
MISSION_KINDS: Final[tuple[MissionKind, ...]] = get_args(MissionKind)

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")
_NAME_LINE: Final = "mission: example\n"


def new_mission(folder: Path, name: str, kind: str = "chatbot") -> tuple[Path, ...]:
    """Write a Mission that builds, runs offline and passes its own golden tasks.

    Args:
        folder: made by this call; it may exist if it is empty.
        name: the Mission's name.
        kind: one of `MISSION_KINDS`.

    Returns:
        The files written, relative to ``folder``, sorted.

    Raises:
        BadInput: a name or kind that cannot be, a folder that holds something, or one that cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name a Mission: use lower-case letters, digits and -, such as support")
    if kind not in MISSION_KINDS:
        raise BadInput(f"there is no Mission of kind {kind!r} ({nearest_or_all(kind, MISSION_KINDS)})")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something already, and nothing is ever overwritten. Name an empty folder.")
    contents = dict(_contents(resources.files("gonogo.building") / "scaffolds" / kind, ""))
    contents[MISSION_FILE] = contents[MISSION_FILE].replace(_NAME_LINE, f"mission: {name}\n", 1)
    try:
        _write(folder, contents)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from error
    return tuple(Path(file) for file in sorted(contents))


def _contents(place: Traversable, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for child in sorted(place.iterdir(), key=lambda entry: entry.name):
        if child.is_dir():
            found += _contents(child, f"{path}{child.name}/")
        else:
            found.append((f"{path}{child.name}", child.read_text(encoding="utf-8")))
    return found


def _write(folder: Path, contents: dict[str, str]) -> None:
    """Write beside the target and move it there, so that a half-written Mission is never left behind."""
    parent = folder.absolute().parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".gonogo-new-") as workplace:
        made = Path(workplace) / "mission"
        for file, text in contents.items():
            path = made / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        # An empty folder is filled and not replaced: it may be somebody's working directory.
        folder.mkdir(exist_ok=True)
        for child in sorted(made.iterdir()):
            child.rename(folder / child.name)
