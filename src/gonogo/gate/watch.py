"""Watch: results of two runs as they come, and whether they are enough.

Here: collecting both sides of a task until the stopping rule can take it. Not here: the rule (``stopping``), running
tasks (``evaluation``), the Verdict (``decide``), which finds the same stop from stored results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gonogo.domain import GatePolicy, GoldenTask, TaskResult
from gonogo.gate.sheets import Sheet
from gonogo.gate.stopping import Stop, Stopping
from gonogo.gate.trial import Trial, required

_Results = dict[str, dict[int, TaskResult]]


class Watch:
    """For one candidate beside one live Version; ``repeats`` results make a task whole."""

    def __init__(self, policy: GatePolicy, tasks: Sequence[GoldenTask], seed: int, repeats: int) -> None:
        self._policy, self._tasks, self._repeats = policy, tasks, repeats
        self._stopping = Stopping(policy, required(policy), tasks, seed)
        self._ours: _Results = defaultdict(dict)
        self._theirs: _Results = defaultdict(dict)

    @property
    def enough(self) -> bool:
        """Whether what was told decides."""
        return self._stopping.stop is not None

    def ours(self, result: TaskResult) -> bool:
        """Take in a result of the candidate; whether it is enough now."""
        return self._take(self._ours, result)

    def theirs(self, result: TaskResult) -> bool:
        """Take in a result of the live Version; whether it is enough now."""
        return self._take(self._theirs, result)

    def _take(self, side: _Results, result: TaskResult) -> bool:
        if result.rerun:  # those of an earlier evaluation: they make no task whole
            return self.enough
        side[result.task_id][result.repeat] = result
        while (task_id := self._stopping.next_task) is not None:
            ours, theirs = self._ours.get(task_id, {}), self._theirs.get(task_id, {})
            if min(len(ours), len(theirs)) < self._repeats:
                break
            one, other = (Sheet.of_results(found, self._of(task_id)) for found in (self._ours, self._theirs))
            self._stopping.add(one.outcomes[task_id], other.outcomes[task_id], self._allows)
        return self.enough

    def _of(self, task_id: str) -> list[GoldenTask]:
        return [task for task in self._tasks if task.id == task_id]

    def _allows(self, stop: Stop) -> bool:
        ours, theirs = (Sheet.of_results(found, self._tasks) for found in (self._ours, self._theirs))
        return Trial(ours, theirs, self._policy).allows(stop)
