"""Journal: a file in memory that outlives its process, for what waits a moment.

Here: appending without a system call, reading what another process, dead or alive, has in its journal. Not here: what
the lines are, when they may go (``write_behind``).

The file is mapped: what was copied into it belongs to the kernel, which keeps it when the process dies (not when power
is lost). Each record carries its length and a checksum, so that one that was cut, or is just being written over, is
never taken for one; behind the last stands a zero. The owner holds a lock for as long as it lives. Space on the disk is
taken beforehand: a disk that is full later cannot touch it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

from gonogo.clock import new_id

PREFIX = "journal."
ROOM = 4 * 1024 * 1024
_HEAD = struct.Struct("<II")
_END = b"\0" * _HEAD.size


class Journal:
    """One file, for one process.

    Raises:
        OSError: it cannot be made, or the disk has no room for it.
    """

    def __init__(self, folder: Path, now: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / f"{PREFIX}{new_id(now)}"
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if sys.platform == "linux":
                os.posix_fallocate(file, 0, ROOM)
            else:
                os.write(file, bytes(ROOM))
            self._map = mmap.mmap(file, ROOM)
        except BaseException:
            os.close(file)
            self.path.unlink(missing_ok=True)
            raise
        self._file = file
        self.used = 0

    def append(self, record: bytes) -> bool:
        """Keep a record; ``False``, and nothing kept, where there is no room."""
        start, size = self.used + _HEAD.size, len(record)
        end = start + size
        if end + _HEAD.size > ROOM:
            return False
        held = self._map
        held[end : end + _HEAD.size] = _END
        held[start:end] = record
        # Last, and in one piece: before it, nobody takes this for a record.
        _HEAD.pack_into(held, self.used, size, zlib.crc32(record))
        self.used = end
        return True

    def clear(self) -> None:
        """Forget all records."""
        self._map[: _HEAD.size] = _END
        self.used = 0

    def close(self) -> None:
        """Remove the file. Calling it twice is fine."""
        if self._file >= 0:
            self.path.unlink(missing_ok=True)
            self._map.close()
            os.close(self._file)
            self._file = -1


def journals(folder: Path, *, dead: bool) -> Iterator[tuple[Path, list[bytes]]]:
    """(file, its records) of every journal in a folder whose process is dead, or of every one whose process lives. The
    lock of a dead one's is held until the next is asked for."""
    for path in sorted(folder.glob(f"{PREFIX}*")):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # its process has just ended in order
            continue
        try:
            if _lock(file) is dead:
                yield path, _held(file)
        finally:
            os.close(file)


def _held(file: int) -> list[bytes]:
    if not os.fstat(file).st_size:  # its process died while it made it
        return []
    with mmap.mmap(file, 0, access=mmap.ACCESS_READ) as held:  # only what holds records is read
        return list(_records(held))


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _records(held: mmap.mmap) -> Iterator[bytes]:
    at = 0
    while at + _HEAD.size <= len(held):
        size, checksum = _HEAD.unpack_from(held, at)
        record = held[at + _HEAD.size : at + _HEAD.size + size]
        if not size or zlib.crc32(record) != checksum:
            return
        yield record
        at += _HEAD.size + size
