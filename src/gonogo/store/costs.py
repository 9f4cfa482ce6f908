"""Costs in SQL: Traces added up by day, tenant, Mission, Version, key and model.

Traces are added up when somebody asks, those since the last time: no request waits for it, a sum costs the same however
many Traces there are, and it stands when Traces are deleted. How far it has come is kept in the same transaction, so no
Trace is counted twice. Here: rows. Not here: what is shown of them (``assembly.cost``).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from gonogo.domain import Consumption, CostCell, ModelCall, Usage, day_of, nanos
from gonogo.store.sql import Connection, Role

AT_ONCE = 2000
"""Traces added up in one transaction: others may write in between."""
FORMAT = 1
USAGE = {name: "cached_input" if name == "cached" else name for name in Usage.__struct_fields__ if name != "estimated"}
"""Field of a Usage -> its column."""
COUNTS = ("requests", "cached", "estimated", "spent", "unpriced", "cpu", "wall")
KEY = ("tenant", "day", "mission", "version", "key", "model")
_SUMS = (*COUNTS, *USAGE.values())
_ALL = (*KEY, *_SUMS)
_ADD = (
    f"INSERT INTO costs ({', '.join(_ALL)}, format) VALUES ({', '.join('?' * len(_ALL))}, {FORMAT}) "
    f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET "
    f"{', '.join(f'{name} = costs.{name} + excluded.{name}' for name in _SUMS)}"
)


class Counted(Struct):
    """Of a stored Trace, what is added up; everything else is not even read."""

    created_at: float
    mission: str
    version: int
    outcome: str
    tenant: str = "default"
    key_id: str = ""
    calls: tuple[ModelCall, ...] = ()
    cpu: float = 0.0
    wall: float = 0.0
    foreign: bool = False


_counted = msgspec.json.Decoder(Counted).decode


class SqlCosts(Role):
    """The costs of ``Ledger`` in SQL."""

    async def costs(self, since: str = "") -> list[CostCell]:
        """Every cell from a UTC day on, by day, tenant, Mission, Version, key and model."""
        while await self.database.write(_add_up) == AT_ONCE:
            pass
        query = f"SELECT {', '.join(_ALL)} FROM costs WHERE day >= ? ORDER BY day, {', '.join(KEY)}"

        def work(connection: Connection) -> list[CostCell]:
            return [_cell(row) for row in connection.execute(query, (since,))]

        return await self.database.read(work)


def _add_up(connection: Connection) -> int:
    """Add the next Traces; gives how many there were."""
    [(last,)] = connection.execute("SELECT seq FROM costs_counted")
    query = "SELECT seq, body FROM traces WHERE seq > ? ORDER BY seq LIMIT ?"
    cells: dict[tuple[object, ...], Consumption] = {}
    count = 0
    for seq, body in connection.execute(query, (last, AT_ONCE)):
        for key, took in _parts(_counted(body)):
            cells[key] = cells[key] + took if key in cells else took
        last, count = seq, count + 1
    connection.executemany(_ADD, (_row(key, took) for key, took in cells.items()))
    connection.execute("UPDATE costs_counted SET seq = ?", (last,))
    return count


def _parts(trace: Counted) -> Iterable[tuple[tuple[object, ...], Consumption]]:
    """The request itself, and each of its calls; nothing of what another program said of itself."""
    if trace.foreign:
        return
    names = [f"{call.provider}/{call.model}" for call in trace.calls]
    about = (trace.tenant, day_of(trace.created_at), trace.mission, trace.version, trace.key_id)
    request = Consumption(requests=1, cached=trace.outcome == "cached", cpu=trace.cpu, wall=trace.wall)
    yield (*about, names[-1] if names else ""), request
    for name, call in zip(names, trace.calls, strict=True):
        took = Consumption(
            usage=call.usage,
            estimated=call.usage.estimated,
            spent=nanos(call.cost or 0.0),
            unpriced=call.cost is None,
        )
        yield (*about, name), took


def _row(key: tuple[object, ...], took: Consumption) -> tuple[object, ...]:
    counts = (int(took.requests), int(took.cached), int(took.estimated), took.spent, int(took.unpriced))
    return (*key, *counts, took.cpu, took.wall, *(getattr(took.usage, name) for name in USAGE))


def _cell(row: tuple[object, ...]) -> CostCell:
    about = dict(zip(KEY, row, strict=False))
    counts = dict(zip(COUNTS, row[len(KEY) :], strict=False))
    usage = dict(zip(USAGE, row[len(KEY) + len(COUNTS) :], strict=True))
    counted = Usage(**usage, estimated=bool(counts["estimated"]))  # type: ignore[arg-type]
    return CostCell(**about, took=Consumption(**counts, usage=counted))  # type: ignore[arg-type]
