"""Operations: long work of a server, in the background, that can be watched, asked for again and stopped.

Here: how many run at once, their progress and their end, and who started them. Not here: the work itself
(``Workspace.build``, ``Workspace.evaluate``), how it is told over HTTP (``gateway.api``).

They run in the process that started them. What that process tells of them stands in the store too, so that any other
can show them and ask for their end; one whose process was not heard of for ``SILENT`` seconds was interrupted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from msgspec import Struct

from gonogo.clock import Clock, new_id
from gonogo.contracts import OperationStore
from gonogo.domain import OperationRow
from gonogo.errors import GonogoError, NotFound, TryAgain

log = logging.getLogger("gonogo.operations")

AT_ONCE = 2
"""More would take from those who wait for answers what they wait for."""
REMEMBERED = 200
"""Ended ones that can still be asked for."""
TOLD_EVERY = 0.1
"""Seconds between two tellings of progress to one watcher."""

BEAT_EVERY = 1.0
"""Seconds between two notes in the store of one that runs, and the longest until it hears that it is to stop."""
SILENT = 15.0
"""Seconds without a note after which its process is taken for dead."""
LOOK_EVERY = 0.25
"""Seconds between looks at one that runs elsewhere."""
STOPS_WITHIN = 10.0
"""Seconds that a caller waits for the end of one that runs elsewhere."""

Kind = Literal["build", "evaluation", "backtest", "comparison", "calibration", "folder"]
State = Literal["running", "done", "failed", "cancelled", "interrupted"]


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
Tell = Callable[["Operation"], bytes]
"""What is told of an operation, as JSON."""


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
    """All of one process; those of others as the store knows them."""

    def __init__(self, clock: Clock, store: OperationStore) -> None:
        self._clock, self._store = clock, store
        self._keeping: set[asyncio.Task[None]] = set()
        self._ending = False
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
            raise NotFound(f"there is no operation {operation_id} in this process")
        return found

    def here(self, operation_id: str) -> Operation | None:
        """One that runs, or ended, in this process."""
        return self._known.get(operation_id)

    async def keep(self, operation: Operation, tell: Tell) -> None:
        """Note one in the store, now and as it goes, until it has ended.

        Raises:
            GonogoError: the store cannot be written: then it is stopped, as nobody could ask for it.
        """
        try:
            await self._note(operation, tell)
        except BaseException:
            await self.cancel(operation)
            raise
        task = asyncio.create_task(self._keep_on(operation, tell))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def elsewhere(self, operation_id: str) -> OperationRow:
        """One of another process.

        Raises:
            NotFound: none of that id.
        """
        found = await self._store.operation(operation_id)
        if found is not None and await self._silenced([found]):
            found = await self._store.operation(operation_id)
        if found is None:
            raise NotFound(
                f"there is no operation {operation_id}: what it made is in the store, see GET /api/versions and "
                "GET /api/verdicts"
            )
        return found

    async def listed(self, limit: int) -> list[OperationRow]:
        """Of every process, started last first."""
        found = await self._store.operations(limit)
        return await self._store.operations(limit) if await self._silenced(found) else found

    async def _silenced(self, rows: Sequence[OperationRow]) -> bool:
        """Whether one of them was running, by what it said last, and is marked as interrupted now."""
        before = self._clock.now() - SILENT
        if not any(row.state == "running" and row.beat_at < before for row in rows):
            return False
        return bool(await self._store.interrupt_operations(before))

    async def watch_elsewhere(self, row: OperationRow) -> AsyncIterator[OperationRow]:
        """One of another process at each look, whether it has changed or not; the last time when it has ended."""
        yield row
        while row.state == "running":
            await asyncio.sleep(LOOK_EVERY)
            row = await self.elsewhere(row.id)
            yield row

    async def stop_elsewhere(self, row: OperationRow) -> OperationRow:
        """Ask another process to stop one, and wait until it has, for a while."""
        await self._store.stop_operation(row.id)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN):
                while row.state == "running":
                    await asyncio.sleep(LOOK_EVERY)
                    row = await self.elsewhere(row.id)
        return row

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
        self._ending = True
        running = [one.task for one in self._known.values() if one.task is not None and one.state == "running"]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        if self._keeping:
            await asyncio.wait(self._keeping)

    async def _keep_on(self, operation: Operation, tell: Tell) -> None:
        ended = operation.task
        while ended is not None and not ended.done():
            await asyncio.wait({ended}, timeout=BEAT_EVERY)
            if not ended.done():
                await self._try_to_note(operation, tell)
        if not await self._try_to_note(operation, tell):
            log.warning("how operation %s ended could not be noted: others take it for interrupted", operation.id)
        with suppress(GonogoError):
            await self._store.drop_operations(REMEMBERED)

    async def _try_to_note(self, operation: Operation, tell: Tell) -> bool:
        try:
            if await self._note(operation, tell) and operation.task is not None:
                operation.task.cancel()
        except GonogoError as error:
            log.warning("operation %s cannot be noted in the store: %s", operation.id, error)
            return False
        return True

    async def _note(self, operation: Operation, tell: Tell) -> bool:
        row = OperationRow(
            id=operation.id,
            tenant=operation.tenant,
            key_id=operation.key_id,
            state=operation.state,
            started_at=operation.started_at,
            beat_at=self._clock.now(),
            body=await asyncio.to_thread(tell, operation),
        )
        return await self._store.put_operation(row)

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
            operation.state = "interrupted" if self._ending else "cancelled"
        except GonogoError as error:
            operation.error, operation.state = error, "failed"
        except Exception as error:  # our bug: whoever asks is told that there was one, the log says which
            log.exception("operation %s failed unexpectedly", operation.id)
            operation.error, operation.state = error, "failed"
        finally:
            operation.finished_at = self._clock.now()
            operation.changed.set()
