"""Confirm: critical tasks that failed are asked again, of the live Version too, before anything is decided.

Here: which attempts, and the runs with what they gave. Not here: what follows from it (``gate.critical``).

What a Verdict rests on does not change afterwards: a finished run takes no more results. So reruns begin a run of their
own with all that the first one holds. One that is cut off is gone on with by the digests of its results.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.domain import RERUNS_FROM, EvaluationRun, Version
from gonogo.evaluation.crew import Attempt
from gonogo.evaluation.judging import told_apart
from gonogo.evaluation.reuse import earlier_results, result_digests
from gonogo.evaluation.runner import RunOptions, first_of, run_again
from gonogo.evaluation.standings import read_anew
from gonogo.gate import JudgeStanding, random_order, to_confirm

if TYPE_CHECKING:
    from gonogo.evaluation.evaluate import EvaluationTools


async def confirmed(
    candidate: Version,
    live: Version | None,
    runs: tuple[EvaluationRun, EvaluationRun | None],
    tools: EvaluationTools,
    options: RunOptions,
    standings: Sequence[JudgeStanding] = (),
) -> tuple[EvaluationRun, EvaluationRun | None]:
    """Both runs with the reruns of every critical task that the candidate failed; as they were where there is none.

    Reruns count against ``options.cap`` as everything does; where it leaves no room for all of them, the runs stay as
    they were, and what failed once counts as failed until the command is given again.
    """
    ours, theirs = runs
    if ours.finished_at is None or (options.cap is not None and options.cap.stopped):
        return runs
    mission = candidate.mission
    failed = to_confirm(read_anew(ours, candidate, standings), mission.gate, mission.golden, standings)
    attempts = reruns(candidate, failed, options.seed)
    if not attempts:
        return runs
    sides = [(candidate, ours, candidate.name)]
    if live is not None and theirs is not None:
        sides.append((live, theirs, f"{live.name} (live)"))
        if options.concurrency is not None:
            options = replace(options, concurrency=max(1, options.concurrency // 2))
    try:
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(
                    _side(
                        answering, candidate, run, attempts, tools, replace(options, label=f"{label}: critical again")
                    )
                )
                for answering, run, label in sides
            ]
    except BaseExceptionGroup as errors:
        raise first_of(errors) from errors
    found = [task.result() for task in asked]
    return found[0], found[1] if len(found) > 1 else theirs


def reruns(judged_by: Version, failed: Sequence[str], seed: int) -> list[Attempt]:
    """The attempts that confirm or clear these tasks, in the order of the seed."""
    order = enumerate(random_order(judged_by.mission.golden, seed))
    chosen = [(task, place) for place, task in order if task.id in failed]
    times = range(RERUNS_FROM, RERUNS_FROM + judged_by.mission.gate.confirm)
    return [(task, repeat, place) for task, place in chosen for repeat in times]


async def _side(
    answering: Version,
    judged_by: Version,
    run: EvaluationRun,
    attempts: Sequence[Attempt],
    tools: EvaluationTools,
    options: RunOptions,
) -> EvaluationRun:
    have = {(result.task_id, result.repeat) for result in run.results if result.passed is not None}
    attempts = [one for one in attempts if (one[0].id, one[1]) not in have]
    if not attempts:
        return run
    digests, judging = result_digests(answering, judged_by), await tools.judging(judged_by)
    known = [] if options.fresh or options.replayed else await earlier_results(tools.store, attempts, digests)
    carried, answered = told_apart(judging, judged_by.mission.golden, known)
    return await run_again(
        answering, run, attempts, await tools.parts_of(answering, judged_by), tools.assertions, tools.store, options,
        carried=carried, digests=digests, judging=judging, answered=answered,
        place=await tools.places(answering, judged_by),
    )  # fmt: skip
