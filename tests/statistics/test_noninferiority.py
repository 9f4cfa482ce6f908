"""The graded score test: equal to Tango on passes and failures, honest where t and sign flips are not."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.statistics import (
    PairedCounts,
    independent_clusters,
    independent_tasks,
    score_interval,
    score_noninferiority,
    sign_flip_test,
    smallest_passing_set,
    standard_error,
    tango_interval,
    tango_noninferiority,
)

small = st.integers(min_value=0, max_value=25)
graded = st.lists(st.floats(min_value=-1.0, max_value=1.0), min_size=1, max_size=30)


@given(b=small, c=small, ties=small, margin=st.floats(min_value=0.01, max_value=0.6))
@settings(max_examples=60, deadline=None)
def test_on_passes_and_failures_it_is_tangos_test(b: int, c: int, ties: int, margin: float) -> None:
    differences = [1.0] * b + [-1.0] * c + [0.0] * ties
    if differences:
        counts = PairedCounts(both=ties, candidate_only=b, baseline_only=c, neither=0)
        assert score_noninferiority(differences, margin) == pytest.approx(
            tango_noninferiority(counts, margin), rel=1e-6, abs=1e-9
        )
        ours, tango = score_interval(differences), tango_interval(counts)
        assert (ours.low, ours.high) == pytest.approx((tango.low, tango.high), abs=1e-7)


@given(differences=graded)
@settings(max_examples=60, deadline=None)
def test_the_interval_holds_the_mean_and_turns_with_the_sides(differences: list[float]) -> None:
    interval, mirrored = score_interval(differences), score_interval([-value for value in differences])
    assert -1.0 <= interval.low <= interval.high <= 1.0
    assert interval.low - 1e-9 <= sum(differences) / len(differences) <= interval.high + 1e-9
    assert (interval.low, interval.high) == pytest.approx((-mirrored.high, -mirrored.low), abs=1e-6)


@given(differences=graded, margin=st.floats(min_value=0.01, max_value=0.6))
@settings(max_examples=60, deadline=None)
def test_the_test_passes_exactly_when_the_interval_lies_above_the_margin(
    differences: list[float], margin: float
) -> None:
    interval = score_interval(differences, 0.90)
    if abs(interval.low + margin) > 1e-6:
        assert (score_noninferiority(differences, margin).p < 0.05) == (interval.low > -margin)


def test_twelve_ties_do_not_prove_a_margin_where_shifted_sign_flips_would() -> None:
    assert sign_flip_test([0.05] * 12, alternative="greater").p < 0.001
    assert score_noninferiority([0.0] * 12, 0.05).p > 0.2


def test_ties_alone_pass_at_the_smallest_passing_set() -> None:
    size = smallest_passing_set(0.05)
    assert [score_noninferiority([0.0] * n, 0.05).p <= 0.05 for n in (size - 1, size)] == [False, True]


def test_many_varied_differences_agree_with_the_normal_interval() -> None:
    draw = random.Random(8)
    differences = [max(-1.0, min(1.0, draw.gauss(0.01, 0.2))) for _ in range(800)]
    mean, error = sum(differences) / 800, standard_error(differences).value
    interval = score_interval(differences)
    assert (interval.low, interval.high) == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.002)


def test_clusters_that_agree_weaken_the_evidence() -> None:
    differences = [0.2, 0.2, 0.2, -0.1, -0.1, -0.1, 0.1, 0.1, 0.1]
    labels = "aaabbbccc"
    assert score_noninferiority(differences, 0.2, labels).z < score_noninferiority(differences, 0.2).z
    assert score_interval(differences, clusters=labels).width > score_interval(differences).width


@pytest.mark.parametrize(
    ("drops", "chances"),
    [
        ((0.0, -0.5, 0.1), (0.85, 0.11, 0.04)),
        ((-0.2, 0.1, -0.02), (0.3, 0.1, 0.0)),
        ((-1.0, 0.0, 0.3), (0.08, 0.82, 0.1)),
    ],
)
def test_skewed_losses_at_the_margin_are_let_through_in_about_5_of_100_sets(drops, chances) -> None:
    draw = random.Random(21)
    rest = 1.0 - sum(chances)
    mean = sum(drop * chance for drop, chance in zip(drops, chances, strict=True))
    wrong = 0
    for _ in range(600):
        wrong += score_noninferiority(draw.choices((*drops, 0.0), (*chances, rest), k=80), -mean).p <= 0.05
    assert wrong / 600 <= 0.06 + 2 * math.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize(
    "call",
    [
        lambda: score_noninferiority([], 0.05),
        lambda: score_noninferiority([0.0, 1.2], 0.05),
        lambda: score_noninferiority([math.nan], 0.05),
        lambda: score_noninferiority([0.0], 0.0),
        lambda: score_interval([0.0], 1.0),
        lambda: score_interval([-1.5]),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()


def test_rounding_noise_next_to_the_end_of_the_scale_is_the_end():
    noisy = [0.0, 0.0, 0.0, 0.0, 0.9999999999999999, -1.0, -1.0, -1.0]
    plain = [0.0, 0.0, 0.0, 0.0, 1.0, -1.0, -1.0, -1.0]
    assert score_noninferiority(noisy, 0.5) == score_noninferiority(plain, 0.5)
    assert score_interval(noisy, 0.9) == score_interval(plain, 0.9)


def test_a_cluster_is_one_observation_however_many_tasks_it_has() -> None:
    ones = [0.0] * 50 + [1.0] * 6 + [-1.0] * 4
    tripled, labels = [value for value in ones for _ in range(3)], [place for place in range(60) for _ in range(3)]
    assert score_noninferiority(tripled, 0.05, labels).z == pytest.approx(score_noninferiority(ones, 0.05).z)
    by_cluster, alone = score_interval(tripled, clusters=labels), score_interval(ones)
    assert (by_cluster.low, by_cluster.high) == pytest.approx((alone.low, alone.high))


def test_clusters_of_one_task_change_nothing() -> None:
    differences = [0.0] * 50 + [1.0] * 6 + [-1.0] * 4
    assert score_noninferiority(differences, 0.05, range(60)) == pytest.approx(score_noninferiority(differences, 0.05))


def test_few_clusters_that_all_tie_show_nothing() -> None:
    labels = [place % 3 for place in range(300)]
    assert score_noninferiority([0.0] * 300, 0.05).p < 0.001
    assert score_noninferiority([0.0] * 300, 0.05, labels).p > 0.3
    assert score_interval([0.0] * 300, 0.9, labels).low < -0.4


def test_tasks_that_differ_within_their_clusters_look_no_surer_than_alone() -> None:
    differences, labels = [1.0, -1.0] * 20 + [0.0] * 60, [place // 2 for place in range(100)]
    assert score_noninferiority(differences, 0.05, labels).z == score_noninferiority(differences, 0.05).z


def test_what_clusters_are_worth() -> None:
    """Kish: 300 tasks in 60 clusters of 5 are 60; 200 alone and 20 clusters of 5 are 300^2 / (200 + 20 * 25)."""
    assert independent_clusters([place // 5 for place in range(300)]) == pytest.approx(60)
    mixed = [f"a{place}" for place in range(200)] + [f"b{place // 5}" for place in range(100)]
    assert independent_clusters(mixed) == pytest.approx(128.571, abs=0.001)
    assert independent_clusters([]) == 0.0


def test_what_clustered_tasks_are_worth_as_they_vary() -> None:
    labels = [place // 5 for place in range(300)]
    together = [1.0 if place // 5 in (3, 9, 30) else 0.0 for place in range(300)]
    apart = [1.0 if place % 5 == 0 and place < 75 else 0.0 for place in range(300)]
    assert independent_tasks(together, labels) == pytest.approx(60, rel=0.02)
    assert independent_tasks(apart, labels) > 250
    assert independent_tasks([0.0] * 300, labels) == pytest.approx(60)
    assert independent_tasks([1.0, 1.0, 0.0], "aaa") == pytest.approx(1)
