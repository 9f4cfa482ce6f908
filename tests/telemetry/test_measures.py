"""What a Trace adds to the numbers."""

from __future__ import annotations

import pytest

from gonogo.domain import EndpointUse, Finding, ModelCall, Trace, Usage
from gonogo.telemetry import Measures


def trace(**fields):
    whole = {
        "id": "a" * 32, "created_at": 1000.0, "mission": "support", "version": 7, "behaviour_digest": "d",
        "environment": "production", "question": "q", "answer": "a", "outcome": "answered", "wall": 1.0,
    }  # fmt: skip
    return Trace(**{**whole, **fields})


def call(**fields):
    return ModelCall(
        **{"name": "main", "provider": "openai", "model": "m", "usage": Usage(input=10, output=3), **fields}
    )


def totals(instrument):
    return {labels: series.total for labels, series in instrument.series()}


def test_a_request_is_counted_by_outcome_and_the_model_that_was_asked_last():
    measures = Measures()

    measures.observe(trace(calls=(call(model="small", error="x"), call(model="large"))))
    measures.observe(trace(outcome="cached", cache="exact"))

    assert totals(measures.requests) == {
        ("support", "7", "production", "answered", "large"): 1,
        ("support", "7", "production", "cached", ""): 1,
    }
    assert totals(measures.cache_hits) == {("support", "7", "exact"): 1}
    assert totals(measures.calls) == {("openai", "small", "failed"): 1, ("openai", "large", "answered"): 1}


def test_time_of_the_gateway_is_the_request_less_the_waits_for_models():
    measures = Measures()

    measures.observe(trace(wall=1.0, calls=(call(wall=0.3), call(wall=0.5)), first_token=0.4))

    assert totals(measures.own) == {("support",): pytest.approx(0.2)}
    assert totals(measures.upstream) == {("openai", "m"): pytest.approx(0.8)}
    assert totals(measures.first_token) == {("support",): 0.4}


def test_tokens_are_kept_by_kind_and_an_unknown_price_is_no_zero():
    measures = Measures()

    measures.observe(trace(calls=(call(usage=Usage(input=10, cached=4, output=3, reasoning=1), cost=0.5), call())))

    assert totals(measures.tokens) == {
        ("support", "7", "m", kind): count
        for kind, count in {"input": 20, "output": 6, "cached": 4, "reasoning": 1}.items()
    }
    assert totals(measures.cost) == {("support", "7", "m"): 0.5}
    assert totals(measures.unpriced) == {("support", "7", "m"): 1}


def test_a_finding_is_counted_by_what_was_done():
    measures = Measures()
    finding = Finding(check="pii", stage="input", action="redact", score=1.0, where="question")

    measures.observe(trace(findings=(finding, finding)))

    assert totals(measures.guardrails) == {("support", "7", "input", "pii", "redact"): 2}


def test_an_address_rests_from_the_call_that_left_it_out_to_the_one_that_used_it():
    measures = Measures()

    measures.observe(trace(calls=(call(endpoint=EndpointUse(name="a", resting=("b",))),)))
    assert measures.resting == {("openai", "a"): False, ("openai", "b"): True}

    measures.observe(trace(calls=(call(endpoint=EndpointUse(name="b", probe=True)),)))
    assert measures.resting == {("openai", "a"): False, ("openai", "b"): False}


def test_what_was_made_elsewhere_is_not_counted():
    measures = Measures()

    measures.observe(trace(foreign=True, calls=(call(),)))

    assert all(not totals(instrument) for instrument in measures.instruments)
