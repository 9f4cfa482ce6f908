"""Remote watching: the verbs of ``assembly.watching`` on a server.

Here: asking. Not here: Traces themselves (``workspace``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gonogo.assembly.budgets import BudgetStanding
from gonogo.assembly.cost import CostReport
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.refusals import Offered
from gonogo.domain import Annotation, Trace
from gonogo.evaluation import Diagnosis
from gonogo.gateway.api.monitors import Budgets
from gonogo.monitoring import WINDOW, MonitorReport

if TYPE_CHECKING:
    from gonogo.monitoring import SignalMemory


class RemoteWatch(Offered):
    """What a server's Traces say."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def annotate(self, trace: Trace, metric: str, value: float, *, note: str = "") -> Annotation:
        """Keep a judgement of a Trace."""
        path = f"/api/traces/{segment(trace.id)}/annotations"
        return await self._client.send("POST", path, Annotation, {"metric": metric, "value": value, "note": note})

    async def diagnose(self, trace: Trace) -> Diagnosis:
        """Why an answer was bad."""
        return await self._client.get(f"/api/traces/{segment(trace.id)}/diagnosis", Diagnosis)

    async def monitor(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        window: int = WINDOW,
        roll_back: bool = False,
        memory: SignalMemory | None = None,
    ) -> MonitorReport:
        """How what is live fares."""
        if roll_back:
            asked = {"environment": environment, "window": window}
            return await self._client.send("POST", f"/api/monitors/{segment(mission)}/rollback", MonitorReport, asked)
        return await self._client.get(
            f"/api/monitors/{segment(mission)}", MonitorReport, environment=environment, window=window
        )

    async def cost(
        self, mission: str | None = None, *, by: Sequence[str] = ("mission",), since: str = ""
    ) -> CostReport:
        """What requests took."""
        return await self._client.get("/api/costs", CostReport, mission=mission, by=",".join(by), since=since or None)

    async def budgets(self, day: str = "") -> list[BudgetStanding]:
        """How budgets stand."""
        return list((await self._client.get("/api/budgets", Budgets, day=day or None)).items)
