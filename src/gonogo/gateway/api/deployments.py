"""Deployments: what is live where, how it came about, and moving the pointer.

Here: status, history, deploy, roll back, with ``If-Match`` on the Environment's revision. Not here: the gate
(``deployments``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.access import may
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import Deployment
from gonogo.errors import NotAllowed, NotFound, RequestInvalid
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.paging import Cursor, Limit, Page, page
from gonogo.gateway.api.versions import named

Words = Annotated[str, Meta(max_length=2000)]


class EnvironmentList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Environments of one Mission, or of all."""

    mission: str | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class HistoryQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes of a Mission's Environments, or of one."""

    mission: Annotated[str, Meta(min_length=1)]
    environment: str | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


class DeployBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``version`` is ``support@7`` or ``support``, its newest. ``override``: why it goes live without GO, for which the
    key must be an admin's; it is shown for ever."""

    version: Annotated[str, Meta(min_length=1)]
    reason: Words = ""
    override: Words | None = None


class RollbackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``to``: number of a Version that was live there before; the one before the present one if left out."""

    to: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    reason: Words = ""


async def _environments(call: Call[EnvironmentList, None]) -> Page[EnvironmentStatus]:
    mission = None if call.query.mission is None else call.for_mission(call.query.mission)

    async def fetch(limit: int) -> list[EnvironmentStatus]:
        return (await call.workspace.deployments.status(mission))[:limit]

    return await page(
        fetch,
        lambda row: f"{row.mission}:{row.environment}",
        limit=call.query.limit,
        cursor=call.query.cursor,
        visible=lambda row: call.caller.may_call(row.mission),
    )


async def _environment(call: Call[NoQuery, None]) -> EnvironmentStatus:
    mission, name = _place(call)
    for row in await call.workspace.deployments.status(mission):
        if row.environment == name:
            return row
    raise NotFound(f"nothing of {mission} is live in {name}: see GET /api/environments")


async def _history(call: Call[HistoryQuery, None]) -> Page[Deployment]:
    mission = call.for_mission(call.query.mission)
    return await page(
        lambda limit: call.workspace.deployments.history(mission, call.query.environment, limit),
        lambda row: row.id,
        limit=call.query.limit,
        cursor=call.query.cursor,
    )


async def _deploy(call: Call[NoQuery, DeployBody]) -> Deployment:
    mission, environment = _place(call)
    overrides = may(call.caller.role, "override")
    if call.body.override is not None and not overrides:
        raise NotAllowed(f"an override of the gate needs role admin, this key has {call.caller.role}")
    version = await named(call, call.body.version)
    if version.mission.name != mission:
        raise RequestInvalid(f"{version.name} is no Version of {mission}", param="version")
    return await call.workspace.deployments.deploy(
        version,
        environment=environment,
        reason=call.body.reason,
        override=call.body.override,
        author=call.author,
        may_override=overrides,
        expected=call.expected,
    )


async def _roll_back(call: Call[NoQuery, RollbackBody]) -> Deployment:
    mission, environment = _place(call)
    return await call.workspace.deployments.roll_back(
        mission,
        environment=environment,
        to=call.body.to,
        reason=call.body.reason,
        author=call.author,
        expected=call.expected,
    )


def _place(call: Call[Any, Any]) -> tuple[str, str]:
    name = call.values["environment"]
    if not name or len(name) > 100 or not name.isprintable() or ":" in name or "@" in name:
        raise RequestInvalid(f"{name[:100]!a} is no name of an Environment", param="environment")
    return call.for_mission(call.values["mission"]), name


def _revision(row: Deployment | EnvironmentStatus) -> str:
    return f'"{row.revision}"'


DEPLOYMENTS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/environments", name="listEnvironments",
        summary="What is live where, since when, by whom, on what proof.",
        action="look", handler=_environments, query=EnvironmentList, reply=Page[EnvironmentStatus],
    ),
    Endpoint(
        method="GET", path="/api/environments/{mission}/{environment}", name="showEnvironment",
        summary="What is live there; its ETag is the revision that If-Match takes.",
        action="look", handler=_environment, reply=EnvironmentStatus, etag=_revision,
    ),
    Endpoint(
        method="POST", path="/api/environments/{mission}/{environment}/deployments", name="deploy",
        summary="Make a Version live there; refused without a GO for exactly it against exactly what is live.",
        action="deploy", handler=_deploy, body=DeployBody, reply=Deployment, status=201, etag=_revision,
    ),
    Endpoint(
        method="POST", path="/api/environments/{mission}/{environment}/rollback", name="rollBack",
        summary="Serve again what was live before. The pointer moves; nothing is edited or deleted.",
        action="deploy", handler=_roll_back, body=RollbackBody, reply=Deployment, status=201, etag=_revision,
    ),
    Endpoint(
        method="GET", path="/api/deployments", name="listDeployments",
        summary="Every change of a Mission's Environments, newest first: who, when, why, which Verdict.",
        action="look", handler=_history, query=HistoryQuery, reply=Page[Deployment],
    ),
)  # fmt: skip
