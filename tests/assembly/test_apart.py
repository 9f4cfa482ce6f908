"""Slow work on a thread of its own, which nobody waits for once it is not wanted."""

from __future__ import annotations

import asyncio
import threading

import pytest

from gonogo.assembly.apart import apart


async def test_the_value_comes_back_from_another_thread():
    assert await apart(threading.get_ident) != threading.get_ident()


async def test_what_was_raised_there_is_raised_here():
    def fail() -> None:
        raise ZeroDivisionError("there")

    with pytest.raises(ZeroDivisionError, match="there"):
        await apart(fail)


async def test_whoever_is_cancelled_does_not_wait_for_it():
    release = threading.Event()
    waiting = asyncio.ensure_future(apart(release.wait))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    release.set()


def test_a_loop_that_ended_meanwhile_is_not_called():
    release, done = threading.Event(), threading.Event()

    def work() -> None:
        release.wait()
        done.set()

    async def leave() -> None:
        task = asyncio.ensure_future(apart(work))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(leave())
    release.set()
    assert done.wait(10)
