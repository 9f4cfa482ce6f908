"""Remote backtests and golden tasks: recorded questions of a server asked again there, and made tasks of a folder here.

Here: asking, and giving back the same nouns. Not here: the other verbs (``workspace``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.remote.client import WHOLE, Client, segment
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.long_work import followed, in_flight, run_asked, run_shown
from gonogo.cli.remote.refusals import Offered
from gonogo.domain import Annotation, EvaluationRun, GoldenTask, Trace, Verdict, Version
from gonogo.errors import BadInput, GonogoError
from gonogo.evaluation import RunOptions
from gonogo.evaluation.backtest import BacktestPlan
from gonogo.evaluation.backtest_selection import TraceChoice, task_of

if TYPE_CHECKING:
    from gonogo.assembly.golden import Added, GoldenRow, Promoted

MOST_SHOWN = 60
"""Questions that are fetched for the page of a Verdict, one request each."""


class RemoteBacktests(Offered):
    """Of one server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def backtest(
        self,
        candidate: Version,
        choice: TraceChoice | None = None,
        *,
        options: RunOptions | None = None,
        told: Callable[[BacktestPlan], None] | None = None,
    ) -> Verdict:
        """Ask a candidate recorded questions again."""
        options, choice = options or RunOptions(), choice or TraceChoice()
        if told is not None:
            told(await self.plan(candidate, choice, options=options))

        asked = _body(candidate, choice, options)
        return await followed(self._client, "/api/backtests", asked, Verdict, run_shown(options))

    async def plan(
        self, candidate: Version, choice: TraceChoice | None = None, *, options: RunOptions | None = None
    ) -> BacktestPlan:
        """What it would show and take."""
        asked = _body(candidate, choice or TraceChoice(), options or RunOptions())
        return await self._client.send("POST", "/api/backtests/plan", BacktestPlan, asked)

    async def tasks(self, verdict: Verdict) -> dict[str, GoldenTask]:
        """The questions that a Verdict names, as far as they may be seen."""
        broke = {task_id for comparison in verdict.comparisons for task_id in comparison.broke}
        named = {task_id for reason in verdict.reasons for task_id in reason.tasks}
        found = {}
        for task_id in sorted(broke | named)[:MOST_SHOWN]:
            try:
                trace = await self._client.get(f"/api/traces/{segment(task_id)}", Trace)
            except GonogoError:  # forgotten, or not for this key
                continue
            found[trace.id] = task_of(trace)
        return found


def _body(candidate: Version, choice: TraceChoice, options: RunOptions) -> dict[str, object]:
    if choice.tenant is not None:
        raise BadInput("a server reads the Traces of its key's tenant: leave --tenant out")
    return {
        "version": candidate.name,
        "environment": choice.environment,
        "since": choice.since,
        "until": choice.until,
        "served_by": choice.version,
        "session": choice.session,
        "model": choice.model,
        "limit": choice.limit,
        "sample": choice.sample,
        "seed": choice.seed,
        "cluster": choice.by,
        "concurrency": in_flight(options.concurrency),
        "fresh": options.fresh,
        "max_cost": options.cap.max_cost if options.cap else None,
        "max_tokens": options.cap.max_tokens if options.cap else None,
    }


class RemoteGolden(Offered):
    """Tasks of Traces that stand on a server, for a folder that stands here."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def add(self, trace: Trace, folder: Path, *, anyway: str = "") -> Added:
        """Make a Trace of the server a shadow task of a folder here."""
        from gonogo.assembly.golden import NEAR, add_to_folder  # late: numpy and every component
        from gonogo.assembly.installed import Installed
        from gonogo.cli.session import Session
        from gonogo.clock import SystemClock

        said = await self._client.listed(f"/api/traces/{segment(trace.id)}/annotations", Annotation, WHOLE)
        settings = click.get_current_context().ensure_object(Session).settings()
        installed = Installed(settings, SystemClock())
        try:
            classifier = await asyncio.to_thread(installed.classifiers.classifier, NEAR)
            return await add_to_folder(
                trace, said, folder, installed.toolbox, classifier, installed.reader, anyway=anyway
            )  # fmt: skip
        finally:
            await installed.close()

    async def check(
        self, version: Version, names: Sequence[str] = (), *, options: RunOptions | None = None
    ) -> EvaluationRun:
        """Run tasks often enough to see whether they are stable."""
        from gonogo.evaluation.stability import least_attempts

        options = options or RunOptions(repeats=least_attempts())
        asked = {"version": version.name, "tasks": list(names), **run_asked(options)}
        return await followed(self._client, "/api/golden/checks", asked, EvaluationRun, run_shown(options))

    async def status(self, folder: Path, *, most: float) -> list[GoldenRow]:
        """How the golden tasks of a folder here stand by the runs there."""
        from gonogo.gateway.api.golden import GoldenRows

        found = await followed(self._client, f"/api/folders/golden?most={most}", packed(folder), GoldenRows)
        return list(found.items)

    async def promote(self, folder: Path, names: Sequence[str] = (), *, read: bool, most: float) -> Promoted:
        """Let stable shadow tasks of a folder here gate."""
        from gonogo.assembly.golden import promote_in

        return await promote_in(folder, lambda: self.status(folder, most=most), names, read=read, most=most)
