"""Pepper: the secret that keys are hashed with, in a file beside the store that only its owner can read.

Here: reading it, and making it once. Not here: what is hashed (``keys``), where the file stands (``assembly``).
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from gonogo.errors import BadInput

FILE_NAME = "keys.pepper"
LENGTH = 32
_SHORTEST = 16


def read_pepper(folder: Path, setting: str = "") -> bytes:
    """The pepper: of the setting where one is given, else of the file in ``folder``, which is made (0600) where there
    is none. Servers that share one store need the same.

    Raises:
        BadInput: shorter than 16 bytes, readable for others, or not to be read or written.
    """
    if setting:
        return _long_enough(setting.encode(), "the variable that keys.pepper_env names")
    path = folder / FILE_NAME
    try:
        with contextlib.suppress(FileExistsError):
            _make(path)
        if path.stat().st_mode & 0o077:
            raise BadInput(f"{path} can be read by others: chmod 600 {path}")
        return _long_enough(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise BadInput(f"{path} cannot be used ({error.strerror}): keys are hashed with what stands in it") from error


def _make(path: Path) -> None:
    """Whole or not at all: two processes that start at once end with one file, and both read that one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(LENGTH).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


def _long_enough(pepper: bytes, where: str) -> bytes:
    if len(pepper) < _SHORTEST:
        raise BadInput(f"{where} holds fewer than {_SHORTEST} bytes: keys are hashed with it, so it must be long")
    return pepper
