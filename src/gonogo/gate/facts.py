"""Facts: what a Verdict GO rests on, in the order people ask for it.

Here: difference, other metrics, cost, tokens and latency on the tasks both ran, critical tasks, lost tasks.
Not here: reasons against (``trust``, ``regressions``, ``bounds``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from gonogo.domain import Comparison, CriticalTask, RatioComparison
from gonogo.gate.bounds import latency_p95
from gonogo.gate.compare import PRIMARY
from gonogo.gate.sheets import Sheet, TaskOutcome
from gonogo.gate.wording import change, correction, counted, first_headline, headline, points, ratio_said


def facts(
    comparisons: Mapping[str, Comparison],
    candidate: Sheet,
    baseline: Sheet | None,
    critical: Sequence[CriticalTask],
    ratios: Sequence[RatioComparison] = (),
) -> list[str]:
    """The clauses of a GO line; ``critical`` tasks all passed, but for those that flaked."""
    main = comparisons[PRIMARY]
    said = [first_headline(main) if baseline is None else headline(main)]
    for name, other in comparisons.items():
        if name != PRIMARY and other.difference is not None:
            said.append(f"{name} {points(other.difference)}{correction(other)}")
        elif name != PRIMARY and other.tasks:
            said.append(f"{name} {other.candidate:.3f}{correction(other)}")
    if baseline is not None:
        said += _resources(candidate, baseline)
        said += [f"{ratio_said(one)}, budget {one.budget:g}" for one in ratios if one.ratio is not None]
    if critical:
        flaked = sum(one.standing == "flaked" for one in critical)
        said.append(f"0/{len(critical)} critical failed" + (f" and {flaked} flaked" if flaked else ""))
    if main.errors:
        said.append(f"{counted(main.errors, 'task')} without result")
    return said


def _resources(candidate: Sheet, baseline: Sheet) -> list[str]:
    others = {outcome.task_id: outcome for outcome in baseline.ran}
    ours = [outcome for outcome in candidate.ran if outcome.task_id in others]
    theirs = [others[outcome.task_id] for outcome in ours]
    if not ours:
        return []
    slower = 1000 * (latency_p95(ours) - latency_p95(theirs))
    return [
        *change("cost", _cost(ours), _cost(theirs)),
        *change("tokens", _tokens(ours), _tokens(theirs)),
        *([f"p95 {round(slower):+d} ms"] if round(slower) else []),
    ]


def _cost(outcomes: Iterable[TaskOutcome]) -> float | None:
    costs = [outcome.cost for outcome in outcomes]
    known = [cost for cost in costs if cost is not None]
    return math.fsum(known) if len(known) == len(costs) else None


def _tokens(outcomes: Iterable[TaskOutcome]) -> float:
    return math.fsum(outcome.tokens for outcome in outcomes)
