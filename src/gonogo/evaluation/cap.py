"""Cap: the most a command may spend on evaluation, in dollars or tokens; tasks stop being started before it is passed.

Here: what was spent, what tasks in flight are promised. Not here: running tasks (``runner``), budgets of keys
(``assembly``).

A task is promised what the dearest task so far took, so the first one runs alone. What is spent may pass the cap only
by what tasks in flight take beyond that.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.contracts import Components, Took
from gonogo.domain import Version
from gonogo.errors import BadInput

UNSEEN = -1.0


class Cap:
    """One for a command, shared by its runs.

    Args:
        max_cost: dollars; ``None`` is no bound.
        max_tokens: input and output together; ``None`` is no bound.
    """

    def __init__(self, *, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        self.max_cost, self.max_tokens = max_cost, max_tokens
        self.cost, self.tokens = 0.0, 0
        self.stopped = False
        self._in_flight = 0
        self._dearest, self._longest = UNSEEN, UNSEEN

    def check(self, version: Version, parts: Components) -> None:
        """Whether the cap can be kept.

        Raises:
            BadInput: dollars are capped, and nobody knows what a model costs.
        """
        if self.max_cost is None:
            return
        mission = version.mission
        asked = [(f"model '{name}'", spec.provider, spec.model) for name, spec in mission.models.items()]
        asked += [(f"judge '{name}'", judge.provider, judge.model) for name, judge in mission.judges.items()]
        for name, provider, model in asked:
            if parts.prices.price(provider, model) is None:
                raise BadInput(
                    f"a cap in dollars cannot be kept: the price of {name} ({provider}, {model}) is "
                    "not known. Cap tokens instead (--max-tokens), or write its price into prices.toml"
                )

    def may_start(self) -> bool:
        """Whether one more task may; where none is in flight and none may, the cap has ``stopped`` the command."""
        if self._dearest == UNSEEN and self._in_flight:
            return False
        promised = self._in_flight + 1
        fits = self.max_cost is None or self.cost + promised * max(0.0, self._dearest) <= self.max_cost
        fits &= self.max_tokens is None or self.tokens + promised * max(0.0, self._longest) <= self.max_tokens
        # Nothing is known of the first task; it may start where nothing is spent.
        self.stopped = not fits and not self._in_flight
        return fits

    def started(self) -> None:
        """One more is in flight."""
        self._in_flight += 1

    def ended(self, took: Sequence[Took]) -> None:
        """One ended, and took this."""
        self._in_flight -= 1
        # Where it is unknown after all, what is dearest so far is the best guess.
        cost = sum(max(0.0, self._dearest) if one.cost is None else one.cost for one in took)
        tokens = sum(
            max(0, int(self._longest)) if one.usage is None else one.usage.input + one.usage.output for one in took
        )
        self.cost += cost
        self.tokens += tokens
        self._dearest, self._longest = max(self._dearest, cost), max(self._longest, float(tokens))
