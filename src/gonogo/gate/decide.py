"""Decide: GO, NO-GO, INCONCLUSIVE or INVALID. Reads no clock, no file, no network.

Here: which rule outweighs which. Not here: the rules (``rules``) and their wording (``wording``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.domain import EvaluationRun, GatePolicy, GoldenTask, MetricRule, Reason, Verdict, Version
from gonogo.domain.verdict import Outcome
from gonogo.gate import rules
from gonogo.gate.compare import PRIMARY, compare
from gonogo.gate.sheets import Sheet
from gonogo.gate.wording import verdict_line

DEFAULT_REQUIRE = {PRIMARY: MetricRule(margin=0.05)}
"""What is required where a Mission says nothing: a pass rate shown to stay within five points of live."""
SEVERITY: tuple[Outcome, ...] = ("INVALID", "NO-GO", "INCONCLUSIVE")
"""A run nobody can trust outweighs what it seems to show; a proven loss outweighs a missing proof."""


def decide(
    candidate: EvaluationRun, baseline: EvaluationRun | None, policy: GatePolicy, tasks: Sequence[GoldenTask]
) -> Verdict:
    """Go or no-go on the same golden tasks.

    GO is an intersection-union test: every required metric must be shown non-inferior, each at full ``alpha``, so no
    correction is needed (Berger 1982, Technometrics 24:295). NO-GO needs a proven loss, a failed critical task, a
    broken floor or budget. ``baseline`` is ``None`` for a first deployment: floors decide then.

    Raises:
        ValueError: the baseline was run on other tasks or rules; the caller must rerun or rescore it first.
    """
    if baseline is not None and baseline.gate_digest != candidate.gate_digest:
        raise ValueError("candidate and baseline were judged by different golden tasks or rules")
    ours = Sheet.of(candidate, tasks)
    theirs = None if baseline is None else Sheet.of(baseline, tasks)
    required = policy.require or DEFAULT_REQUIRE
    comparisons = {name: compare(name, ours, theirs, rule.margin, policy.alpha) for name, rule in required.items()}
    if PRIMARY not in comparisons:
        comparisons[PRIMARY] = compare(PRIMARY, ours, theirs, None, policy.alpha)
    reasons = [*rules.untrusted(ours, policy, "the candidate"), *rules.critical_failed(ours, policy)]
    if theirs is not None:
        reasons += rules.untrusted(theirs, policy, "the live Version")
    reasons += rules.nothing_passed(ours)
    for name, rule in required.items():
        reasons += rules.got_worse(comparisons[name], policy)
        reasons += rules.not_shown_as_good(comparisons[name], policy)
        reasons += rules.out_of_bounds(comparisons[name], rule)
    reasons += rules.over_budget(ours, policy.budget)
    outcome, advisory = _outcome(reasons, policy)
    main = comparisons[PRIMARY]
    critical = len(ours.selected(policy.critical))
    return Verdict(
        outcome=outcome,
        line=verdict_line(outcome, main, reasons, ours, theirs, critical, advisory),
        mission=candidate.mission,
        candidate=candidate.version,
        behaviour_digest=candidate.behaviour_digest,
        gate_digest=candidate.gate_digest,
        baseline=None if baseline is None else baseline.version,
        baseline_digest=None if baseline is None else baseline.behaviour_digest,
        reasons=tuple(reasons),
        comparisons=tuple(comparisons.values()),
        run_id=candidate.id,
        baseline_run_id=None if baseline is None else baseline.id,
        advisory=advisory,
        tasks_needed=rules.tasks_to_settle(main, policy) if outcome == "INCONCLUSIVE" else None,
    )


def same_behaviour(candidate: Version, live: Version) -> Verdict:
    """GO without running: nothing that can change an answer differs from what is live.

    Raises:
        ValueError: the behaviour digests differ.
    """
    if candidate.behaviour_digest != live.behaviour_digest:
        raise ValueError(f"{candidate.name} does not behave as {live.name}")
    return Verdict(
        outcome="GO",
        line=f"GO  {candidate.name} behaves as live {live.name} by digest: no answer can change, so nothing was run",
        mission=candidate.mission.name,
        candidate=candidate.number,
        behaviour_digest=candidate.behaviour_digest,
        gate_digest=candidate.gate_digest,
        baseline=live.number,
        baseline_digest=live.behaviour_digest,
        same_behaviour=True,
    )


def _outcome(reasons: Sequence[Reason], policy: GatePolicy) -> tuple[Outcome, bool]:
    for outcome in SEVERITY:
        if any(reason.outcome == outcome for reason in reasons):
            if outcome == "INCONCLUSIVE" and policy.mode == "advisory":
                return "GO", True
            return outcome, False
    return "GO", False
