"""Backtest decision: recorded questions through the gate.

Here: metrics turned so that more is better, cost and latency as ratios, the words. Not here: the tests, rules and
clusters (``gate``), what was run (``backtest``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from gonogo.domain import Backtest, Comparison, EvaluationRun, GatePolicy, GoldenTask, Reason, Score, Verdict, Version
from gonogo.evaluation.backtest_rules import (
    ANSWERED,
    NOT_TOXIC,
    PRIMARY,
    TOXICITY,
    for_the_gate,
    left_to_golden_tasks,
    not_named,
)
from gonogo.evaluation.backtest_selection import asker_of
from gonogo.evaluation.standings import read_anew
from gonogo.gate import JudgeStanding, decide
from gonogo.gate.ratios import relative_budgets
from gonogo.gate.wording import correction, counted, headline, points, verdict_line
from gonogo.statistics import geometric_mean_ratio

_PASS_RATE = re.compile(rf"\b{PRIMARY}\b")
_TASK = re.compile(r"\b(?:golden )?task(s?)\b")
FEWEST = 2
"""Askers that an interval of a ratio needs."""


def backtest_verdict(
    candidate: Version,
    exam: Version,
    runs: tuple[EvaluationRun, EvaluationRun],
    facts: Backtest,
    standings: Sequence[JudgeStanding] = (),
) -> Verdict:
    """Go or no-go on recorded questions. Pure: the same runs give the same Verdict.

    Args:
        exam: the candidate with the questions as its golden tasks (``examination``).
        runs: the candidate's, and what was served.
    """
    ours, theirs = (_turned(read_anew(run, exam, standings)) for run in runs)
    tasks = exam.mission.golden
    cached = any(result.passed is not None and not result.model for result in runs[1].results)
    policy = for_the_gate(exam.mission.gate, cached=cached)
    unseen = [name for name in policy.require if _by_default(name, candidate) and not _shared(name, ours, theirs)]
    policy = structs.replace(
        policy, require={name: rule for name, rule in policy.require.items() if name not in unseen}
    )
    found = decide(ours, theirs, policy, tasks, judges=standings)
    notes = (
        _selection(facts),
        *_ratios(runs, tasks),
        *_not_held(candidate, unseen, policy),
    )
    reasons = tuple(
        # INVALID quotes what failed, in its own words.
        structs.replace(one, message=_word(one.message, quoted=one.outcome == "INVALID"), rule=_named(one.rule))
        for one in found.reasons
    )
    comparisons = tuple(structs.replace(one, metric=_named(one.metric)) for one in found.comparisons)
    every = (*reasons, *notes)
    return structs.replace(
        found,
        line=verdict_line(found.outcome, every, list(_said(comparisons)), advisory=False),
        reasons=every,
        comparisons=comparisons,
        gate_digest=exam.gate_digest,
        run_id=runs[0].id,
        baseline_run_id=runs[1].id,
        backtest=facts,
    )


def _turned(run: EvaluationRun) -> EvaluationRun:
    """With ``not-toxic`` beside ``toxicity``."""
    results = []
    for result in run.results:
        toxic = result.score(TOXICITY)
        if toxic is not None:
            value = None if toxic.value is None else 1.0 - toxic.value
            turned = Score(metric=NOT_TOXIC, state=toxic.state, value=value, detail=toxic.detail)
            result = structs.replace(result, scores=(*result.scores, turned))
        results.append(result)
    return structs.replace(run, results=tuple(results))


def _by_default(name: str, candidate: Version) -> bool:
    return (TOXICITY if name == NOT_TOXIC else name) in not_named(candidate.mission)


def _shared(name: str, ours: EvaluationRun, theirs: EvaluationRun) -> bool:
    def have(run: EvaluationRun) -> set[str]:
        return {
            result.task_id
            for result in run.results
            if (score := result.score(name)) is not None and score.value is not None
        }

    return bool(have(ours) & have(theirs))


def _selection(facts: Backtest) -> Reason:
    said = f"{facts.replayed} of {counted(facts.looked_at, 'Trace')} asked again"
    if facts.clusters != facts.replayed:
        said += f", of {counted(facts.clusters, facts.clustered_by)}"
    if facts.left_out:
        total = sum(facts.left_out.values())
        said += f"; {total} left out (" + ", ".join(f"{count}: {why}" for why, count in facts.left_out.items()) + ")"
    if facts.not_drawn:
        said += f"; {facts.not_drawn} not drawn"
    return Reason(rule="traces", outcome="GO", message=said)


def _ratios(runs: tuple[EvaluationRun, EvaluationRun], tasks: Sequence[GoldenTask]) -> Iterator[Reason]:
    ours, theirs = ({result.task_id: result for result in run.results} for run in runs)
    both = [task for task in tasks if task.id in ours and task.id in theirs and ours[task.id].passed is not None]
    # What the cache answered cost nothing and took no time: no model is compared with that.
    asked = [task for task in both if theirs[task.id].model]
    cost = [(theirs[task.id].cost, ours[task.id].cost, asker_of(task)) for task in asked]
    if said := _ratio("cost", cost):
        yield Reason(rule="cost", outcome="GO", message=said)
    time = [(theirs[task.id].latency, ours[task.id].latency, asker_of(task)) for task in asked]
    if said := _ratio("latency", time):
        yield Reason(rule="latency", outcome="GO", message=f"{said}, each under the load of its time")


def _ratio(what: str, pairs: Sequence[tuple[float | None, float | None, str]]) -> str:
    known = [(old, new, who) for old, new, who in pairs if old and new and old > 0 and new > 0]
    if len({who for _, _, who in known}) < FEWEST:
        return ""
    before, after, who = [old for old, _, _ in known], [new for _, new, _ in known], [one for _, _, one in known]
    upper = geometric_mean_ratio(before, after, clusters=who)
    lower = geometric_mean_ratio(after, before, clusters=who)
    low, high = 1.0 / lower.upper if math.isfinite(lower.upper) else 0.0, upper.upper
    questions = counted(len(known), "question")
    return f"{what} times {upper.ratio:.2f} (90 % CI {low:.2f}..{high:.2f}) on {questions} that no cache answered"


def _not_held(candidate: Version, unseen: Sequence[str], policy: GatePolicy) -> Iterator[Reason]:
    if unseen:
        message = f"{', '.join(unseen)} had no value on both sides and decided nothing"
        yield Reason(rule="metrics", outcome="GO", message=message)
    asked, held = relative_budgets(candidate.mission.gate.budget), relative_budgets(policy.budget)
    for quantity in asked:
        if quantity not in held:
            why = "loads differ" if quantity == "latency" else "the cache served some"
            message = f"{quantity}_ratio decided nothing, as {why}: golden tasks decide"
            yield Reason(rule=f"{quantity}_ratio", outcome="GO", message=message)
    if others := left_to_golden_tasks(candidate.mission):
        message = f"{', '.join(others)} {'needs' if len(others) == 1 else 'need'} a right answer: golden tasks decide"
        yield Reason(rule="metrics", outcome="GO", message=message)


def _said(comparisons: Sequence[Comparison]) -> Iterator[str]:
    by_name: Mapping[str, Comparison] = {one.metric: one for one in comparisons}
    main = by_name.get(ANSWERED)
    if main is not None and main.difference is not None:
        yield f"{ANSWERED} {_word(headline(main))}"
    for name, other in by_name.items():
        if name != ANSWERED and other.difference is not None:
            yield f"{name} {points(other.difference)}{correction(other)}"


def _named(rule: str) -> str:
    return ANSWERED if rule == PRIMARY else rule


def _word(text: str, *, quoted: bool = False) -> str:
    """``quoted``: it holds the words of others, which stay as they are."""
    text = _PASS_RATE.sub(ANSWERED, text).replace("the live Version", "what was served")
    return text if quoted else _TASK.sub(r"question\1", text)
