"""Operations: long work as it is told: an object to ask for again, or a stream of events.

Here: the shape, who may see one, server-sent events. Not here: running them (``assembly.operations``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from msgspec import Struct, structs

from gonogo.assembly.operations import Kind, Operation, Reading, State, Work
from gonogo.assembly.paying import Payer
from gonogo.contracts import Caller
from gonogo.domain import OperationRow
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


def page_of_row(row: OperationRow) -> OperationPage:
    """One of another process, as that told it last."""
    page = msgspec.json.decode(row.body, type=OperationPage)
    return structs.replace(page, state="interrupted") if row.state == "interrupted" else page


def _told(operation: Operation) -> bytes:
    return msgspec.json.encode(page_of(operation))


async def begin(call: Call[Any, Any], kind: Kind, work: Work) -> OperationPage | AsyncIterator[bytes]:
    """Start it: to be polled, or as a stream where the caller takes events. A stream that is left stops the work, as
    Ctrl-C does at a shell.

    Raises:
        TooMany: as many run as may.
        StoreBusy: it cannot be noted in the store, so that other workers could not tell of it.
    """
    caller = call.caller
    made = call.workspace.operations.start(kind, work, author=call.author, key_id=caller.key_id, tenant=caller.tenant)
    await call.workspace.operations.keep(made, _told)
    if not takes_events(call):
        return page_of(made)
    return _events(call, made, stops=True)


def payer_of(call: Call[Any, Any], *, patience: float = PATIENCE) -> Payer:
    """The key that started long work pays for the models it asks."""
    return Payer(call.workspace, call.serving, call.caller, patience=patience)


def takes_events(call: Call[Any, Any]) -> bool:
    """Whether the caller asked for a stream."""
    return "text/event-stream" in call.http.headers.get("accept", "")


def _visible(caller: Caller) -> Callable[[Operation | OperationRow], bool]:
    """Who started it, and an admin of its tenant for all Missions; without any key on this machine, whoever asks."""
    every = caller.role == "admin" and not caller.missions
    return lambda one: not caller.key_id or (one.tenant == caller.tenant and (every or one.key_id == caller.key_id))


async def _found(call: Call[Any, Any]) -> Operation | OperationRow:
    wanted, operations = call.values["id"], call.workspace.operations
    found = operations.here(wanted) or await operations.elsewhere(wanted)
    if not _visible(call.caller)(found):
        raise NotFound(f"there is no operation {call.values['id']} of this key")
    return found


async def _list(call: Call[Listing, None]) -> Page[OperationPage]:
    operations = call.workspace.operations
    found = await page(
        operations.listed, lambda one: one.id, limit=call.query.limit, cursor=call.query.cursor,
        visible=_visible(call.caller),
    )  # fmt: skip
    # Of its own this process knows more than it has noted.
    items = ((operations.here(row.id), row) for row in found.items)
    return Page(items=tuple(page_of_row(row) if own is None else page_of(own) for own, row in items), next=found.next)


async def _show(call: Call[NoQuery, None]) -> OperationPage | AsyncIterator[bytes]:
    found = await _found(call)
    if isinstance(found, OperationRow):
        return _events_elsewhere(call, found) if takes_events(call) else page_of_row(found)
    return _events(call, found, stops=False) if takes_events(call) else page_of(found)


async def _cancel(call: Call[NoQuery, None]) -> OperationPage:
    found, operations = await _found(call), call.workspace.operations
    if isinstance(found, OperationRow):
        return page_of_row(await operations.stop_elsewhere(found) if found.state == "running" else found)
    await operations.cancel(found)
    return page_of(found)


async def _events_elsewhere(call: Call[Any, Any], row: OperationRow) -> AsyncIterator[bytes]:
    """As ``_events``, of one that runs in another process."""
    clock, told = call.workspace.clock, b""
    said_at = clock.monotonic()
    async for seen in call.workspace.operations.watch_elsewhere(row):
        event = _event(page_of_row(seen))
        if event == told and clock.monotonic() - said_at < ALIVE_EVERY:
            continue
        yield b": working\n\n" if event == told else event
        told, said_at = event, clock.monotonic()


def _event(shown: OperationPage) -> bytes:
    name = "progress" if shown.state == "running" else shown.state
    return f"event: {name}\ndata: ".encode() + msgspec.json.encode(shown) + b"\n\n"


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
            yield _event(page_of(operation))
            following = asyncio.ensure_future(anext(changes, None))
    finally:
        following.cancel()
        await asyncio.wait({following})
        if stops:
            await call.workspace.operations.cancel(operation)


OPERATIONS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/operations", name="listOperations",
        summary="Builds, evaluations and other long work that this key started, newest first.",
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
