"""Hearing: what judges may say in a decision.

Here: rules and tasks without judges who may not decide, what the Verdict says about them, judged metrics corrected,
sheets that different judges wrote. Not here: the quality of a judge (``judges``), the corrections (``corrections``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from gonogo.domain import (
    LESS_IS_BETTER,
    Comparison,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    Judge,
    Reason,
    asks_a_judge,
    hearing_of,
)
from gonogo.gate.corrections import corrected_difference, corrected_mean, longer_by, readings_of
from gonogo.gate.judges import JudgeStanding, may_decide, only_shown
from gonogo.gate.wording import counted, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """``policy`` and ``tasks`` hold what decides; ``shown`` names metrics of judges who may not, ``notes`` say so."""

    policy: GatePolicy
    tasks: tuple[GoldenTask, ...]
    shown: tuple[str, ...]
    notes: tuple[Reason, ...]
    standings: Mapping[str, JudgeStanding]
    run: EvaluationRun | None = None
    live: EvaluationRun | None = None

    def mean(self, value: Comparison) -> Comparison:
        """A metric of the candidate alone, corrected where a judge gave it."""
        standing = self.standings.get(value.metric)
        if standing is None or standing.why_not or self.run is None:
            return value
        return corrected_mean(value, standing, readings_of(self.run, standing, self._gating))

    def difference(self, found: Comparison) -> Comparison:
        """A metric against live, corrected where a judge gave it."""
        standing = self.standings.get(found.metric)
        if standing is None or standing.why_not or self.run is None or self.live is None:
            return found
        return corrected_difference(found, standing, longer_by(self.run, self.live, self._gating))

    def less_is_better(self, metric: str) -> bool:
        """Whether a judge gives it of whose kind less is better."""
        standing = self.standings.get(metric)
        return standing is not None and standing.judge.kind in LESS_IS_BETTER

    @property
    def _gating(self) -> frozenset[str]:
        return frozenset(task.id for task in self.tasks if task.gates)


def hear(
    policy: GatePolicy,
    tasks: Sequence[GoldenTask],
    standings: Sequence[JudgeStanding],
    run: EvaluationRun | None = None,
    live: EvaluationRun | None = None,
) -> Heard:
    """Leave out what only judges say who may not decide. ``run``: the candidate's; ``live``: that of
    what serves."""
    if not standings:
        return Heard(policy=policy, tasks=tuple(tasks), shown=(), notes=(), standings={}, run=run, live=live)
    judges = {standing.judge.name: standing.judge for standing in standings}
    deciding = may_decide(standings)
    shown = tuple(name for name in policy.require if name in judges and name not in deciding)
    require = {name: rule for name, rule in policy.require.items() if name not in shown}
    silent = [task for task in tasks if only_shown(task, judges, deciding)]
    left_out = {task.id for task in silent}
    asked = {
        hearing_of(assertion, judges).judge.name
        for task in tasks
        for assertion in task.expect
        if asks_a_judge(assertion)
    }
    notes = [
        _note(standing, [task.id for task in silent if _asks(task, standing.judge.name, judges)])
        for standing in standings
        if standing.why_not and standing.judge.name in asked.union(shown)
    ]
    return Heard(
        policy=structs.replace(policy, require=require) if shown else policy,
        tasks=tuple(task for task in tasks if task.id not in left_out),
        shown=shown,
        notes=tuple(notes),
        standings={standing.judge.name: standing for standing in standings},
        run=run,
        live=live,
    )


def _asks(task: GoldenTask, name: str, judges: Mapping[str, Judge]) -> bool:
    asked = (hearing_of(assertion, judges) for assertion in task.expect if asks_a_judge(assertion))
    return any(hearing.judge.name == name for hearing in asked)


def _note(standing: JudgeStanding, silent: Sequence[str]) -> Reason:
    name = standing.judge.name
    message = f"what the judge {name} says is shown and decides nothing: {standing.why_not}"
    if silent:
        verb = "is" if len(silent) == 1 else "are"
        message += f"; so {counted(len(silent), 'task')} that nothing else judges {verb} left out ({named(silent)})"
    return Reason(rule=name, outcome="GO", message=message, tasks=tuple(silent))


def judged_otherwise(runs: Sequence[tuple[EvaluationRun, str]], standings: Sequence[JudgeStanding]) -> Iterator[Reason]:
    """INVALID: a sheet that another judge wrote, for two rulers cannot be compared. ``runs``: each with whose it is."""
    for standing in standings:
        name, digest = standing.judge.name, standing.judge.digest
        for run, whose in runs:
            strange = [
                result.task_id
                for result in run.results
                if (score := result.score(name)) is not None and score.judge not in ("", digest)
            ]
            if strange:
                message = (
                    f"{name} of {whose} was given by another judge than the candidate's on "
                    f"{counted(len(strange), 'task')} ({named(strange)}): evaluate again"
                )
                yield Reason(rule=name, outcome="INVALID", message=message, tasks=tuple(strange))
