"""Power and sample size: the worked table, and whether a set of that size really sees what it should."""

import math
import random

import pytest

from gonogo.statistics import (
    PairedCounts,
    RepeatsAdvice,
    connor_sample_size,
    noninferiority_sample_size,
    repeats_advice,
    smallest_passing_set,
    smallest_visible_margin,
    tango_noninferiority,
    tasks_needed,
    tasks_needed_for,
    unpaired_sample_size,
)


@pytest.mark.parametrize(
    ("discordance", "sizes"),
    [
        (0.05, {0.02: 771, 0.03: 342, 0.05: 122}),
        (0.10, {0.02: 1544, 0.03: 685, 0.05: 246, 0.10: 60}),
        (0.20, {0.02: 3090, 0.03: 1372, 0.05: 493, 0.10: 122}),
    ],
)
def test_connor_gives_the_worked_table(discordance: float, sizes: dict[float, int]) -> None:
    assert {shift: connor_sample_size(shift, discordance) for shift in sizes} == sizes


@pytest.mark.parametrize(
    ("discordance", "sizes", "visible"),
    [
        (0.05, {0.02: 773, 0.03: 344, 0.05: 124}, 0.032),
        (0.10, {0.02: 1546, 0.03: 687, 0.05: 248}, 0.045),
        (0.20, {0.02: 3092, 0.03: 1374, 0.05: 495}, 0.064),
    ],
)
def test_non_inferiority_gives_the_worked_table(discordance: float, sizes: dict[float, int], visible: float) -> None:
    assert {margin: noninferiority_sample_size(margin, discordance) for margin in sizes} == sizes
    assert smallest_visible_margin(300, discordance) == pytest.approx(visible, abs=5e-4)


def test_pairing_halves_the_worked_set() -> None:
    assert unpaired_sample_size(0.90, 0.87, alpha=0.025) == 1772
    assert connor_sample_size(0.03, 0.1, alpha=0.025) == 870


def test_a_shift_larger_than_the_discordance_is_impossible() -> None:
    with pytest.raises(ValueError, match="at most the discordance"):
        connor_sample_size(0.10, 0.05)


@pytest.mark.parametrize(("margin", "alpha", "tasks"), [(0.05, 0.05, 52), (0.05, 0.04, 59), (0.05, 0.01, 103)])
def test_the_smallest_passing_set_is_the_worked_one(margin: float, alpha: float, tasks: int) -> None:
    assert smallest_passing_set(margin, alpha) == tasks


@pytest.mark.parametrize("margin", [0.01, 0.02, 0.05, 0.1, 0.3])
@pytest.mark.parametrize("alpha", [0.01, 0.04, 0.05])
def test_the_smallest_passing_set_passes_and_one_task_less_does_not(margin: float, alpha: float) -> None:
    size = smallest_passing_set(margin, alpha)
    flawless = [PairedCounts(both=n, candidate_only=0, baseline_only=0, neither=0) for n in (size - 1, size)]
    assert [tango_noninferiority(counts, margin).p <= alpha for counts in flawless] == [False, True]


def test_the_worked_inconclusive_run_needs_about_260_more_tasks() -> None:
    needed = tasks_needed(done=128, difference=-0.01, variance=0.1 - 0.0001, margin=0.05)
    assert needed is not None
    # 386.03 rounded up: a part of a task cannot be run.
    assert (needed.total, needed.more) == (387, 259)


def test_a_loss_at_or_beyond_the_margin_is_settled_by_no_number_of_tasks() -> None:
    assert tasks_needed(done=100, difference=-0.05, variance=0.1, margin=0.05) is None
    assert tasks_needed_for(PairedCounts(both=80, candidate_only=0, baseline_only=10, neither=10), 0.05) is None


def test_twelve_flawless_tasks_still_need_the_smallest_passing_set() -> None:
    needed = tasks_needed_for(PairedCounts(both=12, candidate_only=0, baseline_only=0, neither=0), 0.05)
    assert needed is not None
    assert (needed.total, needed.more) == (52, 40)


def test_a_set_larger_than_planned_needs_no_more_tasks() -> None:
    needed = tasks_needed(done=900, difference=0.0, variance=0.1, margin=0.05)
    assert needed is not None
    assert needed.more == 0


def test_a_planned_set_reaches_its_power() -> None:
    draw = random.Random(11)
    size = noninferiority_sample_size(0.05, 0.10)
    passed = 0
    for _ in range(600):
        outcomes = draw.choices(range(3), weights=(0.9, 0.05, 0.05), k=size)
        counts = PairedCounts(
            both=outcomes.count(0), candidate_only=outcomes.count(1), baseline_only=outcomes.count(2), neither=0
        )
        passed += tango_noninferiority(counts, 0.05).p <= 0.05
    assert passed / 600 == pytest.approx(0.8, abs=0.06)


def test_repeats_give_the_worked_relative_variances() -> None:
    advice = RepeatsAdvice(between_tasks=1 / 9, within_candidate=1 / 6, within_baseline=1 / 6)
    assert [advice.relative_variance(k) for k in (1, 2, 4, 8)] == pytest.approx([1, 0.625, 0.4375, 0.34375])
    assert [advice.more_tasks_beat_more_repeats(k) for k in (1, 2, 4)] == [False, False, True]
    assert advice.recommended() == 4


def test_repeats_of_a_deterministic_version_are_wasted() -> None:
    advice = repeats_advice([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    assert (advice.within_candidate, advice.within_baseline) == (0.0, 0.0)
    assert advice.recommended() == 1


def test_identical_constant_scores_have_no_variance_at_all() -> None:
    advice = repeats_advice([[1.0, 1.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]])
    assert advice.variance(3) == 0.0
    assert advice.relative_variance(3) == 1.0
    assert advice.recommended() == 1


def test_variance_components_are_found_again_in_simulated_scores() -> None:
    draw = random.Random(3)

    def side(shift: list[float], noise: float) -> list[list[float]]:
        return [[level + draw.gauss(0, noise) for _ in range(4)] for level in shift]

    between = [draw.gauss(0, 0.3) for _ in range(1_500)]
    advice = repeats_advice(side(between, 0.4), side([0.0] * 1_500, 0.2))
    assert advice.between_tasks == pytest.approx(0.09, rel=0.15)
    assert advice.within_candidate == pytest.approx(0.16, rel=0.1)
    assert advice.within_baseline == pytest.approx(0.04, rel=0.1)


@pytest.mark.parametrize(
    "call",
    [
        lambda: connor_sample_size(0.0, 0.1),
        lambda: connor_sample_size(math.nan, 0.1),
        lambda: noninferiority_sample_size(0.0, 0.1),
        lambda: noninferiority_sample_size(0.05, 1.5),
        lambda: noninferiority_sample_size(0.05, 0.1, alpha=1.0),
        lambda: noninferiority_sample_size(0.05, 0.1, power=0.0),
        lambda: smallest_visible_margin(0, 0.1),
        lambda: smallest_passing_set(1.0),
        lambda: smallest_passing_set(0.05, alpha=0.0),
        lambda: unpaired_sample_size(0.5, 0.5),
        lambda: tasks_needed(done=-1, difference=0.0, variance=0.1, margin=0.05),
        lambda: tasks_needed(done=1, difference=0.0, variance=-0.1, margin=0.05),
        lambda: tasks_needed(done=1, difference=math.inf, variance=0.1, margin=0.05),
        lambda: tasks_needed_for(PairedCounts.of([]), 0.05),
        lambda: repeats_advice([[1.0, 0.0]], [[1.0, 0.0]]),
        lambda: repeats_advice([[1.0], [0.0]], [[1.0, 0.0], [1.0, 0.0]]),
        lambda: repeats_advice([[1.0, 0.0]] * 2, [[1.0, 0.0]] * 3),
        lambda: RepeatsAdvice(0.1, 0.1, 0.1).variance(0),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
