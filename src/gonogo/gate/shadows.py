"""Shadows: golden tasks that are scored and shown beside the others, and decide nothing.

Here: how many there were and how they did, as a note of the Verdict. Not here: when one may gate (``evaluation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gonogo.domain import EvaluationRun, GoldenTask, Reason
from gonogo.gate.wording import counted, named


def shadow_note(candidate: EvaluationRun, tasks: Sequence[GoldenTask]) -> Iterator[Reason]:
    """How many shadow tasks there were; nothing where there was none. A task passed where every attempt did."""
    shadow = [task.id for task in tasks if task.shadow]
    if not shadow:
        return
    told: dict[str, list[bool | None]] = {task_id: [] for task_id in shadow}
    for result in candidate.results:
        if result.task_id in told:
            told[result.task_id].append(result.passed)
    failed = [task_id for task_id, found in told.items() if False in found]
    passed = sum(all(found) for found in told.values() if found)
    parts = [f"{passed} passed"]
    if failed:
        parts.append(f"{len(failed)} failed ({named(failed)})")
    if rest := len(shadow) - passed - len(failed):
        parts.append(f"{rest} gave no result")
    verb = "decides" if len(shadow) == 1 else "decide"
    message = f"{counted(len(shadow), 'shadow task')} {verb} nothing: {', '.join(parts)}"
    yield Reason(rule="shadow", outcome="GO", message=message, tasks=tuple(failed))
