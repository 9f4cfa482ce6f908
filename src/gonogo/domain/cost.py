"""CostCell: what requests took on one day, for one tenant, Mission, Version, key and model.

Here: the noun and its sum. Not here: adding Traces up (``store``), choosing what to show (``assembly.cost``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.domain.usage import NO_USAGE, Usage


class Consumption(Struct, frozen=True, kw_only=True):
    """What a number of requests took. ``spent`` in billionths of a dollar, of calls whose price is known; ``unpriced``
    counts the others. ``estimated`` calls reported no tokens, so ours are an estimate. ``cpu`` in seconds of our own
    process, ``wall`` in seconds from question to last word. ``cached``: answers that were repeated."""

    requests: int = 0
    cached: int = 0
    usage: Usage = NO_USAGE
    estimated: int = 0
    spent: int = 0
    unpriced: int = 0
    cpu: float = 0.0
    wall: float = 0.0

    def __add__(self, other: Consumption) -> Consumption:
        return Consumption(
            requests=self.requests + other.requests,
            cached=self.cached + other.cached,
            usage=self.usage + other.usage,
            estimated=self.estimated + other.estimated,
            spent=self.spent + other.spent,
            unpriced=self.unpriced + other.unpriced,
            cpu=self.cpu + other.cpu,
            wall=self.wall + other.wall,
        )


NOTHING = Consumption()


class CostCell(Struct, frozen=True, kw_only=True):
    """``day`` in UTC; ``key`` is the id of a key, empty for a local caller; ``model`` is ``provider/model``, empty
    where none was asked. A request counts, with its CPU, under the model asked last; tokens count under their own."""

    day: str
    tenant: str
    mission: str
    version: int
    key: str
    model: str
    took: Consumption = NOTHING
