"""Write-behind: a Trace survives its process before its reply ends, and is in the store a moment later, with others.

Here: the journal of this process, the batch, and that whoever reads the store finds what waits. Not here: the journal's
file (``journal``), where Traces wait while the store is down (``spool``), rows (``traces``).

A commit for each Trace costs a thread that is woken, and the lock that Python's threads share, more than a Trace does;
here it is a copy into memory. Where the loss of power is to be survived (``durability: power``), that does not do, and
Traces are committed before their replies end.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gonogo.contracts import Store, TraceStore
from gonogo.domain import Trace
from gonogo.errors import GonogoError
from gonogo.store.journal import Journal, journals
from gonogo.store.open import SqliteStore
from gonogo.store.spool import TraceSpool

log = logging.getLogger("gonogo.store")
EVERY = 0.1
"""Seconds that a Trace may wait."""
AT_ONCE = 500
"""Traces that do not wait any longer."""

_encode = msgspec.json.Encoder().encode
_trace = msgspec.json.Decoder(Trace).decode


class WriteBehind(TraceSpool):
    """Where the Traces of one server process go. Two journals take turns: one is filled while the other is stored.

    Args:
        folder: where the files stand; made where missing.
        store: gets the Traces; whoever reads it through this process finds every one that was kept before.
    """

    def __init__(self, folder: Path, store: SqliteStore) -> None:
        super().__init__(folder)
        self._store = store
        self._journal: Journal | None = None
        self._other: Journal | None = None
        self._waiting: list[tuple[Trace, bytes]] = []
        self._writing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._without = False
        self._behind = False  # the store has failed: what comes is spooled until the spool has been drained
        store.database.first = self.flush

    def keep_now(self, traces: Sequence[Trace]) -> bool:
        """Into the journal; into the spool where that is full, or the store is down.

        Raises:
            StoreBusy: neither has room; these Traces are kept nowhere.
        """
        if self._behind:
            self.append(traces)
            return True
        if self._journal is None and not self._without:
            self._begin_journals()
        journal = self._journal
        for trace in traces:
            body = _encode(trace)
            if journal is None or not journal.append(body):
                self.append((trace,))
            self._waiting.append((trace, body))
        if len(self._waiting) >= AT_ONCE:
            self._store_soon()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(EVERY, self._store_soon)
        return True

    async def keep(self, store: TraceStore, traces: Sequence[Trace]) -> bool:
        """The same; the store of this process is the one they go to.

        Raises:
            StoreBusy: as ``keep_now``.
        """
        self.keep_now(traces)
        return not self._behind

    async def flush(self) -> None:
        """Put what waits into the store; what it does not take is spooled. Raises nothing."""
        while self._waiting or self._writing is not None:
            self._store_soon()
            if self._writing is not None:
                await asyncio.shield(self._writing)

    async def bring_home(self, store: Store) -> None:
        """Flush, and drain what an earlier process or an earlier fault has left, where the store takes a write.

        Raises:
            GonogoError: the store went down meanwhile; nothing was removed.
        """
        await self.flush()
        adopt(self)
        while self.size():
            if not await store.healthy():
                return
            await self.drain(store)
        self._behind = False

    def size(self) -> int:
        """Bytes spooled, and those in this process's journals that the store has not taken yet."""
        own = sum(journal.used for journal in (self._journal, self._other) if journal is not None)
        return super().size() + own

    async def close(self) -> None:
        """Flush and remove the journals. Calling it twice is fine."""
        await self.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for journal in (self._journal, self._other):
            if journal is not None and not journal.used:
                journal.close()
        self._journal = self._other = None

    def _begin_journals(self) -> None:
        try:
            self._other = Journal(self.folder, time.time())
            self._journal = Journal(self.folder, time.time())
        except OSError as error:
            self._without = True
            log.warning("Traces are spooled one by one, for no journal can be made in %s: %s", self.folder, error)
            if self._other is not None:
                self._other.close()
                self._other = None

    def _store_soon(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is None and self._waiting:
            self._writing = asyncio.ensure_future(self._write_waiting())

    async def _write_waiting(self) -> None:
        kept, self._waiting = self._waiting, []
        full, self._journal, self._other = self._journal, self._other, self._journal
        try:
            await self._store.add_encoded(kept)
        except Exception as error:  # whatever it is, they are spooled, and a drain tries again
            if not isinstance(error, GonogoError):
                log.exception("Traces wait in the spool")
            self._fall_behind(kept)
        if full is not None:
            full.clear()
        self._writing = None

    def _fall_behind(self, kept: list[tuple[Trace, bytes]]) -> None:
        self._behind = True
        kept, self._waiting = kept + self._waiting, []
        try:
            self.append([trace for trace, _ in kept])
        except GonogoError as error:
            log.error("%d Traces are lost: %s", len(kept), error)
        if self._journal is not None:
            self._journal.clear()


def adopt(spool: TraceSpool) -> None:
    """Spool what processes that died have left in their journals.

    Raises:
        StoreBusy: the spool has no room; the rest stays where it is.
    """
    for path, records in journals(spool.folder, dead=True):
        if records:
            spool.append([_trace(record) for record in records])
        path.unlink(missing_ok=True)


async def settled(folder: Path) -> None:
    """Return once the store has what living processes held in their journals when this was called: nobody puts it in
    later, where it may have been deleted meanwhile. Gives up after five seconds."""
    held = {record for _, records in journals(folder, dead=False) for record in records}
    for _ in range(round(5 / EVERY)):
        held.intersection_update(record for _, records in journals(folder, dead=False) for record in records)
        if not held:
            return
        await asyncio.sleep(EVERY)


async def seen_by_readers(spool: TraceSpool, store: SqliteStore) -> None:
    """Put into the store what waits in the files of other processes, dead or alive. Raises nothing: what the store does
    not take stays, and is not seen yet."""
    try:
        adopt(spool)
        if spool.size():
            await spool.drain(store)
        for _, records in journals(spool.folder, dead=False):
            # Their owner stores them too, and whatever becomes of them later: of each, the last form is taken now.
            newest = {trace.id: trace for trace in map(_trace, records)}
            if newest:
                await store.add_missing(list(newest.values()))
    except (GonogoError, OSError) as error:
        log.warning("Traces of the last moment may be missing: %s", error)
