"""Plan: what a golden set can show, said before a single token is spent.

Here: the smallest visible margin and the smallest set that could ever pass. Not here: running it (``evaluation``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.domain import Mission
from gonogo.gate.compare import PRIMARY
from gonogo.gate.decide import DEFAULT_REQUIRE
from gonogo.statistics import smallest_passing_set, smallest_visible_margin

USUAL_DISCORDANCE = 0.10
"""Share of tasks whose outcome differs between two Versions, where nothing is known yet (research: 5 to 20 %)."""


class Plan(Struct, frozen=True, kw_only=True):
    """``tasks`` gate; ``visible_margin`` is what they can prove at 80 % power if one task in ten changes;
    ``smallest_set`` is the fewest tasks that can prove ``margin`` when none changes; ``warning`` says so in words."""

    tasks: int
    drafts: int
    margin: float | None
    visible_margin: float | None
    smallest_set: int | None
    warning: str | None


def plan(mission: Mission) -> Plan:
    """What this Mission's golden set can see under its own gate."""
    tasks = sum(not task.draft for task in mission.golden)
    margin = (mission.gate.require or DEFAULT_REQUIRE).get(PRIMARY, DEFAULT_REQUIRE[PRIMARY]).margin
    alpha = mission.gate.alpha
    smallest = None if margin is None else smallest_passing_set(margin, alpha)
    too_small = smallest is not None and tasks < smallest
    return Plan(
        tasks=tasks,
        drafts=len(mission.golden) - tasks,
        margin=margin,
        visible_margin=smallest_visible_margin(tasks, USUAL_DISCORDANCE, alpha) if tasks else None,
        smallest_set=smallest,
        warning=f"{tasks} tasks; at least {smallest} at margin {margin:g} and no discordant task: this set can never "
        "show a later Version to be as good. Add tasks, or say gate: {mode: advisory}"
        if too_small and mission.gate.mode == "enforced"
        else None,
    )
