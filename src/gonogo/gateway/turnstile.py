"""Turnstile: how many requests are worked on at once, and how many may wait for a moment.

Here: the bound, the short queue, and who is refused. Not here: rates and budgets of a key (``answering``).

Slots of a gateway are held for as long as models speak, so that they become free one by one all the time: a burst that
waits some hundred milliseconds is answered sooner than one that is refused and told to come back in a second. The wait
has a bound and a deadline because a longer queue answers nobody sooner: it only makes everybody late.
"""

from __future__ import annotations

import asyncio
from collections import deque

from gonogo.errors import TryAgain


class Overloaded(TryAgain):
    """More requests in flight than the server takes on."""

    status = 429
    retry_after = 1.0


class Turnstile:
    """At most ``most`` inside, at most ``waiting`` before it, none of those longer than ``deadline`` seconds. First
    come, first served."""

    def __init__(self, most: int, *, waiting: int, deadline: float) -> None:
        self._most, self._waiting, self._deadline = most, waiting, deadline
        self._inside = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def inside(self) -> int:
        """Requests worked on."""
        return self._inside

    @property
    def queued(self) -> int:
        """Requests that wait."""
        return len(self._queue)

    async def enter(self) -> None:
        """Take a place; ``leave`` must follow.

        Raises:
            Overloaded: no place now or within the deadline.
        """
        if self._inside < self._most:
            self._inside += 1
            return
        if len(self._queue) >= self._waiting:
            raise Overloaded(
                f"{self._most} requests are in flight and {self._waiting} wait already: try again in a moment"
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            async with asyncio.timeout(self._deadline):
                await turn
        except TimeoutError as error:
            self._gone(turn)
            raise Overloaded(
                f"{self._most} requests are in flight and none ended within {self._deadline:g} s: try again in a moment"
            ) from error
        except asyncio.CancelledError:
            self._gone(turn)
            raise

    def leave(self) -> None:
        """Give the place to who has waited longest, or free it."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._inside -= 1

    def _gone(self, turn: asyncio.Future[None]) -> None:
        if turn in self._queue:
            self._queue.remove(turn)
        elif turn.done() and not turn.cancelled():
            self.leave()  # it was called in at the moment it left
