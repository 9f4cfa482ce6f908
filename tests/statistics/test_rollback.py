"""Canary against control: false rollbacks and how soon harm is seen."""

import math
import random

import msgspec
import pytest

from gonogo.statistics import DifferenceBet, RollbackEvidence


def first_rollback(draw: random.Random, control: float, canary: float, margin: float = 0.0) -> int | None:
    evidence = RollbackEvidence(margin=margin)
    for pair in range(1, 2_001):
        if evidence.update(float(draw.random() < canary), float(draw.random() < control)) >= 100.0:
            return pair
    return None


@pytest.mark.parametrize(("control", "canary", "pairs"), [(0.05, 0.10, 562), (0.05, 0.20, 131), (0.02, 0.30, 66)])
def test_harm_is_seen_after_about_the_simulated_number_of_pairs(control: float, canary: float, pairs: int) -> None:
    draw = random.Random(2)
    found = [first_rollback(draw, control, canary) or 2_001 for _ in range(40)]
    assert sorted(found)[20] == pytest.approx(pairs, rel=0.35)
    assert sum(pair <= 2_000 for pair in found) >= 38


@pytest.mark.parametrize("rate", [0.05, 0.20])
def test_a_canary_that_is_no_worse_is_hardly_ever_rolled_back(rate: float) -> None:
    draw = random.Random(3)
    assert sum(first_rollback(draw, rate, rate) is not None for _ in range(40)) <= 2


@pytest.mark.slow
def test_a_canary_worse_by_the_margin_is_rolled_back_in_at_most_1_of_100_runs() -> None:
    draw = random.Random(4)
    wrong = sum(first_rollback(draw, 0.05, 0.08, margin=0.03) is not None for _ in range(300))
    assert wrong / 300 <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 300)


def test_one_pair_of_equals_leaves_the_evidence_unchanged_on_average() -> None:
    evidence = RollbackEvidence()
    for canary, control in ((1, 0), (0, 0), (1, 1)):
        evidence.update(canary, control)
    stored = msgspec.json.encode(evidence)

    def after(canary: float, control: float) -> float:
        return msgspec.json.decode(stored, type=RollbackEvidence).update(canary, control)

    fair = sum(p * after(a, b) for a, b, p in ((1, 0, 0.16), (0, 1, 0.16), (0, 0, 0.64), (1, 1, 0.04)))
    assert fair == pytest.approx(evidence.evidence)


def test_a_harmless_canary_gathers_evidence_for_promotion() -> None:
    draw = random.Random(5)
    bet = DifferenceBet(margin=0.05)
    for _ in range(1_200):
        bet.update(float(draw.random() < 0.05) - float(draw.random() < 0.05))
    assert bet.e_value > 20.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: RollbackEvidence(margin=-0.1),
        lambda: RollbackEvidence(margin=1.0),
        lambda: RollbackEvidence(log_wealth=[0.0]),
        lambda: RollbackEvidence().update(2.0, 0.0),
        lambda: RollbackEvidence().update(0.0, math.nan),
    ],
)
def test_impossible_arguments_are_refused(call) -> None:
    with pytest.raises(ValueError):
        call()
