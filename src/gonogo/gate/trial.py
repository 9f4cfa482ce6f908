"""Trial: what two sheets, or a prefix of them, say under a policy.

Here: which rule outweighs which. Not here: the rules (``trust``, ``regressions``, ``bounds``), how many tasks are
judged (``stopping``), the Verdict (``decide``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from gonogo.domain import Comparison, CriticalTask, GatePolicy, MetricRule, RatioComparison, Reason, TagSlice
from gonogo.domain.verdict import Outcome
from gonogo.gate.bounds import nothing_passed, out_of_bounds, over_budget
from gonogo.gate.compare import PRIMARY, alone, compare
from gonogo.gate.critical import critical_reasons, critical_tasks
from gonogo.gate.hearing import Heard
from gonogo.gate.levels import levels
from gonogo.gate.ratios import Held, held_to_ratios, relative_budgets
from gonogo.gate.regressions import claims, got_worse, not_shown_as_good, worse_early
from gonogo.gate.sheets import Sheet, clustered, out_of_scale
from gonogo.gate.slices import slices_of, with_holm
from gonogo.gate.stopping import Stop
from gonogo.gate.trust import metric_untrusted, not_comparable, untrusted

DEFAULT_REQUIRE = {PRIMARY: MetricRule(margin=0.05)}
"""What is required where a Mission says nothing: a pass rate shown to stay within five points of live."""
SEVERITY: tuple[Outcome, ...] = ("INVALID", "NO-GO", "INCONCLUSIVE")
"""A run nobody can trust outweighs what it seems to show; a proven loss outweighs a missing proof."""


def required(policy: GatePolicy) -> dict[str, MetricRule]:
    """The rule of each metric; ``min_pass_rate`` is a floor of the pass rate. The pass rate always has one."""
    rules = {PRIMARY: MetricRule(), **(policy.require or DEFAULT_REQUIRE)}
    if policy.min_pass_rate > (rules[PRIMARY].min or 0.0):
        rules[PRIMARY] = structs.replace(rules[PRIMARY], min=policy.min_pass_rate)
    return rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The sheets that were judged, the comparisons and slices on them, and what follows."""

    ours: Sheet
    theirs: Sheet | None
    comparisons: dict[str, Comparison]
    slices: tuple[TagSlice, ...]
    ratios: tuple[RatioComparison, ...]
    reasons: tuple[Reason, ...]


class Trial:
    """Two sheets and a policy; judged as a whole, or on a prefix."""

    def __init__(
        self,
        ours: Sheet,
        theirs: Sheet | None,
        policy: GatePolicy,
        heard: Heard | None = None,
        critical: Sequence[CriticalTask] | None = None,
        *,
        replayed: bool = False,
    ) -> None:
        """``critical``: with their reruns; left out, the first answers count. ``replayed``: answers of either run come
        from a file."""
        self.ours, self.theirs, self.policy = ours, theirs, policy
        self._first = critical_tasks(ours, theirs, policy)
        self.critical = self._first if critical is None else critical
        self._heard, self._replayed = heard, replayed
        self.rules = required(policy)
        self.levels = levels(policy, first=theirs is None, clustered=clustered(ours.tasks))
        # At the full set the test is held to what early looks have left of alpha; first deployments to all of it.
        self.at_end = structs.replace(policy, alpha=self.levels.go)

    def allows(self, stop: Stop) -> bool:
        """Whether a prefix that shows enough also ends in what it shows.

        A critical failure that is still to be confirmed lets no prefix end in GO, nor in NO-GO for its sake alone:
        reruns come after the stop, and whoever finds it again must find the same one.
        """
        reasons: Sequence[Reason] = self._judge(stop, self._first).reasons
        if self.policy.confirm:
            reasons = [one for one in reasons if (one.rule, one.outcome) != ("critical", "NO-GO")]
        outcome, advisory = settle(reasons, self.policy)
        if outcome == "GO" and relative_budgets(self.policy.budget):
            return False  # their intervals are made for one look, at the full set
        if outcome == "GO" and any(one.passed is False for one in self._first):
            return False
        if stop.level is not None:
            return outcome in ("GO", "NO-GO") and not advisory
        return outcome == ("NO-GO" if stop.worse else "GO") and not advisory

    def judge(self, stop: Stop | None) -> Judged:
        """On the prefix of a Stop, or on everything. Critical tasks count wherever they stand in the order."""
        return self._judge(stop, self.critical)

    def _judge(self, stop: Stop | None, critical: Sequence[CriticalTask]) -> Judged:
        ours, theirs = self.ours, self.theirs
        if stop is not None:
            used = set(stop.ids)
            tasks = [task for task in ours.tasks if task.id in used]
            ours, theirs = ours.of_tasks(tasks), None if theirs is None else theirs.of_tasks(tasks)
        comparisons = self._comparisons(ours, theirs, stop)
        slices: tuple[TagSlice, ...] = ()
        if theirs is not None:
            found = slices_of(ours, theirs, self.rules[PRIMARY].margin, self.levels.go)
            slices = with_holm(found, claims(comparisons, found, self.policy)[1])
        held: tuple[Held, ...] = ()
        if theirs is not None:
            held = held_to_ratios(ours, theirs, self.policy.budget, self.policy.alpha, replayed=self._replayed)
        reasons = tuple(self._reasons(ours, theirs, comparisons, slices, stop, critical))
        if stop is None:
            reasons += tuple(reason for one in held for reason in one.reasons)
        ratios = tuple(one.found for one in held)
        return Judged(ours=ours, theirs=theirs, comparisons=comparisons, slices=slices, ratios=ratios, reasons=reasons)

    def shown(self, judged: Judged) -> list[Comparison]:
        """What judges say who may not decide."""
        names = () if self._heard is None else self._heard.shown
        if judged.theirs is None:
            return [self._alone(name, judged.ours) for name in names]
        return [self._compared(name, judged.ours, judged.theirs, None) for name in names]

    def _alone(self, name: str, ours: Sheet) -> Comparison:
        found = alone(name, ours, self.policy.alpha)
        return found if self._heard is None else self._heard.mean(found)

    def _compared(self, name: str, ours: Sheet, theirs: Sheet, margin: float | None) -> Comparison:
        less = self._heard is not None and self._heard.less_is_better(name)
        found = compare(name, ours, theirs, margin, self.levels.go, less_is_better=less)
        return found if self._heard is None else self._heard.difference(found)

    def _comparisons(self, ours: Sheet, theirs: Sheet | None, stop: Stop | None) -> dict[str, Comparison]:
        sheets = [sheet for sheet in (ours, theirs) if sheet is not None]
        judged = [name for name in self.rules if not any(out_of_scale(sheet, name) for sheet in sheets)]
        if theirs is None:
            return {name: self._alone(name, ours) for name in judged}
        found = {name: self._compared(name, ours, theirs, self.rules[name].margin) for name in judged}
        if stop is None or stop.level is not None:
            return found
        return {
            name: structs.replace(
                one, e_noninferior=stop.e_values[name][0] if one.margin is not None else None,
                e_worse=stop.e_values[name][1],
            )
            for name, one in found.items()
        }  # fmt: skip

    def _reasons(
        self,
        ours: Sheet,
        theirs: Sheet | None,
        comparisons: Mapping[str, Comparison],
        slices: Sequence[TagSlice],
        stop: Stop | None,
        critical: Sequence[CriticalTask],
    ) -> Iterator[Reason]:
        policy, rules = self.policy, self.rules
        sides = [(ours, "the candidate")] if theirs is None else [(ours, "the candidate"), (theirs, "the live Version")]
        for sheet, whose in sides:
            yield from untrusted(sheet, policy, whose)
            for name in rules:
                yield from metric_untrusted(name, sheet, policy, whose)
        yield from critical_reasons(critical, self.ours)
        yield from nothing_passed(ours)
        yield from self._worse(comparisons, slices, stop)
        price = None
        if theirs is not None and ours.cost_per_task is not None and theirs.cost_per_task is not None:
            price = ours.cost_per_task + theirs.cost_per_task
        for name, comparison in comparisons.items():
            yield from not_comparable(comparison)
            if stop is None or stop.level is not None:
                alpha = self.levels.go if stop is None or stop.level is None else stop.level
                yield from not_shown_as_good(comparison, structs.replace(policy, alpha=alpha), price)
            yield from out_of_bounds(self._alone(name, ours), rules[name], ours, first=theirs is None)
        yield from over_budget(ours, policy.budget, replayed=self._replayed)

    def _worse(
        self, comparisons: Mapping[str, Comparison], slices: Sequence[TagSlice], stop: Stop | None
    ) -> Iterator[Reason]:
        if stop is not None and stop.worse:
            needed = None if self.levels.no_go_evidence is None else self.levels.no_go_evidence * len(self.rules)
            return worse_early(comparisons, stop.worse, needed)
        level = self.levels.no_go if stop is None or stop.level is None else stop.level
        return got_worse(comparisons, slices, self.policy, level)


def settle(reasons: Sequence[Reason], policy: GatePolicy) -> tuple[Outcome, bool]:
    """The gravest outcome among the reasons, and whether GO is advisory only."""
    for outcome in SEVERITY:
        if any(reason.outcome == outcome for reason in reasons):
            if outcome == "INCONCLUSIVE" and policy.mode == "advisory":
                return "GO", True
            return outcome, False
    return "GO", False
