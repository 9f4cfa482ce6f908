"""Watching: how what is live fares, why an answer was bad, what a person thinks of it, what it all took.

Here: joining the store and the Components to the work. Not here: the work (``monitoring``, ``evaluation``), rows
(``cost``, ``budgets``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gonogo.assembly.budgets import BudgetStanding, standings
from gonogo.assembly.cost import CostReport, paid_for
from gonogo.assembly.cost import report as cost_report
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.domain import Annotation, CostCell, Deployment, Trace, day_of
from gonogo.evaluation import Diagnosis, diagnose
from gonogo.metrics import is_refusal
from gonogo.monitoring import WINDOW, MonitorReport, SignalMemory, watch_once
from gonogo.training.promote import WHOLE_HISTORY

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


class WatchVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def monitor(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        window: int = WINDOW,
        roll_back: bool = False,
        memory: SignalMemory | None = None,
    ) -> MonitorReport:
        """Rates, drift and alerts of what is live; ``roll_back`` acts on alerts that the Mission says roll back.

        Raises:
            NotFound: no such Mission.
        """
        await self._workspace.known(mission)

        async def back(to: int, reason: str) -> Deployment:
            return await self._workspace.deployments.roll_back(mission, environment=environment, to=to, reason=reason)

        return await watch_once(
            self._workspace.store,
            mission,
            environment,
            reader=self._workspace.installed.reader,
            is_refusal=is_refusal,
            clock=self._workspace.clock,
            window=window,
            memory=memory,
            roll_back=back if roll_back else None,
        )

    async def annotate(
        self, trace: Trace, metric: str, value: float, *, note: str = "", author: str | None = None
    ) -> Annotation:
        """Keep a person's judgement of a Trace, 0..1.

        Args:
            author: who, where it is not the one of the settings.

        Raises:
            BadInput: a value outside 0..1, or no metric.
        """
        from gonogo.assembly.classifier_traffic import annotate  # late, as `installed`

        return await annotate(
            self._workspace.store,
            trace,
            metric,
            value,
            author or self._workspace.settings.author,
            self._workspace.clock,
            note=note,
        )

    async def diagnose(self, trace: Trace) -> Diagnosis:
        """Why an answer was bad, with the Components it ran on."""
        version = await self._workspace.version(f"{trace.mission}@{trace.version}")
        parts = await self._workspace.components(version)
        return await asyncio.to_thread(diagnose, trace, version, parts)

    async def cost(
        self,
        mission: str | None = None,
        *,
        by: Sequence[str] = ("mission",),
        since: str = "",
        visible: Callable[[CostCell], bool] = lambda cell: True,
    ) -> CostReport:
        """What requests took, and what training took.

        Args:
            mission: of one Mission only; ``None``: of all.
            by: ``mission``, ``version``, ``model``, ``key``, ``tenant``, ``day``; several for finer groups.
            since: the first UTC day, ``2026-11-26``; empty: ever.
            visible: whether somebody who asks may see it.

        Raises:
            NotFound: no such Mission.
            BadInput: no such grouping.
        """
        cells = [
            cell
            for cell in await self._workspace.store.costs(since)
            if mission in (None, paid_for(cell)) and visible(cell)
        ]
        if mission is not None and not cells:
            await self._workspace.known(
                mission
            )  # Traces that came from elsewhere may be of a Mission that was never built here
        cards = await self._workspace.store.classifiers(limit=WHOLE_HISTORY)
        return cost_report(cells, cards, by=by, since=since)

    async def budgets(self, day: str = "") -> list[BudgetStanding]:
        """How every budget of a UTC day stands (``2026-11-26``; empty: today)."""
        now = self._workspace.clock.now()
        day = day or day_of(now)
        balances = await self._workspace.store.balances(day, now)
        return standings(self._workspace.settings.file.budgets, await self._workspace.store.keys(), balances, day)
