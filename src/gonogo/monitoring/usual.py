"""Usual: what answers of each topic look like in reference traffic, and which answers stand out from it.

Here: limits and flags from order statistics, each with an upper bound on how often it is raised without a change.
Not here: gathering evidence from flags and ranks (``drift``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from gonogo.domain import RateReading
from gonogo.monitoring.adjustment import ADJUSTED, Behaviour
from gonogo.monitoring.readings import rate_reading
from gonogo.monitoring.signals import Signals
from gonogo.statistics import Rate

LEAST_IN_TOPIC: Final = 20
"""Reference answers a topic needs before a single answer can be called unusual for it."""

BASE_CONFIDENCE: Final = 0.995
"""Confidence of the bound on how often a flag is raised without a change, for each flag and topic."""

_ROWS_PER_LIMIT = 100
_ROWS_PER_BROKEN_LIMIT = 500
_SHRUNK_CONFIDENCE = 0.9
_TAIL = 0.1

Side = Literal["low", "high"]


class Flag(NamedTuple):
    """Raised when a signal lies beyond the most extreme of its topic.

    ``broken``: beyond ``least`` and the most extreme of all topics together, for what no topic should show.
    """

    name: str
    signal: str
    side: Side
    least: float = 0.0
    broken: bool = False


REFUSED: Final = "refused"
OUTLIERS: Final = (
    Flag("too_short", "length", "low"),
    Flag("too_long", "length", "high"),
    Flag("odd_words", "odd_words", "high", 0.2, broken=True),
    Flag("repetition", "repetition", "high", 0.2, broken=True),
    Flag("off_question", "closeness", "low"),
)
FLAGS: Final = (REFUSED, *(flag.name for flag in OUTLIERS))
RANKED: Final = ADJUSTED


class Usual:
    """Limits by topic, learnt from reference Behaviours.

    The share of new answers beyond the k-th most extreme of n reference answers is Beta(k, n - k + 1) distributed
    whatever the signal's distribution (order statistics), which is what the Clopper-Pearson bound of k - 1 hits covers.
    """

    def __init__(self, reference: Sequence[Behaviour]) -> None:
        self._topics: defaultdict[str, list[Signals]] = defaultdict(list)
        for behaviour in reference:
            self._topics[behaviour.topic].append(behaviour.signals)
        self._sorted = {
            (topic, signal): sorted(float(getattr(row, signal)) for row in rows)
            for topic, rows in self._topics.items()
            for signal in {*RANKED, *(flag.signal for flag in OUTLIERS)}
        }
        self._limits = {
            (flag.name, topic): self._limit(flag, reference, topic) for flag in OUTLIERS for topic in self.topics
        }
        self._bases = {(name, topic): base for name in FLAGS for topic, base in self._base_rates(name).items()}

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics with enough reference answers to call one unusual."""
        return tuple(sorted(topic for topic, rows in self._topics.items() if len(rows) >= LEAST_IN_TOPIC))

    def flags(self, behaviour: Behaviour) -> dict[str, bool]:
        """Every flag of an answer; empty where its topic has too little reference."""
        if len(self._topics.get(behaviour.topic, ())) < LEAST_IN_TOPIC:
            return {}
        return self._flags(behaviour.topic, behaviour.signals)

    def base_rate(self, flag: str, topic: str) -> float:
        """Upper bound (99.5 %) of how often the flag is raised in that topic without a change.

        For what stands out from its topic, of that topic alone. For broken answers, of all topics together: rare
        things need many answers to be told from none. For refusals between the two: the 90 % bound of the topic,
        unless that of all topics is higher.
        """
        return self._bases[flag, topic]

    def in_tail(self, behaviour: Behaviour, signal: str, side: Side) -> bool | None:
        """Whether a signal lies beyond nine in ten reference answers of its topic; ``None``: too little reference."""
        values = self._sorted.get((behaviour.topic, signal), [])
        if len(values) < LEAST_IN_TOPIC:
            return None
        place = int(_TAIL * len(values))
        value = float(getattr(behaviour.signals, signal))
        return value < values[place] if side == "low" else value > values[-1 - place]

    def rate(self, rows: Iterable[Behaviour], name: str, side: Side) -> RateReading:
        """How often a flag (or, for a ranked signal, its tail on ``side``) occurs among answers."""
        seen = [hit for row in rows if (hit := self.hit(row, name, side)) is not None]
        return rate_reading(name, sum(seen), len(seen))

    def hit(self, row: Behaviour, name: str, side: Side) -> bool | None:
        """Whether an answer shows the flag or lies in the tail; ``None``: its topic has too little reference."""
        return self.flags(row).get(name) if name in FLAGS else self.in_tail(row, name, side)

    def _flags(self, topic: str, signals: Signals) -> dict[str, bool]:
        found = {REFUSED: signals.refused}
        for flag in OUTLIERS:
            value, limit = float(getattr(signals, flag.signal)), self._limits[flag.name, topic]
            found[flag.name] = value < limit if flag.side == "low" else value > limit
        return found

    def _limit(self, flag: Flag, reference: Sequence[Behaviour], topic: str) -> float:
        """The k-th most extreme value: k = 1 + n // 100 inside a topic, 1 + n // 500 over all."""
        if flag.broken:
            values = sorted(float(getattr(row.signals, flag.signal)) for row in reference)
            return max(flag.least, values[-1 - len(values) // _ROWS_PER_BROKEN_LIMIT])
        values = self._sorted[topic, flag.signal]
        place = len(values) // _ROWS_PER_LIMIT
        return values[place] if flag.side == "low" else values[-1 - place]

    def _base_rates(self, name: str) -> dict[str, float]:
        """Bounds by topic."""
        seen = {
            topic: Rate(
                hits=sum(self._flags(topic, row)[name] for row in self._topics[topic]), total=len(self._topics[topic])
            )
            for topic in self.topics
        }
        own = {topic: rate.upper_bound(BASE_CONFIDENCE) for topic, rate in seen.items()}
        if name in _STANDING_OUT or not seen:
            return own
        overall = _together(seen.values())
        if name == REFUSED:
            # Topics differ in what is refused, so none may be taken for better than it showed with 90 % confidence.
            least = {topic: max(overall, rate.upper_bound(_SHRUNK_CONFIDENCE)) for topic, rate in seen.items()}
            return {topic: min(bound, least[topic]) for topic, bound in own.items()}
        return dict.fromkeys(own, overall)


_STANDING_OUT = frozenset(flag.name for flag in OUTLIERS if not flag.broken)


def _together(rates: Iterable[Rate]) -> float:
    counted = list(rates)
    hits, total = sum(rate.hits for rate in counted), sum(rate.total for rate in counted)
    return Rate(hits=hits, total=total).upper_bound(BASE_CONFIDENCE) if total else 1.0
