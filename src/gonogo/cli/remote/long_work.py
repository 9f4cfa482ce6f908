"""Long work: what a server does for minutes, as its stream of events tells it.

Here: following it to its result, progress, how it may end. Not here: starting it (each noun's module).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from gonogo.cli.remote.client import Client
from gonogo.cli.remote.refusals import refusal
from gonogo.errors import Unreachable
from gonogo.evaluation import Progress, RunOptions
from gonogo.gateway.api.operations import OperationPage

if TYPE_CHECKING:
    from gonogo.assembly.operations import Reading

T = TypeVar("T")
MOST_IN_FLIGHT = 64
"""Of a server; a command may ask for more, and gets these."""


async def followed(
    client: Client,
    path: str,
    body: object,
    shape: type[T],
    show: Callable[[Reading], None] | None = None,
) -> T:
    """Start a piece of work and wait for its result.

    Args:
        body: an archive, or what is sent as JSON.
        show: called with each progress that the server tells.

    Raises:
        GonogoError: as the server refused or failed.
        Unreachable: it was stopped there, or the stream broke.
    """
    archive = isinstance(body, bytes)
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    kind = "application/x-tar" if archive else "application/json"
    async for name, data in client.events(path, content, kind=kind):
        operation = msgspec.json.decode(data, type=OperationPage)
        if operation.progress is not None and show is not None:
            show(operation.progress)
        if name == "done":
            return msgspec.convert(operation.result, shape)
        if operation.error is not None:
            raise refusal(operation.error)
        if name == "cancelled":
            raise Unreachable(f"{client.shown} was told to stop this: what was finished is kept")
    raise Unreachable(f"{client.shown} ended the stream before the work was done: ask again")


def run_asked(options: RunOptions) -> dict[str, object]:
    """How golden tasks are to be run, as it is sent."""
    return {
        "concurrency": in_flight(options.concurrency),
        "repeats": options.repeats,
        "seed": options.seed,
        "fresh": options.fresh,
        "max_cost": options.cap.max_cost if options.cap else None,
        "max_tokens": options.cap.max_tokens if options.cap else None,
    }


def in_flight(concurrency: int | None) -> int | None:
    """As many as a server takes."""
    return None if concurrency is None else min(concurrency, MOST_IN_FLIGHT)


def run_shown(options: RunOptions) -> Callable[[Reading], None] | None:
    """Progress of golden tasks, brought to who asked for it."""
    told = options.progress
    return None if told is None else lambda reading: told(_progress(reading))


def _progress(reading: Reading) -> Progress:
    return Progress(
        label=reading.label,
        done=reading.done,
        total=reading.total,
        passed=reading.passed or 0,
        failed=reading.failed or 0,
        errors=reading.errors or 0,
        remaining=reading.remaining,
    )
