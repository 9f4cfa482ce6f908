"""Chunk cache: what each file was cut into, so that a rebuild parses only what changed.

Here: one file for each folder and way of cutting. Not here: parsing and cutting (``chunking``), vectors
(``vector_cache``).

An entry counts only for the very bytes it was made of, and a file for the parsers, rules and parameters in its name. A
file whose content does not match its own digest is dropped, and everything is parsed again. It is written aside and
renamed; of two processes that write at the same time one wins, and both were right.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import msgspec
from msgspec import Struct

from gonogo.digest import digest_of, digest_of_bytes
from gonogo.domain import Chunk

MAX_FILES = 8
"""Folders and ways of cutting that are kept, those used last."""
PARSER_PACKAGES = ("markdown-it-py", "pypdf", "PyYAML")
"""Packages whose release may change what a page says."""

_log = logging.getLogger(__name__)


class Parsed(Struct, frozen=True, array_like=True):
    """The Chunks of the file with this digest, and what its page hides: line and words."""

    digest: str
    chunks: tuple[Chunk, ...]
    hidden: tuple[tuple[int, str], ...] = ()


class ChunkCache:
    """Entries by name in the Mission, read once and written back by ``keep``.

    Args:
        folder: where the file stands; ``None`` keeps nothing.
        key: everything beside a file's own content that its Chunks depend on.
    """

    def __init__(self, folder: Path | None, key: object) -> None:
        named = digest_of([key, {name: _release(name) for name in PARSER_PACKAGES}])
        self._path = folder / f"{named[:32]}.chunks" if folder is not None else None
        self._known: Mapping[str, Parsed] = _load(self._path) if self._path is not None else {}

    def get(self, name: str, digest: str) -> Parsed | None:
        """What the file was cut into when it had that content."""
        found = self._known.get(name)
        return found if found is not None and found.digest == digest else None

    def keep(self, entries: Mapping[str, Parsed]) -> None:
        """Write the entries of a whole build in place of the earlier ones, where any differs.

        A folder that cannot be written costs the next build some time and nothing else; the log says so.
        """
        same = len(entries) == len(self._known) and all(self._known.get(name) is one for name, one in entries.items())
        if self._path is None or same:
            return
        try:
            write_checked(self._path, msgspec.msgpack.encode(entries))
            _forget_oldest(self._path.parent)
        except OSError as error:
            _log.warning("chunks could not be kept in %s: %s", self._path.parent, error.strerror or error)


def _load(path: Path) -> Mapping[str, Parsed]:
    body = read_checked(path)
    try:
        return msgspec.msgpack.decode(body, type=dict[str, Parsed]) if body is not None else {}
    except msgspec.DecodeError:
        return {}  # written by another release


def read_checked(path: Path) -> bytes | None:
    """What ``write_checked`` wrote; ``None`` where there is nothing, or not what its digest says."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    body = content[64:]
    if content[:64].decode("ascii", "replace") == digest_of_bytes(body):
        return body
    _log.warning("%s does not hold what it says and is made again", path)
    return None


def write_checked(path: Path, body: bytes) -> None:
    """Write ``body`` behind its digest, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(digest_of_bytes(body).encode())
            file.write(body)
        os.replace(aside, path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*.chunks"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MAX_FILES:]:
        path.unlink(missing_ok=True)


def _release(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
