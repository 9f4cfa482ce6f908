"""Folder as tar: a Mission folder packed to be sent.

Here: which files go along: those a build would look at. Not here: what a server takes (``gateway.api.upload``).
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from gonogo.errors import BadInput, NotFound
from gonogo.gateway.api.endpoint import MAX_UPLOAD


def packed(folder: Path) -> bytes:
    """Every file of the folder but hidden ones, with the time it was changed and nothing else of its owner.

    Raises:
        NotFound: no such folder.
        BadInput: a file cannot be read, or all are more than a server takes.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is not a folder. `gonogo new` makes a Mission folder to start from.")
    held, root = io.BytesIO(), folder.resolve()
    with tarfile.open(fileobj=held, mode="w:", format=tarfile.PAX_FORMAT) as tar:
        for here, folders, files in os.walk(root):
            folders[:] = sorted(
                name for name in folders if not name.startswith(".") and name != "__pycache__"
                and not (Path(here) / name).is_symlink()
            )  # fmt: skip
            for name in sorted(files):
                if not name.startswith("."):
                    _add(tar, root, Path(here) / name)
                if held.tell() > MAX_UPLOAD:
                    raise BadInput(
                        f"{folder} holds over {MAX_UPLOAD // 1024**2} MiB, the most a server takes: build it there"
                    )
    return held.getvalue()


def _add(tar: tarfile.TarFile, root: Path, path: Path) -> None:
    target = path.resolve()
    if not target.is_relative_to(root) or not target.is_file():
        return  # a link that leads outside is read by no build either
    try:
        content, changed = target.read_bytes(), target.stat().st_mtime
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    member = tarfile.TarInfo(path.relative_to(root).as_posix())
    member.size, member.mtime, member.mode = len(content), changed, 0o600
    tar.addfile(member, io.BytesIO(content))
