"""Monitor: one look at an Environment: what serves, how it fares, what changed, and what to do.

Here: the report, and rolling back when the Mission asks for it and the evidence is there.
Not here: the statistics (``drift``, ``regressions``), moving the pointer (``deployments``), printing (``cli``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct, structs

from gonogo.clock import Clock
from gonogo.contracts import Store, TextReader
from gonogo.domain import Alert, Deployment, MonitorPolicy, Trace, Version
from gonogo.errors import GonogoError
from gonogo.monitoring.adjustment import Behaviour
from gonogo.monitoring.alerts import clock_time, drift_alert, rate_alert
from gonogo.monitoring.drift import LEAST_REFERENCE, DriftReading, alarm_threshold, read_drift
from gonogo.monitoring.rates import RateRule, Traffic, rate_rules, read_traffic
from gonogo.monitoring.reference import Compared, Live, compared, find_live, traces_of
from gonogo.monitoring.regressions import NOTICE_ALPHA, ROLLBACK_ALPHA, RateWatch, watch_rates
from gonogo.monitoring.signals import IsRefusal, SignalMemory
from gonogo.monitoring.topics import Topics, TopicShift, learn_topics, shifts

if TYPE_CHECKING:
    from gonogo.contracts.text import Vector

WINDOW: Final = 1_000
"""Newest Traces that rates are read over, of now and of before."""

RollBack = Callable[[int, str], Awaitable[Deployment]]
"""Moves the pointer to a Version number, for a reason."""

MonitorState = Literal["nothing-live", "no-traffic", "calm", "watching", "notice", "alarm"]


class MonitorReport(Struct, frozen=True, kw_only=True):
    """One look.

    ``state`` in one word; ``note`` says what to do where there is nothing to report. ``now`` and ``before`` are the
    live Version's and the compared Version's newest window. ``watches``: each harmful rate since the deployment.
    ``mix``: topics whose share moved; informs, never pages. Times in seconds since 1970.
    """

    mission: str
    environment: str
    at: float
    state: MonitorState
    note: str = ""
    live: Live | None = None
    now: Traffic | None = None
    before: Traffic | None = None
    drift: DriftReading | None = None
    watches: tuple[RateWatch, ...] = ()
    alerts: tuple[Alert, ...] = ()
    mix: tuple[TopicShift, ...] = ()

    @property
    def paging(self) -> bool:
        """Whether somebody must look now."""
        return any(alert.severity == "page" for alert in self.alerts)


async def report(
    store: Store,
    mission: str,
    environment: str,
    *,
    reader: TextReader,
    is_refusal: IsRefusal,
    clock: Clock,
    window: int = WINDOW,
    memory: SignalMemory | None = None,
) -> MonitorReport:
    """Look once. Nothing is stored: the same Traces give the same report.

    Args:
        is_refusal: whether an answer declines.
        window: newest Traces for rates; drift and regressions follow everything since the deployment.
        memory: signals read by earlier looks; give the same one again when looking often.
    """
    at = clock.now()
    live = await find_live(store, mission, environment)
    if live is None:
        note = f"nothing of {mission} is live in {environment}: `gonogo deploy FOLDER` makes a Version live"
        return MonitorReport(mission=mission, environment=environment, at=at, state="nothing-live", note=note)
    version = await store.version(mission, live.version)
    before, now = await traces_of(store, live)
    known = SignalMemory() if memory is None else memory
    return await asyncio.to_thread(_report, live, version, before, now, at, window, reader, is_refusal, known)


async def watch_once(
    store: Store,
    mission: str,
    environment: str,
    *,
    reader: TextReader,
    is_refusal: IsRefusal,
    clock: Clock,
    window: int = WINDOW,
    memory: SignalMemory | None = None,
    roll_back: RollBack | None = None,
) -> MonitorReport:
    """Look once, and roll back where a rate that the Mission names has risen beyond doubt.

    It goes back to the last good Version, never from a Version that was itself rolled back to (two bad Versions would
    take turns), and never when the pointer has moved since the look. What was done is each Alert's ``action``; a
    rollback that fails is said there too, and the Alert stands.

    Args:
        roll_back: ``None`` only reports.
    """
    found = await report(
        store,
        mission,
        environment,
        reader=reader,
        is_refusal=is_refusal,
        clock=clock,
        window=window,
        memory=memory,
    )
    live = found.live
    if roll_back is None or live is None or live.last_good is None or live.kind == "rollback":
        return found
    policy = await _policy(store, live)
    causes = [alert for alert in found.alerts if alert.monitor in policy.roll_back_on and alert.severity == "page"]
    if not causes:
        return found
    done = await _rolled_back(store, live, live.last_good, causes[0], roll_back)
    alerts = tuple(structs.replace(alert, action=done) if alert in causes else alert for alert in found.alerts)
    return structs.replace(found, alerts=alerts)


async def _rolled_back(store: Store, live: Live, to: int, cause: Alert, roll_back: RollBack) -> str:
    """Go back, and say what happened."""
    place = await store.environment(live.mission, live.environment)
    if place is None or place.revision != live.revision:
        return "not rolled back: somebody moved the pointer meanwhile, look again"
    try:
        made = await roll_back(to, cause.message)
    except GonogoError as error:
        return f"NOT rolled back: {error}"
    undo = f"`gonogo rollback {live.mission} -e {live.environment} --to {live.version}` undoes it"
    return f"rolled back to {live.mission}@{made.version} at {clock_time(made.created_at)}; {undo}"


async def _policy(store: Store, live: Live) -> MonitorPolicy:
    version = await store.version(live.mission, live.version)
    return MonitorPolicy() if version is None else version.mission.monitors


def _report(
    live: Live,
    version: Version | None,
    before: Sequence[Trace],
    now: Sequence[Trace],
    at: float,
    window: int,
    reader: TextReader,
    is_refusal: IsRefusal,
    memory: SignalMemory,
) -> MonitorReport:
    rules = rate_rules(is_refusal, None if version is None else _checks(version))
    then = None if live.before is None else read_traffic(live.before, before[-window:], rules)
    found = MonitorReport(
        mission=live.mission,
        environment=live.environment,
        at=at,
        state="no-traffic",
        live=live,
        now=read_traffic(live.version, now[-window:], rules),
        before=then,
    )
    if not now:
        note = (
            f"no live traffic yet: {live.name} serves {live.environment} since {clock_time(live.since)}, and no "
            "request was recorded. `gonogo serve` answers requests; questions of `gonogo ask` and golden tasks do not "
            "count"
        )
        return structs.replace(found, note=note)
    pair = compared(live, before, now)
    topics = _topics(pair, reader)
    drift = _drift(pair, topics, reader, memory, is_refusal)

    def question_of(trace: Trace) -> Vector:
        return memory.read(trace, reader, is_refusal).question

    watches = _watches(live, version, rules, before, now, topics, question_of)
    policy = MonitorPolicy() if version is None else version.mission.monitors
    alerts = [alert for watch in watches if (alert := rate_alert(watch, live, policy.roll_back_on))]
    drifted = drift_alert(drift, live)
    alerts.extend([] if drifted is None else [drifted])
    alerts.sort(key=lambda alert: alert.severity != "page")
    return structs.replace(
        found,
        state=_state(alerts, drift),
        drift=drift,
        watches=watches,
        alerts=tuple(alerts),
        mix=() if topics is None else _mix(pair, topics, window, question_of),
    )


def _state(alerts: Sequence[Alert], drift: DriftReading) -> MonitorState:
    if any(alert.severity == "page" for alert in alerts):
        return "alarm"
    if alerts:
        return "notice"
    return "watching" if drift.state == "watching" else "calm"


def _checks(version: Version) -> frozenset[str]:
    guardrails = version.mission.guardrails
    return frozenset(rule.check for rule in (*guardrails.input, *guardrails.context, *guardrails.output))


def _topics(pair: Compared, reader: TextReader) -> Topics | None:
    """Topics of the reference, or ``None`` while it is too small to have any."""
    if len(pair.reference) < LEAST_REFERENCE:
        return None
    return learn_topics([reader.read(trace.question) for trace in pair.reference], reader)


def _drift(
    pair: Compared, topics: Topics | None, reader: TextReader, memory: SignalMemory, is_refusal: IsRefusal
) -> DriftReading:
    if topics is None:
        missing = LEAST_REFERENCE - len(pair.reference)
        return DriftReading(state="too-little-data", reference=len(pair.reference), of=pair.of, needed=missing)

    def behaviours(traces: Sequence[Trace]) -> list[Behaviour]:
        readings = [(trace, memory.read(trace, reader, is_refusal)) for trace in traces]
        return [
            Behaviour(
                trace_id=trace.id,
                at=trace.created_at,
                topic=topics.of(reading.question),
                signals=reading.signals,
                question=reading.question,
            )
            for trace, reading in readings
        ]

    times = [trace.created_at for trace in (pair.stream or pair.reference)]
    return read_drift(
        behaviours(pair.reference),
        behaviours(pair.stream),
        threshold=alarm_threshold(len(times), times[-1] - times[0]),
        of=pair.of,
        released=pair.released,
    )


def _watches(
    live: Live,
    version: Version | None,
    rules: dict[str, RateRule],
    before: Sequence[Trace],
    now: Sequence[Trace],
    topics: Topics | None,
    question_of: Callable[[Trace], Vector],
) -> tuple[RateWatch, ...]:
    """Rates that may roll back share one bound, the others a looser one of their own."""
    named = () if version is None else version.mission.monitors.roll_back_on
    others = [rule.name for rule in rules.values() if rule.harmful and rule.name not in named]

    def topic_of(trace: Trace) -> str:
        return "" if topics is None else topics.of(question_of(trace))

    where = None if topics is None else topic_of
    first = watch_rates(named, rules, before, now, alpha=ROLLBACK_ALPHA, topic_of=where)
    return first + watch_rates(others, rules, before, now, alpha=NOTICE_ALPHA, topic_of=where)


def _mix(pair: Compared, topics: Topics, window: int, question_of: Callable[[Trace], Vector]) -> tuple[TopicShift, ...]:
    return shifts(
        [topics.of(question_of(trace)) for trace in pair.reference],
        [topics.of(question_of(trace)) for trace in pair.stream[-window:]],
    )
