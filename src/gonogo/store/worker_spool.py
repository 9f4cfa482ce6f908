"""Spools of workers: each of several server processes writes Traces to its own files, and one process empties them all.

Here: appending with group commit, where the files stand, emptying them. Not here: the processes (``gateway.workers``).

A Trace is acknowledged once it is in the file: under ``durability="process"`` it survives the death of the process,
under ``"power"`` the loss of power too. Adding a Trace twice does no harm, so a drain that died is repeated.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gonogo.contracts import Store, TraceStore
from gonogo.domain import Trace
from gonogo.errors import StoreBusy
from gonogo.store.lanes import Job, Lane
from gonogo.store.spool import Drained, TraceSpool
from gonogo.store.sqlite import Durability

FOLDER = "workers"
"""In the home folder; one folder for each worker in it, by its number from 1."""


class WorkerSpool(TraceSpool):
    """Where a worker's Traces go, whether the store is up or not; another process brings them home."""

    def __init__(self, folder: Path, *, durability: Durability = "process") -> None:
        super().__init__(folder, sync=durability == "power")
        self._file = SpoolFile(self._path)
        self._lane: Lane[Sequence[Trace]] = Lane("gonogo-spool", _Appender(self))

    def keep_now(self, traces: Sequence[Trace]) -> bool:
        """Into the file at once, unless the loss of power is to be survived: then others share the wait for the disk.

        Raises:
            StoreBusy: the spool has no room, or cannot be written; these Traces are kept nowhere.
        """
        if self._sync:
            return False
        self.append(traces)
        return True

    def _write(self, block: bytes) -> None:
        if self._sync:
            super()._write(block)
        else:
            self._file.append(block)

    async def keep(self, store: TraceStore, traces: Sequence[Trace]) -> bool:
        """Into the file; those of many callers share one write.

        Returns:
            ``False``: the store has them later.

        Raises:
            StoreBusy: the spool has no room, or cannot be written; these Traces are kept nowhere.
        """
        await self._lane.submit(traces)
        return False

    async def bring_home(self, store: Store) -> None:
        """Nothing: the one process that empties all spools does."""

    async def close(self) -> None:
        """Finish what was asked for. Calling it twice is fine."""
        await self._lane.close()
        self._file.close()


class SpoolFile:
    """A file that is kept open for appending; made anew where somebody has moved it away."""

    def __init__(self, path: Path) -> None:
        self._name, self._open, self._inode = str(path), -1, 0

    def append(self, block: bytes) -> None:
        """Write, and again where the file was moved while it was written, as its reader may have missed it.

        Raises:
            OSError: not all of it could be written.
        """
        while True:
            if self._open < 0:
                self._open = os.open(self._name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                self._inode = os.fstat(self._open).st_ino
            if os.write(self._open, block) != len(block):
                raise OSError("not all of it could be written")
            try:
                if os.stat(self._name).st_ino == self._inode:
                    return
            except FileNotFoundError:
                pass
            self.close()

    def close(self) -> None:
        """Give the file back; a later append opens it again."""
        if self._open >= 0:
            os.close(self._open)
            self._open = -1


class _Appender:
    def __init__(self, spool: TraceSpool) -> None:
        self._spool = spool

    def process(self, batch: list[Job[Sequence[Trace]]]) -> None:
        try:
            self._spool.append([trace for job in batch for trace in job.work])
        except StoreBusy as error:
            for job in batch:
                job.error = error

    def close(self) -> None:
        pass


def worker_folder(home: Path, number: int) -> Path:
    """Where a worker's files stand."""
    return home / FOLDER / str(number)


def waiting(home: Path) -> int:
    """Bytes that wait in the spools of all workers, those of an earlier run too."""
    return sum(spool.size() for spool in _spools(home))


async def bring_all_home(home: Path, store: TraceStore) -> Drained:
    """Empty the spools of all workers, those of an earlier run too.

    Raises:
        GonogoError: the store is down; nothing was removed.
    """
    traces = damaged = 0
    for spool in _spools(home):
        if spool.size():
            done = await spool.drain(store)
            traces, damaged = traces + done.traces, damaged + done.damaged
    return Drained(traces=traces, damaged=damaged)


def _spools(home: Path) -> list[TraceSpool]:
    return [TraceSpool(folder) for folder in sorted((home / FOLDER).glob("*")) if folder.is_dir()]
