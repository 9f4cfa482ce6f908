"""Changes: what a candidate changed in its own examination.

Here: how golden tasks and gate rules differ from those of live; said, never blocking. Not here: judging.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from gonogo.domain import GoldenTask, Mission, Reason
from gonogo.gate.wording import named


def changed_examination(candidate: Mission, live: Mission) -> Iterator[Reason]:
    """A removed task or a laxer rule lets a worse Version pass: whoever reads the Verdict must see it.

    Both Versions are judged by the candidate's tasks and rules.
    """
    ours, theirs = _gating(candidate), _gating(live)
    parts = [
        f"{len(ids)} {verb} ({named(ids)})"
        for verb, ids in (
            ("added", [task_id for task_id in ours if task_id not in theirs]),
            ("removed", [task_id for task_id in theirs if task_id not in ours]),
            ("changed", [task_id for task_id in ours if task_id in theirs and ours[task_id] != theirs[task_id]]),
        )
        if ids
    ]
    if parts:
        message = f"golden tasks differ from those of live: {', '.join(parts)}; both were run on these {len(ours)}"
        yield Reason(rule="golden", outcome="GO", message=message)
    fields = [
        name for name in structs.asdict(candidate.gate) if getattr(candidate.gate, name) != getattr(live.gate, name)
    ]
    if fields:
        message = f"gate rules differ from those of live in {', '.join(fields)}: these decided"
        yield Reason(rule="gate", outcome="GO", message=message)


def _gating(mission: Mission) -> dict[str, GoldenTask]:
    return {task.id: structs.replace(task, source="") for task in mission.golden if task.gates}
