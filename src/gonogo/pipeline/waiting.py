"""Waiting: CPU that a request's thread spends on other requests while this one waits.

Here: awaiting so that it is counted apart. Not here: what is done with the count (``trace_builder``).
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar

T = TypeVar("T")
Count = Callable[[float], None]


@types.coroutine
def apart(awaited: Awaitable[T], cpu: Callable[[], float], elsewhere: Count) -> Generator[Any, Any, T]:
    """Await something; ``elsewhere`` is told the CPU seconds the thread used while it was suspended.

    The clock is read only where the event loop really turns to others, so that what is ready at once costs nothing.
    """
    steps = awaited.__await__()
    sent: Any = None
    thrown: BaseException | None = None
    while True:
        try:
            pending = steps.send(sent) if thrown is None else steps.throw(thrown)
        except StopIteration as done:
            value: T = done.value
            return value
        sent, thrown = None, None
        left = cpu()
        try:
            sent = yield pending
        except BaseException as error:  # cancellation and closing belong to what is awaited, not to us
            thrown = error
        elsewhere(cpu() - left)
