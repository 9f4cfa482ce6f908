"""Operations: long work of a server, in the background, that can be watched, asked for again and stopped.

Here: how many run at once, their progress and their end, and who started them. Not here: the work itself
(``Workspace.build``, ``Workspace.evaluate``), how it is told over HTTP (``gateway.api``).

They live in the process that started them: what they make is in the store, they themselves are not.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from gonogo.clock import Clock, new_id
from gonogo.errors import GonogoError, NotFound, TryAgain

log = logging.getLogger("gonogo.operations")

AT_ONCE = 2
"""More would take from those who wait for answers what they wait for."""
REMEMBERED = 200
"""Ended ones that can still be asked for."""
TOLD_EVERY = 0.1
"""Seconds between two tellings of progress to one watcher."""

Kind = Literal["build", "evaluation", "comparison", "calibration", "folder"]
State = Literal["running", "done", "failed", "cancelled"]


class Reading(Struct, frozen=True, kw_only=True):
    """How far it is: documents of a build, tasks of an evaluation. ``remaining`` in seconds, ``None`` unknown."""

    label: str
    done: int
    total: int
    passed: int | None = None
    failed: int | None = None
    errors: int | None = None
    remaining: float | None = None


class TooMany(TryAgain):
    """As many operations run as may."""

    status = 429
    retry_after = 5.0


Report = Callable[[Reading], None]
"""May be called on any thread."""
Work = Callable[[Report], Awaitable[Any]]


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One piece of work. ``key_id`` and ``tenant`` of who started it; times in seconds since 1970."""

    id: str
    kind: Kind
    author: str
    key_id: str
    tenant: str
    started_at: float
    finished_at: float | None = None
    state: State = "running"
    progress: Reading | None = None
    result: Any = None
    error: Exception | None = None
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Operations:
    """All of one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Operation] = OrderedDict()

    def start(self, kind: Kind, work: Work, *, author: str, key_id: str = "", tenant: str = "default") -> Operation:
        """Begin a piece of work.

        Raises:
            TooMany: as many run as may.
        """
        if sum(one.state == "running" for one in self._known.values()) >= AT_ONCE:
            raise TooMany(f"{AT_ONCE} pieces of long work run already: try again when one has ended")
        now = self._clock.now()
        made = Operation(id=new_id(now), kind=kind, author=author, key_id=key_id, tenant=tenant, started_at=now)
        made.task = asyncio.create_task(self._run(made, work))
        self._known[made.id] = made
        while len(self._known) > REMEMBERED + AT_ONCE:
            oldest = next(name for name, one in self._known.items() if one.state != "running")
            del self._known[oldest]
        return made

    def get(self, operation_id: str) -> Operation:
        """By id.

        Raises:
            NotFound: none here.
        """
        found = self._known.get(operation_id)
        if found is None:
            raise NotFound(
                f"there is no operation {operation_id} in this process: what it made is in the store, see "
                "GET /api/versions and GET /api/verdicts"
            )
        return found

    def all(self) -> list[Operation]:
        """Newest first."""
        return list(reversed(self._known.values()))

    async def cancel(self, operation: Operation) -> None:
        """Stop it; what it has finished stays. One that has ended stays as it is."""
        if operation.task is not None and operation.state == "running":
            operation.task.cancel()
            await asyncio.wait({operation.task})

    async def watch(self, operation: Operation) -> AsyncIterator[Operation]:
        """The operation each time it has changed, the last time when it has ended."""
        while operation.state == "running":
            operation.changed.clear()
            yield operation
            await operation.changed.wait()
            if operation.state == "running":
                await asyncio.sleep(TOLD_EVERY)
        yield operation

    async def close(self) -> None:
        """Stop all."""
        running = [one.task for one in self._known.values() if one.task is not None and one.state == "running"]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _run(self, operation: Operation, work: Work) -> None:
        loop = asyncio.get_running_loop()

        def show(reading: Reading) -> None:
            operation.progress = reading
            operation.changed.set()

        def report(reading: Reading) -> None:
            with suppress(RuntimeError):  # the loop may have ended before the thread did
                loop.call_soon_threadsafe(show, reading)

        try:
            operation.result = await work(report)
            operation.state = "done"
        except asyncio.CancelledError:
            operation.state = "cancelled"
        except GonogoError as error:
            operation.error, operation.state = error, "failed"
        except Exception as error:  # our bug: whoever asks is told that there was one, the log says which
            log.exception("operation %s failed unexpectedly", operation.id)
            operation.error, operation.state = error, "failed"
        finally:
            operation.finished_at = self._clock.now()
            operation.changed.set()
