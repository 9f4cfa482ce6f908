"""Decide: GO, NO-GO, INCONCLUSIVE or INVALID. Reads no clock, no file, no network.

Here: which rule outweighs which. Not here: the rules (``trust``, ``regressions``, ``bounds``), their wording
(``wording``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from gonogo.domain import (
    Comparison,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    MetricRule,
    Mission,
    Reason,
    Verdict,
    Version,
)
from gonogo.domain.verdict import Outcome
from gonogo.gate.bounds import nothing_passed, out_of_bounds, over_budget
from gonogo.gate.changes import changed_examination
from gonogo.gate.compare import PRIMARY, alone, compare
from gonogo.gate.facts import facts
from gonogo.gate.hearing import Heard, hear, judged_otherwise
from gonogo.gate.judges import JudgeStanding
from gonogo.gate.regressions import critical_failed, got_worse, not_shown_as_good, tasks_to_settle
from gonogo.gate.sheets import Sheet, out_of_scale
from gonogo.gate.trust import metric_untrusted, not_comparable, untrusted
from gonogo.gate.wording import verdict_line

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


def decide(
    candidate: EvaluationRun,
    baseline: EvaluationRun | None,
    policy: GatePolicy,
    tasks: Sequence[GoldenTask],
    *,
    examinations: tuple[Mission, Mission] | None = None,
    judges: Sequence[JudgeStanding] = (),
) -> Verdict:
    """Go or no-go on the same golden tasks.

    GO is an intersection-union test: every required metric must be shown non-inferior, each at full ``alpha``, so no
    correction is needed (Berger 1982, Technometrics 24:295). NO-GO needs a proven loss, a failed critical task, a
    broken floor or budget. ``baseline`` is ``None`` for a first deployment: floors decide then.

    Args:
        judges: of the candidate's Mission, each with its calibration. Those who may not decide are left out of the
            decision, and what the others say is corrected.
        examinations: candidate's and live's Mission; where their golden tasks or rules differ, the Verdict says so.

    Raises:
        ValueError: the baseline was run on other tasks or rules; the caller must run it on these first.
    """
    if baseline is not None and baseline.gate_digest != candidate.gate_digest:
        raise ValueError(
            f"runs {candidate.id} and {baseline.id} were judged by different golden tasks or gate rules: run the "
            "baseline on the candidate's first"
        )
    heard = hear(policy, tasks, judges, candidate, baseline)
    policy, tasks = heard.policy, heard.tasks
    ours = Sheet.of(candidate, tasks)
    theirs = None if baseline is None else Sheet.of(baseline, tasks)
    rules = required(policy)
    judged = [name for name in rules if not any(out_of_scale(sheet, name) for sheet in (ours, theirs) if sheet)]
    comparisons = {name: _compared(name, ours, theirs, rules[name].margin, policy.alpha, heard) for name in judged}
    runs = [(candidate, "the candidate"), *([] if baseline is None else [(baseline, "the live Version")])]
    reasons = (
        *judged_otherwise(runs, judges),
        *_reasons(ours, theirs, comparisons, rules, policy, heard),
        *heard.notes,
    )
    if examinations is not None:
        reasons += tuple(changed_examination(*examinations))
    outcome, advisory = _outcome(reasons, policy)
    unproven = advisory or outcome == "INCONCLUSIVE"
    said = facts(comparisons, ours, theirs, policy.critical)
    return Verdict(
        outcome=outcome,
        line=verdict_line(outcome, reasons, said, advisory=advisory),
        mission=candidate.mission,
        candidate=candidate.version,
        behaviour_digest=candidate.behaviour_digest,
        gate_digest=candidate.gate_digest,
        baseline=None if baseline is None else baseline.version,
        baseline_digest=None if baseline is None else baseline.behaviour_digest,
        reasons=reasons,
        comparisons=(
            *comparisons.values(),
            *(_compared(name, ours, theirs, None, policy.alpha, heard) for name in heard.shown),
        ),
        run_id=candidate.id,
        baseline_run_id=None if baseline is None else baseline.id,
        advisory=advisory,
        calibrations={
            name: standing.calibration.id for name, standing in heard.standings.items() if standing.calibration
        },
        tasks_needed=tasks_to_settle(comparisons[PRIMARY], policy) if unproven else None,
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


def _compared(
    name: str, ours: Sheet, theirs: Sheet | None, margin: float | None, alpha: float, heard: Heard
) -> Comparison:
    if theirs is None:
        return heard.mean(alone(name, ours, alpha))
    return heard.difference(compare(name, ours, theirs, margin, alpha))


def _reasons(
    ours: Sheet,
    theirs: Sheet | None,
    comparisons: Mapping[str, Comparison],
    rules: Mapping[str, MetricRule],
    policy: GatePolicy,
    heard: Heard,
) -> Iterator[Reason]:
    sides = [(ours, "the candidate")] if theirs is None else [(ours, "the candidate"), (theirs, "the live Version")]
    for sheet, whose in sides:
        yield from untrusted(sheet, policy, whose)
        for name in rules:
            yield from metric_untrusted(name, sheet, policy, whose)
    yield from critical_failed(ours, policy)
    yield from nothing_passed(ours)
    yield from got_worse(comparisons, policy)
    price = None
    if theirs is not None and ours.cost_per_task is not None and theirs.cost_per_task is not None:
        price = ours.cost_per_task + theirs.cost_per_task
    for name, comparison in comparisons.items():
        yield from not_comparable(comparison)
        yield from not_shown_as_good(comparison, policy, price)
        yield from out_of_bounds(heard.mean(alone(name, ours, policy.alpha)), rules[name], ours, first=theirs is None)
    yield from over_budget(ours, policy.budget)


def _outcome(reasons: Sequence[Reason], policy: GatePolicy) -> tuple[Outcome, bool]:
    for outcome in SEVERITY:
        if any(reason.outcome == outcome for reason in reasons):
            if outcome == "INCONCLUSIVE" and policy.mode == "advisory":
                return "GO", True
            return outcome, False
    return "GO", False
