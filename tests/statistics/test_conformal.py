"""Within-topic ranks: uniform under any topic mix, few false alarms, changes found."""

import math
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from gonogo.statistics import RankMartingale
from gonogo.statistics.conformal import rank_bets

LEVELS = {"billing": 0.0, "shipping": 5.0, "returns": -3.0}


def test_every_bet_has_mean_at_most_1_over_uniform_ranks() -> None:
    for bet in range(8):
        mean = sum(
            integrate.quad(lambda rank, bet=bet: rank_bets(rank)[bet], *ends)[0]
            for ends in ((0.0, 1e-4), (1e-4, 0.5), (0.5, 1.0 - 1e-4), (1.0 - 1e-4, 1.0))
        )
        assert 0.998 < mean <= 1.0 + 1e-6


@given(rank=st.floats(min_value=0.0, max_value=1.0))
@settings(max_examples=60, deadline=None)
def test_bets_are_finite_positive_and_mirrored(rank: float) -> None:
    bets, mirrored = rank_bets(rank), rank_bets(1.0 - rank)
    assert all(0.0 < bet < math.inf for bet in bets)
    assert sorted(bets) == pytest.approx(sorted(mirrored), rel=1e-4)


def test_ranks_are_uniform_within_topic_however_the_mix_moves() -> None:
    draw = random.Random(2)
    martingale = RankMartingale(seed=2)
    ranks = []
    for hour in range(1_500):
        topic = "billing" if draw.random() < 0.5 + 0.45 * math.sin(hour / 40) else "shipping"
        score = draw.gauss(LEVELS[topic], 1.0)
        ranks.append(martingale.rank(score, topic))
        martingale.update(score, topic)
    assert stats.kstest(ranks, "uniform").pvalue > 0.01
    assert abs(stats.pearsonr(ranks[:-1], ranks[1:]).statistic) < 0.08


def test_ties_are_broken_evenly() -> None:
    martingale = RankMartingale(seed=5)
    ranks = []
    for _ in range(800):
        ranks.append(martingale.rank(1.0))
        martingale.update(1.0)
    assert stats.kstest(ranks, "uniform").pvalue > 0.01


def test_asking_for_a_rank_changes_nothing() -> None:
    martingale = RankMartingale()
    martingale.learn(0.5)
    before = msgspec.json.encode(martingale)
    assert 0.0 < martingale.rank(0.7) < 1.0
    assert msgspec.json.encode(martingale) == before


def alarms(threshold: float, streams: int, rows: int, level_after: float | None = None) -> list[int | None]:
    draw = random.Random(11)
    found: list[int | None] = []
    for stream in range(streams):
        martingale = RankMartingale(seed=stream)
        for _ in range(300):
            topic = draw.choice(list(LEVELS))
            martingale.learn(draw.gauss(LEVELS[topic], 1.0), topic)
        alarm = None
        for row in range(rows):
            topic = "billing" if draw.random() < 0.5 + 0.45 * math.sin(row / 60) else draw.choice(list(LEVELS))
            shift = level_after if level_after is not None and row >= 200 else 0.0
            if martingale.update(draw.gauss(LEVELS[topic] + shift, 1.0), topic) >= threshold:
                alarm = row
                break
        found.append(alarm)
    return found


def test_false_alarms_stay_under_rows_over_threshold_while_the_mix_moves() -> None:
    assert sum(alarm is not None for alarm in alarms(5e3, 60, 800)) / 60 <= 800 / 5e3


def test_a_shift_of_one_deviation_is_found_soon_after_it_starts() -> None:
    found = alarms(5e4, 12, 700, level_after=1.0)
    assert all(alarm is not None and alarm >= 200 for alarm in found)
    assert sorted(found)[6] < 320


def test_the_start_of_the_shift_is_dated() -> None:
    draw = random.Random(6)
    martingale = RankMartingale(seed=1)
    for row in range(500):
        martingale.update(draw.gauss(1.5 if row >= 300 else 0.0, 1.0))
    assert abs(martingale.started_at - 300) < 40


def test_a_full_topic_learns_no_more() -> None:
    martingale = RankMartingale(capacity=3)
    for score in range(10):
        martingale.update(float(score))
    assert martingale.scores == {"": [0.0, 1.0, 2.0]}


def test_learning_stops_while_evidence_stands_above_the_freeze() -> None:
    frozen, growing = RankMartingale(freeze_above=7.0), RankMartingale()
    draw = random.Random(7)
    for martingale in (frozen, growing):
        for _ in range(200):
            martingale.learn(draw.gauss(0.0, 1.0))
        for _ in range(100):
            martingale.update(5.0 + draw.random())
    assert len(frozen.scores[""]) < len(growing.scores[""]) == 300
    assert frozen.evidence > growing.evidence


def test_a_stored_martingale_goes_on_where_it_stopped() -> None:
    draw = random.Random(8)
    whole = RankMartingale(seed=3)
    scores = [draw.random() for _ in range(40)]
    for score in scores[:20]:
        whole.update(score, "billing")
    again = msgspec.json.decode(msgspec.json.encode(whole), type=RankMartingale)
    for score in scores[20:]:
        assert again.update(score, "billing") == whole.update(score, "billing")


def test_a_restart_keeps_the_reference_unless_told_to_forget() -> None:
    martingale = RankMartingale()
    martingale.update(1.0, "billing")
    martingale.restart()
    assert (martingale.evidence, martingale.scores) == (0.0, {"billing": [1.0]})
    martingale.restart(forget=True)
    assert martingale.scores == {}


@pytest.mark.parametrize(
    "call",
    [
        lambda: RankMartingale().update(math.nan),
        lambda: RankMartingale().learn(math.inf),
        lambda: RankMartingale(capacity=0),
        lambda: RankMartingale(seed=-1),
        lambda: RankMartingale(freeze_above=0.0),
        lambda: rank_bets(1.2),
        lambda: rank_bets(math.nan),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
