"""A burst waits for a moment; a flood is refused at once."""

from __future__ import annotations

import asyncio

import pytest

from gonogo.gateway.turnstile import Overloaded, Turnstile

LONG = 60.0


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_comes_while_there_is_room_does_not_wait() -> None:
    turnstile = Turnstile(2, waiting=0, deadline=LONG)
    await turnstile.enter()
    await turnstile.enter()
    assert (turnstile.inside, turnstile.queued) == (2, 0)


async def test_one_more_than_may_wait_is_refused_at_once() -> None:
    turnstile = Turnstile(1, waiting=1, deadline=LONG)
    await turnstile.enter()
    waiting = asyncio.create_task(turnstile.enter())
    await _settled()
    with pytest.raises(Overloaded, match="1 requests are in flight and 1 wait already"):
        await turnstile.enter()
    turnstile.leave()
    await waiting


async def test_places_go_to_those_who_waited_longest() -> None:
    turnstile, order = Turnstile(1, waiting=9, deadline=LONG), list[int]()

    async def come(number: int) -> None:
        await turnstile.enter()
        order.append(number)

    await turnstile.enter()
    tasks = [asyncio.create_task(come(number)) for number in range(4)]
    for number in range(4):
        await _settled()
        assert order == list(range(number))
        turnstile.leave()
    await asyncio.gather(*tasks)
    assert (turnstile.inside, turnstile.queued) == (1, 0)


async def test_who_waited_for_too_long_is_refused_and_takes_no_place() -> None:
    turnstile = Turnstile(1, waiting=1, deadline=0.01)
    await turnstile.enter()
    with pytest.raises(Overloaded, match=r"none ended within 0\.01 s"):
        await turnstile.enter()
    assert (turnstile.inside, turnstile.queued) == (1, 0)
    turnstile.leave()
    assert turnstile.inside == 0


async def test_who_leaves_the_queue_leaves_its_place_to_the_next() -> None:
    turnstile = Turnstile(1, waiting=2, deadline=LONG)
    await turnstile.enter()
    first, second = (asyncio.create_task(turnstile.enter()) for _ in range(2))
    await _settled()
    first.cancel()
    await _settled()
    assert turnstile.queued == 1
    turnstile.leave()
    await second
    assert turnstile.inside == 1


async def test_a_place_given_to_one_who_leaves_at_that_moment_is_not_lost() -> None:
    turnstile = Turnstile(1, waiting=2, deadline=LONG)
    await turnstile.enter()
    leaving = asyncio.create_task(turnstile.enter())
    await _settled()
    turnstile.leave()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert turnstile.inside == 0
    await turnstile.enter()
