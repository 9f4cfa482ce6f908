"""Judging: judges asked about answers to golden tasks, those given now and those in the store.

Here: what is asked at once, which Scores are kept, what it took. Not here: which Scores a task needs (``hearings``),
the judges (``judging``), which stored answers can be used (``reuse``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from msgspec import structs

from gonogo.contracts import AnswerJudge, Judged, JudgedCase, Provider, Took
from gonogo.domain import NO_USAGE, GoldenTask, Judge, Score, TaskResult, Trace
from gonogo.evaluation.hearings import Asked, Key, asked_of, known_scores, settled, was_answered, with_scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """The judges of one Mission.

    ``required``: those whose metric the gate requires of every task. ``deciding``: those who may decide.
    """

    judges: Mapping[str, AnswerJudge]
    required: frozenset[str]
    deciding: frozenset[str]

    @property
    def specs(self) -> dict[str, Judge]:
        """The judges as the Mission describes them."""
        return {name: judge.spec for name, judge in self.judges.items()}

    def over(self, wrap: Callable[[Provider], Provider]) -> Judging:
        """The same judges, whose models are asked through ``wrap``."""
        return replace(self, judges={name: judge.over(wrap) for name, judge in self.judges.items()})

    def owes(self, task: GoldenTask, result: TaskResult) -> bool:
        """Whether a judge has to be asked about a stored result."""
        asked = asked_of(task, self.specs, self.required)
        return was_answered(task, result) and len(known_scores(result, asked)) < len({one.key for one in asked})

    async def complete(self, task: GoldenTask, result: TaskResult, traces: Sequence[Trace] = ()) -> TaskResult:
        """The result with what every judge says; those that said it already are not asked again.

        Args:
            traces: of the answer and the steps before it, where it was given just now.
        """
        if not was_answered(task, result):
            return result
        if traces:
            contexts = dict.fromkeys(one.chunk.text for trace in traces for one in trace.chunks)
            result = structs.replace(result, contexts=tuple(contexts))
        asked = asked_of(task, self.specs, self.required)
        said = known_scores(result, asked)
        missing = {one.key: one for one in asked if one.key not in said}
        found = dict(
            zip(missing, await asyncio.gather(*(self._ask(task, result, one) for one in missing.values())), strict=True)
        )
        scores: dict[Key, Score] = {**said, **{key: judged.score for key, judged in found.items()}}
        if not said:  # what earlier judges took is theirs
            result = structs.replace(result, judge_usage=NO_USAGE, judge_cost=0.0)
        return self.settled(task, _booked(with_scores(task, result, asked, scores), found.values()))

    def settled(self, task: GoldenTask, result: TaskResult) -> TaskResult:
        """The result as the judges who may decide make it; nobody is asked."""
        return settled(task, result, self.specs, self.deciding)

    async def _ask(self, task: GoldenTask, result: TaskResult, asked: Asked) -> Judged:
        judge, case = asked.hearing.judge, case_of(task, result, asked.hearing.rubric)
        try:
            return await self.judges[judge.name].judge(case)
        except Exception as error:  # a plug-in that chokes on one answer is a counted error, not the end of the run
            detail = f"judge {judge.name}: {type(error).__name__}: {error}"
            return Judged(score=Score(metric=judge.name, state="error", detail=detail, judge=judge.digest))


def case_of(task: GoldenTask, result: TaskResult, rubric: str = "") -> JudgedCase:
    """A stored answer as a judge sees it. ``rubric``: the task's own, where it has one."""
    return JudgedCase(
        question=_asked(task, result),
        answer=result.answer,
        contexts=result.contexts,
        reference=task.reference,
        rubric=rubric,
        refused=result.refused,
    )


def _asked(task: GoldenTask, result: TaskResult) -> str:
    """The question; of a conversation all that was said before the answer."""
    if not task.follow_ups:
        return task.question
    lines = [f"{message.get('role')}: {message.get('content') or ''}" for message in result.transcript[:-1]]
    return "\n".join(lines)


def owing(
    judging: Judging | None, tasks: Sequence[GoldenTask], results: Sequence[TaskResult]
) -> tuple[TaskResult, ...]:
    """The stored results about which a judge has to be asked."""
    by_id = {task.id: task for task in tasks}
    if judging is None:
        return ()
    known = (result for result in results if result.task_id in by_id)
    return tuple(result for result in known if judging.owes(by_id[result.task_id], result))


def told_apart(
    judging: Judging | None, tasks: Sequence[GoldenTask], results: Sequence[TaskResult]
) -> tuple[tuple[TaskResult, ...], tuple[TaskResult, ...]]:
    """(results that stand, as the judges who may decide make them; results about which a judge has to be asked)."""
    if judging is None:
        return tuple(results), ()
    by_id, owed = {task.id: task for task in tasks}, owing(judging, tasks, results)
    unfinished = {(result.task_id, result.repeat) for result in owed}
    whole = (result for result in results if (result.task_id, result.repeat) not in unfinished)
    return tuple(judging.settled(by_id[one.task_id], one) for one in whole if one.task_id in by_id), owed


def took_judges(result: TaskResult) -> Took:
    """What judges took of an answer, for a cap."""
    return Took(usage=result.judge_usage, cost=result.judge_cost)


def _booked(result: TaskResult, judged: Iterable[Judged]) -> TaskResult:
    usage, cost = result.judge_usage, result.judge_cost
    for one in judged:
        usage += one.usage
        cost = None if cost is None or one.cost is None else cost + one.cost
    return structs.replace(result, judge_usage=usage, judge_cost=cost)
