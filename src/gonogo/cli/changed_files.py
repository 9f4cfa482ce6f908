"""Changed files: golden files that somebody edits while they are being run.

Here: telling of it. Not here: reading them (``building``): a Version is immutable, and its Verdict is of the tasks as
they were when it was built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from gonogo.domain import Version


def golden_state(target: str, version: Version) -> dict[str, str]:
    """Golden files of a folder and the digests of their content; none where TARGET is no folder, and an empty digest of
    a file that cannot be read."""
    folder = Path(target)
    if not target or not folder.is_dir():
        return {}
    names = {task.source.rpartition(":")[0] for task in version.mission.golden}
    return {name: _digest(folder / name) for name in sorted(names) if name}


def changed_since(target: str, before: Mapping[str, str], version: Version) -> str:
    """What to say of golden files that are not as they were; empty where all are."""
    changed = [name for name, digest in before.items() if _digest(Path(target) / name) != digest]
    if not changed:
        return ""
    verb = "was" if len(changed) == 1 else "were"
    return (
        f"warning: {', '.join(changed)} {verb} changed while this ran: the Verdict is of the tasks as they were when "
        f"{version.name} was built. Evaluate again for what stands there now"
    )


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
