"""Spool: where Traces wait while the store is down.

Here: a bounded append-only file of JSON lines, and draining it into a store. Not here: the store itself.

Appended Traces survive the death of the process (not the loss of power, there is no fsync). Adding a Trace twice does
no harm, so that no lock is needed: an append that was overtaken by a drain is made again, a drain that died
is repeated.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path

import msgspec
from msgspec import Struct

from gonogo.clock import new_id
from gonogo.contracts import Store, TraceStore
from gonogo.domain import Trace
from gonogo.errors import GonogoError, StoreBusy

FILE_NAME = "traces.spool"
DAMAGED = "traces.damaged"
LIMIT = 64 * 1024 * 1024
AT_ONCE = 500

_encode = msgspec.json.Encoder().encode
_trace = msgspec.json.Decoder(Trace).decode


class Drained(Struct, frozen=True, kw_only=True):
    """What a drain did. ``damaged`` lines could not be read and were put aside in ``traces.damaged``."""

    traces: int = 0
    damaged: int = 0


class TraceSpool:
    """Traces on disk that no store has yet.

    Args:
        folder: where the files stand; made where missing.
        limit: most bytes on disk, drained or not; 64 MiB unless told.
        sync: an appended Trace survives the loss of power too, for one fsync.
    """

    def __init__(self, folder: Path, *, limit: int = LIMIT, sync: bool = False) -> None:
        self.folder, self.limit, self._sync = folder, limit, sync
        self._path = folder / FILE_NAME
        self._holds_some = True  # of an earlier process, perhaps
        self._room = 0

    def keep_now(self, traces: Sequence[Trace]) -> bool:
        """Keep Traces without waiting for anything, where this spool can: ``False``, and nothing kept, where not.

        Raises:
            StoreBusy: it can, but there is no room.
        """
        return False

    async def keep(self, store: TraceStore, traces: Sequence[Trace]) -> bool:
        """Into the store, or into the spool while the store is down; drains the spool once the store is back.
        What other processes have put there meanwhile is for them to drain, or for ``drain``.

        Returns:
            Whether the store has them.

        Raises:
            StoreBusy: the store is down and the spool is full; the Traces are kept nowhere.
        """
        try:
            await store.add_traces(traces)
        except GonogoError:
            self.append(traces)
            return False
        if self._holds_some:  # looking at the disk for every Trace would cost as much as writing it
            if self.size():
                await self.drain(store)
            self._holds_some = False
        return True

    def append(self, traces: Sequence[Trace]) -> None:
        """Keep Traces on disk.

        Raises:
            StoreBusy: the spool has no room, or cannot be written; none of these Traces is kept.
        """
        self._holds_some = True
        # A blank line first: should a dying process have left half a line, it ends there and spoils nothing after it.
        block = b"\n" + b"".join(_encode(trace) + b"\n" for trace in traces)
        if len(block) > self._room:  # looked at rarely: a folder is slow to read
            self._room = self.limit - self.size()
        if len(block) > self._room:
            raise StoreBusy(
                f"{self._path} has reached its limit of {self.limit} bytes while the store is down, and these Traces "
                "are lost: bring the store back"
            )
        try:
            try:
                self._write(block)
            except FileNotFoundError:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._write(block)
        except OSError as error:
            raise StoreBusy(
                f"{self._path} cannot be written ({error.strerror}): free space or fix its folder"
            ) from error
        self._room -= len(block)

    def _write(self, block: bytes) -> None:
        while not _append(self._path, block, self._sync):
            pass

    def size(self) -> int:
        """Bytes waiting on disk."""
        return sum(_size(path) for path in (self._path, *self._rotated()))

    async def drain(self, store: TraceStore) -> Drained:
        """Move everything into the store; a file is removed only after the store has all of it.

        Raises:
            GonogoError: the store is still down; nothing was removed.
        """
        if _size(self._path):
            # A new name each time, so that a drain that died leaves its file beside this one, to be read again.
            new = self._path.with_name(f"{FILE_NAME}.{new_id(os.stat(self._path).st_mtime)}")
            with contextlib.suppress(FileNotFoundError):  # another process drains too, and was faster
                os.replace(self._path, new)
        traces = damaged = 0
        for path in self._rotated():
            good, bad = _read(path)
            for start in range(0, len(good), AT_ONCE):
                await store.add_traces(good[start : start + AT_ONCE])
            self._put_aside(bad)
            path.unlink(missing_ok=True)
            traces, damaged = traces + len(good), damaged + len(bad)
        return Drained(traces=traces, damaged=damaged)

    async def bring_home(self, store: Store) -> None:
        """Drain, where something waits and the store takes a write.

        Raises:
            GonogoError: the store went down meanwhile; nothing was removed.
        """
        if self.size() and await store.healthy():
            await self.drain(store)

    async def close(self) -> None:
        """Give back what is open. Calling it twice is fine."""

    def _rotated(self) -> list[Path]:
        return sorted(self.folder.glob(f"{FILE_NAME}.*"))

    def _put_aside(self, lines: Sequence[bytes]) -> None:
        if lines:
            with _open_private(self.folder / DAMAGED) as file:
                file.write(b"".join(line + b"\n" for line in lines))


def _append(path: Path, block: bytes, sync: bool = False) -> bool:
    """Write in one call; ``False`` where the file was rotated away meanwhile, so that its reader may have missed it."""
    with _open_private(path) as file:
        if file.write(block) != len(block):
            raise OSError(errno.ENOSPC, "not all of it could be written")
        mine = os.fstat(file.fileno())
        if sync:
            os.fsync(file.fileno())
            if mine.st_size == len(block):
                _sync_name(path)
        try:
            return os.path.samestat(mine, os.stat(path))
        except FileNotFoundError:
            return False


def _sync_name(path: Path) -> None:
    """That a file of this name exists is written down too."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _open_private(path: Path) -> FileIO:
    return FileIO(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _read(path: Path) -> tuple[list[Trace], list[bytes]]:
    good: list[Trace] = []
    bad: list[bytes] = []
    for line in _lines(path):
        try:
            good.append(_trace(line))
        except msgspec.MsgspecError:
            bad.append(line)
    return good, bad


def _lines(path: Path) -> Iterator[bytes]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:  # another process drained it, so the store has it
        return
    yield from (line for line in content.split(b"\n") if line)
