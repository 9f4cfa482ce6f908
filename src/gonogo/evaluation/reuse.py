"""Reuse: which results of earlier runs stand for tasks of a new one.

Here: the digest that a result is known by, and a run's results from earlier ones. Not here: the rows (``store``).

A result is of one behaviour, one task and one set of judges. Nothing else can change it, so it is used again whatever
else was edited: another task of the golden file, a margin, a tag.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from gonogo.contracts import EvaluationStore
from gonogo.digest import Digest, digest_of
from gonogo.domain import GoldenTask, TaskResult, Version
from gonogo.domain.golden_task import content_of
from gonogo.domain.version import JUDGES
from gonogo.evaluation.crew import Attempt


def result_digests(answering: Version, judged_by: Version) -> dict[str, Digest]:
    """By task id: what a result of ``answering`` on a task of ``judged_by`` is known by."""
    judges: dict[str, object] = {
        "metrics": sorted(set(judged_by.mission.gate.require) - set(judged_by.mission.judges)),
        "pins": {name: digest for name, digest in judged_by.pins.items() if name in JUDGES},
    }
    if judged_by.mission.judges:  # what they read is kept with a result; which they are does not matter
        judges["contexts"] = "kept"
    common = digest_of({"behaviour": answering.behaviour_digest, "judges": judges})
    return {task.id: digest_of({"of": common, "task": content_of(_judged(task))}) for task in judged_by.mission.golden}


def _judged(task: GoldenTask) -> GoldenTask:
    """What of a task an answer and its scores depend on."""
    return structs.replace(task, tags=(), cluster="", draft=False, shadow=False)


async def earlier_results(
    store: EvaluationStore, attempts: Sequence[Attempt], digests: Mapping[str, Digest]
) -> list[TaskResult]:
    """Results that stand for these attempts, at their place in the order and with their task's tags of today."""
    wanted = {(digests[task.id], repeat): (task, position) for task, repeat, position in attempts}
    found = []
    for result in await store.known_results([digest for digest, _ in wanted]):
        if result.digest is not None and (result.digest, result.repeat) in wanted:
            task, position = wanted[result.digest, result.repeat]
            found.append(structs.replace(result, tags=task.tags, order=position))
    return found
