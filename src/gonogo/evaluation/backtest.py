"""Backtest: recorded questions asked again of a candidate, held against what was served.

Here: the workflow from a selection to a stored Verdict. Not here: which Traces (``backtest_selection``), the rules
(``backtest_rules``), served answers judged (``backtest_served``), the decision (``backtest_decision``).

Nothing of it is traffic: no Trace is stored, no key is charged, the cache is neither read nor written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from msgspec import Struct, structs

from gonogo.clock import new_id
from gonogo.digest import Digest, digest_of
from gonogo.domain import Backtest, EvaluationRun, TaskResult, Trace, Verdict, Version
from gonogo.errors import BadInput, GonogoError
from gonogo.evaluation.backtest_decision import backtest_verdict
from gonogo.evaluation.backtest_rules import examination
from gonogo.evaluation.backtest_selection import Selected, TraceChoice, askers
from gonogo.evaluation.backtest_served import heard, served_digests, served_results
from gonogo.evaluation.errors_spent import ErrorBudget
from gonogo.evaluation.evaluate import EvaluationTools, examine, still_to_run
from gonogo.evaluation.runner import RunOptions
from gonogo.evaluation.standings import standings_of
from gonogo.gate import plan


class BacktestPlan(Struct, frozen=True, kw_only=True):
    """What a selection can show and takes. ``asked`` questions are still to ask, ``known`` are answered already.
    ``visible_margin`` of the share answered is what they can prove at 80 % power if one in ten changes, and
    ``smallest_set`` the fewest independent ones that can prove ``margin`` when none changes: these are worth
    ``worth_least`` of such, where all of a cluster change together. ``tokens`` and ``cost`` (dollars) are what the same
    questions took when they were served; ``None`` is unknown."""

    version: str
    looked_at: int
    replayed: int
    clusters: int
    clustered_by: str
    left_out: dict[str, int]
    not_drawn: int
    asked: int
    known: int
    margin: float
    visible_margin: float | None
    smallest_set: int
    worth_least: float
    tokens: int | None
    cost: float | None

    @property
    def too_small(self) -> bool:
        """Whether even answers like those served cannot prove the margin."""
        return self.worth_least < self.smallest_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A selection made into an examination."""

    candidate: Version
    exam: Version
    selected: Selected
    choice: TraceChoice

    @property
    def facts(self) -> Backtest:
        """What of the selection a Verdict holds."""
        selected, choice = self.selected, self.choice
        served: dict[str, int] = {}
        for trace in sorted(selected.traces, key=lambda trace: trace.version):
            name = f"{trace.mission}@{trace.version}"
            served[name] = served.get(name, 0) + 1
        return Backtest(
            looked_at=selected.looked_at,
            replayed=len(selected.traces),
            clusters=askers(self.exam.mission.golden),
            clustered_by=choice.by,
            not_drawn=selected.not_drawn,
            left_out=selected.left_out,
            served=served,
            environment=choice.environment or "",
            since=choice.since or 0.0,
            until=choice.until or 0.0,
        )


def prepare(candidate: Version, selected: Selected, choice: TraceChoice) -> Prepared:
    """The examination of a selection.

    Raises:
        BadInput: no Trace of it can be asked again; says why, by how many.
    """
    if not selected.traces:
        name = candidate.mission.name
        if not selected.looked_at:
            where = f" in {choice.environment}" if choice.environment else ""
            raise BadInput(
                f"there is no Trace of {name}{where} like that: `gonogo traces {name}` lists what there is, and "
                "--environment, --since and the like choose"
            )
        why = ", ".join(f"{count}: {reason}" for reason, count in selected.left_out.items())
        raise BadInput(f"none of {selected.looked_at} Traces of {name} can be asked again ({why})")
    return Prepared(
        candidate=candidate,
        exam=examination(candidate, selected.tasks(choice.by)),
        selected=selected,
        choice=choice,
    )


async def plan_backtest(prepared: Prepared, tools: EvaluationTools, options: RunOptions) -> BacktestPlan:
    """What it can show and will take; nothing is asked and nothing is stored."""
    exam, selected = prepared.exam, prepared.selected
    shows = plan(exam.mission)
    waiting = {task.id for task, _, _ in await still_to_run(prepared.candidate, exam, tools, options)}
    tokens, cost = _as_served([trace for trace in selected.traces if trace.id in waiting], selected.traces)
    return BacktestPlan(
        version=prepared.candidate.name if prepared.candidate.number else prepared.candidate.mission.name,
        looked_at=selected.looked_at,
        replayed=len(selected.traces),
        clusters=askers(exam.mission.golden),
        clustered_by=prepared.choice.by,
        left_out=selected.left_out,
        not_drawn=selected.not_drawn,
        asked=len(waiting),
        known=len(selected.traces) - len(waiting),
        margin=shows.margin or 0.0,
        visible_margin=shows.visible_margin,
        smallest_set=shows.smallest_set or 0,
        worth_least=float(len(selected.traces)) if shows.worth_least is None else shows.worth_least,
        tokens=tokens,
        cost=cost,
    )


def _as_served(waiting: list[Trace], every: tuple[Trace, ...]) -> tuple[int | None, float | None]:
    """Tokens and dollars of these questions; one that the cache answered takes the mean of the others."""
    if not waiting:
        return 0, 0.0
    asked = [trace for trace in every if trace.calls]
    if not asked:
        return None, None
    tokens = sum(trace.usage.input + trace.usage.output for trace in asked) / len(asked) * len(waiting)
    costs = [trace.cost for trace in asked if trace.cost is not None]
    cost = sum(costs) / len(costs) * len(waiting) if len(costs) == len(asked) else None
    return round(tokens), cost


async def backtest(
    prepared: Prepared,
    tools: EvaluationTools,
    options: RunOptions,
    told: Callable[[BacktestPlan], None] | None = None,
) -> Verdict:
    """Ask every question again, judge both sides alike, decide, and keep both runs and the Verdict.

    What this behaviour answered in an earlier backtest is used again unless ``options.fresh``; repeats are not for
    questions that were served once.

    Args:
        told: is given the plan before anything is asked.

    Raises:
        BadInput: a cap in dollars that cannot be kept.
    """
    candidate, exam = prepared.candidate, prepared.exam
    errors = ErrorBudget(exam.mission.gate.error_budget)
    label = options.label or f"{candidate.name} on traffic"
    options = replace(options, repeats=1, kind="backtest", label=label, errors=errors)
    if told is not None:
        told(await plan_backtest(prepared, tools, options))
    parts = await tools.parts_of(candidate, exam)
    # First, as it asks nobody: a metric that fails on every answer is found before anything is spent.
    served = await asyncio.to_thread(served_results, prepared.selected.traces, exam, parts, tools.assertions)
    ours = await examine(candidate, exam, tools, options)
    judging = await tools.judging(exam)
    if judging is not None:
        served = await heard(served, exam, prepared.selected.traces, judging, tools.store, options.cap)
    theirs = await _keep_served(prepared, served, ours, tools)
    standings = await standings_of(exam.mission, tools.store)
    found = backtest_verdict(candidate, exam, (ours, theirs), prepared.facts, standings)
    now = tools.clock.now()
    kept = structs.replace(found, id=new_id(now), created_at=now)
    await tools.store.add_verdict(kept)
    return kept


async def _keep_served(
    prepared: Prepared, results: list[TaskResult], ours: EvaluationRun, tools: EvaluationTools
) -> EvaluationRun:
    digests, now = served_digests(prepared.exam), tools.clock.now()
    run = EvaluationRun(
        id=new_id(now),
        mission=ours.mission,
        version=max(trace.version for trace in prepared.selected.traces),
        behaviour_digest=_behaviour(prepared.selected.traces),
        gate_digest=ours.gate_digest,
        seed=ours.seed,
        started_at=now,
        results=tuple(structs.replace(result, digest=digests[result.task_id]) for result in results),
        replayed=True,
        kind="served",
    )
    await tools.store.start_run(run)
    await tools.store.finish_run(run.id, now, 0.0, 0.0)
    kept = await tools.store.run(run.id)
    if kept is None:
        raise GonogoError(f"the store lost run {run.id}")
    return kept


def _behaviour(traces: tuple[Trace, ...]) -> Digest:
    """Of what served; where it was several Versions, over all of them."""
    digests = sorted({trace.behaviour_digest for trace in traces})
    return Digest(digests[0]) if len(digests) == 1 else digest_of(digests)
