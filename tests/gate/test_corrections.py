"""What a judge said, corrected for what it gets wrong: fixtures, and simulations that the intervals hold."""

from __future__ import annotations

import random

import pytest
from msgspec import structs

from gonogo.domain import Comparison, EvaluationRun, Judge, JudgeCalibration, JudgedLabel, Score, TaskResult
from gonogo.gate import JudgeStanding
from gonogo.gate.corrections import Readings, corrected_difference, corrected_mean, longer_by, readings_of

JUDGE = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="r")
GRADED = structs.replace(JUDGE, scale=(1, 5))


def standing(pairs, judge: Judge = JUDGE) -> JudgeStanding:
    """Pairs of (person's value, judge's value)."""
    labels = tuple(
        JudgedLabel(trace_id=f"c{n}", metric="helpful", judged=judged, label=label)
        for n, (label, judged) in enumerate(pairs)
    )
    made = JudgeCalibration(id="c", mission="s", judge=judge, digest=judge.digest, labels=labels, created_at=1.0)
    return JudgeStanding(judge=judge, calibration=made)


def tabled(good_passed: int, good_failed: int, bad_passed: int, bad_failed: int) -> list[tuple[float, float]]:
    return (
        [(1.0, 1.0)] * good_passed + [(1.0, 0.0)] * good_failed + [(0.0, 1.0)] * bad_passed + [(0.0, 0.0)] * bad_failed
    )


def observed(values) -> Comparison:
    return Comparison(metric="helpful", tasks=len(values), candidate=sum(values) / len(values), low=0.0, high=1.0)


def test_pass_or_fail_is_corrected_by_rogan_and_gladen():
    said = tuple([1.0] * 82 + [0.0] * 18)
    found = corrected_mean(observed(said), standing(tabled(90, 10, 20, 80)), Readings(labelled=(), rest=said))
    assert found.candidate == pytest.approx(0.885714, abs=1e-6)
    assert found.observed == pytest.approx(0.82)
    assert found.low < 0.8857 < found.high
    assert found.corrected == "Rogan-Gladen on 200 labels"


def test_labels_of_these_very_answers_are_worth_more():
    own = tuple(tabled(20, 5, 5, 10))
    rest = tuple([1.0] * 60 + [0.0] * 40)
    found = corrected_mean(observed(rest), standing(tabled(90, 10, 20, 80)), Readings(labelled=own, rest=rest))
    assert found.corrected == "PPI++ on 40 labelled of 140 answers"
    assert found.low < found.candidate < found.high


def test_grades_are_corrected_by_the_mean_error_on_the_labels():
    pairs = [(0.5, 0.75), (0.25, 0.5), (1.0, 1.0), (0.0, 0.25)] * 10
    rest = tuple([0.75, 0.5, 1.0, 0.25] * 25)
    found = corrected_mean(observed(rest), standing(pairs, GRADED), Readings(labelled=(), rest=rest))
    assert found.candidate == pytest.approx(0.625 - 0.1875)
    assert found.corrected == "PPI on 40 labels"


def test_an_interval_of_clustered_answers_is_wider_by_what_they_are_worth():
    said = tuple([1.0] * 82 + [0.0] * 18)
    judge, readings = standing(tabled(90, 10, 20, 80)), Readings(labelled=(), rest=said)
    alone = corrected_mean(observed(said), judge, readings)
    paged = corrected_mean(structs.replace(observed(said), clusters=30, worth=64.0, worth_least=30.0), judge, readings)
    assert paged.candidate == alone.candidate
    assert paged.candidate - paged.low == pytest.approx(1.25 * (alone.candidate - alone.low))
    assert paged.high == min(1.0, alone.candidate + 1.25 * (alone.high - alone.candidate))


def test_without_labels_nothing_is_changed():
    value = observed([1.0, 0.0])
    assert corrected_mean(value, JudgeStanding(judge=JUDGE), Readings(labelled=(), rest=(1.0, 0.0))) == value


def test_a_judge_no_better_than_chance_corrects_nothing():
    value = observed([1.0, 0.0])
    found = corrected_mean(value, standing(tabled(5, 5, 5, 5)), Readings(labelled=(), rest=(1.0, 0.0)))
    assert found == value


def test_a_measure_of_which_less_is_better_is_left_alone():
    noise = structs.replace(JUDGE, kind="noise-sensitivity")
    value = observed([0.1, 0.2])
    assert corrected_mean(value, standing([(1.0, 0.1)] * 40, noise), Readings(labelled=(), rest=(0.1, 0.2))) == value


DIFFERENCE = Comparison(
    metric="helpful", tasks=300, candidate=0.7, baseline=0.72, difference=-0.02, low=-0.05, high=0.01, margin=0.05,
    p_noninferior=0.04, p_worse=0.2,
)  # fmt: skip


def test_a_difference_is_brought_to_its_true_size():
    found = corrected_difference(DIFFERENCE, standing(tabled(900, 100, 100, 900)))
    assert found.difference == pytest.approx(-0.025, abs=0.0005)
    assert found.low < -0.0575
    assert found.p_noninferior > DIFFERENCE.p_noninferior  # the margin is nearer than it looked
    assert found.p_worse == DIFFERENCE.p_worse
    assert found.observed == -0.02


def test_a_difference_of_grades_is_stretched_by_how_flat_the_judge_grades():
    graded = standing([(0.0, 0.25), (1.0, 0.75)] * 60, GRADED)
    assert corrected_difference(DIFFERENCE, graded).difference == pytest.approx(-0.04)


@pytest.mark.parametrize("pairs", [[(0.5, 0.75)] * 40, [(0.0, 1.0), (1.0, 0.0)] * 40, [(0.5, 0.5)]])
def test_a_difference_stays_where_labels_do_not_tell_its_size(pairs):
    assert corrected_difference(DIFFERENCE, standing(pairs, GRADED)) == DIFFERENCE


def long_winded(slope: float = 0.1) -> JudgeStanding:
    """A judge that gives more to longer answers, else as people do."""
    labels = tuple(
        JudgedLabel(
            trace_id=f"c{n}", metric="helpful", label=(n % 2) * 0.5, words=2 ** (n % 5),
            judged=(n % 2) * 0.5 + slope * (n % 5) + 0.01 * (n % 3),
        )
        for n in range(100)
    )  # fmt: skip
    made = JudgeCalibration(id="c", mission="s", judge=GRADED, digest=GRADED.digest, labels=labels, created_at=1.0)
    return JudgeStanding(judge=GRADED, calibration=made)


def test_what_length_gives_a_longer_winded_candidate_is_taken_off():
    better = structs.replace(DIFFERENCE, difference=0.05, low=0.02, high=0.08, p_worse=0.99)
    found = corrected_difference(better, long_winded(), longer=1.0)
    assert found.difference == pytest.approx(-0.05, abs=0.01)
    assert found.p_worse < 0.05
    assert "liking for answers 2 times as long" in found.corrected


@pytest.mark.parametrize(("slope", "longer"), [(0.0, 1.0), (0.1, 0.05)])
def test_length_is_left_alone_where_it_is_not_proven_or_the_answers_are_as_long(slope, longer):
    better = structs.replace(DIFFERENCE, difference=0.05, low=0.02, high=0.08)
    assert "liking" not in corrected_difference(better, long_winded(slope), longer=longer).corrected


def test_how_much_longer_answers_became_is_counted_on_shared_tasks():
    def run(*answers: str) -> EvaluationRun:
        results = [TaskResult(task_id=f"t{n}", answer=answer, passed=True) for n, answer in enumerate(answers)]
        return EvaluationRun(
            id="r", mission="s", version=1, behaviour_digest="b", gate_digest="g", seed=0, started_at=0.0,
            results=tuple(results),
        )  # fmt: skip

    gating = frozenset({"t0", "t1", "t2"})
    assert longer_by(run("a b c d", "a b", ""), run("a b", "a b", "a"), gating) == pytest.approx(0.5)
    assert longer_by(run("a"), run(), gating) == 0.0


def test_labels_find_their_answers_by_trace():
    results = tuple(
        TaskResult(
            task_id=f"t{n}", answer="a", passed=True, trace_id=f"c{n}", repeat=n // 3,
            scores=(Score(metric="helpful", value=0.0, judge=JUDGE.digest),),
        )
        for n in range(4)
    )  # fmt: skip
    run = EvaluationRun(
        id="r", mission="s", version=1, behaviour_digest="b", gate_digest="g", seed=0, started_at=0.0, results=results
    )
    found = readings_of(run, standing([(1.0, 0.0)] * 2), frozenset({"t0", "t1", "t2", "t3"}))
    assert (found.labelled, found.rest) == (((1.0, 0.0), (1.0, 0.0)), (0.0,))  # t3 is a second repeat


@pytest.mark.parametrize("truth", [0.6, 0.8, 0.9])
@pytest.mark.parametrize("own", [0, 60])
def test_the_corrected_interval_holds_the_truth_where_the_judge_s_own_does_not(truth, own):
    """A judge that passes 30 % of bad answers: 90 % intervals, 300 runs."""
    chance = random.Random(17)

    def pair() -> tuple[float, float]:
        good = chance.random() < truth
        return float(good), float(chance.random() < (0.95 if good else 0.3))

    held = naive = 0
    for _ in range(300):
        calibration = standing([pair() for _ in range(150)])
        ours = [pair() for _ in range(300)]
        readings = Readings(labelled=tuple(ours[:own]), rest=tuple(said for _, said in ours[own:]))
        found = corrected_mean(structs.replace(observed(readings.judged), confidence=0.9), calibration, readings)
        held += found.low <= truth <= found.high
        naive += abs(found.observed - truth) < 1.645 * (truth * (1 - truth) / 300) ** 0.5
    assert held >= 0.85 * 300
    assert naive < held


def test_a_false_go_through_a_judge_stays_rare():
    """True loss at the margin: at most 5 % may be shown to be inside it, whatever the judge gets wrong."""
    chance, shown, runs = random.Random(5), 0, 400
    for _ in range(runs):
        calibration = standing([_judged(chance, chance.random() < 0.8) for _ in range(150)])
        pairs = []
        for _ in range(300):
            base = chance.random() < 0.80
            ours = base and chance.random() < 0.9375  # loses 5 points
            pairs.append(_judged(chance, ours)[1] - _judged(chance, base)[1])
        mean = sum(pairs) / len(pairs)
        error = (sum((one - mean) ** 2 for one in pairs) / (len(pairs) - 1) / len(pairs)) ** 0.5
        found = corrected_difference(
            structs.replace(DIFFERENCE, difference=mean, low=mean - 1.645 * error, high=mean + 1.645 * error),
            calibration,
        )
        shown += found.p_noninferior <= 0.05
    assert shown <= 0.08 * runs


def _judged(chance: random.Random, good: bool) -> tuple[float, float]:
    return float(good), float(chance.random() < (0.95 if good else 0.2))
