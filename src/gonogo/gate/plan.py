"""Plan: what a golden set can show, said before a single token is spent.

Here: the smallest visible margin and the smallest set that could ever pass. Not here: running it (``evaluation``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gonogo.domain import Mission
from gonogo.gate.compare import PRIMARY
from gonogo.gate.levels import levels
from gonogo.gate.sheets import cluster_labels
from gonogo.gate.trial import required
from gonogo.gate.wording import counted
from gonogo.statistics import independent_clusters, smallest_passing_set, smallest_visible_margin

USUAL_CORRELATION = 0.3
"""Of the differences of two tasks in one cluster, where nothing is known yet."""
USUAL_DISCORDANCE = 0.10
"""Share of tasks whose outcome differs between two Versions, where nothing is known yet (research: 5 to 20 %)."""


class Plan(Struct, frozen=True, kw_only=True):
    """``tasks`` gate, ``drafts`` and ``shadow`` tasks do not; ``visible_margin`` is what they can prove at 80 % power
    if one task in ten changes; ``smallest_set`` is the fewest tasks that can prove ``margin`` when none changes;
    ``warning`` says so in words.

    Where tasks share ``clusters``, they are ``worth`` so many independent ones at the usual correlation within one, and
    ``worth_least`` where all of a cluster change together: of these ``smallest_set`` are needed.
    """

    tasks: int
    drafts: int
    shadow: int
    margin: float | None
    visible_margin: float | None
    smallest_set: int | None
    warning: str | None
    clusters: int | None = None
    worth: float | None = None
    worth_least: float | None = None


def plan(mission: Mission) -> Plan:
    """What this Mission's golden set can see under its own gate."""
    gating = [task for task in mission.golden if task.gates]
    tasks, labels = len(gating), cluster_labels(gating)
    margin = required(mission.gate)[PRIMARY].margin
    alpha = levels(mission.gate, clustered=labels is not None).go
    warnings = list(_warnings(mission, tasks, labels)) if mission.gate.mode == "enforced" else []
    worth = tasks if labels is None else _worth(tasks, labels)
    return Plan(
        tasks=tasks,
        drafts=sum(task.draft and not task.shadow for task in mission.golden),
        shadow=sum(task.shadow for task in mission.golden),
        margin=margin,
        visible_margin=smallest_visible_margin(max(1, int(worth)), USUAL_DISCORDANCE, alpha) if tasks else None,
        smallest_set=None if margin is None else smallest_passing_set(margin, alpha),
        warning="; ".join(warnings) + ". Add tasks, or say gate: {mode: advisory}" if warnings else None,
        clusters=None if labels is None else len(set(labels)),
        worth=None if labels is None else worth,
        worth_least=None if labels is None else independent_clusters(labels),
    )


def _worth(tasks: int, labels: Sequence[str]) -> float:
    """n / (1 + (m - 1) r) for clusters of m tasks with correlation r (Kish 1965, Survey Sampling); clusters of several
    sizes count as m = n / `independent_clusters`."""
    return tasks / (1.0 + (tasks / independent_clusters(labels) - 1.0) * USUAL_CORRELATION)


def _warnings(mission: Mission, tasks: int, labels: Sequence[str] | None) -> Iterator[str]:
    """Rules that this set can never meet, however good the answers are. ``labels``: of the tasks' clusters."""
    have, count = counted(tasks, "task"), float(tasks)
    if labels is not None:
        # What was never seen may be a cluster that fails whole, so that clusters count.
        count = independent_clusters(labels)
        have += f" in {counted(len(set(labels)), 'cluster')} worth {count:.0f} equal ones"
    # Floors are proven on first deployments, which are held to all of alpha; margins later, to what looks have left.
    alpha, later = mission.gate.alpha, levels(mission.gate, clustered=labels is not None).go
    for name, rule in required(mission.gate).items():
        if rule.margin is not None and count < (least := smallest_passing_set(rule.margin, later)):
            on = "" if name == PRIMARY else f" of {name}"
            yield (
                f"{have}; at least {least} at margin {rule.margin:g}{on} and no discordant task: this set can never "
                "show a later Version to be as good"
            )
        if rule.min == 1 or rule.max == 0:
            yield f"no number of tasks can show a perfect {name} on a first deployment"
        # The least set on which a perfect value is proven is that of a margin as wide as the room left to the end.
        for bound, room, wanted in ((rule.min, 1 - (rule.min or 0), "min"), (rule.max, rule.max or 0, "max")):
            if bound is not None and 0 < room < 1 and count < (least := smallest_passing_set(room, alpha)):
                yield (
                    f"{have}; at least {least} for {name} {wanted} {bound:g}: even perfect answers cannot show it on "
                    "a first deployment"
                )
