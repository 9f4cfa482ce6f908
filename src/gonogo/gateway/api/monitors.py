"""Monitors: how what is live fares, and what changed.

Here: one look. Not here: the statistics (``monitoring``), rolling back because of them (``monitor --roll-back``).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.errors import NotAllowed
from gonogo.gateway.api.endpoint import Call, Endpoint
from gonogo.monitoring import WINDOW, MonitorReport

DEFAULT_TENANT = "default"


class MonitorQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``window``: how many Traces rates are over."""

    environment: str = DEFAULT_ENVIRONMENT
    window: Annotated[int, Meta(ge=1, le=10_000)] = WINDOW


async def _monitor(call: Call[MonitorQuery, None]) -> MonitorReport:
    mission = call.for_mission(call.values["mission"])
    if call.caller.tenant != DEFAULT_TENANT:
        # Its rates, topics and examples are over everybody's requests.
        raise NotAllowed(f"monitors are over all tenants: ask with a key of tenant {DEFAULT_TENANT}")
    return await call.workspace.monitor(mission, environment=call.query.environment, window=call.query.window)


MONITORS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/monitors/{mission}", name="monitor",
        summary="Rates with intervals, tokens, cost, drift and the alerts that stand.",
        action="see_costs", handler=_monitor, query=MonitorQuery, reply=MonitorReport,
    ),
)  # fmt: skip
