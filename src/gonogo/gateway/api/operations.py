"""Operations: long work as it is told: an object to ask for again, or a stream of events.

Here: the shape, who may see one, server-sent events. Not here: running them (``assembly.operations``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from msgspec import Struct

from gonogo.assembly.operations import Kind, Operation, Reading, State, Work
from gonogo.assembly.paying import Payer
from gonogo.contracts import Caller
from gonogo.errors import NotFound
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.faults import Fault, fault_of
from gonogo.gateway.api.paging import Page, page
from gonogo.gateway.api.versions import Listing

PATIENCE = 600.0
"""Seconds that a call of a model waits for a limit of its key."""
ALIVE_EVERY = 15.0
"""Seconds after which a stream says that it still is one, so that no proxy ends it."""


class OperationPage(Struct, frozen=True, kw_only=True):
    """A piece of long work. ``result`` once it is done, ``error`` once it has failed. Times in seconds since 1970.

    ``result`` is what the endpoint that started it makes: a built Version, a Verdict, ...
    """

    id: str
    kind: Kind
    state: State
    author: str
    started_at: float
    finished_at: float | None = None
    progress: Reading | None = None
    result: Any = None
    error: Fault | None = None


def page_of(operation: Operation) -> OperationPage:
    """As it is told."""
    return OperationPage(
        id=operation.id,
        kind=operation.kind,
        state=operation.state,
        author=operation.author,
        started_at=operation.started_at,
        finished_at=operation.finished_at,
        progress=operation.progress,
        result=operation.result,
        error=None if operation.error is None else fault_of(operation.error),
    )


def begin(call: Call[Any, Any], kind: Kind, work: Work) -> OperationPage | AsyncIterator[bytes]:
    """Start it: to be polled, or as a stream where the caller takes events. A stream that is left stops the work, as
    Ctrl-C does at a shell.

    Raises:
        TooMany: as many run as may.
    """
    caller = call.caller
    made = call.workspace.operations.start(kind, work, author=call.author, key_id=caller.key_id, tenant=caller.tenant)
    if not takes_events(call):
        return page_of(made)
    return _events(call, made, stops=True)


def payer_of(call: Call[Any, Any], *, patience: float = PATIENCE) -> Payer:
    """The key that started long work pays for the models it asks."""
    return Payer(call.workspace, call.serving, call.caller, patience=patience)


def takes_events(call: Call[Any, Any]) -> bool:
    """Whether the caller asked for a stream."""
    return "text/event-stream" in call.http.headers.get("accept", "")


def _visible(caller: Caller) -> Callable[[Operation], bool]:
    """Who started it, and an admin of its tenant for all Missions; without any key on this machine, whoever asks."""
    every = caller.role == "admin" and not caller.missions
    return lambda one: not caller.key_id or (one.tenant == caller.tenant and (every or one.key_id == caller.key_id))


def _found(call: Call[Any, Any]) -> Operation:
    found = call.workspace.operations.get(call.values["id"])
    if not _visible(call.caller)(found):
        raise NotFound(f"there is no operation {call.values['id']} of this key")
    return found


async def _list(call: Call[Listing, None]) -> Page[OperationPage]:
    async def fetch(limit: int) -> list[Operation]:
        return call.workspace.operations.all()[:limit]

    found = await page(
        fetch, lambda one: one.id, limit=call.query.limit, cursor=call.query.cursor, visible=_visible(call.caller)
    )
    return Page(items=tuple(map(page_of, found.items)), next=found.next)


async def _show(call: Call[NoQuery, None]) -> OperationPage | AsyncIterator[bytes]:
    found = _found(call)
    return _events(call, found, stops=False) if takes_events(call) else page_of(found)


async def _cancel(call: Call[NoQuery, None]) -> OperationPage:
    found = _found(call)
    await call.workspace.operations.cancel(found)
    return page_of(found)


async def _events(call: Call[Any, Any], operation: Operation, *, stops: bool) -> AsyncIterator[bytes]:
    """``progress`` events, then one that is named after the state it ended in."""
    changes = call.workspace.operations.watch(operation)
    try:
        following = asyncio.ensure_future(anext(changes, None))
        while True:
            await asyncio.wait({following}, timeout=ALIVE_EVERY)
            if not following.done():
                yield b": working\n\n"
                continue
            if following.result() is None:
                return
            name = "progress" if operation.state == "running" else operation.state
            yield f"event: {name}\ndata: ".encode() + msgspec.json.encode(page_of(operation)) + b"\n\n"
            following = asyncio.ensure_future(anext(changes, None))
    finally:
        following.cancel()
        await asyncio.wait({following})
        if stops:
            await call.workspace.operations.cancel(operation)


OPERATIONS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/operations", name="listOperations",
        summary="Builds, evaluations and other long work that this key started in this process, newest first.",
        action="build", handler=_list, query=Listing, reply=Page[OperationPage],
    ),
    Endpoint(
        method="GET", path="/api/operations/{id}", name="showOperation",
        summary="How far it is, or how it ended; with `Accept: text/event-stream` as it goes.",
        action="build", handler=_show, reply=OperationPage, streams=True,
    ),
    Endpoint(
        method="DELETE", path="/api/operations/{id}", name="cancelOperation",
        summary="Stop it; what it has finished stays.",
        action="build", handler=_cancel, reply=OperationPage,
    ),
)  # fmt: skip
