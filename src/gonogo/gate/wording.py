"""Wording: how the gate says numbers, and a whole Verdict in one line.

Here: text only. Not here: decisions (``decide``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.domain import Comparison, RatioComparison, Reason

MOST_NAMES = 5


def stopped_at(used: int, total: int) -> str:
    """``stopped at 170/300, saved 43 %``."""
    return f"stopped at {used}/{total}, saved {round(100 * (1 - used / total))} %"


def points(share: float | None) -> str:
    """A difference of shares in percentage points, signed: ``-1.3 pts``."""
    return "unknown" if share is None else f"{_signed(100 * share)} pts"


def percent(share: float) -> str:
    """A share: ``90 %``."""
    return f"{100 * share:g} %"


def dollars(amount: float) -> str:
    """An amount: ``$2.60``; three significant digits below a dollar."""
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.3g}"


def counted(number: int, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def named(tasks: Sequence[str]) -> str:
    """The first few task ids."""
    more = f" and {len(tasks) - MOST_NAMES} more" if len(tasks) > MOST_NAMES else ""
    return ", ".join(tasks[:MOST_NAMES]) + more


def interval(comparison: Comparison) -> str:
    """The interval of a difference, in points: ``90 % CI -0.6..+3.2``."""
    low, high = comparison.low or 0.0, comparison.high or 0.0
    return f"{percent(comparison.confidence)} CI {_signed(100 * low)}..{_signed(100 * high)}"


def correction(comparison: Comparison) -> str:
    """What was done to a judged value, where anything was: ``, corrected from 0.880 (Rogan-Gladen on 120 labels)``."""
    if not comparison.corrected or comparison.observed is None:
        return ""
    was = points(comparison.observed) if comparison.difference is not None else f"{comparison.observed:.3f}"
    return f", corrected from {was} ({comparison.corrected})"


def verdict_line(
    outcome: str, reasons: Sequence[Reason], facts: Sequence[str], *, advisory: bool, stopped: str = ""
) -> str:
    """The whole Verdict in one line: why not, or else the facts; ``stopped`` early, where it was; what a candidate
    changed in its examination last."""
    blocking = [reason.message for reason in reasons if reason.outcome == outcome and outcome != "GO"]
    said = blocking or list(facts)
    if stopped:
        said.append(stopped)
    if advisory:
        unproven = [reason.message for reason in reasons if reason.outcome == "INCONCLUSIVE"]
        said.append("ADVISORY, deployed without proof: " + "; ".join(unproven))
    said += [reason.message for reason in reasons if reason.outcome == "GO"]
    return f"{outcome}  " + "; ".join(said)


def headline(comparison: Comparison) -> str:
    """One Comparison with a live Version: ``+1.3 pts (90 % CI -0.6..+3.2, margin -5) on 300 paired tasks``."""
    margin = "" if comparison.margin is None else f", margin {100 * (comparison.bound or 0.0):g}"
    said = f"{points(comparison.difference)} ({interval(comparison)}{margin}) on "
    return said + counted(comparison.tasks, "paired task") + in_clusters(comparison)


def in_clusters(comparison: Comparison) -> str:
    """`` in 60 clusters, worth 212 independent ones``; empty where every task stands alone."""
    if comparison.clusters is None or comparison.worth is None:
        return ""
    return f" in {counted(comparison.clusters, 'cluster')}, worth {comparison.worth:.0f} independent ones"


def first_headline(value: Comparison) -> str:
    """The candidate alone."""
    shown = f"{value.metric} {100 * value.candidate:.1f} %"
    if value.low is not None and value.high is not None:
        shown += f" ({percent(value.confidence)} CI {100 * value.low:.1f}..{100 * value.high:.1f})"
    return (
        f"{shown} on {counted(value.tasks, 'task')}{in_clusters(value)}; first deployment, nothing live to compare with"
    )


def ratio_said(found: RatioComparison) -> str:
    """``cost is 0.82 times that of live (90 % CI 0.79..0.86, 300 tasks)``."""
    if found.ratio is None or found.low is None or found.high is None:
        return f"how {found.quantity} stands to that of live is unknown"
    tasks = counted(found.tasks, "task")
    shown = f"{percent(found.confidence)} CI {found.low:.3g}..{found.high:.3g}, {tasks}"
    return f"{found.quantity} is {found.ratio:.3g} times that of live ({shown})"


def change(label: str, ours: float | None, theirs: float | None) -> list[str]:
    """A relative change, ``cost -18 %``; nothing where either side is unknown, live's is 0, or none can be seen."""
    if ours is None or not theirs:
        return []
    difference = 100 * (ours / theirs - 1)
    return [f"{label} {_signed(difference, 0)} %"] if round(difference) else []


def _signed(number: float, digits: int = 1) -> str:
    # Adding 0.0 turns the -0.0 that rounding leaves into 0.0.
    return f"{round(number, digits) + 0.0:+.{digits}f}"
