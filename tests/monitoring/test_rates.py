"""Rates: what counts, what does not, and what was never judged."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import Finding, ModelCall, Score, Usage
from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring.rates import rate_rules, read_rate, read_traffic

RULES = rate_rules(is_refusal)


@pytest.mark.parametrize(
    ("rate", "metric", "value", "hit"),
    [
        ("hallucination", "faithfulness", 0.49, True),
        ("hallucination", "faithfulness", 0.5, False),
        ("off_topic", "relevance", 0.19, True),
        ("off_topic", "relevance", 0.2, False),
        ("toxicity", "toxicity", 0.5, True),
        ("toxicity", "toxicity", 0.49, False),
    ],
)
def test_a_score_on_the_wrong_side_of_its_threshold_counts(desk, rate, metric, value, hit):
    assert read_rate(RULES[rate], desk.judged([desk.trace()], metric, [value])).hits == hit


def test_a_score_that_failed_or_does_not_apply_is_not_judged(desk):
    traces = [
        structs.replace(desk.trace(), scores=(Score(metric="faithfulness", state=state, value=None),))
        for state in ("error", "not-applicable")
    ]
    assert read_rate(RULES["hallucination"], [*traces, desk.trace()]).total == 0


def test_an_answer_that_does_not_know_is_a_refusal(desk):
    traces = [*desk.traces(3), desk.trace(spoil="refusing"), structs.replace(desk.trace(), outcome="refused")]
    reading = read_rate(RULES["refusals"], traces)
    assert (reading.hits, reading.total) == (2, 5)


def test_a_failed_request_neither_refused_nor_answered(desk):
    assert read_rate(RULES["refusals"], [structs.replace(desk.trace(), outcome="failed")]).total == 0


def test_errors_do_not_count_requests_that_the_client_left(desk):
    traces = [structs.replace(desk.trace(), outcome=outcome) for outcome in ("failed", "aborted", "answered")]
    assert (read_rate(RULES["errors"], traces).hits, read_rate(RULES["errors"], traces).total) == (1, 2)
    assert (read_rate(RULES["aborted"], traces).hits, read_rate(RULES["aborted"], traces).total) == (1, 3)


def test_cache_hits_are_read_among_complete_answers(desk):
    traces = [structs.replace(desk.trace(), outcome="cached", cache="exact"), desk.trace()]
    assert (read_rate(RULES["cache_hits"], traces).hits, read_rate(RULES["cache_hits"], traces).total) == (1, 2)


def test_injection_is_judged_only_where_a_guardrail_looked(desk):
    finding = Finding(check="injection", stage="input", action="block", score=0.9, where="question")
    traces = [structs.replace(desk.trace(), findings=(finding,)), desk.trace()]
    assert read_rate(rate_rules(is_refusal, {"injection"})["injection"], traces).hits == 1
    assert read_rate(rate_rules(is_refusal, {"pii"})["injection"], traces).total == 0


@pytest.mark.parametrize("environment", ["", "evaluation"])
def test_what_nobody_asked_in_earnest_does_not_count(desk, environment):
    traces = [*desk.traces(2), *desk.traces(3, environment=environment)]
    assert read_traffic(1, traces, RULES).requests == 2


def test_known_and_unknown_cost_stay_apart(desk):
    traces = [structs.replace(desk.trace(), cost=cost) for cost in (0.002, 0.004, None)]
    cost = read_traffic(1, traces, RULES).cost
    assert (cost.known, cost.priced, cost.unpriced, cost.per_request) == (pytest.approx(0.006), 2, 1, 0.003)


def test_no_price_at_all_is_unknown_and_not_free(desk):
    assert read_traffic(1, desk.traces(2), RULES).cost.per_request is None


def test_tokens_are_summed_by_kind(desk):
    usage = Usage(input=100, output=20, cached=60, reasoning=5)
    traffic = read_traffic(1, [structs.replace(desk.trace(), usage=usage) for _ in range(3)], RULES)
    assert (traffic.usage.input, traffic.usage.cached) == (300, 180)
    assert (traffic.usage.output, traffic.usage.reasoning) == (60, 15)


def test_models_share_the_requests_that_reached_one(desk):
    def by(name):
        call = ModelCall(name=name, provider="local", model="m", usage=Usage())
        return structs.replace(desk.trace(), calls=(call,))

    traffic = read_traffic(1, [by("small"), by("small"), by("frontier"), desk.trace()], RULES)
    assert [(model.name, model.hits, model.total) for model in traffic.models] == [("small", 2, 3), ("frontier", 1, 3)]


def test_latency_leaves_failures_out(desk):
    traces = [structs.replace(desk.trace(), wall=0.2), structs.replace(desk.trace(), wall=30.0, outcome="failed")]
    p50, p95 = read_traffic(1, traces, RULES).latency
    assert (p50.value, p95.value, p50.total) == (0.2, 0.2, 1)


def test_nothing_at_all_can_be_read(desk):
    traffic = read_traffic(1, [], RULES)
    assert (traffic.requests, traffic.first, traffic.cost.per_request) == (0, None, None)
    assert all(reading.value is None for reading in traffic.rates)
