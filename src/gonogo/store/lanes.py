"""Lanes: threads that do a database's work, so that the event loop never waits for a disk or a network.

Here: the queue, its bound, batches, waking who waits. Not here: transactions and SQL (``sqlite``, ``postgres``).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from gonogo.errors import StoreBusy

W = TypeVar("W")

MOST_PER_COMMIT = 512
MOST_WAITING = 20_000


@dataclass(slots=True, eq=False)
class Job(Generic[W]):
    """One piece of work for a thread, and who waits for it."""

    work: W
    future: asyncio.Future[Any]
    value: object = None
    error: Exception | None = None


class Worker(Protocol[W]):
    """What one thread of a lane does; it owns a connection and is never called from two threads."""

    def process(self, batch: list[Job[W]]) -> None:
        """Do every job: set its value or its error; raise nothing."""
        ...

    def close(self) -> None: ...


class Lane(Generic[W]):
    """A queue and the threads that empty it, one for each worker; each takes at most ``at_once`` jobs that wait."""

    def __init__(self, name: str, *workers: Worker[W], at_once: int = MOST_PER_COMMIT) -> None:
        self._at_once = at_once
        self._jobs: queue.SimpleQueue[Job[W] | None] = queue.SimpleQueue()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, args=(worker,), name=f"{name}-{number}", daemon=True)
            for number, worker in enumerate(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: W) -> asyncio.Future[Any]:
        """Queue work; the future is answered on the calling loop.

        Raises:
            RuntimeError: the store is closed.
            StoreBusy: more than ``MOST_WAITING`` jobs wait already, so the store is not keeping up.
        """
        if self._closed:
            raise RuntimeError("the store is closed")
        if self._jobs.qsize() >= MOST_WAITING:
            raise StoreBusy(f"{MOST_WAITING} calls wait for the store already: nothing was written, try again")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs.put(Job(work, future))
        return future

    async def close(self) -> None:
        """Finish what was queued, then close the workers. Calling it twice is fine."""
        if not self._closed:
            self._closed = True
            for _ in self._threads:
                self._jobs.put(None)
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _run(self, worker: Worker[W]) -> None:
        going = True
        while going:
            batch, going = self._take()
            if batch:
                worker.process(batch)
                answer(batch)
        worker.close()

    def _take(self) -> tuple[list[Job[W]], bool]:
        batch: list[Job[W]] = []
        job = self._jobs.get()
        while job is not None:
            batch.append(job)
            if len(batch) == self._at_once:
                return batch, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False


def answer(batch: list[Job[W]]) -> None:
    """Wake every waiter, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[W]]] = {}
    for job in batch:
        by_loop.setdefault(job.future.get_loop(), []).append(job)
    for loop, jobs in by_loop.items():
        # A closed loop raises RuntimeError: nobody waits there any more, and the write stands.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: list[Job[W]]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
