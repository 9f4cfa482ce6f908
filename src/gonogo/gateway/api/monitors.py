"""Monitors: how what is live fares, what changed, what requests cost, and how budgets stand.

Here: one look at each, and rolling back because of what it shows. Not here: the statistics (``monitoring``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.budgets import BudgetStanding
from gonogo.assembly.cost import CostReport, paid_for
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.contracts import Caller
from gonogo.domain import CostCell
from gonogo.errors import NotAllowed
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.monitoring import WINDOW, MonitorReport

DEFAULT_TENANT = "default"
DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$"


class CostQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``by``: one or more of mission, version, model, key, tenant, day, with commas; ``since``: the first UTC day."""

    mission: str | None = None
    by: Annotated[str, Meta(pattern="^[a-z,]{1,60}$")] = "mission"
    since: Annotated[str, Meta(pattern=DAY)] = ""


class BudgetQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``day``: in UTC, as 2026-11-26; today if left out."""

    day: Annotated[str, Meta(pattern=DAY)] = ""


class Budgets(Struct, frozen=True, kw_only=True):
    """Every budget that the key may see."""

    items: tuple[BudgetStanding, ...]


class MonitorQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``window``: how many Traces rates are over."""

    environment: str = DEFAULT_ENVIRONMENT
    window: Annotated[int, Meta(ge=1, le=10_000)] = WINDOW


class RollBackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``window``: how many Traces rates are over."""

    environment: str = DEFAULT_ENVIRONMENT
    window: Annotated[int, Meta(ge=1, le=10_000)] = WINDOW


async def _monitor(call: Call[MonitorQuery, None]) -> MonitorReport:
    mission = call.for_mission(call.values["mission"])
    if call.caller.tenant != DEFAULT_TENANT:
        # Its rates, topics and examples are over everybody's requests.
        raise NotAllowed(f"monitors are over all tenants: ask with a key of tenant {DEFAULT_TENANT}")
    return await call.workspace.watch.monitor(mission, environment=call.query.environment, window=call.query.window)


async def _roll_back(call: Call[NoQuery, RollBackBody]) -> MonitorReport:
    mission = call.for_mission(call.values["mission"])
    if call.caller.tenant != DEFAULT_TENANT:
        raise NotAllowed(f"monitors are over all tenants: ask with a key of tenant {DEFAULT_TENANT}")
    return await call.workspace.watch.monitor(
        mission, environment=call.body.environment, window=call.body.window, roll_back=True
    )


async def _costs(call: Call[CostQuery, None]) -> CostReport:
    mission = None if call.query.mission is None else call.for_mission(call.query.mission)
    caller = call.caller

    def visible(cell: CostCell) -> bool:
        return not caller.key_id or (cell.tenant == caller.tenant and caller.may_call(paid_for(cell)))

    return await call.workspace.watch.cost(
        mission, by=tuple(call.query.by.split(",")), since=call.query.since, visible=visible
    )


async def _budgets(call: Call[BudgetQuery, None]) -> Budgets:
    caller = call.caller
    rows = await call.workspace.watch.budgets(call.query.day)
    if caller.key_id:
        mine = {key.id for key in await call.workspace.keys.list() if key.tenant == caller.tenant}
        rows = [row for row in rows if _may_see(caller, row, mine)]
    return Budgets(items=tuple(rows))


def _may_see(caller: Caller, row: BudgetStanding, keys: set[str]) -> bool:
    if row.scope == "key":
        return row.name in keys and (not caller.missions or row.name == caller.key_id)
    if row.scope == "mission":
        return caller.tenant == DEFAULT_TENANT and caller.may_call(row.name)
    everybody = row.scope == "all" and caller.tenant == DEFAULT_TENANT
    return not caller.missions and (everybody or (row.scope == "tenant" and row.name == caller.tenant))


MONITORS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/monitors/{mission}", name="monitor",
        summary="Rates with intervals, tokens, cost, drift and the alerts that stand.",
        action="see_costs", handler=_monitor, query=MonitorQuery, reply=MonitorReport,
    ),
    Endpoint(
        method="POST", path="/api/monitors/{mission}/rollback", name="monitorAndRollBack",
        summary="The same, and roll back where an alert stands that the Mission says to roll back on.",
        action="deploy", handler=_roll_back, body=RollBackBody, reply=MonitorReport,
    ),
    Endpoint(
        method="GET", path="/api/costs", name="costs",
        summary="What requests took: tokens by kind, dollars, CPU; and what training took.",
        action="see_costs", handler=_costs, query=CostQuery, reply=CostReport,
    ),
    Endpoint(
        method="GET", path="/api/budgets", name="budgets", summary="How the budgets of a day stand.",
        action="see_costs", handler=_budgets, query=BudgetQuery, reply=Budgets,
    ),
)  # fmt: skip
