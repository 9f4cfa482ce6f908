"""Critical: tasks that may not fail, and whether a failure was more than one flake.

Here: what first answers and reruns of the critical tasks say. Not here: asking again (``evaluation``), everything that
a rate counts (``sheets``, which knows no reruns).

One answer of a task that flakes would block a good Version: of 24 such tasks that fail 1 time in 100, one does in 21
runs of 100. So a critical task that failed is asked again, r times (3), and it blocks unless most of these pass. A task
that fails with chance q blocks with q P[Bin(3, q) >= 2] = 3 q^3 - 2 q^4: 0.000003 at 1 %, 0.0028 at 10 %, 0.87 at
90 % and always at 100 %; what fails half of the time blocks a quarter of the time, so that ``confirm: 0`` is for tasks
of which not one failure is bearable. ``tests/gate/test_critical.py`` draws these rates from ``decide``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gonogo.domain import CriticalTask, EvaluationRun, GatePolicy, GoldenTask, Reason
from gonogo.domain.verdict import Standing
from gonogo.gate.hearing import hear
from gonogo.gate.judges import JudgeStanding
from gonogo.gate.sheets import Sheet
from gonogo.gate.wording import counted, named

Reruns = Mapping[str, tuple[bool | None, ...]]


def reruns_of(run: EvaluationRun | None) -> dict[str, tuple[bool | None, ...]]:
    """By task, what its reruns gave, in their order."""
    found: dict[str, dict[int, bool | None]] = {}
    for result in run.results if run is not None else ():
        if result.rerun:
            found.setdefault(result.task_id, {})[result.repeat] = result.passed
    return {task_id: tuple(passed for _, passed in sorted(of.items())) for task_id, of in found.items()}


def critical_tasks(
    ours: Sheet, theirs: Sheet | None, policy: GatePolicy, again: Reruns | None = None, live_again: Reruns | None = None
) -> tuple[CriticalTask, ...]:
    """Every critical task as both sides did it.

    Args:
        again: reruns of the candidate by task; only those of tasks that it failed count.
        live_again: those of the live Version, which are shown and decide nothing.
    """
    found = []
    for task in ours.selected(policy.critical):
        passed = ours.outcomes[task.id].passed
        asked = policy.confirm if passed is False else 0
        reruns = (again or {}).get(task.id, ())[:asked]
        found.append(
            CriticalTask(
                task_id=task.id,
                passed=passed,
                standing=_standing(passed, reruns, policy.confirm),
                reruns=reruns,
                live=None if theirs is None else theirs.outcomes[task.id].passed,
                live_reruns=(live_again or {}).get(task.id, ())[:asked],
            )
        )
    return tuple(found)


def _standing(passed: bool | None, reruns: Sequence[bool | None], wanted: int) -> Standing:
    if passed is None:
        return "unknown"
    if passed:
        return "passed"
    failed, mended = reruns.count(False), reruns.count(True)
    # Where nobody could be asked again the first answer stands, and a tie is no clearing.
    if not failed + mended or 2 * failed >= wanted:
        return "failed"
    return "flaked" if 2 * mended > wanted else "unknown"


def to_confirm(
    run: EvaluationRun, policy: GatePolicy, tasks: Sequence[GoldenTask], judges: Sequence[JudgeStanding] = ()
) -> list[str]:
    """Ids of the critical tasks of a candidate's run that have to be asked again: those that failed. The arguments are
    those of ``decide``."""
    if not policy.confirm:
        return []
    heard = hear(policy, tasks, judges, run)
    found = critical_tasks(Sheet.of(run, heard.tasks), None, policy)
    return [one.task_id for one in found if one.passed is False]


def critical_reasons(critical: Sequence[CriticalTask], ours: Sheet) -> Iterator[Reason]:
    """NO-GO: a critical task failed, again too. INVALID: nobody knows. A flake is told and blocks nothing."""
    total = counted(len(critical), "critical task")
    failed = [one for one in critical if one.standing == "failed"]
    unknown = [one for one in critical if one.standing == "unknown"]
    flaked = [one for one in critical if one.standing == "flaked"]
    if failed:
        message = f"{len(failed)} of {total} failed: {_with_reruns(failed)}"
        yield Reason(rule="critical", outcome="NO-GO", message=message, tasks=_ids(failed))
    if unknown:
        first = ours.outcomes[unknown[0].task_id].error
        why = f" ({first})" if first else ""
        message = f"{len(unknown)} of {total} gave no result: {_with_reruns(unknown)}{why}"
        yield Reason(rule="critical", outcome="INVALID", message=message, tasks=_ids(unknown))
    if flaked:
        message = f"{len(flaked)} of {total} failed once and no more: {_with_reruns(flaked)}"
        yield Reason(rule="critical", outcome="GO", message=message, tasks=_ids(flaked))


def _ids(tasks: Sequence[CriticalTask]) -> tuple[str, ...]:
    return tuple(one.task_id for one in tasks)


def _with_reruns(tasks: Sequence[CriticalTask]) -> str:
    return named([one.task_id + (f" ({said})" if (said := _again(one)) else "") for one in tasks])


def _again(one: CriticalTask) -> str:
    """``again in 3 of 3; live passed, then failed 0 of 3``; empty where nothing was asked again."""
    parts = [reruns_said(one.reruns)] if one.reruns else []
    if one.live_reruns:
        first = {True: "passed", False: "failed", None: "gave no result"}[one.live]
        parts.append(f"live {first}, {reruns_said(one.live_reruns)}")
    return "; ".join(parts)


def reruns_said(reruns: Sequence[bool | None]) -> str:
    """``asked again, failed 2 of 3``."""
    lost = reruns.count(None)
    rest = f", {lost} without result" if lost else ""
    return f"asked again, failed {reruns.count(False)} of {len(reruns)}{rest}"
