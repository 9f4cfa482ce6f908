"""Apart: slow work on a thread that nobody waits for once it is not wanted any more.

Here: one function. Ctrl-C cancels whoever awaits it and ends a command at once; asyncio's own pool would be waited for
at the end. Such work must therefore write nothing: what it returns is written by its caller.
Not here: what is slow (training, judging many rows).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """The value of ``work``, or what it raised."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def run() -> None:
        try:
            settle = partial(_settle, future, work(), None)
        except BaseException as error:  # whatever it is, whoever waits must hear of it
            settle = partial(_settle, future, None, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle)

    threading.Thread(target=run, name="gonogo-apart", daemon=True).start()
    return await future


def _settle(future: asyncio.Future[Any], value: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)
