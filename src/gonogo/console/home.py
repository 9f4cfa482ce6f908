"""Home: what is live where, what waits to go live, what the last requests cost, and the last requests.

Here: collecting. Not here: the words around it (``templates/home.html``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from gonogo.console.drawing import TokenShares, token_shares
from gonogo.console.traces import may_see
from gonogo.contracts import HttpRequest, Store
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import NO_USAGE, Deployment, ModelCall, Trace, Usage, Verdict, Version, total_usage
from gonogo.evaluation.verdicts import newest_verdict

if TYPE_CHECKING:
    from gonogo.assembly import Workspace

TRACES_SUMMED: Final = 200
TRACES_LISTED: Final = 25
CHANGES_LISTED: Final = 5
ADDRESS: Final = "127.0.0.1:8420"
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")


class Waiting(Struct, frozen=True, kw_only=True):
    """The newest Version of a Mission where it is not live, with its newest Verdict."""

    version: Version
    verdict: Verdict | None


class Place(Struct, frozen=True, kw_only=True):
    """One Environment. ``version`` is ``None`` where the store has lost it; ``newer`` was built and is not live."""

    status: EnvironmentStatus
    version: Version | None
    changes: tuple[Deployment, ...]
    newer: Waiting | None


class Spend(Struct, frozen=True, kw_only=True):
    """Model calls of one model, summed. ``cost``: dollars of the calls whose price is known; ``unpriced``: the others.

    ``failed`` counts calls that ended in an error.
    """

    name: str
    model: str
    usage: Usage
    calls: int
    failed: int
    cost: float
    unpriced: int

    @property
    def shares(self) -> TokenShares:
        """Its tokens by kind, to be drawn."""
        return token_shares(self.usage)


class Home(Struct, frozen=True, kw_only=True):
    """The page. ``summed`` is how many Traces ``spends`` is over, ``uncalled`` how many of them asked no model."""

    now: float
    address: str
    missions: tuple[str, ...]
    places: tuple[Place, ...]
    waiting: tuple[Waiting, ...]
    spends: tuple[Spend, ...]
    total: Spend | None
    summed: int
    uncalled: int
    traces: tuple[Trace, ...]


async def gather_home(workspace: Workspace, http: HttpRequest) -> Home:
    """Collect the page at ``/``."""
    store = workspace.store
    missions = [mission for mission in await store.missions() if http.caller.may_call(mission)]
    newest = {mission: await _newest(store, mission) for mission in missions}
    rows = [row for row in await workspace.deployments.status() if http.caller.may_call(row.mission)]
    places = tuple([await _place(store, row, newest.get(row.mission)) for row in rows])
    live = {place.status.mission for place in places}
    tenant = http.caller.tenant if http.caller.key_id else None
    found = await store.traces(tenant=tenant, missions=http.caller.missions, limit=TRACES_SUMMED)
    traces = [trace for trace in found if may_see(http.caller, trace)]
    spends = sum_calls(call for trace in traces for call in trace.calls if not trace.foreign)
    return Home(
        now=workspace.clock.now(),
        address=_address(http),
        missions=tuple(newest),
        places=places,
        waiting=tuple(found for mission, found in newest.items() if found and mission not in live),
        spends=spends,
        total=_total(spends),
        summed=sum(not trace.foreign for trace in traces),
        uncalled=sum(not trace.calls for trace in traces if not trace.foreign),
        traces=tuple(traces[:TRACES_LISTED]),
    )


def sum_calls(calls: Iterable[ModelCall]) -> tuple[Spend, ...]:
    """Calls by the name a Mission gives a model and the model behind it; the dearest, then the busiest, first."""
    grouped: dict[tuple[str, str], list[ModelCall]] = {}
    for call in calls:
        grouped.setdefault((call.name, f"{call.provider}/{call.model}"), []).append(call)
    spends = [_spend(name, model, group) for (name, model), group in grouped.items()]
    return tuple(sorted(spends, key=lambda spend: (-spend.cost, -spend.calls, spend.name, spend.model)))


def _spend(name: str, model: str, calls: list[ModelCall]) -> Spend:
    known = [call.cost for call in calls if call.cost is not None]
    return Spend(
        name=name,
        model=model,
        usage=total_usage(call.usage for call in calls),
        calls=len(calls),
        failed=sum(call.error is not None for call in calls),
        cost=sum(known),
        unpriced=len(calls) - len(known),
    )


def _total(spends: tuple[Spend, ...]) -> Spend | None:
    if len(spends) < 2:
        return None
    return Spend(
        name="all models",
        model="",
        usage=sum((spend.usage for spend in spends), start=NO_USAGE),
        calls=sum(spend.calls for spend in spends),
        failed=sum(spend.failed for spend in spends),
        cost=sum(spend.cost for spend in spends),
        unpriced=sum(spend.unpriced for spend in spends),
    )


async def _newest(store: Store, mission: str) -> Waiting | None:
    versions = await store.versions(mission, limit=1)
    if not versions:
        return None
    return Waiting(version=versions[0], verdict=await newest_verdict(store, mission, versions[0].number))


async def _place(store: Store, row: EnvironmentStatus, newest: Waiting | None) -> Place:
    return Place(
        status=row,
        version=await store.version(row.mission, row.version),
        changes=tuple(await store.deployments(row.mission, row.environment, CHANGES_LISTED)),
        newer=newest if newest and newest.version.number > row.version else None,
    )


def _address(http: HttpRequest) -> str:
    # Shown in a command to be copied, so nothing but a host and a port may stand in it.
    host = http.headers.get("host", "")
    return host if _HOST.fullmatch(host) else ADDRESS
