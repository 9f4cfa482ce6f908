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


@pytest.mark.parametrize(
    ("alpha", "changed", "most"),
    [(0.05, 567, 1.0), (0.1, 235, 1.0), (0.02, 235, 1.0), (0.01, 235, 1.0), (0.05, 1000, 1.11), (0.1, 1000, 1.11)],
)
def test_an_equal_candidate_is_no_go_with_at_most_alpha_whichever_claim_it_meets(alpha, changed, most):
    """Exact: every walk of changed tasks, looked at after each, and the test at whatever length the set ends."""
    assert max(chances_of_no_go(alpha, changed)) <= most * alpha


def test_the_bound_is_not_claimed_for_more_than_it_holds_for():
    assert max(chances_of_no_go(0.05, 568)) > 0.05


def chances_of_no_go(alpha, most):
    """By how many tasks change: that an identical candidate is NO-GO, early or at the end."""
    held = levels(GatePolicy(alpha=alpha))
    alive, crossed = np.array([1.0]), 0.0
    for changed in range(1, most + 1):
        alive = 0.5 * (np.append(alive, 0.0) + np.append(0.0, alive))
        early = _fewest(changed, lambda broke, n=changed: _evidence(broke, n) >= held.no_go_evidence)
        late = _fewest(changed, lambda broke, n=changed: binomial_at_least(broke, n, 0.5) <= held.no_go)
        yield crossed + alive[min(early, late) :].sum()
        crossed += alive[early:].sum()
        alive[early:] = 0.0


def _fewest(changed, shown):
    """Broken tasks from which it is shown; both claims grow with them."""
    low, high = changed // 2, changed + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if shown(middle) else (middle + 1, high)
    return low


def _evidence(broke, changed):
    return regression_e_value(PairedCounts(both=0, candidate_only=changed - broke, baseline_only=broke, neither=0))
