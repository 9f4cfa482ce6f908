"""A Score is a value, an error or not applicable, never a number that is none."""

from __future__ import annotations

import math

import pytest

from gonogo.domain import Score


@pytest.mark.parametrize(("value", "said"), [(math.nan, "gave NaN"), (math.inf, "infinite"), (-math.inf, "infinite")])
def test_what_is_no_finite_number_is_refused(value, said):
    with pytest.raises(ValueError, match=said):
        Score(metric="odd", value=value)


@pytest.mark.parametrize("fields", [{"state": "error", "value": 1.0}, {"state": "value"}])
def test_a_value_stands_with_its_state_and_no_other(fields):
    with pytest.raises(ValueError, match="of state"):
        Score(metric="odd", **fields)
