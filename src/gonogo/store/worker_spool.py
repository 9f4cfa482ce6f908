"""Spools of workers: each of several server processes writes Traces to its own files, and one process empties them all.

Here: appending with group commit, where the files stand, emptying them. Not here: the processes (``gateway.workers``).

A Trace is acknowledged once it is in the file: under ``durability="process"`` it survives the death of the process,
under ``"power"`` the loss of power too. Adding a Trace twice does no harm, so a drain that died is repeated.
"""

from __future__ import annotations

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
        self._lane: Lane[Sequence[Trace]] = Lane("gonogo-spool", _Appender(self))

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
