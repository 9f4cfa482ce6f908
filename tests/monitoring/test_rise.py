"""Rise: false claims stay under their bound however often one looks; early and late rises are found."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.monitoring.rise import RiseEvidence


def run(process, draw, rate, count):
    for _ in range(count):
        process.update(draw.random() < rate)
    return process


@settings(max_examples=60)
@given(
    st.floats(min_value=0.002, max_value=0.95),
    st.lists(st.booleans(), max_size=60),
)
def test_the_next_observation_is_a_fair_bet_at_the_base_rate(base, past):
    first, second = RiseEvidence(base_rate=base), RiseEvidence(base_rate=base)
    for raised in past:
        first.update(raised)
        second.update(raised)
    now = first.evidence
    assert base * first.update(True) + (1.0 - base) * second.update(False) == pytest.approx(now, rel=1e-9)


def test_evidence_starts_at_one():
    assert RiseEvidence(base_rate=0.1).evidence == 1.0


def test_false_claims_stay_under_their_bound_looking_after_every_observation():
    # Bound 5 %: of 400 streams at the base rate itself more than 34 would have probability below 0.001.
    false = 0
    for seed in range(400):
        process = run(RiseEvidence(base_rate=0.05), random.Random(seed), 0.05, 500)
        false += process.highest >= 20.0
    assert false <= 34


def test_a_rise_from_the_first_request_is_found_within_a_hundred():
    for seed in range(20):
        assert run(RiseEvidence(base_rate=0.05), random.Random(seed), 0.4, 100).highest >= 400.0


def test_a_rise_after_a_long_calm_is_found_and_dated():
    process = run(RiseEvidence(base_rate=0.05), random.Random(2), 0.02, 3_000)
    assert process.highest < 400.0
    run(process, random.Random(3), 0.3, 150)
    assert process.highest >= 400.0
    assert 2_960 <= process.highest_start <= 3_030


def test_evidence_stays_finite():
    assert math.isfinite(run(RiseEvidence(base_rate=0.001), random.Random(1), 1.0, 2_000).evidence)
