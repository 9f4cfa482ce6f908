"""Comparisons: what an evaluation would take before it runs, and Versions and models side by side.

Here: starting them. Not here: running (``assembly.comparison``, ``assembly.plans``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.operations import Report
from gonogo.assembly.plans import EvaluationPlan
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.domain.matrix import Matrix
from gonogo.evaluation import RunOptions
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.operations import OperationPage, begin, payer_of
from gonogo.gateway.api.proofs import Concurrency, EnvironmentName, Repeats, RunBody
from gonogo.gateway.api.versions import named

Name = Annotated[str, Meta(min_length=1, max_length=300)]


class PlanBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What would be evaluated, against what is live in ``environment``; ``fresh``: as if nothing were run before."""

    version: Name
    environment: EnvironmentName = DEFAULT_ENVIRONMENT
    concurrency: Concurrency | None = None
    repeats: Repeats = 1
    fresh: bool = False

    def options(self) -> RunOptions:
        """As the workflows take it."""
        return RunOptions(concurrency=self.concurrency, repeats=self.repeats, fresh=self.fresh)


class ComparisonBody(RunBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``versions``, each with each of ``models`` (names of the Mission's models, or PROVIDER/MODEL; none: their own),
    on the golden tasks of the first Version."""

    versions: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]
    models: Annotated[tuple[Name, ...], Meta(max_length=20)] = ()


async def _plan(call: Call[NoQuery, PlanBody]) -> EvaluationPlan:
    version = await named(call, call.body.version)
    return await call.workspace.plans.plan(version, environment=call.body.environment, options=call.body.options())


async def _compare(call: Call[NoQuery, ComparisonBody]) -> OperationPage | AsyncIterator[bytes]:
    asked = call.body
    versions = [await named(call, name) for name in asked.versions]

    async def work(report: Report) -> Matrix:
        return await call.workspace.comparison.compare(
            versions, asked.models, asked.options(report), payer=payer_of(call, patience=0.0)
        )

    return await begin(call, "comparison", work)


COMPARISONS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/plans", name="plan",
        summary="What an evaluation would show, cost and take; nothing is asked and nothing is stored.",
        action="evaluate", handler=_plan, body=PlanBody, reply=EvaluationPlan,
    ),
    Endpoint(
        method="POST", path="/api/comparisons", name="compare",
        summary="Versions and models side by side on the same golden tasks; nothing is decided.",
        action="evaluate", handler=_compare, body=ComparisonBody, reply=OperationPage, status=202, streams=True,
        result=Matrix,
    ),
)  # fmt: skip
