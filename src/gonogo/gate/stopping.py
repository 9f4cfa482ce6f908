"""Stopping: how many of the golden tasks decide, looked at in the recorded random order.

Here: the first prefix that is enough, from results alone, so that whoever computes a Verdict again finds the same one.
Not here: how much evidence is enough (``levels``, ``evidence``), what a prefix says (``decide``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from gonogo.domain import GatePolicy, GoldenTask, MetricRule
from gonogo.gate.evidence import Evidence
from gonogo.gate.levels import levels, look_levels, look_sizes
from gonogo.gate.order import cluster_label, random_order
from gonogo.gate.sheets import Sheet, TaskOutcome, clustered

LOOK_AGAIN = 10
"""Tasks between looks once the evidence suffices for GO, while a floor or a budget is still against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The first ``tasks`` of the order decide. ``worse``: metrics whose e-value shows a loss; else ``level``: that of
    the planned look, or ``None`` where e-values show every metric to be as good."""

    tasks: int
    ids: tuple[str, ...]
    worse: tuple[str, ...] = ()
    level: float | None = None
    e_values: Mapping[str, tuple[float, float]]


def may_stop_early(policy: GatePolicy, tasks: Iterable[GoldenTask], judges: Iterable[object]) -> bool:
    """Whether a run beside a live Version may end before the full set: never with judges, since their corrections rest
    on labels whose error no e-value of their words knows. Where tasks share clusters only the hybrid rule may, after
    whole ones: planned looks are evenly spaced in what they show, and clusters are not."""
    allowed = ("hybrid",) if clustered(tasks) else ("hybrid", "planned")
    return policy.stopping in allowed and not any(True for _ in judges)


Allows = Callable[[Stop], bool]
"""Whether the rules beside the evidence (floors, budgets, critical tasks, slices) let this prefix decide."""


class Stopping:
    """Walks the random order as results come; told the same results in whatever order, it stops at the same task."""

    def __init__(
        self, policy: GatePolicy, rules: Mapping[str, MetricRule], tasks: Sequence[GoldenTask], seed: int
    ) -> None:
        order = [task for task in random_order(tasks, seed) if task.gates]
        units = [len(list(unit)) for _, unit in groupby(order, key=cluster_label)]
        self._order = [task.id for task in order]
        self._ends = frozenset(accumulate(units))
        self._policy = policy
        largest = max(units, default=1)
        self._evidence = Evidence.of(
            rules,
            levels(policy, clustered=largest > 1),
            beyond_margin=policy.no_go == "beyond_margin",
            largest=largest,
        )
        self._unit: list[tuple[TaskOutcome, TaskOutcome]] = []
        self._looks = (
            dict(zip(look_sizes(len(self._order)), look_levels(policy.alpha), strict=True))
            if (policy.stopping == "planned")
            else {}
        )
        self._done = 0
        self._next_look = 0
        self.stop: Stop | None = None

    @property
    def next_task(self) -> str | None:
        """The task whose results are waited for; ``None`` at the end of the set, or where it stopped."""
        return None if self.stop or self._done >= len(self._order) else self._order[self._done]

    def add(self, ours: TaskOutcome, theirs: TaskOutcome, allows: Allows) -> Stop | None:
        """Take in the next task of the order on both sides; the Stop, where it is enough now. Of a cluster all tasks
        are waited for."""
        self._done += 1
        self._unit.append((ours, theirs))
        if self._done in self._ends:
            self._evidence.add(self._unit)
            self._unit = []
            if self._done < len(self._order):
                self.stop = self._look(allows)
        return self.stop

    def _look(self, allows: Allows) -> Stop | None:
        if self._policy.stopping == "planned":
            level = self._looks.get(self._done)
            found = None if level is None else self._at(level=level)
            return found if found is not None and allows(found) else None
        worse = self._evidence.worse()
        if not (worse or self._evidence.as_good()) or self._done < self._next_look:
            return None
        found = self._at(worse=worse)
        if allows(found):
            return found
        self._next_look = self._done + LOOK_AGAIN
        return None

    def _at(self, *, worse: tuple[str, ...] = (), level: float | None = None) -> Stop:
        e_values = {name: self._evidence.e_values(name) for name in self._evidence.readings}
        return Stop(tasks=self._done, ids=tuple(self._order[: self._done]), worse=worse, level=level, e_values=e_values)


def stopping_point(
    ours: Sheet,
    theirs: Sheet,
    policy: GatePolicy,
    rules: Mapping[str, MetricRule],
    tasks: Sequence[GoldenTask],
    seed: int,
    allows: Allows,
) -> Stop | None:
    """The first prefix of the random order that decides; ``None`` where the full set must.

    ``tasks`` are all that were run, drafts too: the seed gives the order of all of them.
    """
    if policy.stopping == "fixed":
        return None
    walk = Stopping(policy, rules, tasks, seed)
    for task_id in _ready(walk, ours, theirs):
        walk.add(ours.outcomes[task_id], theirs.outcomes[task_id], allows)
    return walk.stop


def _ready(walk: Stopping, ours: Sheet, theirs: Sheet) -> Iterator[str]:
    """A task that either side never tried ends the prefix: what follows it is no random sample."""
    while (task_id := walk.next_task) is not None:
        if not ours.outcomes[task_id].attempts or not theirs.outcomes[task_id].attempts:
            return
        yield task_id
