"""E-values: worked figures, and error rates under looking after every few tasks."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.statistics import (
    EARLY_GO_EVIDENCE,
    EARLY_NO_GO_EVIDENCE,
    FINAL_ALPHA,
    DifferenceBet,
    PairedCounts,
    mcnemar_e_value,
    noninferiority_e_value,
    noninferiority_e_value_of,
    regression_e_value,
    tango_noninferiority,
)


def pairs(candidate_only: int, baseline_only: int, ties: int) -> PairedCounts:
    return PairedCounts(both=ties, candidate_only=candidate_only, baseline_only=baseline_only, neither=0)


@pytest.mark.parametrize(
    ("margin", "b", "c", "ties", "evidence"),
    [
        (0.05, 0, 0, 0, 1.0),
        (0.05, 0, 0, 50, 4.66489),
        (0.05, 2, 2, 96, 5.26173),
        (0.05, 5, 5, 190, 20.88219),
        (0.05, 8, 8, 284, 94.39553),
        (0.05, 3, 12, 285, 1.25146),
        (0.02, 5, 5, 290, 2.64244),
        (0.02, 10, 5, 485, 203.03664),
    ],
)
def test_non_inferiority_evidence_gives_the_worked_figures(
    margin: float, b: int, c: int, ties: int, evidence: float
) -> None:
    assert noninferiority_e_value(pairs(b, c, ties), margin) == pytest.approx(evidence, rel=2e-6)


@pytest.mark.parametrize(
    ("b", "c", "evidence"),
    [
        (0, 0, 1.0),
        (1, 0, 1.5),
        (5, 0, 10.5),
        (6, 0, 18.14286),
        (8, 1, 11.25556),
        (12, 3, 8.90646),
        (15, 3, 33.74149),
        (20, 5, 48.52045),
        (9, 9, 0.28377),
        (3, 12, 0.09574),
    ],
)
def test_sequential_mcnemar_gives_the_worked_figures(b: int, c: int, evidence: float) -> None:
    assert mcnemar_e_value(b, c) == pytest.approx(evidence, abs=6e-6)
    assert regression_e_value(pairs(c, b, 40)) == pytest.approx(evidence, abs=6e-6)


@given(outcomes=st.lists(st.sampled_from([-1, 0, 1]), max_size=60), margin=st.floats(min_value=0.005, max_value=0.5))
@settings(max_examples=60, deadline=None)
def test_evidence_from_counts_equals_evidence_task_by_task(outcomes: list[int], margin: float) -> None:
    counts = pairs(outcomes.count(1), outcomes.count(-1), outcomes.count(0))
    assert noninferiority_e_value_of(outcomes, margin) == pytest.approx(
        noninferiority_e_value(counts, margin), rel=1e-9
    )


@given(b=st.integers(min_value=0, max_value=80), c=st.integers(min_value=0, max_value=80))
@settings(max_examples=60, deadline=None)
def test_one_fair_discordant_task_leaves_the_evidence_unchanged_on_average(b: int, c: int) -> None:
    following = (mcnemar_e_value(b + 1, c) + mcnemar_e_value(b, c + 1)) / 2
    assert following == pytest.approx(mcnemar_e_value(b, c), rel=1e-9)


@given(
    margin=st.floats(min_value=0.01, max_value=0.5),
    discordance=st.floats(min_value=0.5, max_value=1.0),
    b=st.integers(min_value=0, max_value=30),
    c=st.integers(min_value=0, max_value=30),
)
@settings(max_examples=60, deadline=None)
def test_one_task_at_the_margin_leaves_the_evidence_unchanged_on_average(
    margin: float, discordance: float, b: int, c: int
) -> None:
    better, worse = (discordance - margin) / 2, (discordance + margin) / 2
    following = (
        better * noninferiority_e_value(pairs(b + 1, c, 9), margin)
        + worse * noninferiority_e_value(pairs(b, c + 1, 9), margin)
        + (1 - discordance) * noninferiority_e_value(pairs(b, c, 10), margin)
    )
    assert following == pytest.approx(noninferiority_e_value(pairs(b, c, 9), margin), rel=1e-9)


def test_evidence_never_overflows() -> None:
    assert math.isfinite(noninferiority_e_value(pairs(100_000, 0, 0), 0.05))
    assert math.isfinite(mcnemar_e_value(100_000, 0))
    assert mcnemar_e_value(0, 100_000) == pytest.approx(0.0, abs=1e-4)


def test_a_stored_bet_goes_on_where_it_stopped() -> None:
    whole, first = DifferenceBet(margin=0.05), DifferenceBet(margin=0.05)
    for difference in (0.2, -0.1, 0.0):
        whole.update(difference)
        first.update(difference)
    second = DifferenceBet(margin=0.05, log_wealth=list(first.log_wealth), tasks=first.tasks)
    assert second.update(0.4) == whole.update(0.4)
    assert second.tasks == 4


def test_graded_regressions_are_found_with_the_sign_turned() -> None:
    worse = DifferenceBet(margin=0.0)
    assert [worse.update(-difference) for difference in [-0.3] * 60][-1] > EARLY_NO_GO_EVIDENCE


def test_the_hybrid_spends_five_in_a_hundred_in_all() -> None:
    assert pytest.approx(0.05) == 1 / EARLY_GO_EVIDENCE + FINAL_ALPHA
    assert pytest.approx(0.05) == 1 / EARLY_NO_GO_EVIDENCE


def run_hybrid(draw: random.Random, n: int, difference: float, discordance: float, margin: float) -> tuple[str, int]:
    """One run of the gate's rule, looking every 10 tasks."""
    weights = ((discordance + difference) / 2, (discordance - difference) / 2, 1 - discordance)
    outcomes = draw.choices("bct", weights=weights, k=n)
    for done in range(10, n + 1, 10):
        seen = outcomes[:done]
        counts = pairs(seen.count("b"), seen.count("c"), seen.count("t"))
        if noninferiority_e_value(counts, margin) >= EARLY_GO_EVIDENCE:
            return "GO", done
        if regression_e_value(counts) >= EARLY_NO_GO_EVIDENCE:
            return "NO-GO", done
    return ("GO" if tango_noninferiority(counts, margin).p <= FINAL_ALPHA else "INCONCLUSIVE"), n


@pytest.mark.parametrize(
    ("difference", "discordance", "margin", "go", "no_go", "tasks"),
    [
        (0.0, 0.05, 0.05, 0.946, 0.022, 227),
        (0.0, 0.10, 0.05, 0.829, 0.016, 266),
        (0.02, 0.10, 0.05, 0.982, 0.001, 212),
        (-0.05, 0.10, 0.05, 0.040, 0.609, 217),
        (-0.08, 0.12, 0.05, 0.001, 0.972, 131),
        (0.0, 0.02, 0.03, 0.909, 0.002, 268),
    ],
)
def test_the_hybrid_behaves_as_simulated(difference, discordance, margin, go, no_go, tasks) -> None:
    draw = random.Random(7)
    runs = [run_hybrid(draw, 300, difference, discordance, margin) for _ in range(150)]
    verdicts = [verdict for verdict, _ in runs]
    assert verdicts.count("GO") / 150 == pytest.approx(go, abs=0.09)
    assert verdicts.count("NO-GO") / 150 == pytest.approx(no_go, abs=0.09)
    assert sum(done for _, done in runs) / 150 == pytest.approx(tasks, abs=25)


@pytest.mark.slow
@pytest.mark.parametrize("discordance", [0.05, 0.10, 0.20])
def test_a_candidate_worse_by_the_margin_is_let_through_in_at_most_5_of_100_runs(discordance: float) -> None:
    draw = random.Random(13)
    wrong = sum(run_hybrid(draw, 300, -0.05, discordance, 0.05)[0] == "GO" for _ in range(1_500))
    assert wrong / 1_500 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 1_500)


def test_evidence_looked_at_after_every_task_is_wrong_in_at_most_5_of_100_runs() -> None:
    draw = random.Random(17)
    wrong = 0
    for _ in range(150):
        bet = DifferenceBet(margin=0.05)
        wrong += any(bet.update(draw.choices((-0.6, 0.0, 0.2), (0.15, 0.65, 0.2))[0]) >= 20 for _ in range(200))
    assert wrong / 150 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 150)


@pytest.mark.parametrize(
    "call",
    [
        lambda: noninferiority_e_value(pairs(1, 1, 1), 1.0),
        lambda: noninferiority_e_value(pairs(1, 1, 1), math.nan),
        lambda: DifferenceBet(margin=-1.0),
        lambda: DifferenceBet(margin=0.1).update(1.5),
        lambda: DifferenceBet(margin=0.1).update(math.nan),
        lambda: DifferenceBet(margin=0.1, log_wealth=[0.0]),
        lambda: mcnemar_e_value(-1, 0),
        lambda: noninferiority_e_value_of([0.0, -2.0], 0.05),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
