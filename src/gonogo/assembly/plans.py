"""Plans: what an evaluation can show, costs and takes, before a single token is spent.

Here: what is still to ask of candidate and live, and what that takes by earlier runs of the same models; without any,
by the sizes of prompts and the prices. What nobody knows is ``None``. Not here: sums over results
(``evaluation.outlook``), what a set can show (``gate.plan``), phrasing (``cli``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

from msgspec import Struct, structs

from gonogo.assembly.estimate import estimate, sizes_with
from gonogo.domain import EvaluationRun, GoldenTask, Request, Version
from gonogo.evaluation import RunOptions, still_to_run
from gonogo.evaluation.outlook import outlook
from gonogo.gate import Plan, may_stop_early, plan

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace
    from gonogo.evaluation.crew import Attempt

RUNS_LOOKED_AT, RUNS_READ = 8, 2
"""Newest runs whose Version is looked up, and how many of the same models are read: the newest say most."""
Number = TypeVar("Number", int, float)
Source = Literal["earlier runs", "sizes", "nothing"]


class SidePlan(Struct, frozen=True, kw_only=True):
    """One Version's part. ``asked``: golden tasks still to answer; ``known``: answered already. ``tokens`` in and out,
    those of judges among them. By ``sizes``, ``tokens`` and ``cost`` (dollars) are a bound for one answer of the
    dearest model each; ``unpriced`` are its models and judges whose price nobody knows."""

    version: str
    live: bool
    asked: int
    known: int
    tokens: int | None
    cost: float | None
    seconds: float | None
    source: Source
    results: int = 0
    unpriced: tuple[str, ...] = ()


class EvaluationPlan(Struct, frozen=True, kw_only=True):
    """``version`` is the Mission's name for a folder that has no number. ``shows`` is what the set can
    see. Of ``tokens``, ``cost`` in dollars and ``seconds``, ``None`` is unknown; an early stop takes less where
    ``may_stop_early``, and ``most_reruns`` of critical tasks come on top where every one of them fails.
    ``same_behaviour``: nothing is run."""

    version: str
    environment: str
    live: str | None
    shows: Plan
    sides: tuple[SidePlan, ...]
    tokens: int | None
    cost: float | None
    seconds: float | None
    same_behaviour: bool = False
    may_stop_early: bool = False
    most_reruns: int = 0


class PlanVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def plan(self, candidate: Version, *, environment: str, options: RunOptions | None = None) -> EvaluationPlan:
        """What ``evaluate`` would take with the same arguments; nothing is asked, and nothing is written.

        Args:
            candidate: a Version, or one of a folder that was not stored.

        Raises:
            BadInput: a judge's provider is not in the settings.
        """
        options = options or RunOptions()
        live = await self._workspace.find_live(candidate.mission.name, environment)
        same = live is not None and live.behaviour_digest == candidate.behaviour_digest
        sides: list[SidePlan] = []
        busy: list[float | None] = []
        for answering in () if same else filter(None, (candidate, live)):
            side, seconds_of_answers = await self._side(answering, candidate, options)
            sides.append(side)
            busy.append(seconds_of_answers)
        mission = candidate.mission
        return EvaluationPlan(
            version=_name(candidate),
            environment=environment,
            live=None if live is None else live.name,
            shows=plan(candidate.mission),
            sides=tuple(sides),
            tokens=_sum([side.tokens for side in sides]),
            cost=_sum([side.cost for side in sides]),
            seconds=_seconds(sides, busy, options.concurrency),
            same_behaviour=same,
            most_reruns=_most_reruns(candidate, len(sides)),
            may_stop_early=live is not None and may_stop_early(mission.gate, mission.golden, mission.judges),
        )

    async def _side(self, answering: Version, judged_by: Version, options: RunOptions) -> tuple[SidePlan, float | None]:
        attempts = await still_to_run(answering, judged_by, self._workspace.evaluation_tools, options)
        judges = judged_by.mission.judges
        side = SidePlan(
            version=_name(answering),
            live=answering is not judged_by,
            asked=len(attempts),
            known=len(judged_by.mission.golden) * options.repeats - len(attempts),
            tokens=0,
            cost=0.0,
            seconds=0.0,
            source="nothing",
        )
        if not attempts:
            return side, 0.0
        found = outlook(attempts, await self._runs_of(answering), judged=bool(judges))
        if found is None:
            return self._by_sizes(side, answering, judged_by, attempts), None
        tokens = found.tokens_in + found.tokens_out
        known = structs.replace(
            side, tokens=tokens, cost=found.cost, seconds=found.seconds, source="earlier runs", results=found.results
        )
        return known, None if found.busy is None else max(found.busy, found.longest)

    async def _runs_of(self, answering: Version) -> list[EvaluationRun]:
        """The newest runs of the same models, with results."""
        store, name = self._workspace.store, answering.mission.name
        read: list[EvaluationRun] = []
        for run in await store.runs(name, RUNS_LOOKED_AT):
            version = await store.version(name, run.version)
            if version is not None and version.mission.models == answering.mission.models:
                whole = await store.run(run.id)
                read += [whole] if whole is not None and whole.results else []
            if len(read) == RUNS_READ:
                break
        return read

    def _by_sizes(
        self, side: SidePlan, answering: Version, judged_by: Version, attempts: Sequence[Attempt]
    ) -> SidePlan:
        prices, assumed = self._workspace.installed.prices, self._workspace.settings.file.budgets.assumed_output
        sizes = sizes_with(answering, prices)
        bounds = [estimate(request, sizes, assumed) for task, _, _ in attempts for request in _requests(task)]
        judges = judged_by.mission.judges
        unpriced = {name for bound in bounds for name in bound.unpriced}
        unpriced |= {name for name, judge in judges.items() if prices.price(judge.provider, judge.model) is None}
        unknown = bool(unpriced) or bool(judges)  # how much judges read and write, no size tells
        return structs.replace(
            side,
            tokens=None if judges else sum(bound.most_tokens for bound in bounds),
            cost=None if unknown else sum(bound.cost for bound in bounds) / 1e9,
            seconds=None,
            source="sizes",
            unpriced=tuple(sorted(unpriced)),
        )


def _most_reruns(candidate: Version, sides: int) -> int:
    """Of both sides together, where every critical task fails."""
    gate = candidate.mission.gate
    critical = [
        task for task in candidate.mission.golden if task.gates and any(task.matches(one) for one in gate.critical)
    ]
    return len(critical) * gate.confirm * sides


def _name(version: Version) -> str:
    """That of the Mission where a folder has no number yet."""
    return version.name if version.number else version.mission.name


def _requests(task: GoldenTask) -> list[Request]:
    """One for each question of a task. What is answered in between is not known, and not counted."""
    questions = [task.question, *(one.question for one in task.follow_ups)]
    messages = [*task.turns, *({"role": "user", "content": question} for question in questions)]
    first = len(task.turns) + 1
    return [
        Request(id="", question=question, messages=tuple(messages[: first + place]), received_at=0.0)
        for place, question in enumerate(questions)
    ]


def _sum(values: Sequence[Number | None]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _seconds(sides: Sequence[SidePlan], busy: Sequence[float | None], concurrency: int | None) -> float | None:
    """Both are run side by side: each learns for itself how many it may have in flight, or they share what is given."""
    if concurrency is not None:
        total = _sum(busy)
        return None if total is None else total / concurrency
    seconds = [side.seconds for side in sides]
    return None if None in seconds else max((one for one in seconds if one is not None), default=0.0)
