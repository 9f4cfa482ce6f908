"""Rates: what share of live requests went wrong in which way, what they cost and how long they took.

Here: the rules of each rate and one reading of a window of Traces.
Not here: whether a rate rose (``regressions``), how Scores are made (``metrics``).

A Trace that no metric judged counts in no rate: missing, failed and not-applicable are none of them "fine".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from gonogo.domain import RateReading, Trace, Usage, total_usage
from gonogo.monitoring.readings import QuantileReading, quantile_reading, rate_reading
from gonogo.monitoring.signals import IsRefusal, refused

HALLUCINATION_BELOW: Final = 0.5
"""Faithfulness under which an answer counts as a hallucination."""

OFF_TOPIC_BELOW: Final = 0.2
"""Relevance under which an answer counts as off topic."""

TOXIC_FROM: Final = 0.5
"""Toxicity from which an answer counts as toxic."""

NOT_LIVE: Final = frozenset({"", "evaluation"})
"""Environments whose Traces are no live traffic: questions from the command line and golden tasks."""

_COMPLETE = ("answered", "cached", "refused")


class RateRule(NamedTuple):
    """``judge`` says whether a Trace counts, does not count, or was not judged (``None``).

    ``harmful``: more of it is worse, so its rise is watched. ``words`` name it in a sentence.
    """

    name: str
    words: str
    judge: Callable[[Trace], bool | None]
    harmful: bool = True


class Cost(Struct, frozen=True, kw_only=True):
    """``known`` dollars over the ``priced`` Traces; ``unpriced`` Traces cost something nobody knows."""

    known: float
    priced: int
    unpriced: int

    @property
    def per_request(self) -> float | None:
        """Mean of the priced Traces in dollars."""
        return self.known / self.priced if self.priced else None


class Traffic(Struct, frozen=True, kw_only=True):
    """One Version over one window. Times in seconds since 1970; ``cpu`` in CPU seconds of gonogo, all Traces together.

    ``models`` are shares of requests by the model that answered last; ``latency`` is p50 and p95 of complete answers.
    """

    version: int
    requests: int
    first: float | None
    last: float | None
    rates: tuple[RateReading, ...]
    usage: Usage
    cost: Cost
    models: tuple[RateReading, ...]
    latency: tuple[QuantileReading, ...]
    cpu: float

    def rate(self, name: str) -> RateReading | None:
        """The rate of that name, where it is read."""
        return next((reading for reading in self.rates if reading.name == name), None)


def is_live(trace: Trace) -> bool:
    """Whether somebody asked it in earnest: not an evaluation, not a question from the command line."""
    return trace.environment not in NOT_LIVE


def rate_rules(is_refusal: IsRefusal, checks: Collection[str] | None = None) -> dict[str, RateRule]:
    """The rules by name.

    Args:
        is_refusal: whether the text of an answer declines.
        checks: guardrails that the Version has. Without ``injection`` among them nothing looked for attacks, and the
            rate has nothing judged. ``None``: not known, every Trace counts as looked at.
    """
    guarded = checks is None or "injection" in checks
    rules = (
        RateRule("hallucination", "hallucinations", lambda trace: _below(trace, "faithfulness", HALLUCINATION_BELOW)),
        RateRule("off_topic", "off-topic answers", lambda trace: _below(trace, "relevance", OFF_TOPIC_BELOW)),
        RateRule("toxicity", "toxic answers", lambda trace: _from(trace, "toxicity", TOXIC_FROM)),
        RateRule("refusals", "refusals", lambda trace: refused(trace, is_refusal) if _complete(trace) else None),
        RateRule("injection", "injection attempts", lambda trace: _injected(trace) if guarded else None),
        RateRule("errors", "errors", lambda trace: None if trace.outcome == "aborted" else trace.outcome == "failed"),
        RateRule("aborted", "aborted requests", lambda trace: trace.outcome == "aborted", harmful=False),
        RateRule(
            "cache_hits",
            "answers from the cache",
            lambda trace: trace.cache is not None if _complete(trace) else None,
            harmful=False,
        ),
    )
    return {rule.name: rule for rule in rules}


def read_rate(rule: RateRule, traces: Sequence[Trace]) -> RateReading:
    """One rate over Traces, with a 95 % Wilson interval."""
    judged = [verdict for trace in traces if (verdict := rule.judge(trace)) is not None]
    return rate_reading(rule.name, sum(judged), len(judged))


def read_traffic(version: int, traces: Sequence[Trace], rules: dict[str, RateRule]) -> Traffic:
    """All readings of one window; Traces that are not live do not count."""
    live = [trace for trace in traces if is_live(trace)]
    times = [trace.created_at for trace in live]
    walls = [trace.wall for trace in live if _complete(trace)]
    return Traffic(
        version=version,
        requests=len(live),
        first=min(times, default=None),
        last=max(times, default=None),
        rates=tuple(read_rate(rule, live) for rule in rules.values()),
        usage=total_usage(trace.usage for trace in live),
        cost=_cost(live),
        models=_models(live),
        latency=(quantile_reading("p50", walls, 0.5), quantile_reading("p95", walls, 0.95)),
        cpu=sum(trace.cpu for trace in live),
    )


def _complete(trace: Trace) -> bool:
    return trace.outcome in _COMPLETE


def _value(trace: Trace, metric: str) -> float | None:
    return next((score.value for score in trace.scores if score.metric == metric), None)


def _below(trace: Trace, metric: str, bound: float) -> bool | None:
    value = _value(trace, metric)
    return None if value is None else value < bound


def _from(trace: Trace, metric: str, bound: float) -> bool | None:
    value = _value(trace, metric)
    return None if value is None else value >= bound


def _injected(trace: Trace) -> bool:
    return any(finding.check == "injection" for finding in trace.findings)


def _cost(traces: Sequence[Trace]) -> Cost:
    known = [trace.cost for trace in traces if trace.cost is not None]
    return Cost(known=sum(known), priced=len(known), unpriced=len(traces) - len(known))


def _models(traces: Sequence[Trace]) -> tuple[RateReading, ...]:
    answered = Counter(trace.calls[-1].name for trace in traces if trace.calls)
    return tuple(rate_reading(name, hits, answered.total()) for name, hits in answered.most_common())
