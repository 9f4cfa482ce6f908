"""Upload: a Mission folder that came as a tar of plain files, unpacked into a folder of its own for as long as needed.

Here: what a tar may hold, and the bounds. Not here: what the files say (``building``).

Only files and folders with plain relative names are taken: no links, no devices, nothing that leads outside, nothing
twice, no compression. What unpacks is never more than what was sent.
"""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from gonogo.errors import MissionInvalid, Problem, RequestInvalid

MOST_FILES = 20_000
LONGEST_NAME = 1024


@asynccontextmanager
async def unpacked(archive: bytes, home: Path, now: float) -> AsyncIterator[Path]:
    """The folder, until the end of the block; problems raised inside name files relative to it. Files are written and
    removed on another thread.

    Args:
        home: where the temporary folder is made.
        now: files changed later than this count as changed now.

    Raises:
        RequestInvalid: the archive holds what it may not, or is none.
        MissionInvalid: as raised inside.
    """
    made = tempfile.TemporaryDirectory(prefix="upload-", dir=home, ignore_cleanup_errors=True)
    try:
        folder = Path(made.name).resolve()
        await asyncio.to_thread(_unpack_checked, archive, folder, now)
        try:
            yield folder
        except MissionInvalid as error:
            raise MissionInvalid(tuple(relative(problem, folder) for problem in error.problems)) from error
    finally:
        await asyncio.shield(asyncio.to_thread(made.cleanup))


def _unpack_checked(archive: bytes, folder: Path, now: float) -> None:
    try:
        _unpack(archive, folder, now)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise RequestInvalid(f"this is no tar of a Mission folder: {error}") from error
    except OSError as error:  # a name that is a file and a folder, or longer than the disk takes
        raise RequestInvalid(f"the tar cannot be unpacked: {error.strerror or error}") from error


def relative(problem: Problem, folder: Path) -> Problem:
    """A problem that names its file as the sender knows it."""
    path = Path(problem.file)
    return replace(problem, file=path.relative_to(folder).as_posix()) if path.is_relative_to(folder) else problem


def _unpack(archive: bytes, folder: Path, now: float) -> None:
    names: set[str] = set()
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for count, member in enumerate(tar, 1):
            if count > MOST_FILES:
                raise RequestInvalid(f"the tar holds more than {MOST_FILES:,} files")
            name = _plain(member)
            if member.isdir():
                (folder / name).mkdir(parents=True, exist_ok=True)
                continue
            if name in names:
                raise RequestInvalid(f"the tar holds '{name}' twice")
            names.add(name)
            _write(tar, member, folder / name, now)
    if not names:
        raise RequestInvalid("the tar holds no files: send the Mission folder's content, mission.yaml at the top")


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, now: float) -> None:
    content = tar.extractfile(member)
    if content is None or member.size < 0:
        raise RequestInvalid(f"'{member.name}' in the tar cannot be read")
    read = content.read(member.size)
    if len(read) != member.size:
        raise RequestInvalid(f"'{member.name}' in the tar is cut off")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(read)
    changed = min(max(float(member.mtime), 0.0), now)
    os.utime(path, (changed, changed))


def _plain(member: tarfile.TarInfo) -> str:
    name = member.name
    if not (member.isdir() or member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)) or member.issparse():
        raise RequestInvalid(f"'{name}' in the tar is no plain file or folder: links and devices are not taken")
    parts = PurePosixPath(name).parts
    if not name or len(name) > LONGEST_NAME or name.startswith("/") or "\\" in name or ".." in parts:
        raise RequestInvalid(f"'{name[:100]}' in the tar leads outside the folder, or is no plain name")
    if any(ord(char) < 32 or ord(char) == 127 or 0xD800 <= ord(char) < 0xE000 for char in name):
        raise RequestInvalid(f"{name[:100]!a} in the tar holds control characters")
    return str(PurePosixPath(name))
