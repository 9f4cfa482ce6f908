"""Index preparing: what a build makes of its snapshot, begun while its Version is being stored.

Here: when it begins and who waits for it. Not here: how it is made (``retrieval``), the build (``building``).

Files of this machine are made ahead: those of a Version that was not stored after all are dropped by the next ``gc``. A
server is sent nothing before the Version is stored.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gonogo.building import BuildResult, Draft
from gonogo.contracts import Progress
from gonogo.domain import IndexSnapshot, RetrievalPolicy

if TYPE_CHECKING:
    from gonogo.assembly.installed import Installed

EMBEDDED = "embedded"


class IndexPreparing:
    """Of one build.

    Args:
        progress: called with (chunks whose vectors stand in the index, chunks in all), on another thread.
    """

    def __init__(self, installed: Installed, progress: Progress | None) -> None:
        self._installed, self._progress = installed, progress
        self._ahead: asyncio.Task[None] | None = None

    def begin(self, draft: Draft) -> None:
        """Begin, where it is made of files of this machine alone."""
        policy = draft.version.mission.retrieval
        if draft.snapshot is not None and policy is not None and self._installed.index_kind(policy) == EMBEDDED:
            self._ahead = asyncio.create_task(self._prepare(draft.snapshot, policy))

    async def finish(self, result: BuildResult) -> None:
        """Wait until it is there.

        Raises:
            BadInput, Unreachable: as ``contracts.IndexBackend.prepare``.
        """
        policy = result.version.mission.retrieval
        if self._ahead is not None:
            await self._ahead
        elif policy is not None and result.snapshot is not None:
            await self._prepare(result.snapshot, policy)

    async def leave(self) -> None:
        """Wait for what was begun, of a build that failed: a thread cannot be stopped."""
        if self._ahead is not None:
            await asyncio.gather(self._ahead, return_exceptions=True)

    async def _prepare(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
        backend = await asyncio.to_thread(self._installed.index_backend, policy)
        await asyncio.to_thread(backend.prepare, snapshot, policy, self._progress)
