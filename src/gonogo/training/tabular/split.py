"""Split: which rows teach, which calibrate, which test.

Here: by time, by group, or by chance with both labels in each part. Not here: learning.

60 % teach; 20 % choose the form, calibrate it and set the threshold; 20 % test and have no say in anything.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from gonogo.errors import BadInput

SHARES = (0.6, 0.2)
"""Of the rows, those that teach and those that calibrate; the rest test."""
LEAST_ROWS, LEAST_OF_A_CLASS = 100, 20
LEAST_IN_A_PART = 4
"""Rows of each label that every part must have: with fewer not even a line can be calibrated."""


@dataclass(frozen=True, slots=True)
class Split:
    """Places of rows; ``how`` says by what they were parted."""

    teach: list[int]
    calibrate: list[int]
    test: list[int]
    how: str


def split_rows(
    labels: Sequence[bool], times: Sequence[float] | None, groups: Sequence[str] | None, seed: int, file: str
) -> Split:
    """Part the rows: in the order of time, where given; else whole groups; else by chance.

    Args:
        times: seconds or days, one a row; rows of one moment stay together.
        groups: one a row.

    Raises:
        BadInput: too few rows, or a part without both labels.
    """
    positives = sum(labels)
    if len(labels) < LEAST_ROWS or min(positives, len(labels) - positives) < LEAST_OF_A_CLASS:
        raise BadInput(
            f"{file}: {len(labels)} rows, {positives} of them positive: at least {LEAST_ROWS} rows and "
            f"{LEAST_OF_A_CLASS} of each value of the target are needed to learn and to measure anything"
        )
    if times is not None:
        parts, how = _whole(times, sorted(set(times))), "by time"
    elif groups is not None:
        names = sorted(set(groups))
        random.Random(seed).shuffle(names)
        parts, how = _whole(groups, names), "by group"
    else:
        parts, how = _stratified(labels, seed), "by chance, both labels in each part"
    for name, part in zip(("teach", "calibrate", "test"), parts, strict=True):
        fewer = min(sum(labels[row] for row in part), sum(not labels[row] for row in part))
        if fewer < LEAST_IN_A_PART:
            raise BadInput(
                f"{file}: split {how}, the rows that {name} hold {fewer} of one value of the target, at least "
                f"{LEAST_IN_A_PART} are needed: add rows, or split by something else"
            )
    teach, calibrate, test = parts
    return Split(teach, calibrate, test, how)


def _whole(keys: Sequence[object], order: Sequence[object]) -> list[list[int]]:
    """Rows with one key together, keys in the given order, cut where the shares of rows are reached."""
    members: dict[object, list[int]] = {}
    for row, key in enumerate(keys):
        members.setdefault(key, []).append(row)
    parts: list[list[int]] = [[], [], []]
    bounds = (SHARES[0] * len(keys), (SHARES[0] + SHARES[1]) * len(keys))
    done = 0
    for key in order:
        middle = done + len(members[key]) / 2.0
        parts[(middle > bounds[0]) + (middle > bounds[1])] += members[key]
        done += len(members[key])
    return parts


def _stratified(labels: Sequence[bool], seed: int) -> list[list[int]]:
    parts: list[list[int]] = [[], [], []]
    draw = random.Random(seed)
    for label in (False, True):
        rows = [row for row, found in enumerate(labels) if found is label]
        draw.shuffle(rows)
        first, second = round(SHARES[0] * len(rows)), round((SHARES[0] + SHARES[1]) * len(rows))
        for part, some in zip(parts, (rows[:first], rows[first:second], rows[second:]), strict=True):
            part.extend(some)
    return [sorted(part) for part in parts]
