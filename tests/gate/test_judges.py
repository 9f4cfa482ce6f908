"""How far people agree with a judge, and whether it may decide."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.domain import FIRST_TWICE, SECOND_TWICE, Assertion, GoldenTask, Judge, JudgeCalibration, JudgedLabel
from gonogo.gate import JudgeStanding, judge_quality, may_decide
from gonogo.gate.judges import only_shown

JUDGE = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="r")


def labels(table, **fields):
    """Labels of a table: rows the judge's pass and fail, columns people's good and bad."""
    return [
        JudgedLabel(trace_id=f"{row}{column}{n}", metric="helpful", judged=1.0 - row, label=1.0 - column, **fields)
        for row in (0, 1)
        for column in (0, 1)
        for n in range(table[row][column])
    ]


def standing(table) -> JudgeStanding:
    calibration = JudgeCalibration(
        id="c", mission="support", judge=JUDGE, digest=JUDGE.digest, labels=tuple(labels(table)), created_at=1.0
    )
    return JudgeStanding(judge=JUDGE, calibration=calibration)


def test_kappa_sensitivity_and_specificity_of_a_good_judge():
    quality = judge_quality(JUDGE, labels([[45, 5], [10, 40]]))
    assert quality.kappa.value == pytest.approx(0.7)
    assert (quality.kappa.interval.low, quality.kappa.interval.high) == pytest.approx((0.560732, 0.839268), abs=1e-6)
    assert (quality.sensitivity.hits, quality.sensitivity.total) == (45, 55)
    assert (quality.specificity.hits, quality.specificity.total) == (40, 45)
    assert quality.good_enough


def test_agreement_of_92_percent_may_be_worth_little():
    quality = judge_quality(JUDGE, labels([[180, 5], [10, 5]]))
    assert quality.kappa.value == pytest.approx(0.361702, abs=1e-6)
    assert not quality.good_enough
    assert quality.more is None  # more of the same would only confirm it


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ([[180, 5], [10, 5]], "its kappa is 0.36 on 200 labels, under 0.6"),
        ([[4, 1], [0, 3]], "it has 8 labels, and needs at least 50"),
        ([[54, 2], [1, 3]], "may be as low as 0.26, under 0.4"),
        ([[50, 0], [0, 0]], "its 50 labels are all alike"),
        ([[0, 0], [0, 0]], "nobody has calibrated it"),
    ],
)
def test_who_may_not_decide_is_told_why(table, why):
    assert why in standing(table).why_not
    assert may_decide([standing(table)]) == frozenset()


def test_a_judge_that_people_agree_with_may_decide():
    assert may_decide([standing([[45, 5], [10, 40]])]) == {"helpful"}
    assert JudgeStanding(judge=JUDGE).why_not == "nobody has calibrated it"


def test_the_labels_that_are_still_needed_would_be_enough():
    few = judge_quality(JUDGE, labels([[54, 2], [1, 3]]))
    assert few.kappa.value >= 0.6
    assert few.low < 0.4
    share = (60 + few.more) / 60
    many = [[round(54 * share), round(2 * share)], [round(share), round(3 * share)]]
    assert judge_quality(JUDGE, labels(many)).low >= 0.38


def test_a_handful_of_lucky_labels_makes_no_judge():
    few = judge_quality(JUDGE, labels([[8, 0], [0, 8]]))
    assert (few.kappa.value, few.good_enough, few.more) == (1.0, False, 34)


def test_a_threshold_that_moved_is_judged_by_the_same_labels():
    graded = structs.replace(JUDGE, scale=(1, 5))
    given = [JudgedLabel(trace_id=f"t{n}", metric="helpful", judged=n / 4, label=float(n > 2)) for n in range(5)] * 20
    assert judge_quality(structs.replace(graded, threshold=0.75), given).kappa.value == pytest.approx(1.0)
    assert judge_quality(structs.replace(graded, threshold=0.25), given).kappa.value < 0.6


def test_a_judge_that_favours_length_is_found_out():
    given = [
        JudgedLabel(trace_id=f"t{n}", metric="helpful", judged=0.1 * (n % 10), label=0.0, words=2 ** (n % 10))
        for n in range(100)
    ]
    bias = judge_quality(JUDGE, given).length
    assert bias.slope == pytest.approx(0.1)
    assert bias.shown


def test_a_judge_without_length_bias_is_not_accused():
    given = [
        JudgedLabel(trace_id=f"t{n}", metric="helpful", judged=float(n % 2), label=0.5, words=10 + n // 2)
        for n in range(100)
    ]
    assert not judge_quality(JUDGE, given).length.shown


def test_where_all_answers_are_of_one_length_nothing_is_said_of_it():
    assert judge_quality(JUDGE, labels([[5, 1], [1, 5]], words=7)).length is None


def test_position_bias_is_the_share_of_pairs_that_the_place_decided():
    pairwise = structs.replace(JUDGE, kind="pairwise")
    notes = [FIRST_TWICE] * 3 + [SECOND_TWICE] + ["It is more exact."] * 6
    given = [
        JudgedLabel(trace_id=str(n), metric="helpful", judged=0.5, label=0.5, note=note) for n, note in enumerate(notes)
    ]
    quality = judge_quality(pairwise, given)
    assert (quality.position.hits, quality.position.total) == (4, 10)
    assert (quality.first.hits, quality.first.total) == (3, 4)


ASKS, CONTAINS = Assertion(kind="judge", value="helpful"), Assertion(kind="contains", value="yes")


@pytest.mark.parametrize(
    ("expect", "deciding", "shown"),
    [
        ((ASKS,), frozenset(), True),
        ((ASKS,), frozenset({"helpful"}), False),
        ((ASKS, CONTAINS), frozenset(), False),
        ((), frozenset(), False),
    ],
)
def test_a_task_is_only_shown_where_nothing_else_judges_it(expect, deciding, shown):
    task = GoldenTask(id="t", question="?", expect=expect)
    assert only_shown(task, {"helpful": JUDGE}, deciding) is shown
