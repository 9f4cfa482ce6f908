"""Step: two runs that go hand in hand, so that a stop saves tasks of both.

Here: who may start a task while the other is behind. Not here: when to stop (``gate``), the runs (``runner``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from gonogo.domain import TaskResult

LEAD = 16
"""Tasks that one run may be ahead of the other; room for what is in flight on both."""
LONGEST_WAIT = 1.0
"""Seconds. Keeping step saves tokens, no more: an upstream that holds up one run must not hold up the other."""


class Step:
    """For two runs, named 0 and 1."""

    def __init__(self, lead: int = LEAD) -> None:
        self._lead = lead
        self._started: list[set[int]] = [set(), set()]
        self._heard = [0, 0]
        self._over = [False, False]
        self._moved = asyncio.Event()

    def turn(self, side: int) -> Callable[[int], Awaitable[None]]:
        """What a run awaits before it starts a task."""

        async def wait(position: int) -> None:
            if position in self._started[side]:
                return
            self._started[side].add(position)
            with suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_WAIT):
                    while self._ahead(side):
                        self._moved.clear()
                        await self._moved.wait()

        return wait

    def heard(self, side: int, tell: Callable[[TaskResult], bool]) -> Callable[[TaskResult], bool]:
        """``tell``, and the other run may go on."""

        def hear(result: TaskResult) -> bool:
            self._heard[side] += 1
            self._moved.set()
            return tell(result)

        return hear

    def over(self, side: int) -> None:
        """A run has ended, however it did: nobody waits for it any more."""
        self._over[side] = True
        self._moved.set()

    def _ahead(self, side: int) -> bool:
        other = 1 - side
        return not self._over[other] and len(self._started[side]) > self._heard[other] + self._lead
