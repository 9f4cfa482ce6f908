"""Drift: do answers still look as they did for the same kind of question?

Here: one detector for one Version, over twelve signals and flags; its alarm, and what it rests on.
Not here: which Traces are the reference (``reference``), rates that Scores measure (``regressions``), wording of alerts
(``alerts``).

What the question predicts is taken away from the signals, then they are ranked among earlier answers of the same topic;
flags are compared with their topic's own bound. Everything is averaged into one e-detector, whose alarms are bounded
however often somebody looks. Topics are coarse, so a last check stands between evidence and alarm: what the reference
shows for the most similar questions must not explain it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct, structs

from gonogo.domain import RateReading
from gonogo.monitoring.adjustment import Adjustment, Behaviour
from gonogo.monitoring.readings import rate_reading
from gonogo.monitoring.usual import FLAGS, RANKED, Side, Usual
from gonogo.statistics import FlagDetector, RankMartingale, ShiryaevRoberts, average_evidence, evidence_needed

LEAST_REFERENCE: Final = 200
"""Reference answers without which nothing is claimed."""

MOST_REFERENCE: Final = 2_000
"""Newest reference answers used."""

FALSE_ALARMS_PER_WEEK: Final = 0.25
LEAST_THRESHOLD: Final = 50_000.0

RECENT: Final = 1_000
"""An alarm stands while its evidence does, and for this many answers after."""

_DAY = 86_400.0
_WEEK = 7 * _DAY
_EXAMPLES = 3
_MOST_NAMED = 3
_FLAG_BETS = 3

LEAST_EFFECT: Final = 0.01
"""Share of answers by which an alarm must exceed what the questions of now explain."""

DriftState = Literal["too-little-data", "calm", "watching", "explained", "alarm"]


class SignalState(Struct, frozen=True, kw_only=True):
    """One of the twelve: its own ``evidence``, and how often it is raised ``before`` and ``now``, among the newest.

    A ranked signal is raised where it lies beyond nine in ten reference answers on ``side``.
    """

    name: str
    side: Side
    evidence: float
    before: RateReading
    now: RateReading


class DriftReading(Struct, frozen=True, kw_only=True):
    """What the detector says.

    ``explained``: the evidence is there, but the questions of now explain it (``expected``); that is no alarm.
    ``reference`` answers are what ``answers`` were compared with, ``of`` says whose. ``needed``: more Traces before it
    can say anything. On an alarm ``leading`` names the signal with most evidence, ``side`` which way it went, ``since``
    the likeliest start, ``before`` and ``after`` its readings, ``examples`` Trace ids. ``released``: the reference is
    another Version's, so that a deployment lies between.
    """

    state: DriftState
    evidence: float = 0.0
    threshold: float = LEAST_THRESHOLD
    bound: str = ""
    reference: int = 0
    of: str = ""
    released: bool = False
    answers: int = 0
    needed: int = 0
    leading: str = ""
    side: Side = "high"
    since: float | None = None
    topic: str = ""
    before: RateReading | None = None
    after: RateReading | None = None
    expected: RateReading | None = None
    examples: tuple[str, ...] = ()
    signals: tuple[SignalState, ...] = ()


class DriftDetector:
    """Feed it every answer once, in order. Learns its reference when made.

    Args:
        reference: Behaviours under which nothing was wrong.
        seed: breaks ties of ranks, reproducibly.
    """

    def __init__(self, reference: Sequence[Behaviour], *, seed: int = 0) -> None:
        self.usual = Usual(reference)
        self.ranks = {name: RankMartingale(seed=seed + 1 + place) for place, name in enumerate(RANKED)}
        for behaviour in reference:
            for name, martingale in self.ranks.items():
                martingale.learn(getattr(behaviour.signals, name), behaviour.topic)
        self.flags = {name: ShiryaevRoberts(bets=_FLAG_BETS) for name in FLAGS}
        self._factors = {(name, topic): _flag_factors(self.usual, name, topic) for name in FLAGS
                         for topic in self.usual.topics}  # fmt: skip

    def update(self, behaviour: Behaviour) -> float:
        """Take in one answer; returns the evidence of a change so far."""
        for name, martingale in self.ranks.items():
            martingale.update(getattr(behaviour.signals, name), behaviour.topic)
        flags = self.usual.flags(behaviour)
        for name, detector in self.flags.items():
            # A topic without enough reference bets nothing: every factor is 1.
            raised = flags.get(name)
            detector.update(_NO_BET if raised is None else self._factors[name, behaviour.topic][raised])
        return self.evidence

    @property
    def evidence(self) -> float:
        """Average over all twelve; compare with a threshold."""
        return average_evidence(list(self.evidence_by_name.values()))

    @property
    def evidence_by_name(self) -> dict[str, float]:
        """Evidence of each signal and flag."""
        return {
            **{name: martingale.evidence for name, martingale in self.ranks.items()},
            **{name: detector.evidence for name, detector in self.flags.items()},
        }

    def leading(self, threshold: float) -> str:
        """What to name a change after: the flag with most evidence, if it would be an alarm alone, for a flag says more
        to a person than a shifted rank; else whatever has most evidence."""
        by_name = self.evidence_by_name
        alone = [name for name in FLAGS if by_name[name] >= threshold * len(by_name)]
        return max(alone or by_name, key=lambda name: by_name[name])

    def started_at(self, name: str) -> int:
        """Likeliest first answer after the change, counted from 0, as that signal or flag sees it."""
        return self.ranks[name].started_at if name in self.ranks else self.flags[name].started_at


_NO_BET = (1.0,) * _FLAG_BETS
_Factors = dict[bool, tuple[float, ...]]


def _flag_factors(usual: Usual, flag: str, topic: str) -> _Factors:
    """What a raised and an absent flag multiply each bet by, against the topic's own bound."""
    base = usual.base_rate(flag, topic)
    if base >= 1.0:
        return {True: _NO_BET, False: _NO_BET}
    rates = FlagDetector(base_rate=base).alternatives
    return {
        True: tuple(rate / base for rate in rates),
        False: tuple((1.0 - rate) / (1.0 - base) for rate in rates),
    }


def alarm_threshold(answers: int, seconds: float) -> float:
    """Evidence an alarm needs: one false alarm in four weeks of this traffic, and never more than one in 50,000.

    Args:
        answers: seen in ``seconds``.
    """
    # A burst within a day says nothing of a week.
    weekly = answers / max(seconds, _DAY) * _WEEK
    if not answers:
        return LEAST_THRESHOLD
    needed = evidence_needed(detectors=1, observations_per_week=weekly, false_alarms_per_week=FALSE_ALARMS_PER_WEEK)
    return max(LEAST_THRESHOLD, needed)


def read_drift(
    reference: Sequence[Behaviour],
    stream: Sequence[Behaviour],
    *,
    threshold: float,
    of: str,
    released: bool,
    seed: int = 0,
) -> DriftReading:
    """Run the detector over a stream, oldest first, and say what it found.

    Args:
        reference: at least 200 Behaviours, or the answer is how many are missing.
        threshold: see `alarm_threshold`.
        of: whose traffic the reference is, in words.
        released: whether a deployment lies between reference and stream.
    """
    if len(reference) < LEAST_REFERENCE:
        missing = LEAST_REFERENCE - len(reference)
        return DriftReading(state="too-little-data", reference=len(reference), of=of, needed=missing)
    adjustment = Adjustment(reference)
    known, rows = adjustment.reference, adjustment.adjust(stream)
    detector = DriftDetector(known, seed=seed)
    alarm = _Alarm()
    for place, row in enumerate(rows):
        if detector.update(row) >= threshold:
            leading = detector.leading(threshold)
            alarm = _Alarm(leading, detector.started_at(leading), place)
    stands = alarm.crossed >= 0 and alarm.crossed >= len(rows) - RECENT
    evidence = detector.evidence
    reading = DriftReading(
        state="watching" if evidence >= threshold**0.5 else "calm",
        evidence=evidence,
        threshold=threshold,
        bound=f"without a change at most one such alarm in {threshold:,.0f} answers on average",
        reference=len(reference),
        of=of,
        released=released,
        answers=len(stream),
        signals=_signal_states(detector, known, rows[-RECENT:]),
    )
    return _explained(reading, adjustment, detector.usual, rows, alarm) if stands else reading


class _Alarm(NamedTuple):
    """The last time evidence stood above the threshold."""

    leading: str = ""
    started: int = 0
    crossed: int = -1


def _signal_states(
    detector: DriftDetector, reference: Sequence[Behaviour], recent: Sequence[Behaviour]
) -> tuple[SignalState, ...]:
    states = []
    for name, evidence in detector.evidence_by_name.items():
        side = _side(detector.usual, recent, name)
        states.append(
            SignalState(
                name=name,
                side=side,
                evidence=evidence,
                before=detector.usual.rate(reference, name, side),
                now=detector.usual.rate(recent, name, side),
            )
        )
    return tuple(states)


def _side(usual: Usual, rows: Sequence[Behaviour], name: str) -> Side:
    """Which tail of a ranked signal holds more answers."""
    if name in FLAGS:
        return "high"
    low, high = usual.rate(rows, name, "low"), usual.rate(rows, name, "high")
    return "low" if low.hits > high.hits else "high"


def _explained(
    reading: DriftReading, adjustment: Adjustment, usual: Usual, rows: Sequence[Behaviour], alarm: _Alarm
) -> DriftReading:
    """With the signal that leads, since when, in which topic, and examples; an alarm where questions do not explain it.

    The newest answers since the start are looked at, so that what is over ceases to be an alarm.
    """
    recent = rows[alarm.started :][-RECENT:]
    side = _side(usual, recent, alarm.leading)
    judged = [(row, hit) for row in recent if (hit := usual.hit(row, alarm.leading, side)) is not None]
    hits = [row for row, hit in judged if hit]
    after = rate_reading(alarm.leading, len(hits), len(judged))
    known = [bool(usual.hit(row, alarm.leading, side)) for row in adjustment.reference]
    expected = adjustment.expected(alarm.leading, [row for row, _ in judged], known) if judged else None
    beyond = expected is not None and (after.low or 0.0) > (expected.high or 0.0) + LEAST_EFFECT
    return structs.replace(
        reading,
        state="alarm" if beyond else "explained",
        leading=alarm.leading,
        side=side,
        since=rows[alarm.started].at,
        topic=dominant_topic([row.topic for row in hits], [row.topic for row in recent]),
        before=usual.rate(adjustment.reference, alarm.leading, side),
        after=after,
        expected=expected,
        examples=tuple(row.trace_id for row in reversed(hits[-_EXAMPLES:])),
    )


def dominant_topic(hits: Sequence[str], everything: Sequence[str]) -> str:
    """The topics, at most three, that together hold three in five hits; empty where there are none such.

    Each holds half as many hits again as its traffic explains: a large topic is not named for being large.
    """
    hit, asked = Counter(hits), Counter(everything)
    named, held = [], 0
    for topic, count in sorted(hit.items(), key=lambda item: (-item[1], item[0])):
        if count / len(hits) < 1.5 * asked[topic] / len(everything):
            continue
        named.append(topic)
        held += count
        if held >= 0.6 * len(hits):
            return " and ".join(named)
        if len(named) == _MOST_NAMED:
            break
    return ""
