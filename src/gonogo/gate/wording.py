"""Wording: how the gate says numbers, and a whole Verdict in one line.

Here: text only. Not here: decisions (``decide``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.domain import Comparison, Reason
from gonogo.gate.sheets import Sheet

MOST_NAMES = 5


def points(share: float | None) -> str:
    """A difference of shares in percentage points, signed: ``-1.3 pts``."""
    return "unknown" if share is None else f"{100 * share:+.1f} pts"


def percent(share: float) -> str:
    """A share: ``90 %``."""
    return f"{100 * share:g} %"


def named(tasks: Sequence[str]) -> str:
    """The first few task ids."""
    more = f" and {len(tasks) - MOST_NAMES} more" if len(tasks) > MOST_NAMES else ""
    return ", ".join(tasks[:MOST_NAMES]) + more


def verdict_line(
    outcome: str,
    main: Comparison,
    reasons: Sequence[Reason],
    candidate: Sheet,
    baseline: Sheet | None,
    critical: int,
    advisory: bool,
) -> str:
    """The whole Verdict in one line: outcome, difference with interval and margin, cost and latency, critical tasks."""
    blocking = [reason for reason in reasons if reason.outcome == outcome]
    if blocking:
        return f"{outcome}  " + "; ".join(reason.message for reason in blocking)
    facts = [_headline(main)]
    facts.extend(_resources(candidate, baseline))
    if critical:
        facts.append(f"0/{critical} critical failed")
    if advisory:
        facts.append("ADVISORY: too few tasks to prove it")
    return f"{outcome}  " + "; ".join(facts)


def _headline(main: Comparison) -> str:
    if main.difference is None:
        interval = (
            ""
            if main.low is None or main.high is None
            else f" ({percent(main.confidence)} CI {100 * main.low:.1f}..{100 * main.high:.1f})"
        )
        said = f"{main.metric} {100 * main.candidate:.1f} %{interval} on {main.tasks} tasks"
        return f"{said}; first deployment, nothing to compare with"
    margin = f", margin {-100 * main.margin:g}" if main.margin is not None else ""
    interval = (
        f"({percent(main.confidence)} CI {100 * (main.low or 0.0):+.1f}..{100 * (main.high or 0.0):+.1f}{margin})"
    )
    return f"{points(main.difference)} {interval} on {main.tasks} paired tasks"


def _resources(candidate: Sheet, baseline: Sheet | None) -> list[str]:
    if baseline is None:
        return []
    facts = []
    ours, theirs = _total_cost(candidate), _total_cost(baseline)
    if ours is not None and theirs:
        facts.append(f"cost {100 * (ours / theirs - 1):+.0f} %")
    tokens, before = (sum(outcome.tokens for outcome in sheet.ran) for sheet in (candidate, baseline))
    if before:
        facts.append(f"tokens {100 * (tokens / before - 1):+.0f} %")
    return facts


def _total_cost(sheet: Sheet) -> float | None:
    costs = [outcome.cost for outcome in sheet.ran]
    return None if any(cost is None for cost in costs) else sum(cost for cost in costs if cost is not None)
