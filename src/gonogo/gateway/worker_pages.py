"""What the workers of one server tell each other: a page of numbers each, so that any of them answers for all.

Here: publishing, reading, what a worker that ended leaves. Not here: starting and ending workers (``workers``).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gonogo.store.worker_spool import FOLDER, waiting, worker_folder
from gonogo.telemetry.merging import lasting, merged
from gonogo.telemetry.prometheus import gauge

log = logging.getLogger("gonogo.workers")
TELL_EVERY = 1.0
"""Seconds between two pages of a worker: the others show its numbers that late, and lose so much when it is killed."""
PAGE = "metrics.page"
ENDED = "ended.page"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerPages:
    """One worker among its like. ``number`` counts from 1."""

    home: Path
    number: int
    count: int

    def publish(self, page: bytes) -> None:
        """Replace what the others see of this worker."""
        folder = worker_folder(self.home, self.number)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(folder / PAGE, page)

    def answer(self, mine: bytes) -> bytes:
        """The page of all workers, with this one's numbers as they are now, and which worker it is that answers."""
        others = (_read(worker_folder(self.home, n) / PAGE) for n in range(1, self.count + 1) if n != self.number)
        about = gauge("gonogo_worker", "The worker that made this page, of all", {(("worker", str(self.number)),): 1.0})
        return merged((mine, *others, _read(self.home / FOLDER / ENDED))) + about.encode() + b"\n"

    def serving(self) -> int:
        """How many workers serve."""
        return sum(published(self.home, number) for number in range(1, self.count + 1))

    def waiting(self) -> int:
        """Bytes of Traces that wait in the spools of all workers."""
        return waiting(self.home)


class Telling:
    """Publishes a worker's page again and again, and ends the worker when the process above it is gone.

    Args:
        page: makes this worker's page.
    """

    def __init__(self, pages: WorkerPages, page: Callable[[], bytes]) -> None:
        self._pages, self._page = pages, page
        self._above = os.getppid()
        self._task: asyncio.Task[None] | None = None

    def begin(self, address: str) -> None:
        """This worker serves: say so, and go on saying it while the event loop runs."""
        self._pages.publish(self._page())
        self._task = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            if os.getppid() != self._above:
                log.error("the process above is gone: this worker drains and ends")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            try:
                self._pages.publish(self._page())
            except OSError as error:  # a full disk must not end the telling
                log.warning("the numbers of this worker cannot be written: %s", error)


def published(home: Path, number: int) -> bool:
    """Whether a worker serves: it publishes when it begins, and what it published is taken away when it ended."""
    return (worker_folder(home, number) / PAGE).exists()


def retire(home: Path, number: int) -> None:
    """Take an ended worker's page away; its counters stay in the sum, which must never become less."""
    page = worker_folder(home, number) / PAGE
    content = _read(page)
    if content:
        ended = home / FOLDER / ENDED
        _replace(ended, merged((_read(ended), lasting(content))))
        page.unlink(missing_ok=True)


def forget_all(home: Path) -> None:
    """Of an earlier run nothing counts any more."""
    for page in (*(home / FOLDER).glob(f"*/{PAGE}"), home / FOLDER / ENDED):
        page.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f"{path.name}.new")
    new.write_bytes(content)
    os.replace(new, path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
