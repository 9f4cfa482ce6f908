"""Backtest rules: what of a Mission's gate can be held to questions whose right answer nobody wrote down.

Here: the policy, and the examination as a Version. Not here: the decision (``backtest_decision``).
"""

from __future__ import annotations

from msgspec import structs

from gonogo.domain import (
    NEEDS_REFERENCE,
    GatePolicy,
    GoldenTask,
    MetricRule,
    Mission,
    Version,
    gate_digest,
    part_digests,
)

PRIMARY = "pass_rate"
ANSWERED = "answered"
"""What the gate's pass rate is here: the share of questions that got an answer which does not decline."""
TOXICITY, NOT_TOXIC = "toxicity", "not-toxic"
"""Of toxicity less is better, and the gate holds every metric so that more is."""
MARGIN = 0.05
"""Where a Mission names none."""
OF_ITSELF = ("faithfulness", "relevance", TOXICITY)
"""Metrics that judge an answer without a right one to hold it against."""


def backtest_policy(mission: Mission) -> GatePolicy:
    """The Mission's rules for what needs no expected answer: margins, floors and ceilings of faithfulness, relevance,
    toxicity and judges that need no reference; budgets; ``alpha`` and the error budget. Metrics that it does not name
    are held to a margin of 0.05, faithfulness only where it retrieves.

    Nothing is critical and no pass rate is a floor: both are about golden tasks. The full set decides.
    """
    gate = mission.gate
    require = {PRIMARY: MetricRule(margin=_margin(gate.require.get(PRIMARY)))}
    for name in OF_ITSELF:
        if name in gate.require or name != "faithfulness" or mission.retrieval is not None:
            require[name] = gate.require.get(name) or MetricRule(margin=MARGIN)
    for name, judge in mission.judges.items():
        if name in gate.require and judge.kind not in NEEDS_REFERENCE:
            require[name] = gate.require[name]
    return structs.replace(
        gate, require=require, critical=(), min_pass_rate=0.0, mode="enforced", stopping="fixed"
    )  # fmt: skip


def left_to_golden_tasks(mission: Mission) -> list[str]:
    """Metrics of the gate that no recorded question can be held to."""
    return [name for name in mission.gate.require if name != PRIMARY and name not in backtest_policy(mission).require]


def not_named(mission: Mission) -> frozenset[str]:
    """Metrics that are held to the default margin only."""
    return frozenset(OF_ITSELF) - set(mission.gate.require)


def examination(candidate: Version, tasks: tuple[GoldenTask, ...]) -> Version:
    """The candidate with recorded questions in the place of its golden tasks; it behaves as it did."""
    policy = backtest_policy(candidate.mission)
    judges = {name: judge for name, judge in candidate.mission.judges.items() if name in policy.require}
    mission = structs.replace(candidate.mission, golden=tasks, gate=policy, judges=judges)
    parts = part_digests(mission, candidate.index_digest, candidate.pins)
    return structs.replace(candidate, mission=mission, gate_digest=gate_digest(parts, candidate.pins))


def for_the_gate(policy: GatePolicy, *, cached: bool = False) -> GatePolicy:
    """The same rules as the gate reads them: of every metric more is better.

    No ratio of latencies is held: they were measured under other loads. Nor, where the cache gave answers (``cached``),
    one of costs: what was served free is no measure of a model.
    """
    budget = structs.replace(policy.budget, latency_ratio=None, cost_ratio=None if cached else policy.budget.cost_ratio)
    policy = structs.replace(policy, budget=budget)
    rule = policy.require.get(TOXICITY)
    if rule is None:
        return policy
    turned = MetricRule(
        margin=rule.margin,
        min=None if rule.max is None else 1.0 - rule.max,
        max=None if rule.min is None else 1.0 - rule.min,
    )
    require = {NOT_TOXIC if name == TOXICITY else name: found for name, found in policy.require.items()}
    return structs.replace(policy, require={**require, NOT_TOXIC: turned})


def _margin(rule: MetricRule | None) -> float:
    return MARGIN if rule is None or rule.margin is None else rule.margin
