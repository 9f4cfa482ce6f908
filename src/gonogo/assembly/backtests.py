"""Backtest verbs: recorded questions of a Mission asked again of a candidate.

Here: the store's Traces, what the candidate reads of a client's metadata, the questions of a stored backtest.
Not here: the workflow (``evaluation.backtest``), printing it (``cli``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.classifiers import BUILT_IN
from gonogo.domain import GoldenTask, Trace, Verdict, Version
from gonogo.errors import BadInput
from gonogo.evaluation import RunOptions
from gonogo.evaluation.backtest import BacktestPlan, Prepared, backtest, plan_backtest, prepare
from gonogo.evaluation.backtest_selection import METADATA, TraceChoice, select, task_of
from gonogo.evaluation.recorded import why_not_asked

if TYPE_CHECKING:
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.workspace import Workspace

MOST_SHOWN = 500
"""Questions of a stored backtest that are looked up for its page."""


class BacktestVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def backtest(
        self,
        candidate: Version,
        choice: TraceChoice | None = None,
        *,
        options: RunOptions | None = None,
        told: Callable[[BacktestPlan], None] | None = None,
        payer: Payer | None = None,
    ) -> Verdict:
        """Ask a candidate the recorded questions again, and hold it against what was served. The Verdict is stored,
        and allows no deployment: golden tasks do.

        Args:
            told: is given the plan before anything is asked.
            payer: whose limits and budgets hold.

        Raises:
            BadInput: no Trace like that can be asked again, or a cap that cannot be kept.
        """
        prepared = await self._prepared(candidate, choice or TraceChoice())
        options = options or RunOptions()
        if payer is None:
            return await backtest(prepared, self._workspace.evaluation_tools, options, told)
        await payer.check(prepared.exam, None, options)
        return await backtest(prepared, payer.tools(), replace(options, funds=payer.funds), told)

    async def plan(
        self, candidate: Version, choice: TraceChoice | None = None, *, options: RunOptions | None = None
    ) -> BacktestPlan:
        """What it would show and take; nothing is asked.

        Raises:
            BadInput: no Trace like that can be asked again.
        """
        prepared = await self._prepared(candidate, choice or TraceChoice())
        return await plan_backtest(prepared, self._workspace.evaluation_tools, options or RunOptions())

    async def _prepared(self, candidate: Version, choice: TraceChoice) -> Prepared:
        if choice.since is not None and choice.until is not None and choice.since >= choice.until:
            raise BadInput("since must be earlier than until: no Trace lies between them")
        kept = await self._kept_fields(candidate)
        selected = await select(
            self._workspace.store, candidate, choice, lambda trace: _why_not(trace, candidate, kept)
        )  # fmt: skip
        return prepare(candidate, selected, choice)

    async def _kept_fields(self, candidate: Version) -> Mapping[int, frozenset[str]]:
        """By Version: fields of metadata that its Traces hold."""
        if not _fields(candidate):
            return {}
        versions = await self._workspace.store.versions(candidate.mission.name, limit=10_000)
        return {version.number: _fields(version) for version in versions}

    async def tasks(self, verdict: Verdict) -> dict[str, GoldenTask]:
        """The questions of a backtest that its Verdict names, as far as their Traces are still stored, by id."""
        run = await self._workspace.store.run(verdict.run_id) if verdict.run_id else None
        found = {}
        for task_id in shown_of(verdict, () if run is None else [one.task_id for one in run.results if not one.passed]):
            trace = await self._workspace.store.trace(task_id)
            if trace is not None:
                found[trace.id] = task_of(trace)
        return found


def shown_of(verdict: Verdict, failing: Collection[str]) -> list[str]:
    """Ids that a page of a backtest shows: those that broke, that a reason names, that failed."""
    broke = (task_id for comparison in verdict.comparisons for task_id in comparison.broke)
    named = (task_id for reason in verdict.reasons for task_id in reason.tasks)
    # In the order in which pages list them.
    return list(dict.fromkeys([*sorted({*broke, *named}), *sorted(failing)]))[:MOST_SHOWN]


def _why_not(trace: Trace, candidate: Version, kept: Mapping[int, frozenset[str]]) -> str:
    why = why_not_asked(trace)
    if why:
        return why
    if _rules_read_metadata(candidate) or not _fields(candidate) <= kept.get(trace.version, frozenset()):
        return METADATA
    return METADATA if _fields(candidate) and trace.metadata is None else ""


def _fields(version: Version) -> frozenset[str]:
    policy = version.mission.retrieval
    return frozenset() if policy is None else frozenset(policy.filter_by)


def _rules_read_metadata(version: Version) -> bool:
    """Whether a routing rule may read columns, as classifiers of tables do; those of texts read the question."""
    routing = version.mission.routing
    return routing is not None and any(rule.when.classifier not in BUILT_IN for rule in routing.rules)
