"""Decide: GO, NO-GO, INCONCLUSIVE or INVALID. Reads no clock, no file, no network.

Here: from two runs to a Verdict. Not here: how many tasks decide (``stopping``), what they say (``trial``), its wording
(``wording``).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from gonogo.domain import EvaluationRun, GatePolicy, GoldenTask, Mission, Verdict, Version
from gonogo.gate.changes import changed_examination
from gonogo.gate.compare import PRIMARY
from gonogo.gate.critical import critical_tasks, reruns_of
from gonogo.gate.facts import facts
from gonogo.gate.hearing import hear, judged_otherwise
from gonogo.gate.judges import JudgeStanding
from gonogo.gate.ratios import measured_apart
from gonogo.gate.regressions import tasks_to_settle
from gonogo.gate.shadows import shadow_note
from gonogo.gate.sheets import Sheet
from gonogo.gate.stopping import may_stop_early, stopping_point
from gonogo.gate.trial import Trial, settle
from gonogo.gate.wording import stopped_at, verdict_line


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
    broken floor or budget. Where ``policy.stopping`` allows it, the first prefix of the random order that is enough
    decides; it is found from these results alone. ``baseline`` is ``None`` for a first deployment: floors decide then.

    Args:
        judges: of the candidate's Mission, each with its calibration. Those who may not decide are left out of the
            decision, and what the others say is corrected; with judges or clusters the full set decides.
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
    if not may_stop_early(policy, tasks, judges):
        policy = structs.replace(policy, stopping="fixed")
    ours = Sheet.of(candidate, tasks)
    theirs = None if baseline is None else Sheet.of(baseline, tasks)
    critical = critical_tasks(ours, theirs, policy, reruns_of(candidate), reruns_of(baseline))
    replayed = candidate.replayed or (baseline is not None and baseline.replayed)
    trial = Trial(ours, theirs, policy, heard, critical, replayed=replayed)
    stop = None
    if theirs is not None:
        stop = stopping_point(ours, theirs, policy, trial.rules, tasks, candidate.seed, trial.allows)
    judged = trial.judge(stop)
    runs = [(candidate, "the candidate"), *([] if baseline is None else [(baseline, "the live Version")])]
    reasons = (*judged_otherwise(runs, judges), *judged.reasons, *heard.notes, *shadow_note(candidate, tasks))
    if baseline is not None:
        reasons += tuple(measured_apart(candidate, baseline, policy.budget))
    if examinations is not None:
        reasons += tuple(changed_examination(*examinations))
    outcome, advisory = settle(reasons, policy)
    unproven = advisory or outcome == "INCONCLUSIVE"
    used, total = len(judged.ours.outcomes), len(ours.outcomes)
    said = facts(judged.comparisons, judged.ours, judged.theirs, critical, judged.ratios)
    stopped = stopped_at(used, total) if stop else ""
    return Verdict(
        outcome=outcome,
        line=verdict_line(outcome, reasons, said, advisory=advisory, stopped=stopped),
        mission=candidate.mission,
        candidate=candidate.version,
        behaviour_digest=candidate.behaviour_digest,
        gate_digest=candidate.gate_digest,
        baseline=None if baseline is None else baseline.version,
        baseline_digest=None if baseline is None else baseline.behaviour_digest,
        reasons=reasons,
        comparisons=(*judged.comparisons.values(), *trial.shown(judged)),
        run_id=candidate.id,
        baseline_run_id=None if baseline is None else baseline.id,
        advisory=advisory,
        calibrations={
            name: standing.calibration.id for name, standing in heard.standings.items() if standing.calibration
        },
        tasks_needed=tasks_to_settle(judged.comparisons[PRIMARY], trial.at_end) if unproven else None,
        slices=judged.slices,
        ratios=judged.ratios,
        critical=critical,
        stopping="fixed" if baseline is None else policy.stopping,
        stopped_early=stop is not None,
        tasks_used=used,
        tasks_total=total,
        seed=candidate.seed,
        go_level=trial.levels.go,
        no_go_level=trial.levels.no_go,
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
