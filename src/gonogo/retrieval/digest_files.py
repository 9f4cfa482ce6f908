"""Digest files: arrays in files that are named by the digest of their bytes.

Here: writing one whole or not at all, reading one only if it holds what its name says. Not here: what the arrays mean
(``vector_cache``, ``index_files``).

A process that is killed leaves a whole file, or a ``.part`` that nobody reads. Files are mapped, so that many processes
share one copy of them in memory.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gonogo.errors import BadInput
from gonogo.safetensors import read_safetensors, safetensors_parts

SUFFIX = ".safetensors"
Arrays = dict[str, NDArray[Any]]

_log = logging.getLogger(__name__)


def write_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]], prefix: str = "") -> Path:
    """Write arrays as ``PREFIX + DIGEST.safetensors``; equal arrays give an equal name.

    Raises:
        OSError: the folder cannot be written, or is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    handle, aside = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            for part in safetensors_parts(arrays):
                digest.update(part)
                file.write(part)
        path = folder / f"{prefix}{digest.hexdigest()}{SUFFIX}"
        os.replace(aside, path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise
    return path


def read_arrays(path: Path) -> Arrays | None:
    """The arrays, mapped and read-only; ``None`` where the file is gone, or was damaged and is now deleted."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if path.stem.endswith(digest):
            return read_safetensors(path)
    except FileNotFoundError:
        return None  # another process has just merged or forgotten it
    except (BadInput, OSError) as error:
        _log.warning("%s", error)
    _log.warning("%s does not hold what its name says; it is made again", path)
    path.unlink(missing_ok=True)
    return None
