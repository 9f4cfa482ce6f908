"""Standings: the judges of a Mission with the calibrations they rest on, and runs read as those make them.

Here: looking them up, and reading a stored run anew where a judge gained or lost its say since.
Not here: calibrating (``assembly``), whether a judge may decide (``gate``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from gonogo.contracts import EvaluationStore
from gonogo.domain import EvaluationRun, Judge, Mission, Version
from gonogo.errors import NotFound
from gonogo.evaluation.hearings import settled
from gonogo.gate import JudgeStanding, may_decide


async def standings_of(
    mission: Mission, store: EvaluationStore, calibrations: Mapping[str, str] | None = None
) -> tuple[JudgeStanding, ...]:
    """The judges of a Mission, sorted by name, each with its newest calibration.

    Args:
        calibrations: by judge, the ids of those that a Verdict rested on: these, and none for a judge without.

    Raises:
        NotFound: one of these is gone.
    """
    found: list[JudgeStanding] = []
    for name, judge in sorted(mission.judges.items()):
        if calibrations is None:
            newest = await store.calibrations(mission.name, digest=judge.digest, limit=1)
            found.append(JudgeStanding(judge=judge, calibration=newest[0] if newest else None))
            continue
        known = await store.calibration(calibrations[name]) if name in calibrations else None
        if known is None and name in calibrations:
            raise NotFound(f"calibration {calibrations[name]} of the judge {name} is not in the store: evaluate again")
        found.append(JudgeStanding(judge=judge, calibration=known))
    return tuple(found)


def read_anew(run: EvaluationRun, version: Version, standings: Sequence[JudgeStanding]) -> EvaluationRun:
    """A run with every result as the judges who may decide make it. Nobody is asked."""
    judges: dict[str, Judge] = {standing.judge.name: standing.judge for standing in standings}
    if not judges:
        return run
    deciding, tasks = may_decide(standings), {task.id: task for task in version.mission.golden}
    results = (
        settled(tasks[result.task_id], result, judges, deciding) if result.task_id in tasks else result
        for result in run.results
    )
    return structs.replace(run, results=tuple(results))
