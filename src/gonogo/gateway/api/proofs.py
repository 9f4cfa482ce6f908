"""Proofs: evaluations, their runs and Verdicts.

Here: starting them, reading them. Not here: running (``evaluation``), deciding (``gate``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.operations import Reading, Report
from gonogo.assembly.paying import Payer
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.domain import EvaluationRun, Verdict
from gonogo.errors import NotFound
from gonogo.evaluation import Cap, Progress, RunOptions
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.operations import OperationPage, begin
from gonogo.gateway.api.paging import Cursor, Limit, Page, page
from gonogo.gateway.api.versions import named

ID_DIGITS = 32


Concurrency = Annotated[int, Meta(ge=1, le=64)]
Repeats = Annotated[int, Meta(ge=1, le=100)]
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
EnvironmentName = Annotated[str, Meta(min_length=1, max_length=100)]


class RunBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How golden tasks are run: ``concurrency`` of them are in flight at once (left out: as many as the upstream takes
    well), each ``repeats`` times; ``seed`` gives the order; ``fresh`` runs again what was run before. ``max_cost`` in
    dollars and ``max_tokens`` stop it before it spends more; the same call goes on from there."""

    concurrency: Concurrency | None = None
    repeats: Repeats = 1
    seed: Seed = 0
    fresh: bool = False
    max_cost: Annotated[float, Meta(gt=0)] | None = None
    max_tokens: Annotated[int, Meta(ge=1, le=2**53)] | None = None

    def options(self, report: Report) -> RunOptions:
        """As the workflows take it."""

        def show(reading: Progress) -> None:
            report(reading_of(reading))

        bound = (self.max_cost, self.max_tokens)
        return RunOptions(
            concurrency=self.concurrency,
            repeats=self.repeats,
            seed=self.seed,
            fresh=self.fresh,
            progress=show,
            cap=None if bound == (None, None) else Cap(max_cost=self.max_cost, max_tokens=self.max_tokens),
        )


class EvaluationBody(RunBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to prove, against what is live in ``environment``, and how its golden tasks are run. What is missing where
    it was stopped by ``max_cost`` or ``max_tokens`` makes the Verdict INVALID."""

    version: Annotated[str, Meta(min_length=1)]
    environment: EnvironmentName = DEFAULT_ENVIRONMENT


class VerdictKind(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of a Version: its newest Verdict on golden tasks, or on recorded questions with ``backtest``."""

    backtest: bool = False


class VerdictList(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Verdicts of a Mission, or of one of its Versions."""

    mission: Annotated[str, Meta(min_length=1)]
    version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    limit: Limit = 50
    cursor: Cursor | None = None


async def _evaluate(call: Call[NoQuery, EvaluationBody]) -> OperationPage | AsyncIterator[bytes]:
    asked, workspace = call.body, call.workspace
    version = await named(call, asked.version)
    payer = Payer(workspace, call.serving, call.caller)
    live = await workspace.find_live(version.mission.name, asked.environment)
    await payer.check(version, live, RunOptions(repeats=asked.repeats, seed=asked.seed, fresh=asked.fresh))

    async def work(report: Report) -> Verdict:
        options = asked.options(report)
        return await workspace.evaluate(version, environment=asked.environment, options=options, payer=payer)

    return await begin(call, "evaluation", work)


def reading_of(progress: Progress) -> Reading:
    """How far a run is, as it is told."""
    return Reading(
        label=progress.label,
        done=progress.done,
        total=progress.total,
        passed=progress.passed,
        failed=progress.failed,
        errors=progress.errors,
        remaining=progress.remaining,
    )


async def _verdicts(call: Call[VerdictList, None]) -> Page[Verdict]:
    mission = await call.workspace.known(call.for_mission(call.query.mission))
    return await page(
        lambda limit: call.workspace.store.verdicts(mission, call.query.version, limit),
        lambda verdict: verdict.id,
        limit=call.query.limit,
        cursor=call.query.cursor,
    )


async def _verdict(call: Call[VerdictKind, None]) -> Verdict:
    name = call.values["name"]
    if len(name) != ID_DIGITS:
        await named(call, name)
    found = await call.workspace.verdict(name, backtest=call.query.backtest)
    if not call.caller.may_call(found.mission):
        raise NotFound(f"there is no Verdict {name}; GET /api/verdicts lists them")
    return found


async def _run(call: Call[NoQuery, None]) -> EvaluationRun:
    found = await call.workspace.run(call.values["id"])
    if found is None or not call.caller.may_call(found.mission):
        raise NotFound(f"there is no run {call.values['id']}; Verdicts name theirs")
    return found


PROOFS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/evaluations", name="evaluate",
        summary="Run the golden tasks of a Version against what is live, to a Verdict.",
        action="evaluate", handler=_evaluate, body=EvaluationBody, reply=OperationPage, status=202, streams=True,
        result=Verdict,
    ),
    Endpoint(
        method="GET", path="/api/verdicts", name="listVerdicts", summary="Verdicts, newest first.",
        action="look", handler=_verdicts, query=VerdictList, reply=Page[Verdict],
    ),
    Endpoint(
        method="GET", path="/api/verdicts/{name}", name="showVerdict",
        summary="A Verdict by its id, or the newest of `support@7`.",
        action="look", handler=_verdict, query=VerdictKind, reply=Verdict,
    ),
    Endpoint(
        method="GET", path="/api/runs/{id}", name="showRun", summary="The task results that a Verdict rests on.",
        action="look", handler=_run, reply=EvaluationRun,
    ),
)  # fmt: skip
