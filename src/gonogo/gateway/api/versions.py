"""Versions, parts, differences, golden tasks.

Here: reading them. Not here: building (``builds``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.reference import parse_reference
from gonogo.assembly.version_rows import PartRow, VersionRow
from gonogo.building import VersionDiff
from gonogo.domain import PART_NAMES, GoldenTask, Version
from gonogo.errors import NotFound
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.paging import Cursor, Limit, Page, page


class MissionList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``GET /api/versions`` takes."""

    mission: str | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class Listing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list of everything."""

    limit: Limit = 100
    cursor: Cursor | None = None


class DiffQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two Versions: ``support@6``, ``support`` (its newest) or ``support:staging`` (what is live there)."""

    old: Annotated[str, Meta(min_length=1)]
    new: Annotated[str, Meta(min_length=1)]


class Understood(Struct, frozen=True, kw_only=True):
    """A sentence of the system prompt, and the instruction that the built-in models read in it."""

    instruction: str
    sentence: str


class VersionPage(Struct, frozen=True, kw_only=True):
    """One Version whole, with what the built-in models understood of its prompt."""

    name: str
    version: Version
    understood: tuple[Understood, ...] = ()
    not_understood: tuple[str, ...] = ()


async def named(call: Call[Any, Any], name: str) -> Version:
    """The Version that a name means, when the key is for its Mission."""
    call.for_mission(parse_reference(name).mission)
    return await call.workspace.version(name)


async def _missions(call: Call[Listing, None]) -> Page[str]:
    async def fetch(limit: int) -> list[str]:
        return (await call.workspace.store.missions())[:limit]

    return await page(fetch, str, limit=call.query.limit, cursor=call.query.cursor, visible=call.caller.may_call)


async def _versions(call: Call[MissionList, None]) -> Page[VersionRow]:
    mission = None if call.query.mission is None else call.for_mission(call.query.mission)
    return await page(
        lambda limit: call.workspace.versions.rows(mission, limit),
        lambda row: row.version,
        limit=call.query.limit,
        cursor=call.query.cursor,
        visible=lambda row: call.caller.may_call(row.mission),
    )


async def _version(call: Call[NoQuery, None]) -> VersionPage:
    found = await named(call, call.values["name"])
    understood, ignored = await call.workspace.versions.understood(found)
    return VersionPage(
        name=found.name,
        version=found,
        understood=tuple(Understood(instruction=name, sentence=sentence) for name, sentence in understood),
        not_understood=tuple(ignored),
    )


async def _golden(call: Call[Listing, None]) -> Page[GoldenTask]:
    found = await named(call, call.values["name"])

    async def fetch(limit: int) -> list[GoldenTask]:
        return list(found.mission.golden[:limit])

    return await page(fetch, lambda task: task.id, limit=call.query.limit, cursor=call.query.cursor)


async def _diff(call: Call[DiffQuery, None]) -> VersionDiff:
    for name in (call.query.old, call.query.new):
        call.for_mission(parse_reference(name).mission)
    return await call.workspace.versions.diff(call.query.old, call.query.new)


async def _part(call: Call[Listing, None]) -> Page[PartRow]:
    mission, part = call.for_mission(call.values["mission"]), call.values["part"]
    if part not in PART_NAMES:
        raise NotFound(f"there is no part '{part}': parts are {', '.join(PART_NAMES)}")

    async def fetch(limit: int) -> list[PartRow]:
        return (await call.workspace.versions.part_history(mission, part))[:limit]

    return await page(fetch, lambda row: str(row.first_version), limit=call.query.limit, cursor=call.query.cursor)


VERSIONS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/missions", name="listMissions", summary="Names of the Missions.",
        action="look", handler=_missions, query=Listing, reply=Page[str],
    ),
    Endpoint(
        method="GET", path="/api/missions/{mission}/parts/{part}", name="partHistory",
        summary="The states a part has had, newest first.",
        action="look", handler=_part, query=Listing, reply=Page[PartRow],
    ),
    Endpoint(
        method="GET", path="/api/versions", name="listVersions",
        summary="Versions, newest first, with what each changed and its newest Verdict.",
        action="look", handler=_versions, query=MissionList, reply=Page[VersionRow],
    ),
    Endpoint(
        method="GET", path="/api/versions/{name}", name="showVersion",
        summary="One Version: `support@7`, `support` (the newest) or `support:staging` (what is live there).",
        action="look", handler=_version, reply=VersionPage,
    ),
    Endpoint(
        method="GET", path="/api/versions/{name}/golden", name="listGolden", summary="Golden tasks of a Version.",
        action="look", handler=_golden, query=Listing, reply=Page[GoldenTask],
    ),
    Endpoint(
        method="GET", path="/api/diff", name="diffVersions",
        summary="What differs between two Versions: words, chunks, values, golden tasks.",
        action="look", handler=_diff, query=DiffQuery, reply=VersionDiff,
    ),
)  # fmt: skip
