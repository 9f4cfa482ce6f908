"""Two runs that go hand in hand: who waits for whom, and who no longer."""

from __future__ import annotations

import asyncio

import pytest

from gonogo.domain import TaskResult
from gonogo.evaluation import step as module
from gonogo.evaluation.step import Step

RESULT = TaskResult(task_id="t", answer="", passed=True)


async def let_all_go_on() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def started(step: Step, side: int, positions: range) -> list[int]:
    """Those of the positions that may start at once; the rest is cancelled."""
    done: list[int] = []

    async def one(position: int) -> None:
        await step.turn(side)(position)
        done.append(position)

    tasks = [asyncio.ensure_future(one(position)) for position in positions]
    await let_all_go_on()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return done


async def test_a_run_may_lead_by_so_many_tasks_and_no_more():
    assert await started(Step(lead=4), 0, range(10)) == [0, 1, 2, 3]


@pytest.mark.parametrize("side", [0, 1])
async def test_the_other_ones_results_let_it_go_on(side):
    step = Step(lead=2)
    await started(step, side, range(2))
    waiting = asyncio.ensure_future(step.turn(side)(2))
    await let_all_go_on()
    assert not waiting.done()
    told: list[TaskResult] = []
    assert step.heard(1 - side, lambda result: told.append(result) or True)(RESULT) is True
    await let_all_go_on()
    assert waiting.done()
    assert told == [RESULT]


async def test_its_own_results_do_not():
    step = Step(lead=1)
    await started(step, 0, range(1))
    waiting = asyncio.ensure_future(step.turn(0)(1))
    step.heard(0, lambda result: False)(RESULT)
    await let_all_go_on()
    assert not waiting.done()
    waiting.cancel()


async def test_nobody_waits_for_a_run_that_has_ended():
    step = Step(lead=1)
    await started(step, 0, range(1))
    waiting = asyncio.ensure_future(step.turn(0)(1))
    await let_all_go_on()
    step.over(1)
    await let_all_go_on()
    assert waiting.done()
    assert await started(step, 0, range(2, 30)) == list(range(2, 30))


async def test_a_task_that_is_asked_again_waits_for_nobody():
    """An upstream that limited it must not make it wait for a run that it holds up."""
    step = Step(lead=1)
    await started(step, 0, range(1))
    assert await started(step, 0, range(1)) == [0]


async def test_nobody_waits_longer_than_stated(monkeypatch):
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.01)
    step = Step(lead=1)
    await started(step, 0, range(1))
    await step.turn(0)(1)  # returns, though the other run gave no result
