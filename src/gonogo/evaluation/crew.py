"""Crew: attempts at golden tasks, started one after another as fast as pace and cap let them.

Here: which attempt starts when, asking again what an upstream limited, giving up the rest. Not here: how many may be in
flight (``pace``), what one attempt does (``runner``).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from gonogo.contracts import Took
from gonogo.domain import GoldenTask, TaskResult
from gonogo.evaluation.cap import Cap
from gonogo.evaluation.funds import NO_MONEY, Funds
from gonogo.evaluation.judge import not_run
from gonogo.evaluation.pace import MOST_TRIES, Pace, UpstreamLimits

Attempt = tuple[GoldenTask, int, int]
"""(task, repeat, position in the random order)."""
SHARED = 0.05
"""Seconds between looks at a cap that another run holds."""
Ask = Callable[[Attempt, list[Took]], Awaitable[TaskResult]]


class Crew:
    """For one run.

    Args:
        ask: makes an attempt and judges it; puts what it took into its second argument.
        add: takes every result.
        cap: what may be spent; ``None`` is no bound.
        funds: says when nothing more can be paid; ``None`` where nobody's budget holds.
        enough: whether what is finished decides already; the attempts that wait are then left.
        hopeless: whether asking on is worth nothing; they are then left for another time.
    """

    def __init__(
        self,
        attempts: Sequence[Attempt],
        ask: Ask,
        add: Callable[[TaskResult], None],
        pace: Pace,
        cap: Cap | None,
        *,
        enough: Callable[[], bool] = lambda: False,
        funds: Funds | None = None,
        hopeless: Callable[[], bool] = lambda: False,
    ) -> None:
        self._waiting = deque(attempts)
        self._ask, self._add, self._pace, self._cap = ask, add, pace, cap
        self._enough, self._funds, self._hopeless = enough, funds, hopeless
        self._in_flight = 0
        self._changed = asyncio.Event()
        self._limited: Counter[tuple[str, int]] = Counter()

    async def work(self) -> bool:
        """Make every attempt; ``False`` where the cap, a spent budget or too many errors left some for another time.

        Raises:
            BaseExceptionGroup: what an attempt raised beside its own failures.
        """
        async with asyncio.TaskGroup() as group:
            while self._waiting or self._in_flight:
                self._changed.clear()
                if self._enough():
                    self._waiting.clear()
                if self._waiting and not self._hopeless() and self._may_start():
                    self._in_flight += 1
                    if self._cap is not None:
                        self._cap.started()
                    group.create_task(self._one(self._waiting.popleft()))
                    continue
                if self._cap is not None and self._cap.stopped:
                    return False
                if self._spent and not self._in_flight:
                    return False
                if self._waiting and (why := self._pace.gave_up()) is not None:
                    self._give_up(why)
                    continue
                if self._waiting and not self._in_flight and self._hopeless():
                    return False
                if self._waiting or self._in_flight:
                    await self._something_happens()
        return not self._spent

    @property
    def _spent(self) -> bool:
        return self._funds is not None and self._funds.spent is not None

    def _may_start(self) -> bool:
        full = self._in_flight >= self._pace.limit
        if self._spent or full or self._pace.pause() or self._pace.gave_up() is not None:
            return False
        return self._cap is None or self._cap.may_start()

    async def _something_happens(self) -> None:
        again: float | None = self._pace.pause() or None
        if again is None and self._cap is not None and not self._in_flight:
            again = SHARED  # what holds the cap is in flight in another run, which does not know of this one
        with suppress(TimeoutError):
            async with asyncio.timeout(again):
                await self._changed.wait()

    async def _one(self, attempt: Attempt) -> None:
        task, repeat, position = attempt
        took: list[Took] = []
        try:
            self._add(await self._ask(attempt, took))
        except NO_MONEY:
            pass  # left for another time: an error of the task it is not
        except UpstreamLimits as limits:
            self._limited[task.id, repeat] += limits.news
            if self._limited[task.id, repeat] < MOST_TRIES:
                self._waiting.append(attempt)
            else:
                said = f"limited {MOST_TRIES} times, while other tasks were answered: {limits}"
                self._add(not_run(task, said, repeat=repeat, order=position))
        finally:
            if self._cap is not None:
                self._cap.ended(took)
            self._in_flight -= 1
            self._changed.set()

    def _give_up(self, why: str) -> None:
        while self._waiting:
            task, repeat, position = self._waiting.popleft()
            self._add(not_run(task, why, repeat=repeat, order=position))
