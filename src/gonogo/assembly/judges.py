"""Judges: joining a Mission's judges to the models they ask, and the labels that people give to the calibration of one.

Here: judges that can be asked, answers to label, Annotations of them, calibrating, how each judge stands.
Not here: asking (``judging``), when golden tasks are judged (``evaluation``), whether a judge may decide (``gate``).
"""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.assembly.judged_pairs import Preferred, paired, preferred
from gonogo.clock import new_id
from gonogo.contracts import AnswerJudge, Judged, JudgedCase
from gonogo.domain import (
    FIRST_TWICE,
    SECOND_TWICE,
    Annotation,
    EvaluationRun,
    GoldenTask,
    Judge,
    JudgeCalibration,
    JudgedLabel,
    Mission,
    TaskResult,
    Version,
)
from gonogo.errors import BadInput, NotFound, Problem
from gonogo.evaluation.hearings import asked_of, was_answered
from gonogo.evaluation.judging import Judging, case_of
from gonogo.evaluation.standings import standings_of
from gonogo.gate import JudgeStanding, may_decide
from gonogo.judging import ModelJudge, prompts_digest

if TYPE_CHECKING:
    from gonogo.assembly.installed import Installed
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.workspace import Workspace

AT_ONCE = 16
"""Labelled answers that are judged at once."""
MOST_RUNS = 200
"""Newest runs of a Mission that labelled answers are looked for in."""
BETWEEN = "/"
"""Between a Version and a golden task in the name of an answer: ``support@7/refund-1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenAnswer:
    """An answer to a golden task. ``task`` is ``None`` where the newest Version has it no more."""

    run: EvaluationRun
    result: TaskResult
    task: GoldenTask | None

    @property
    def name(self) -> str:
        """``support@7/refund-1``."""
        return f"{self.run.mission}@{self.run.version}{BETWEEN}{self.result.task_id}"


class ToLabel(Struct, frozen=True, kw_only=True):
    """An answer as people see it who label it: ``name`` is ``support@7/refund-1``. What the judge says is not there."""

    name: str
    question: str
    reference: str
    answer: str


class Label(Struct, frozen=True, kw_only=True):
    """What a person says of an answer, 0..1."""

    answer: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """A calibration just made: how the judge stands by it, and what asking it about labelled answers took.
    ``without``: labels of answers that are gone, or that say nothing to this judge."""

    standing: JudgeStanding
    calls: int
    cost: float | None
    without: int


class JudgeVerbs:
    """One for each open Workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def judging(self, version: Version) -> Judging | None:
        """The judges of a Version's Mission; ``None`` where it has none.

        Raises:
            BadInput: a provider is not in the settings, or the Version was built with other prompts of judges.
        """
        mission = version.mission
        if not mission.judges:
            return None
        standings = await standings_of(mission, self._workspace.store)
        made = {name: await asyncio.to_thread(self._made, judge) for name, judge in mission.judges.items()}
        return Judging(
            judges=made,
            required=frozenset(mission.gate.require) & frozenset(mission.judges),
            deciding=may_decide(standings),
        )

    async def warnings(self, mission: Mission) -> tuple[Problem, ...]:
        """Judges of a folder that may not decide, each with why."""
        return tuple(
            Problem(
                message=f"this judge is shown and decides nothing: {standing.why_not}",
                file="mission.yaml",
                key=f"judges.{standing.judge.name}",
                hint=f"`gonogo judge label {standing.judge.name} {mission.name}`, then `gonogo judge calibrate`",
            )
            for standing in await standings_of(mission, self._workspace.store)
            if standing.why_not
        )

    async def standings(self, target: str) -> tuple[JudgeStanding, ...]:
        """How the judges of a Version (``support``: its newest) stand.

        Raises:
            NotFound: no such Version.
        """
        return await standings_of((await self._workspace.version(target)).mission, self._workspace.store)

    async def standing(self, name: str, target: str) -> JudgeStanding:
        """How one judge stands.

        Raises:
            NotFound: no such Version, or it has no such judge.
        """
        found = await self.standings(target)
        for standing in found:
            if standing.judge.name == name:
                return standing
        known = ", ".join(one.judge.name for one in found) or "none: add a section judges to mission.yaml"
        raise NotFound(f"{target} has no judge '{name}'; it has {known}")

    async def answers(self, target: str) -> list[GoldenAnswer]:
        """The answers of the newest run of a Version on golden tasks.

        Raises:
            NotFound: no such Version, or it was never evaluated.
        """
        version = await self._workspace.version(target)
        store, tasks = self._workspace.store, {task.id: task for task in version.mission.golden}
        for run in await store.runs(version.mission.name, limit=MOST_RUNS):
            ours = run.behaviour_digest == version.behaviour_digest and run.kind == "evaluation"
            whole = await store.run(run.id) if ours else None
            if whole is not None and whole.results:
                return [
                    GoldenAnswer(run=run, result=result, task=tasks.get(result.task_id))
                    for result in whole.results
                    if result.answer and result.trace_id
                ]
        raise NotFound(f"{version.name} was never evaluated: run `gonogo evaluate {version.name}`")

    async def answer(self, name: str) -> GoldenAnswer:
        """The answer that ``support@7/refund-1`` names.

        Raises:
            NotFound: no such Version or answer.
        """
        target, _, task_id = name.partition(BETWEEN)
        for found in await self.answers(target):
            if found.result.task_id == task_id:
                return found
        raise NotFound(
            f"{target} has no answer to a golden task '{task_id}': `gonogo verdict {target}` shows its tasks"
        )

    async def unlabelled(self, name: str, target: str, *, most: int, seed: int = 0) -> list[ToLabel]:
        """Answers that nobody labelled for a judge yet, in random order, so that any number of them is a fair sample.

        Raises:
            NotFound: no such Version or judge, or nothing was evaluated.
        """
        judge = (await self.standing(name, target)).judge
        everywhere = judge.rubric or judge.kind not in ("llm-rubric", "g-eval")
        labelled = {one.trace_id for one in await self._workspace.store.annotations_of(name)}
        found = [
            one
            for one in await self.answers(target)
            if one.result.trace_id not in labelled and (everywhere or one.result.score(name) is not None)
        ]
        random.Random(seed).shuffle(found)
        return [
            ToLabel(
                name=one.name,
                question=one.task.question if one.task else "",
                reference=one.task.reference if one.task else "",
                answer=one.result.answer,
            )
            for one in found[:most]
        ]

    async def label(self, name: str, target: str, labels: Sequence[Label], *, author: str | None = None) -> int:
        """Keep what a person says of answers for a judge: of all of them, or where one is unknown of none.

        Raises:
            NotFound: no such Version, judge or answer.
            BadInput: a value outside 0..1.
        """
        await self.standing(name, target)
        made = [await self._annotation(one.answer, name, one.value, one.note, author) for one in labels]
        for annotation in made:
            await self._workspace.store.add_annotation(annotation)
        return len(made)

    async def annotate(
        self, answer: str, metric: str, value: float, *, note: str = "", author: str | None = None
    ) -> Annotation:
        """Keep a person's judgement of an answer to a golden task, ``support@7/refund-1``, 0..1.

        Args:
            author: who, where it is not the one of the settings.

        Raises:
            NotFound: no such Version or answer.
            BadInput: a value outside 0..1, or no metric.
        """
        annotation = await self._annotation(answer, metric, value, note, author)
        await self._workspace.store.add_annotation(annotation)
        return annotation

    async def _annotation(self, answer: str, metric: str, value: float, note: str, author: str | None) -> Annotation:
        if not 0.0 <= value <= 1.0:
            raise BadInput(f"{value} is no judgement: give a number from 0 to 1, or yes or no")
        if not metric.strip():
            raise BadInput("name the judge whose word is checked, such as helpful")
        return Annotation(
            trace_id=(await self.answer(answer)).result.trace_id,
            metric=metric,
            value=value,
            author=author or self._workspace.settings.author,
            created_at=self._workspace.clock.now(),
            note=note,
        )

    async def calibrate(
        self, name: str, target: str, *, author: str | None = None, payer: Payer | None = None
    ) -> Calibrated:
        """Hold a judge against everything that people labelled for it, and keep the result.

        Answers that this very judge judged already are not judged again; the others are, golden answers and Traces.
        Several people's labels of one answer become their mean.

        Args:
            author: who, where it is not the one of the settings.
            payer: whose limits and budgets hold.

        Raises:
            NotFound: no such Version or judge.
            BadInput: there is no label, or the judge cannot be made.
            BudgetSpent, NotPriced: the payer's money ended; nothing is kept.
        """
        version = await self._workspace.version(target)
        judge = (await self.standing(name, target)).judge
        labels = await self._labels(judge)
        if not labels:
            raise BadInput(
                f"nobody labelled an answer for the judge {name} yet: `gonogo judge label {name} {target}` shows them "
                "one by one"
            )
        pairs, asked, unjudged, without = await self._pairs(version, judge, labels, payer)
        _paid(payer)
        calibration = JudgeCalibration(
            id=new_id(self._workspace.clock.now()),
            mission=version.mission.name,
            judge=judge,
            digest=judge.digest,
            labels=tuple(pairs),
            created_at=self._workspace.clock.now(),
            created_by=author or self._workspace.settings.author,
            unjudged=unjudged,
        )
        await self._workspace.store.add_calibration(calibration)
        costs = [one.cost for one in asked]
        return Calibrated(
            standing=JudgeStanding(judge=judge, calibration=calibration),
            calls=sum(one.usage.calls for one in asked),
            cost=None if any(cost is None for cost in costs) else sum(cost or 0.0 for cost in costs),
            without=without,
        )

    async def compare(self, name: str, candidate: str, baseline: str, *, payer: Payer | None = None) -> Preferred:
        """Which Version's stored answers a pairwise judge of the candidate prefers; nothing is generated, nothing is
        decided and nothing is kept.

        Raises:
            NotFound: no such Version or judge, or one was never evaluated.
            BadInput: the judge is no pairwise one, or the two share no task.
            BudgetSpent, NotPriced: the money of ``payer`` ended.
        """
        judge = (await self.standing(name, candidate)).judge
        if judge.kind != "pairwise":
            raise BadInput(f"the judge {name} is one of kind {judge.kind}: only a pairwise one compares two answers")
        ours, theirs = await self.answers(candidate), await self.answers(baseline)
        pairs = list(paired(ours, theirs))
        if not pairs:
            raise BadInput(f"{candidate} and {baseline} answered no golden task both: evaluate both on the same tasks")
        made = await self._asked(judge, await self._workspace.version(candidate), payer)
        places = asyncio.Semaphore(AT_ONCE)

        async def one(case: JudgedCase) -> Judged:
            async with places:
                return await made.judge(case)

        judged = await asyncio.gather(*(one(case) for _, case in pairs))
        _paid(payer)
        return preferred(ours[0], theirs[0], [task for task, _ in pairs], judged)

    async def _asked(self, judge: Judge, version: Version, payer: Payer | None) -> AnswerJudge:
        made = await asyncio.to_thread(self._made, judge)
        return made if payer is None else payer.judge(made, version)

    def _made(self, judge: Judge) -> AnswerJudge:
        return made_judge(self._workspace.installed, judge)

    async def _labels(self, judge: Judge) -> dict[tuple[str, str], float]:
        """The mean label by (trace id, metric); of one author the newest counts."""
        said: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for annotation in await self._workspace.store.annotations_of(judge.name):  # newest first
            said[annotation.trace_id, annotation.metric].setdefault(annotation.author, annotation.value)
        return {key: sum(values.values()) / len(values) for key, values in said.items()}

    async def _pairs(
        self, version: Version, judge: Judge, labels: dict[tuple[str, str], float], payer: Payer | None
    ) -> tuple[list[JudgedLabel], list[Judged], int, int]:
        answers = await self._golden_answers(version)
        made, places = await self._asked(judge, version, payer), asyncio.Semaphore(AT_ONCE)
        asked: list[Judged] = []

        async def pair(trace_id: str, metric: str, label: float) -> JudgedLabel | str:
            text, score = "", None
            known = answers.get(trace_id)
            if known is not None:
                text = known.result.answer
                found = known.result.score(metric)
                score = found if found is not None and found.judge == judge.digest and found.value is not None else None
            if score is None:
                case = await self._case(version, judge, trace_id, known)
                if case is None:
                    return "gone"
                text = case.answer
                async with places:
                    judged = await made.judge(case)
                asked.append(judged)
                score = judged.score
            if score.value is None:
                return score.state
            words = len(re.findall(r"\S+", text))
            # What a judge says may quote the answer, which a calibration outlives: only how a pair was decided is kept.
            note = score.detail if score.detail in (FIRST_TWICE, SECOND_TWICE) else ""
            return JudgedLabel(
                trace_id=trace_id, metric=metric, judged=score.value, label=label, words=words, note=note
            )

        found = await asyncio.gather(*(pair(*key, label) for key, label in labels.items()))
        pairs = [one for one in found if isinstance(one, JudgedLabel)]
        return pairs, asked, found.count("error"), found.count("gone") + found.count("not-applicable")

    async def _golden_answers(self, version: Version) -> dict[str, GoldenAnswer]:
        """By trace id; where a later run took an answer over, as it stands there."""
        store, tasks = self._workspace.store, {task.id: task for task in version.mission.golden}
        found: dict[str, GoldenAnswer] = {}
        for run in await store.runs(version.mission.name, limit=MOST_RUNS):
            whole = await store.run(run.id)
            for result in whole.results if whole is not None else ():
                found.setdefault(result.trace_id, GoldenAnswer(run=run, result=result, task=tasks.get(result.task_id)))
        return found

    async def _case(
        self, version: Version, judge: Judge, trace_id: str, known: GoldenAnswer | None
    ) -> JudgedCase | None:
        """What the judge is asked about a labelled answer; ``None`` where it or its rubric is gone."""
        own = judge.rubric or judge.kind not in ("llm-rubric", "g-eval")
        if known is not None:
            task, result = known.task, known.result
            if task is None or not was_answered(task, result):
                return None
            asked = asked_of(task, version.mission.judges, frozenset())
            rubrics = [one.hearing.rubric for one in asked if one.hearing.judge.name == judge.name]
            rubric = rubrics[0] if rubrics else ""
            return case_of(task, result, rubric) if own or rubric else None
        if not own:
            return None
        trace = await self._workspace.store.trace(trace_id)
        if trace is None or trace.mission != version.mission.name:  # judges of two Missions may share a name
            return None
        return JudgedCase(
            question=trace.question,
            answer=trace.answer,
            contexts=tuple(one.chunk.text for one in trace.chunks),
            refused=trace.outcome == "refused",
        )


def _paid(payer: Payer | None) -> None:
    """Nothing, unless money ended: a judge tells that as any other failure to be asked."""
    if payer is not None and payer.funds.spent is not None:
        raise payer.funds.spent


def made_judge(installed: Installed, judge: Judge) -> AnswerJudge:
    """A judge over the model that this installation asks for it.

    Raises:
        BadInput: its provider is not in the settings, or its Version was built with other prompts of judges.
    """
    embedder = installed.reader.embedder
    if judge.prompts != prompts_digest(judge.kind, embedder.digest):
        raise BadInput(
            f"the judge {judge.name} was built when judges of kind {judge.kind} were told other words: build the "
            "folder again"
        )
    return ModelJudge(judge, installed.judge_provider(judge), installed.prices, embedder)
