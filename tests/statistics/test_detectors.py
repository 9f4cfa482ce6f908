"""Detectors: time between false alarms, delay after a change, state that survives a restart of the process."""

import math
import random

import msgspec
import pytest

from gonogo.statistics import FlagDetector, Rate, ShiryaevRoberts, average_evidence, evidence_needed


def test_the_recursion_is_shiryaev_roberts() -> None:
    detector = ShiryaevRoberts(bets=1)
    assert [detector.update([factor]) for factor in (2.0, 0.5, 3.0)] == pytest.approx([2.0, 1.5, 7.5])


def test_several_bets_are_averaged() -> None:
    detector = ShiryaevRoberts(bets=2)
    assert detector.update([3.0, 1.0]) == pytest.approx(2.0)
    assert detector.leading_bet == 0


def test_the_start_of_the_change_is_where_the_best_run_began() -> None:
    detector = ShiryaevRoberts(bets=1)
    for factor in (0.5, 0.5, 0.5, 0.5, 2.0, 2.0, 2.0):
        detector.update([factor])
    assert detector.started_at == 4


def test_evidence_has_a_ceiling_and_comes_down_again() -> None:
    detector = ShiryaevRoberts(bets=2)
    for _ in range(3_000):
        detector.update([10.0, 10.0])
    assert math.isfinite(detector.evidence)
    for _ in range(3_000):
        detector.update([0.5, 0.5])
    assert detector.evidence == pytest.approx(1.0)


def test_a_restart_forgets_everything_but_the_base_rate() -> None:
    detector = FlagDetector(base_rate=0.02)
    for _ in range(20):
        detector.update(True)
    detector.restart()
    assert detector == FlagDetector(base_rate=0.02)


def test_a_stored_detector_goes_on_where_it_stopped() -> None:
    draw = random.Random(1)
    whole = FlagDetector(base_rate=0.05)
    flags = [draw.random() < 0.1 for _ in range(60)]
    for flag in flags[:30]:
        whole.update(flag)
    stored = msgspec.json.encode(whole)
    again = msgspec.json.decode(stored, type=FlagDetector)
    for flag in flags[30:]:
        assert again.update(flag) == whole.update(flag)


@pytest.mark.parametrize("base", [0.0005, 0.02, 0.5, 0.97, 0.9999])
def test_every_flag_bet_is_on_a_higher_rate_and_fair_at_the_base(base: float) -> None:
    detector = FlagDetector(base_rate=base)
    assert all(base < rate < 1.0 for rate in detector.alternatives)
    raised, quiet = FlagDetector(base_rate=base).update(True), FlagDetector(base_rate=base).update(False)
    assert base * raised + (1.0 - base) * quiet == pytest.approx(1.0)


def test_the_base_rate_is_the_exact_upper_bound_of_the_reference() -> None:
    reference = Rate(hits=40, total=2_000)
    assert FlagDetector.from_reference(reference).base_rate == pytest.approx(reference.upper_bound(0.995))


def test_a_reference_without_a_quiet_row_is_refused() -> None:
    for reference in (Rate(hits=5, total=5), Rate(hits=0, total=0)):
        with pytest.raises(ValueError, match="no row without this flag"):
            FlagDetector.from_reference(reference)


def first_alarm(detector: FlagDetector, draw: random.Random, rate: float, rows: int, threshold: float) -> int | None:
    return next((row for row in range(rows) if detector.update(draw.random() < rate) >= threshold), None)


def test_false_alarms_stay_under_rows_over_threshold() -> None:
    draw = random.Random(3)
    alarms = sum(first_alarm(FlagDetector(base_rate=0.03), draw, 0.03, 800, 8_000.0) is not None for _ in range(150))
    assert alarms / 150 <= 0.1


@pytest.mark.slow
def test_the_mean_time_between_false_alarms_is_at_least_the_threshold() -> None:
    draw = random.Random(4)
    waits = []
    for _ in range(60):
        wait = first_alarm(FlagDetector(base_rate=0.05), draw, 0.05, 20_000, 1_000.0)
        waits.append(20_000 if wait is None else wait + 1)
    assert sum(waits) / 60 >= 1_000.0


def test_a_rise_of_five_points_is_found_within_a_few_hundred_rows_and_dated() -> None:
    draw = random.Random(5)
    delays, dates = [], []
    for _ in range(20):
        detector = FlagDetector.from_reference(Rate(hits=20, total=2_000))
        for _ in range(300):
            detector.update(draw.random() < 0.01)
        wait = first_alarm(detector, draw, 0.06, 2_000, 50_000.0)
        assert wait is not None
        delays.append(wait)
        dates.append(detector.started_at)
    assert sorted(delays)[10] < 600
    assert abs(sorted(dates)[10] - 300) < 80


def test_averages_of_detectors_are_plain_means() -> None:
    assert average_evidence([2.0, 4.0, 6.0]) == pytest.approx(4.0)


def test_a_budget_of_one_false_alarm_in_four_weeks_needs_the_worked_evidence() -> None:
    needed = evidence_needed(detectors=20, observations_per_week=50_000, false_alarms_per_week=0.25)
    assert needed == pytest.approx(4e6)
    assert math.log(needed) / math.log(1e4) == pytest.approx(1.65, abs=0.005)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ShiryaevRoberts(bets=0),
        lambda: ShiryaevRoberts(bets=2, runs=[1.0]),
        lambda: ShiryaevRoberts(bets=2).update([1.0]),
        lambda: ShiryaevRoberts(bets=1).update([-1.0]),
        lambda: ShiryaevRoberts(bets=1).update([math.nan]),
        lambda: FlagDetector(base_rate=0.0),
        lambda: FlagDetector(base_rate=0.1, detector=ShiryaevRoberts(bets=1)),
        lambda: average_evidence([]),
        lambda: average_evidence([math.nan]),
        lambda: evidence_needed(detectors=0, observations_per_week=1, false_alarms_per_week=1),
        lambda: evidence_needed(detectors=1, observations_per_week=1, false_alarms_per_week=0.0),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
