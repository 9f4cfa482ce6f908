"""Evidence: when near hits open, that they open wrongly as seldom as stated, and when they shut again."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.caching.evidence import ALARM, ALPHAS, FLOORS, Evidence, e_value, needed
from gonogo.statistics import Rate

TOP = 1.0


def test_without_evidence_nothing_is_proven() -> None:
    assert not Evidence(max_error=0.02).proven(TOP)


def test_the_lowest_floor_opens_after_186_right_answers_at_two_percent() -> None:
    assert needed(0.02) == 186
    evidence = Evidence.from_pairs([(FLOORS[0], True)] * 185, max_error=0.02)
    assert not evidence.proven(FLOORS[0])
    evidence.record(FLOORS[0], True)
    assert evidence.proven(FLOORS[0])


def test_opening_asks_for_more_than_the_fixed_sample_bound() -> None:
    assert Rate(hits=0, total=needed(0.02)).upper_bound(0.95) < 0.02


def test_a_failure_asks_for_more_observations() -> None:
    asked = [needed(0.02, failures=failures) for failures in range(4)]
    assert asked == sorted(set(asked))


def test_an_error_bound_of_nothing_is_never_proven() -> None:
    assert not Evidence.from_pairs([(TOP, True)] * 5000, max_error=0.0).proven(TOP)


def test_a_similarity_below_the_lowest_floor_is_never_proven() -> None:
    evidence = Evidence.from_pairs([(TOP, True)] * 5000, max_error=0.02)
    assert not evidence.proven(FLOORS[0] - 0.01)


def test_hits_of_high_similarity_prove_nothing_about_lower_ones_that_fail() -> None:
    rng = random.Random(4)
    pairs = [(TOP, True)] * 900 + [(FLOORS[0], rng.random() > 0.3) for _ in range(60)]
    rng.shuffle(pairs)
    evidence = Evidence.from_pairs(pairs, max_error=0.1)
    assert evidence.proven(TOP)


def test_a_run_of_failures_takes_everything_back() -> None:
    evidence = Evidence.from_pairs([(TOP, True)] * 3000, max_error=0.02)
    assert evidence.proven(TOP)
    for _ in range(math.ceil(math.log(ALARM) / math.log(3.0))):
        evidence.record(TOP, False)
    assert not evidence.proven(TOP)
    assert evidence.alarms == 1
    assert evidence.exported()["floors"][0]["trials"] == 0


def test_a_long_good_history_does_not_delay_the_alarm() -> None:
    short, long = (Evidence.from_pairs([(TOP, True)] * count, max_error=0.02) for count in (300, 100_000))
    for evidence in (short, long):
        for _ in range(4):
            evidence.record(TOP, False)
    assert short.alarms == long.alarms == 1


def test_exported_evidence_can_be_imported() -> None:
    evidence = Evidence.from_pairs([(0.9, True)] * 250 + [(0.9, False)], max_error=0.02)
    assert Evidence.imported(evidence.exported(), max_error=0.02) == evidence


def test_evidence_gathered_under_another_bound_is_judged_by_the_new_one() -> None:
    evidence = Evidence.from_pairs([(TOP, True)] * 250, max_error=0.02)
    assert not Evidence.imported(evidence.exported(), max_error=0.01).proven(TOP)


def test_evidence_for_other_floors_is_refused() -> None:
    data = Evidence(max_error=0.02).exported()
    data["floors"][0]["similarity"] = 0.5
    with pytest.raises(ValueError, match="other floors"):
        Evidence.imported(data, max_error=0.02)


@pytest.mark.parametrize("bad", [-0.1, 1.0, 2.0])
def test_a_bound_that_is_no_share_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="max_error"):
        Evidence(max_error=bad)


@given(trials=st.integers(0, 400), failures=st.integers(0, 400))
def test_the_e_value_falls_with_failures_and_stays_finite(trials: int, failures: int) -> None:
    failures = min(failures, trials)
    value = e_value(trials, failures, 0.05)
    assert 0.0 <= value < math.inf
    assert failures == trials or e_value(trials, failures + 1, 0.05) <= value


@settings(max_examples=20)
@given(trials=st.integers(1, 40))
def test_the_e_value_has_mean_one_at_most_where_the_error_is_at_the_bound(trials: int) -> None:
    bound = 0.05
    mean = math.fsum(
        math.comb(trials, failures)
        * bound**failures
        * (1 - bound) ** (trials - failures)
        * e_value(trials, failures, bound)
        for failures in range(trials + 1)
    )
    assert mean <= 1.0 + 1e-9


def test_the_risk_of_opening_wrongly_is_shared_among_the_floors() -> None:
    assert math.fsum(ALPHAS) == pytest.approx(0.05)
    assert len(ALPHAS) == len(FLOORS)


def test_looking_after_every_answer_opens_wrongly_in_less_than_five_percent_of_streams() -> None:
    rng, bound, streams = random.Random(7), 0.05, 400
    opened = 0
    for _ in range(streams):
        failures = 0
        for trials in range(1, 401):
            failures += rng.random() < bound
            if e_value(trials, failures, bound) >= 1.0 / ALPHAS[0]:
                opened += 1
                break
    assert Rate(hits=opened, total=streams).wilson(0.95).low <= ALPHAS[0]


def test_an_error_well_under_the_bound_is_proven_in_the_end() -> None:
    rng = random.Random(3)
    evidence = Evidence.from_pairs([(TOP, rng.random() > 0.002) for _ in range(3000)], max_error=0.02)
    assert evidence.proven(TOP)
