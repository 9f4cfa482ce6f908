"""Backtest served: the answers that were served, judged as the candidate's are.

Here: a recorded answer with the chunks it rested on, by the candidate's assertions and metrics; judges asked about it.
Not here: choosing the Traces (``backtest_selection``), the candidate's answers (``runner``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import structs

from gonogo.contracts import Answer, Assertions, Components, EvaluationStore, Metric, Took
from gonogo.digest import Digest, digest_of
from gonogo.domain import GoldenTask, Score, TaskResult, Trace, Version
from gonogo.domain.version import JUDGES
from gonogo.evaluation.cap import Cap
from gonogo.evaluation.judge import answer_of, judge
from gonogo.evaluation.judging import Judging, took_judges

JUDGED_AT_ONCE = 16


def served_results(
    traces: Sequence[Trace], exam: Version, parts: Components, assertions: Assertions
) -> list[TaskResult]:
    """One result a Trace, in their order. The cost of an answer from the cache is unknown: what it would have cost is
    what a candidate without a cache is compared with.

    Args:
        parts: with the metrics that the examination requires.
    """
    tasks = {task.id: task for task in exam.mission.golden}
    return [_result(trace, tasks[trace.id], place, parts, assertions) for place, trace in enumerate(traces)]


def _result(trace: Trace, task: GoldenTask, place: int, parts: Components, assertions: Assertions) -> TaskResult:
    answer = answer_of(trace)
    # As for the candidate: where there is no answer, there is nothing to score.
    said = trace.outcome in ("answered", "cached") and trace.answer
    scores = tuple(_score(metric, answer) for metric in parts.metrics) if said else ()
    found = judge(task, structs.replace(trace, scores=scores), assertions, repeat=0, order=place)
    return structs.replace(found, cost=None if trace.cache else trace.cost)


def _score(metric: Metric, answer: Answer) -> Score:
    try:
        return metric.score(answer)
    except Exception as error:  # a plug-in's bug is a failed score, never the end of the run
        return Score(metric=metric.name, state="error", detail=f"{type(error).__name__}: {error}")


def served_digests(exam: Version) -> dict[str, Digest]:
    """By Trace: what its judged answer is known by to later backtests."""
    pins = {name: digest for name, digest in exam.pins.items() if name in JUDGES}
    return {task.id: digest_of({"served": task.id, "judges": pins}) for task in exam.mission.golden}


async def heard(
    results: Sequence[TaskResult],
    exam: Version,
    served: Sequence[Trace],
    judging: Judging,
    store: EvaluationStore,
    cap: Cap | None,
) -> list[TaskResult]:
    """The results with what every judge says of them; an answer that one judged in an earlier backtest is not asked
    about again. What a cap leaves no room for stays without."""
    digests = served_digests(exam)
    tasks, traces = {task.id: task for task in exam.mission.golden}, {trace.id: trace for trace in served}
    known = {result.task_id: result for result in await store.known_results(list(digests.values()))}
    # Under a cap one after another, so that nobody waits for what others leave.
    slots = asyncio.Semaphore(JUDGED_AT_ONCE if cap is None else 1)

    async def one(result: TaskResult) -> TaskResult:
        task = tasks[result.task_id]
        marked = _with_judges(structs.replace(result, digest=digests[task.id]), known)
        if not judging.owes(task, marked):
            return judging.settled(task, marked)
        async with slots:
            if cap is not None and not cap.may_start():
                return marked
            if cap is not None:
                cap.started()
            took: list[Took] = []
            try:
                judged = await judging.complete(task, marked, [traces[task.id]])
                took.append(took_judges(judged))
                return judged
            finally:
                if cap is not None:
                    cap.ended(took)

    return list(await asyncio.gather(*map(one, results)))


def _with_judges(result: TaskResult, known: Mapping[str, TaskResult]) -> TaskResult:
    """With what judges said of the same answer before."""
    before = known.get(result.task_id)
    said = () if before is None else tuple(score for score in before.scores if score.judge)
    return structs.replace(result, scores=(*result.scores, *said))
