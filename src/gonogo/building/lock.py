"""Lock: ``mission.lock``, which pins installed components by digest.

With it a laptop and a server build the same Version, or say why not.
Here: reading it, comparing it with what is installed, writing it whole or not at all.
Not here: what a build pins (``pins``), what the components are (``toolbox``).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gonogo.building.findings import Findings
from gonogo.building.schema import UNUSABLE, Key, MapOf, Number, Section, Text
from gonogo.building.yaml_nodes import Unreadable, YamlNode, read_yaml
from gonogo.digest import short
from gonogo.domain import CLASSIFIER_PIN
from gonogo.errors import BadInput

LOCK_FILE: Final = "mission.lock"
LOCK_FORMAT: Final = 1
_HEAD: Final = "# Pins what is installed beside the Mission, by digest. Written by `gonogo build`; keep it in git.\n"
_COMMIT: Final = Text(pattern="[0-9a-f]{40}|[0-9a-f]{64}", meaning="the id of a commit")
_LOCK: Final = Section(
    keys=(
        Key(name="format", kind=Number(least=1, whole=True), required=True, description="the format of this file"),
        Key(name="pins", kind=MapOf(of=Text()), required=True, description="component: digest"),
        Key(name="revisions", kind=MapOf(of=_COMMIT), description="git source: commit"),
    )
)


def read_lock(folder: Path, findings: Findings) -> tuple[dict[str, str], YamlNode] | None:
    """The pins and the file's node; ``None`` where there is no lock, or after noting why it cannot be used."""
    try:
        raw = (folder / LOCK_FILE).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        findings.file_problem(f"cannot be read: {error.strerror or type(error).__name__}", LOCK_FILE)
        return None
    try:
        root = read_yaml(raw, LOCK_FILE)
    except Unreadable as error:
        findings.problems.append(error.problem)
        return None
    values = _LOCK.read(root, "", findings)
    if values is UNUSABLE or not isinstance(values, dict):
        return None
    if values.get("format", LOCK_FORMAT) != LOCK_FORMAT:
        message = f"has format {values['format']}; this gonogo knows {LOCK_FORMAT}"
        findings.problem(message, root.at("format"), "format", "upgrade gonogo, or write it anew with --update-lock")
    return values.get("pins", {}), root


def locked_revisions(folder: Path) -> dict[str, str]:
    """Commits by git source; none where there is no lock, or one that `read_lock` will complain about."""
    try:
        values = _LOCK.read(read_yaml((folder / LOCK_FILE).read_bytes(), LOCK_FILE), "", Findings())
    except (OSError, Unreadable):
        return {}
    return values.get("revisions", {}) if isinstance(values, dict) else {}


def check_lock(pinned: Mapping[str, str], root: YamlNode, installed: Mapping[str, str], findings: Findings) -> None:
    """Note a problem for every pinned component that is installed differently or not at all.

    A component without a pin is a warning: the next build pins it. Classifiers are looked at elsewhere (``pins``).
    """
    for name, digest in pinned.items():
        here = installed.get(name)
        if here == digest or name.startswith(CLASSIFIER_PIN):
            continue
        found = f"{short(here)} is installed" if here else "it is not installed"
        hint = "install what is pinned, or accept what is installed with --update-lock"
        findings.problem(f"pins {short(digest)}, but {found}", root.at("pins", name), f"pins.{name}", hint)
    for name in sorted(set(installed) - set(pinned)):
        findings.warning(f"{short(installed[name])} is installed and was not pinned yet", root, f"pins.{name}")


def lock_text(pins: Mapping[str, str], revisions: Mapping[str, str] | None = None) -> str:
    """The file's content: sorted, quoted, the same bytes for the same pins and commits."""
    body = _listed("pins", pins) + (_listed("revisions", revisions) if revisions else "")
    return f"{_HEAD}format: {LOCK_FORMAT}\n{body}"


def write_lock(folder: Path, pins: Mapping[str, str], revisions: Mapping[str, str] | None = None) -> bool:
    """Write the lock if it would change; another process sees the old file or the new one, never half of one.

    Returns:
        Whether the file was written.

    Raises:
        BadInput: the folder cannot be written to.
    """
    path, text = folder / LOCK_FILE, lock_text(pins, revisions)
    try:
        if path.exists() and path.read_bytes() == text.encode():
            return False
        handle, temporary = tempfile.mkstemp(dir=folder, prefix=".mission.lock.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            os.replace(temporary, path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        message = f"{path} cannot be written: {reason}. Build where the folder can be written, then commit {LOCK_FILE}."
        raise BadInput(message) from error
    return True


def _listed(heading: str, values: Mapping[str, str]) -> str:
    lines = [f'  {_quoted(name)}: "{value}"\n' for name, value in sorted(values.items())]
    return f"{heading}:\n{''.join(lines)}" if lines else f"{heading}: {{}}\n"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
