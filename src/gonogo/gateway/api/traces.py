"""Traces: listing, reading, judging and explaining them.

Here: which a caller may see: its own tenant's, of Missions its key is for. Not here: recording them (``pipeline``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gonogo.contracts import Caller
from gonogo.domain import Annotation, Trace
from gonogo.errors import NotFound, RequestInvalid
from gonogo.evaluation import Diagnosis
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.paging import Cursor, Limit, Page, cursor_of, page, read_cursor
from gonogo.gateway.api.versions import Listing

Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]


class TraceList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which Traces; what is left out is open."""

    mission: str | None = None
    version: Number | None = None
    environment: str | None = None
    session: str | None = None
    outcome: Literal["answered", "cached", "refused", "failed", "aborted"] | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class AnnotationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's judgement: 0 no, 1 yes, of ``toxicity``, ``faithfulness`` or another metric."""

    metric: Annotated[str, Meta(min_length=1, max_length=100)]
    value: Annotated[float, Meta(ge=0, le=1)]
    note: Annotated[str, Meta(max_length=10_000)] = ""


def may_see(caller: Caller, trace: Trace) -> bool:
    """Its own tenant's, of a Mission that its key is for; or, without any key on this machine, everybody's."""
    return not caller.key_id or (trace.tenant == caller.tenant and caller.may_call(trace.mission))


async def _list(call: Call[TraceList, None]) -> Page[Trace]:
    asked, caller = call.query, call.caller
    mission = None if asked.mission is None else call.for_mission(asked.mission)
    found = await call.workspace.traces(
        mission,
        version=asked.version,
        environment=asked.environment,
        session=asked.session,
        outcome=asked.outcome,
        tenant=tenant_of(caller),
        missions=caller.missions,
        before=None if asked.cursor is None else _place(asked.cursor),
        limit=asked.limit + 1,
    )
    shown = tuple(found[: asked.limit])
    return Page(items=shown, next=cursor_of(_key(shown[-1])) if len(found) > len(shown) else None)


def _key(trace: Trace) -> str:
    return f"{trace.created_at!r} {trace.id}"


def _place(cursor: str) -> tuple[float, str]:
    when, _, last = read_cursor(cursor).partition(" ")
    try:
        return float(when), last
    except ValueError as error:
        raise RequestInvalid("this is no cursor: take `next` of a page as it is", param="cursor") from error


def tenant_of(caller: Caller) -> str | None:
    """Whose Traces a caller may read; ``None``: everybody's."""
    return caller.tenant if caller.key_id else None


async def _found(call: Call[Any, Any]) -> Trace:
    """The Trace of an id or a beginning; of one that the caller may not see it is not said that it exists."""
    wanted = call.values["id"]
    found = await call.workspace.trace(wanted, tenant_of(call.caller))
    if not may_see(call.caller, found):
        raise NotFound(f"there is no Trace {wanted}; GET /api/traces lists the last ones")
    return found


async def _show(call: Call[NoQuery, None]) -> Trace:
    return await _found(call)


async def _annotations(call: Call[Listing, None]) -> Page[Annotation]:
    found = await _found(call)

    async def fetch(limit: int) -> list[Annotation]:
        return (await call.workspace.store.annotations(found.id))[:limit]

    return await page(
        fetch, lambda one: f"{one.created_at!r} {one.author} {one.metric}",
        limit=call.query.limit, cursor=call.query.cursor,
    )  # fmt: skip


async def _annotate(call: Call[NoQuery, AnnotationBody]) -> Annotation:
    found, said = await _found(call), call.body
    return await call.workspace.watch.annotate(found, said.metric, said.value, note=said.note, author=call.author)


async def _diagnose(call: Call[NoQuery, None]) -> Diagnosis:
    return await call.workspace.watch.diagnose(await _found(call))


TRACES: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/traces", name="listTraces", summary="The last requests, newest first.",
        action="look", handler=_list, query=TraceList, reply=Page[Trace],
    ),
    Endpoint(
        method="GET", path="/api/traces/{id}", name="showTrace",
        summary="One request as it ran: steps, chunks, findings, tokens, cost.",
        action="look", handler=_show, reply=Trace,
    ),
    Endpoint(
        method="GET", path="/api/traces/{id}/annotations", name="listAnnotations",
        summary="What people said of an answer, oldest first.",
        action="look", handler=_annotations, query=Listing, reply=Page[Annotation],
    ),
    Endpoint(
        method="POST", path="/api/traces/{id}/annotations", name="annotate",
        summary="Say what one thinks of an answer.",
        action="annotate", handler=_annotate, body=AnnotationBody, reply=Annotation, status=201,
    ),
    Endpoint(
        method="GET", path="/api/traces/{id}/diagnosis", name="diagnose",
        summary="Why an answer was bad, and which file to edit.",
        action="build", handler=_diagnose, reply=Diagnosis,
    ),
)  # fmt: skip
