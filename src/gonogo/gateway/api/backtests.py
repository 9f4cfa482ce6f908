"""Backtests: recorded questions asked again of a Version.

Here: starting one, what it would show and take. Not here: the workflow (``evaluation.backtest``), Verdicts
(``proofs``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gonogo.assembly.operations import Report
from gonogo.assembly.paying import Payer
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.domain import Verdict
from gonogo.evaluation import Cap, Progress, RunOptions
from gonogo.evaluation.backtest import BacktestPlan
from gonogo.evaluation.backtest_selection import TraceChoice
from gonogo.gateway.api.endpoint import Call, Endpoint
from gonogo.gateway.api.operations import OperationPage, begin
from gonogo.gateway.api.proofs import reading_of
from gonogo.gateway.api.traces import Number, tenant_of
from gonogo.gateway.api.versions import named

Moment = Annotated[float, Meta(ge=0, le=1e11)]
Name = Annotated[str, Meta(max_length=1000)]


class BacktestBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which Version is asked which recorded questions. ``environment`` ``null``: Traces of any; ``since`` and ``until``
    in seconds since 1970; ``served_by``: a Version number. Of the newest ``limit`` Traces like that at most ``sample``
    are drawn, as ``seed`` gives it; ``cluster``: whose questions count as one. Only Traces of the key's tenant are
    read. The rest is as for evaluations."""

    version: Annotated[str, Meta(min_length=1)]
    environment: Name | None = DEFAULT_ENVIRONMENT
    since: Moment | None = None
    until: Moment | None = None
    served_by: Number | None = None
    session: Name | None = None
    model: Name | None = None
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 10_000
    sample: Annotated[int, Meta(ge=1, le=10_000)] = 300
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    cluster: Literal["user", "session", "question"] = "user"
    concurrency: Annotated[int, Meta(ge=1, le=64)] | None = None
    fresh: bool = False
    max_cost: Annotated[float, Meta(gt=0)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=2**53)] | None = None

    def choice(self, tenant: str | None) -> TraceChoice:
        """Of the Traces that the caller may read."""
        return TraceChoice(
            environment=self.environment,
            since=self.since,
            until=self.until,
            version=self.served_by,
            session=self.session,
            tenant=tenant,
            model=self.model,
            limit=self.limit,
            sample=self.sample,
            seed=self.seed,
            by=self.cluster,
        )


async def _backtest(call: Call[Any, BacktestBody]) -> OperationPage | AsyncIterator[bytes]:
    asked, workspace = call.body, call.workspace
    version = await named(call, asked.version)
    choice = asked.choice(tenant_of(call.caller))

    async def work(report: Report) -> Verdict:
        def show(progress: Progress) -> None:
            report(reading_of(progress))

        bound = (asked.max_cost, asked.max_tokens)
        options = RunOptions(
            concurrency=asked.concurrency,
            seed=asked.seed,
            fresh=asked.fresh,
            progress=show,
            cap=None if bound == (None, None) else Cap(max_cost=asked.max_cost, max_tokens=asked.max_tokens),
        )
        payer = Payer(workspace, call.serving, call.caller)
        return await workspace.backtests.backtest(version, choice, options=options, payer=payer)

    return await begin(call, "backtest", work)


async def _plan(call: Call[Any, BacktestBody]) -> BacktestPlan:
    asked = call.body
    version = await named(call, asked.version)
    options = RunOptions(seed=asked.seed, fresh=asked.fresh)
    return await call.workspace.backtests.plan(version, asked.choice(tenant_of(call.caller)), options=options)


BACKTESTS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/backtests", name="backtest",
        summary="Ask a Version recorded questions again, against what was served, to a Verdict.",
        action="evaluate", handler=_backtest, body=BacktestBody, reply=OperationPage, status=202, streams=True,
        result=Verdict,
    ),
    Endpoint(
        method="POST", path="/api/backtests/plan", name="planBacktest",
        summary="What such a backtest would show and take; nothing is asked.",
        action="evaluate", handler=_plan, body=BacktestBody, reply=BacktestPlan,
    ),
)  # fmt: skip
