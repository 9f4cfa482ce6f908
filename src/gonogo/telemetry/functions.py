"""Functions: ``@gonogo.trace``, a span for each call of a function of one's own.

Here: timing calls of every kind of function, and who called whom. Not here: keeping what was seen (``KEEPERS`` do).

Calls within calls nest by a context variable, so that tasks and threads that copy their context keep their place. Of
what goes in and out nothing is kept. A task that outlives the outermost call is not seen.
"""

from __future__ import annotations

import functools
import inspect
import logging
import os
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast, overload

from gonogo.clock import new_id
from gonogo.telemetry.foreign import ForeignSpan
from gonogo.telemetry.trace_context import CALLER_TRACE

Function = TypeVar("Function", bound=Callable[..., Any])
SERVICE = "app"
MOST_SPANS = 2_000
"""Calls of one trace that are kept; a loop of millions must not fill the memory."""
KEEPERS: list[Callable[[list[ForeignSpan]], None]] = []
"""Each is given the spans of one trace once its outermost call has ended; without one they are forgotten."""

log = logging.getLogger("gonogo.telemetry")


class _Recording:
    """The spans of one outermost call."""

    def __init__(self) -> None:
        caller, _, self.parent = CALLER_TRACE.get().partition("-")
        self.trace = caller or new_id(time.time())
        self.spans: list[ForeignSpan] = []


class _Call:
    """One call while it runs; ``inside`` as often as its code does, which for a generator is more than once."""

    def __init__(self, name: str) -> None:
        above = _CURRENT.get()
        self._name = name
        self._outermost = above is None
        self.recording: _Recording = _Recording() if above is None else above.recording
        self._parent: str = self.recording.parent if above is None else above.id
        self.id: str = os.urandom(8).hex()
        self._began, self._clock = time.time(), time.perf_counter()

    @contextmanager
    def inside(self) -> Iterator[None]:
        current = _CURRENT.set(self)
        caller = CALLER_TRACE.set(f"{self.recording.trace}-{self.id}")
        try:
            yield
        finally:
            CALLER_TRACE.reset(caller)
            _CURRENT.reset(current)

    def ended(self, error: BaseException | None) -> None:
        recording = self.recording
        if len(recording.spans) < MOST_SPANS or self._outermost:
            recording.spans.append(
                ForeignSpan(
                    trace=recording.trace,
                    id=self.id,
                    parent=self._parent,
                    name=self._name,
                    start=self._began,
                    end=self._began + time.perf_counter() - self._clock,
                    service=SERVICE,
                    failed=error is not None and not isinstance(error, GeneratorExit),
                    attributes={} if error is None else {"error.type": type(error).__qualname__},
                )
            )
        if self._outermost:
            _keep(recording.spans)


_CURRENT: ContextVar[_Call | None] = ContextVar("gonogo_current_call", default=None)


@overload
def trace(function: Function, /) -> Function: ...
@overload
def trace(*, name: str = "") -> Callable[[Function], Function]: ...
def trace(function: Function | None = None, /, *, name: str = "") -> Function | Callable[[Function], Function]:
    """A span for each call of a function: plain, async, generator or async generator.

    Calls inside the call, and questions to a Mission asked inside it, stand below it. A span keeps its name, its time,
    and the type of an error; arguments and results are not kept. Spans go to the home folders that are open
    (``gonogo.open``); where none is, they are forgotten.

    Args:
        function: what to wrap, where it stands as ``@gonogo.trace`` alone.
        name: of the span; the function's own where left out.
    """
    if function is None:
        return lambda given: cast("Any", _wrapped(given, name))
    return cast("Function", _wrapped(function, name))


def _wrapped(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    shown = name or getattr(function, "__qualname__", type(function).__name__)
    if inspect.isasyncgenfunction(function):
        return _async_generator(function, shown)
    if inspect.isgeneratorfunction(function):
        return _generator(function, shown)
    if inspect.iscoroutinefunction(function):
        return _coroutine(function, shown)

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        call = _Call(shown)
        error: BaseException | None = None
        try:
            with call.inside():
                return function(*args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            call.ended(error)

    return plain


def _coroutine(function: Callable[..., Any], shown: str) -> Callable[..., Any]:
    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        call = _Call(shown)
        error: BaseException | None = None
        try:
            with call.inside():
                return await function(*args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            call.ended(error)

    return awaited


def _generator(function: Callable[..., Any], shown: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def steps(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = _Call(shown)
        error: BaseException | None = None
        made = function(*args, **kwargs)
        step: Callable[[], Any] = functools.partial(next, made)
        try:
            while True:
                # Only while its own code runs: between two pieces the reader's calls are not its calls.
                with call.inside():
                    try:
                        piece = step()
                    except StopIteration as done:
                        return done.value
                try:
                    step = functools.partial(made.send, (yield piece))
                except GeneratorExit:
                    with call.inside():
                        made.close()
                    raise
                except BaseException as thrown:  # thrown in by the reader: the function's own code must see it
                    step = functools.partial(made.throw, thrown)
        except BaseException as raised:
            error = raised
            raise
        finally:
            call.ended(error)

    return steps


def _async_generator(function: Callable[..., Any], shown: str) -> Callable[..., Any]:
    @functools.wraps(function)
    async def steps(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = _Call(shown)
        error: BaseException | None = None
        made = function(*args, **kwargs)
        step: Callable[[], Any] = functools.partial(anext, made)
        try:
            while True:
                with call.inside():
                    try:
                        piece = await step()
                    except StopAsyncIteration:
                        return
                try:
                    step = functools.partial(made.asend, (yield piece))
                except GeneratorExit:
                    with call.inside():
                        await made.aclose()
                    raise
                except BaseException as thrown:
                    step = functools.partial(made.athrow, thrown)
        except BaseException as raised:
            error = raised
            raise
        finally:
            call.ended(error)

    return steps


def _keep(spans: list[ForeignSpan]) -> None:
    for keep in tuple(KEEPERS):
        try:
            keep(spans)
        except Exception:  # somebody's own function must not fail because its span could not be kept
            log.exception("spans could not be kept")
