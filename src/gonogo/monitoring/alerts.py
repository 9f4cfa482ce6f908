"""Alerts: what the on-call person reads: one line, then details.

Here: which readings become an Alert, how severe it is, and its words.
Not here: the readings (``drift``, ``regressions``), doing something (``monitor``).

Severity needs evidence and effect together: a tiny change that is certain never pages.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from gonogo.domain import Alert, RateReading
from gonogo.monitoring.drift import DriftReading
from gonogo.monitoring.readings import evidence_words, percent
from gonogo.monitoring.reference import Live
from gonogo.monitoring.regressions import TOLERANCE, RateWatch
from gonogo.monitoring.usual import Side

DRIFT = "drift"

_WORDS: dict[tuple[str, Side], str] = {
    ("refused", "high"): "refusals",
    ("too_short", "high"): "answers far shorter than usual",
    ("too_long", "high"): "answers far longer than usual",
    ("odd_words", "high"): "answers full of odd words",
    ("repetition", "high"): "answers that repeat themselves",
    ("off_question", "high"): "answers far from their question",
    ("length", "low"): "unusually short answers",
    ("length", "high"): "unusually long answers",
    ("density", "low"): "unusually repetitive answers",
    ("density", "high"): "unusually terse answers",
    ("stop_words", "low"): "answers with unusually few function words",
    ("stop_words", "high"): "answers with unusually many function words",
    ("markup", "low"): "answers with unusually little markup",
    ("markup", "high"): "answers with unusually much markup",
    ("variety", "low"): "answers with unusually few different words",
    ("variety", "high"): "answers with unusually many different words",
    ("closeness", "low"): "answers unusually far from their question",
    ("closeness", "high"): "answers unusually close to their question's words",
}
_HARMFUL = frozenset(
    {("refused", "high"), ("odd_words", "high"), ("repetition", "high"), ("off_question", "high"), ("closeness", "low")}
)


def signal_words(name: str, side: Side) -> str:
    """A signal and the way it went, in plain words."""
    return _WORDS.get((name, side), name)


def rate_alert(watch: RateWatch, live: Live, roll_back_on: Collection[str]) -> Alert | None:
    """An Alert where a rate rose; it pages where the Mission wants that rate to roll back."""
    if watch.state != "risen" or watch.since is None:
        return None
    page = watch.name in roll_back_on
    message = _line(
        page, live, watch.words, watch.before, watch.after, watch.topic, watch.since, watch.requests, watch.evidence
    )
    return Alert(
        monitor=watch.name,
        mission=live.mission,
        version=live.version,
        severity="page" if page else "notice",
        message=message + _release(live, watch.since),
        evidence=watch.evidence,
        threshold=watch.threshold,
        bound=(
            f"a Version whose rate is at most {100 * TOLERANCE:.0f} point above the rate before is ever claimed to be "
            f"worse with probability at most {percent(watch.alpha)}, however often somebody looks"
        ),
        since=watch.since,
        before=watch.before,
        after=watch.after,
        topic=watch.topic,
        examples=watch.examples,
        action=action(live) if page else "none: informs only, `monitors.roll_back_on` does not name it",
    )


def drift_alert(drift: DriftReading, live: Live) -> Alert | None:
    """An Alert where answers changed.

    Without a deployment between, any change pages: nobody here made it. After one, only what harms does: other lengths
    and styles may be meant, and the gate has seen them.
    """
    if drift.state != "alarm" or drift.since is None or drift.before is None or drift.after is None:
        return None
    page = not drift.released or (drift.leading, drift.side) in _HARMFUL
    words = signal_words(drift.leading, drift.side)
    message = _line(
        page, live, words, drift.before, drift.after, drift.topic, drift.since, drift.after.total, drift.evidence
    )
    cause = _release(live, drift.since) if drift.released else "; no deployment lies between"
    return Alert(
        monitor=DRIFT,
        mission=live.mission,
        version=live.version,
        severity="page" if page else "notice",
        message=message + cause,
        evidence=drift.evidence,
        threshold=drift.threshold,
        bound=drift.bound,
        since=drift.since,
        before=drift.before,
        after=drift.after,
        topic=drift.topic,
        examples=drift.examples,
        action=action(live) if page else "none: informs only; answers changed with the deployment",
    )


def action(live: Live) -> str:
    """What to do now, as a command."""
    if live.last_good is None:
        return f"nothing good was live before: look at the examples, then edit, prove and deploy {live.mission}"
    if live.kind == "rollback":
        return (
            f"look first: {live.name} is itself what was rolled back to, so the cause may lie outside; "
            f"`gonogo rollback {live.mission} --to {live.last_good}` goes further back"
        )
    # A plain rollback returns to the Version just before, which somebody may have rolled back from.
    to = "" if live.last_good == live.before else f" --to {live.last_good}"
    place = "" if live.environment == "production" else f" -e {live.environment}"
    return f"`gonogo rollback {live.mission}{place}{to}`"


def details(alert: Alert) -> tuple[str, ...]:
    """The lines under the first: bound, examples, action."""
    examples = ", ".join(alert.examples)
    return (
        f"Bound: {alert.bound}",
        *((f"Examples: {examples}",) if examples else ()),
        *((f"Action: {alert.action}",) if alert.action else ()),
    )


def clock_time(seconds: float) -> str:
    """``2026-11-23 14:05 UTC``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def odds(evidence: float) -> str:
    """Evidence as ``1 in 38,000``."""
    return f"1 in {evidence_words(evidence)}"


def _line(
    page: bool,
    live: Live,
    words: str,
    before: RateReading,
    after: RateReading,
    topic: str,
    since: float,
    requests: int,
    evidence: float,
) -> str:
    where = f' in topic "{topic}"' if topic else ""
    low, high = 100.0 * (after.low or 0.0), 100.0 * (after.high or 0.0)
    return (
        f"{'ALARM' if page else 'NOTICE'} {live.name}: {words} {percent(before.value or 0.0)} -> "
        f"{percent(after.value or 0.0)} [{low:.1f}, {high:.1f}]{where} since {clock_time(since)} "
        f"({requests:,} requests), evidence {odds(evidence)}"
    )


def _release(live: Live, since: float) -> str:
    after = since - live.since
    if after < 90.0:
        return f"; started as {live.name} went live"
    if after < 5_400.0:
        return f"; started {after / 60.0:.0f} min after {live.name} went live"
    return f"; started {after / 3_600.0:.1f} h after {live.name} went live"
