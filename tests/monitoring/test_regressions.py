"""Regressions: a rate that rose is claimed with a bound; one that did not, or only with the questions, is not."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring.rates import rate_rules
from gonogo.monitoring.regressions import watch_rates

RULES = rate_rules(is_refusal)


def scored(desk, count, rate, seed=0):
    """Traces of which a share is unfaithful."""
    draw = random.Random(seed)
    return [
        trace
        for _ in range(count)
        for trace in desk.judged([desk.trace()], "faithfulness", [0.1 if draw.random() < rate else 0.9])
    ]


def watch(before, live, *, name="hallucination", alpha=0.01, topic_of=None):
    (found,) = watch_rates([name], RULES, before, live, alpha=alpha, topic_of=topic_of)
    return found


def test_a_rise_is_claimed_with_before_after_and_since(desk):
    before, calm, worse = scored(desk, 500, 0.02), scored(desk, 100, 0.02, 1), scored(desk, 200, 0.3, 2)
    found = watch(before, calm + worse)
    assert found.state == "risen"
    assert found.evidence >= found.threshold == 200.0
    assert found.before.high < found.after.low
    assert calm[80].created_at <= found.since <= worse[20].created_at
    assert set(found.examples) <= {trace.id for trace in worse}


def test_the_same_rate_is_calm(desk):
    found = watch(scored(desk, 500, 0.05), scored(desk, 500, 0.05, 1))
    assert (found.state, found.since, found.examples) == ("calm", None, ())


def test_a_rise_within_the_tolerance_is_not_claimed(desk):
    assert watch(scored(desk, 2_000, 0.002), scored(desk, 2_000, 0.008, 1)).state == "calm"


def test_false_claims_stay_under_alpha(desk):
    # alpha 20 %: of 60 streams more than 22 would have probability below 0.002.
    claims = [watch(scored(desk, 150, 0.1, 2 * seed), scored(desk, 150, 0.1, 2 * seed + 1), alpha=0.2).state
              for seed in range(60)]  # fmt: skip
    assert claims.count("risen") <= 22


def test_an_outage_is_claimed_even_against_little_traffic(desk):
    failed = [structs.replace(trace, outcome="failed") for trace in desk.traces(60)]
    assert watch(desk.traces(10), failed, name="errors").state == "risen"


def test_nothing_before_cannot_be_compared(desk):
    assert watch([], scored(desk, 20, 0.5)).state == "nothing-before"
    assert watch(desk.traces(20), scored(desk, 20, 0.5)).state == "nothing-before"


def test_too_little_before_says_so(desk):
    assert watch(scored(desk, 2, 0.0), scored(desk, 20, 0.5)).state == "too-little-before"


def test_nothing_judged_since_the_deployment_says_so(desk):
    assert watch(scored(desk, 100, 0.0), desk.traces(5)).state == "nothing-now"


def test_other_questions_with_their_usual_rate_are_no_regression(desk):
    def topic_of(trace):
        return "refund" if "refund" in trace.question or "money" in trace.question else "rest"

    def half_wrong_on_refunds(traces):
        refunds = [trace for trace in traces if topic_of(trace) == "refund"]
        rest = [trace for trace in traces if topic_of(trace) != "refund"]
        return desk.judged(refunds, "faithfulness", [0.1, 0.9]) + desk.judged(rest, "faithfulness", [0.9])

    few, many = {"refund": 0.1, "battery": 0.9}, {"refund": 0.9, "battery": 0.1}
    before = half_wrong_on_refunds(desk.traces(600, mix=few))
    live = half_wrong_on_refunds(desk.traces(300, mix=many))
    found = watch(before, live, topic_of=topic_of)
    assert found.evidence >= found.threshold
    assert found.expected == pytest.approx(0.45, abs=0.05)
    assert found.state == "calm"


def test_a_rise_in_one_topic_names_it(desk):
    before = scored(desk, 500, 0.02)
    live = [
        desk.judged([trace], "faithfulness", [0.1 if "battery" in trace.question else 0.9])[0]
        for trace in desk.traces(200)
    ]
    found = watch(before, live, topic_of=lambda trace: "battery" if "battery" in trace.question else "rest")
    assert (found.state, found.topic) == ("risen", "battery")


def test_several_rates_share_their_alpha(desk):
    before, live = scored(desk, 50, 0.0), scored(desk, 50, 0.0)
    found = watch_rates(["hallucination", "errors"], RULES, before, live, alpha=0.01)
    assert [(each.name, each.alpha, each.threshold) for each in found] == [
        ("hallucination", 0.005, 400.0),
        ("errors", 0.005, 400.0),
    ]
