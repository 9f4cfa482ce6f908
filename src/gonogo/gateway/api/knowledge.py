"""Knowledge: what two Versions know, and why a search found what it found.

Here: the verbs of ``assembly.knowledge`` that need no folder. Not here: those that do (``folders``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.knowledge import KnowledgeDiff, SearchReport
from gonogo.assembly.knowledge_gc import KEPT_VERSIONS, Collected
from gonogo.assembly.reference import parse_reference
from gonogo.errors import NotAllowed
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.versions import DiffQuery


class SearchBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``version``: ``support@7``, or ``support`` for what is live, else the newest. ``limit``: hits to show, twice what
    a request is answered from if left out. ``tenant``: whose chunks may be found besides everybody's; the key's own."""

    version: Annotated[str, Meta(min_length=1, max_length=300)]
    question: Annotated[str, Meta(min_length=1, max_length=20_000)]
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    tenant: Annotated[str, Meta(max_length=200)] = ""


class CollectBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``keep``: newest Versions of each Mission that stay; without ``apply`` it is only said what would go."""

    keep: Annotated[int, Meta(ge=1, le=1_000_000)] = KEPT_VERSIONS
    apply: bool = False


async def _diff(call: Call[DiffQuery, None]) -> KnowledgeDiff:
    for name in (call.query.old, call.query.new):
        call.for_mission(parse_reference(name).mission)
    return await call.workspace.knowledge.diff(call.query.old, call.query.new)


async def _search(call: Call[NoQuery, SearchBody]) -> SearchReport:
    asked, caller = call.body, call.caller
    call.for_mission(parse_reference(asked.version).mission)
    if caller.key_id and asked.tenant not in ("", caller.tenant):
        raise NotAllowed(f"this key is of tenant {caller.tenant}: it finds no chunks of tenant {asked.tenant}")
    return await call.workspace.knowledge.search(asked.version, asked.question, limit=asked.limit, tenant=asked.tenant)


async def _collect(call: Call[NoQuery, CollectBody]) -> Collected:
    if call.caller.missions:
        raise NotAllowed("this key is for some Missions only: what is dropped is of all")
    return await call.workspace.search_quality.collect(keep=call.body.keep, apply=call.body.apply)


KNOWLEDGE: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/knowledge/diff", name="diffKnowledge",
        summary="What the knowledge of one Version has that another's has not, source by source.",
        action="look", handler=_diff, query=DiffQuery, reply=KnowledgeDiff,
    ),
    Endpoint(
        method="POST", path="/api/knowledge/search", name="searchKnowledge",
        summary="Search as a request to a Version would, and say of each hit what a request would do with it.",
        action="build", handler=_search, body=SearchBody, reply=SearchReport,
    ),
    Endpoint(
        method="POST", path="/api/knowledge/collections", name="collectKnowledge",
        summary="Snapshots, index files, vectors and collections that no kept Version needs: told, or dropped.",
        action="keep_store", handler=_collect, body=CollectBody, reply=Collected,
    ),
)  # fmt: skip
