"""Regressions: did a rate rise beyond doubt since this Version went live?

Here: the new Version's Traces against a bound from the Version before, watched by an e-process.
Not here: how answers look (``drift``), what is done about it (``monitor``), wording (``alerts``).

The rate before enters through its exact upper bound plus a tolerance, so that few Traces before make the test slow
and never wrong. Half of alpha pays for that bound, half for the e-process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct, structs

from gonogo.domain import RateReading, Trace
from gonogo.monitoring.drift import dominant_topic
from gonogo.monitoring.rates import RateRule, read_rate
from gonogo.monitoring.readings import rate_reading
from gonogo.monitoring.rise import RiseEvidence
from gonogo.statistics import Rate

TOLERANCE: Final = 0.01
"""A rise by less than this is not worth a rollback, however well proven."""

ROLLBACK_ALPHA: Final = 0.01
"""Chance that a Version whose watched rates are no higher is ever claimed to be worse, all rates together."""

NOTICE_ALPHA: Final = 0.05
HIGHEST_BOUND: Final = 0.9
_RECENT = 1_000
_EXAMPLES = 3

RateState = Literal["nothing-before", "too-little-before", "nothing-now", "calm", "risen"]
TopicOf = Callable[[Trace], str]


class RateWatch(Struct, frozen=True, kw_only=True):
    """One rate since the deployment.

    ``bound``: the rate before is at most this (exact upper bound plus tolerance). ``evidence`` is the highest so far,
    ``threshold`` what a claim needs. ``expected``: what the Version before would show with the topics of now; a claim
    needs the rate to lie above it, so that a mere change of questions makes none. ``since`` in seconds since 1970.
    """

    name: str
    words: str
    state: RateState
    before: RateReading
    after: RateReading
    threshold: float
    alpha: float
    bound: float | None = None
    evidence: float = 1.0
    expected: float | None = None
    since: float | None = None
    requests: int = 0
    topic: str = ""
    examples: tuple[str, ...] = ()


def watch_rates(
    names: Collection[str],
    rules: Mapping[str, RateRule],
    before: Sequence[Trace],
    live: Sequence[Trace],
    *,
    alpha: float,
    topic_of: TopicOf | None = None,
) -> tuple[RateWatch, ...]:
    """Each named rate of ``live`` (oldest first, from the deployment on) against ``before``.

    Args:
        alpha: bound on the chance of any false claim among ``names``, over the whole life of the Version.
        topic_of: the topic of a Trace's question; without it the mix of topics is not looked at.
    """
    return tuple(_watch(rules[name], before, live, alpha / len(names), topic_of) for name in names if name in rules)


def _watch(
    rule: RateRule, before: Sequence[Trace], live: Sequence[Trace], alpha: float, topic_of: TopicOf | None
) -> RateWatch:
    then, now = read_rate(rule, before), read_rate(rule, live)
    watch = RateWatch(
        name=rule.name, words=rule.words, state="calm", before=then, after=now, threshold=2.0 / alpha, alpha=alpha
    )
    if not then.total:
        return structs.replace(watch, state="nothing-before")
    bound = Rate(hits=then.hits, total=then.total).upper_bound(1.0 - alpha / 2.0) + TOLERANCE
    watch = structs.replace(watch, bound=min(1.0, bound))
    if bound >= HIGHEST_BOUND:
        return structs.replace(watch, state="too-little-before")
    if not now.total:
        return structs.replace(watch, state="nothing-now")
    judged = [(trace, raised) for trace in live if (raised := rule.judge(trace)) is not None]
    process = RiseEvidence(base_rate=bound)
    for _, raised in judged:
        process.update(raised)
    watch = structs.replace(watch, evidence=process.highest)
    if process.highest < watch.threshold:
        return watch
    return _claim(watch, rule, before, judged[process.highest_start :], topic_of)


def _claim(
    watch: RateWatch,
    rule: RateRule,
    before: Sequence[Trace],
    since: Sequence[tuple[Trace, bool]],
    topic_of: TopicOf | None,
) -> RateWatch:
    """Risen, if the newest Traces still show it and the mix of topics does not explain it."""
    recent = since[-_RECENT:]
    hits = [trace for trace, raised in recent if raised]
    after = rate_reading(rule.name, len(hits), len(recent))
    expected = watch.before.value or 0.0
    topic = ""
    if topic_of is not None:
        expected = _expected(rule, before, [topic_of(trace) for trace, _ in recent], topic_of, expected)
        topic = dominant_topic([topic_of(trace) for trace in hits], [topic_of(trace) for trace, _ in recent])
    risen = after.low is not None and after.low > max(expected, watch.before.value or 0.0) + TOLERANCE
    return structs.replace(
        watch,
        state="risen" if risen else "calm",
        after=after,
        expected=expected,
        since=since[0][0].created_at,
        requests=len(since),
        topic=topic,
        examples=tuple(trace.id for trace in reversed(hits[-_EXAMPLES:])),
    )


def _expected(
    rule: RateRule, before: Sequence[Trace], topics_now: Sequence[str], topic_of: TopicOf, overall: float
) -> float:
    """The rate before, weighted by the topics of now; a topic that was not there before counts as the average."""
    judged: Counter[str] = Counter()
    raised: Counter[str] = Counter()
    for trace in before:
        verdict = rule.judge(trace)
        if verdict is not None:
            judged[topic_of(trace)] += 1
            raised[topic_of(trace)] += verdict
    by_topic = {topic: raised[topic] / total for topic, total in judged.items()}
    return sum(by_topic.get(topic, overall) for topic in topics_now) / len(topics_now)
