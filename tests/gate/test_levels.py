"""What the two claims of the hybrid rule may err together."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gonogo.domain import GatePolicy
from gonogo.gate.levels import levels, look_levels, look_sizes
from gonogo.statistics import PairedCounts, regression_e_value
from gonogo.statistics.special import binomial_at_least


def test_go_spends_alpha_on_early_looks_and_the_end_together():
    held = levels(GatePolicy())
    assert (held.go_evidence, held.go, held.no_go_evidence) == (pytest.approx(100), pytest.approx(0.04), 20)
    assert 1 / held.go_evidence + held.go == pytest.approx(0.05)


def test_a_fixed_rule_and_a_first_deployment_keep_all_of_alpha_for_the_full_set():
    for held in (levels(GatePolicy(stopping="fixed")), levels(GatePolicy(), first=True)):
        assert (held.go, held.no_go, held.go_evidence, held.no_go_evidence) == (0.05, 0.05, None, None)


def test_planned_looks_are_those_of_obrien_and_fleming():
    expected = [3.921, 2.772, 2.264, 1.960, 1.753]
    assert [0.5 * math.erfc(z / math.sqrt(2)) for z in expected] == pytest.approx(list(look_levels(0.05)), rel=0.03)
    assert look_sizes(300) == (60, 120, 180, 240, 300)
    assert look_sizes(7) == (2, 3, 5, 6, 7)


def test_an_equal_candidate_is_no_go_with_at_most_alpha_however_many_tasks_change():
    """Exact: every walk of changed tasks, looked at after each, and the test at whatever length the set ends."""
    held = levels(GatePolicy())
    most = 300
    alive, crossed = np.array([1.0]), 0.0
    for changed in range(1, most + 1):
        alive = 0.5 * (np.append(alive, 0.0) + np.append(0.0, alive))
        over = np.array([_early(broke, changed) >= held.no_go_evidence for broke in range(changed + 1)])
        late = np.array([binomial_at_least(broke, changed, 0.5) <= held.no_go for broke in range(changed + 1)])
        assert crossed + alive[over | late].sum() <= 0.05
        crossed += alive[over].sum()
        alive[over] = 0.0


def _early(broke: int, changed: int) -> float:
    if 2 * broke <= changed:
        return 0.0
    return regression_e_value(PairedCounts(both=0, candidate_only=changed - broke, baseline_only=broke, neither=0))
