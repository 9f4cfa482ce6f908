"""Which rows teach, calibrate and test."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.errors import BadInput
from gonogo.training.tabular.split import split_rows

LABELS = [place % 4 == 0 for place in range(400)]


def test_by_chance_every_part_has_both_labels_in_their_shares():
    split = split_rows(LABELS, None, None, 0, "f.csv")
    parts = (split.teach, split.calibrate, split.test)
    assert [len(part) for part in parts] == [240, 80, 80]
    assert [sum(LABELS[row] for row in part) for part in parts] == [60, 20, 20]
    assert sorted(row for part in parts for row in part) == list(range(400))


def test_the_seed_decides_and_nothing_else():
    assert split_rows(LABELS, None, None, 5, "") == split_rows(LABELS, None, None, 5, "")
    assert split_rows(LABELS, None, None, 5, "") != split_rows(LABELS, None, None, 6, "")


def test_by_time_no_test_row_is_older_than_a_teaching_row():
    times = [float(place * 37 % 400 // 3) for place in range(400)]
    split = split_rows(LABELS, times, None, 0, "")
    assert max(times[row] for row in split.teach) < min(times[row] for row in split.calibrate)
    assert max(times[row] for row in split.calibrate) < min(times[row] for row in split.test)
    assert split.how == "by time"


@given(seed=st.integers(0, 99))
def test_a_group_is_never_parted(seed):
    groups = [f"g{place * 7 % 83}" for place in range(400)]
    split = split_rows(LABELS, None, groups, seed, "")
    seen = [{groups[row] for row in part} for part in (split.teach, split.calibrate, split.test)]
    assert not (seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2])


@pytest.mark.parametrize(
    ("labels", "times", "said"),
    [
        ([True, False] * 10, None, "at least 100 rows"),
        ([True] * 10 + [False] * 200, None, "20 of each value"),
        ([True] * 100 + [False] * 100, [float(place) for place in range(200)], "the rows that calibrate hold 0"),
    ],
)
def test_too_few_rows_of_a_label_are_refused(labels, times, said):
    with pytest.raises(BadInput, match=said):
        split_rows(labels, times, None, 0, "f.csv")
