"""A request is not billed for what others did while it waited."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gonogo.domain import Delta
from gonogo.pipeline import respond
from gonogo.pipeline.waiting import apart


class Meter:
    """CPU that only work moves."""

    def __init__(self) -> None:
        self.spent, self.others, self.looks = 0.0, 0.0, 0

    def cpu(self) -> float:
        self.looks += 1
        return self.spent

    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    def elsewhere(self, seconds: float) -> None:
        self.others += seconds


async def test_what_is_ready_at_once_is_not_even_measured() -> None:
    meter = Meter()

    async def ready() -> int:
        return 5

    assert await apart(ready(), meter.cpu, meter.elsewhere) == 5
    assert meter.looks == 0


async def test_what_others_do_meanwhile_is_counted_apart() -> None:
    meter, may_go_on = Meter(), asyncio.Event()

    async def mine() -> str:
        meter.spent += 1.0
        await may_go_on.wait()
        meter.spent += 2.0
        return "done"

    async def others() -> None:
        meter.spent += 40.0
        may_go_on.set()

    task = asyncio.create_task(_await(apart(mine(), meter.cpu, meter.elsewhere)))
    await asyncio.sleep(0)
    await others()

    assert await task == "done"
    assert (meter.spent, meter.others) == (43.0, 40.0)


async def test_a_failure_comes_through() -> None:
    async def broken() -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await apart(broken(), lambda: 0.0, lambda seconds: None)


async def test_cancelling_reaches_what_is_awaited_and_may_be_answered_there() -> None:
    seen: list[str] = []

    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
        return "ended in order"

    task = asyncio.create_task(_await(apart(stubborn(), lambda: 0.0, lambda seconds: None)))
    await asyncio.sleep(0)
    task.cancel()

    assert await task == "ended in order"
    assert seen == ["cancelled"]


async def test_a_trace_holds_its_own_cpu_only(house: Any) -> None:
    meter, waiting, may_go_on = Meter(), asyncio.Event(), asyncio.Event()

    class Working(house.Pieces):
        async def generate(self, request: Any) -> Any:
            meter.spent += 1.0
            waiting.set()
            await may_go_on.wait()
            meter.spent += 2.0
            yield Delta(content="ok", finish_reason="stop")

    ran = house.Ran()
    parts = house.parts(Working(), clock=meter)
    task = asyncio.create_task(_collect(respond(house.request(), house.version(), parts, ran.record)))
    await waiting.wait()
    meter.spent += 500.0
    may_go_on.set()
    await task

    assert ran.trace.cpu == 3.0
    assert {span.name: span.cpu for span in ran.trace.spans} == {"route": 0.0, "generate": 3.0}


async def _await(awaited: Any) -> Any:
    return await awaited


async def _collect(deltas: Any) -> list[Delta]:
    return [delta async for delta in deltas]
