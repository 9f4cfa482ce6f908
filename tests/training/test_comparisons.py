"""What a comparison found, as the record a promotion rests on."""

from __future__ import annotations

import random

from tests.training.hand_made import Ticking, hand_made

from gonogo.domain import ClassifierComparison, TrainingRow
from gonogo.training.comparisons import compared
from gonogo.training.rows import fingerprint


def rows_and_scores(gap: float, count: int = 400) -> tuple[list[TrainingRow], list[float], list[float]]:
    chance = random.Random(4)
    rows = [
        TrainingRow(text=f"row {n}", source="toy", label=n % 2 == 0, slices={"language": "en" if n % 4 < 2 else "de"})
        for n in range(count)
    ]
    noise = [chance.gauss(0.0, 0.2) for _ in rows]
    candidate = [0.5 + gap * (1 if row.label else -1) + more for row, more in zip(rows, noise, strict=True)]
    baseline = [0.5 + 0.1 * (1 if row.label else -1) + more for row, more in zip(rows, noise, strict=True)]
    return rows, candidate, baseline


def record(gap: float, count: int = 400, **more: object) -> ClassifierComparison:
    rows, candidate, baseline = rows_and_scores(gap, count)
    new, old = hand_made(bad=2.0)[0], hand_made(bad=1.0)[0]
    scores = (candidate, baseline)
    return compared(new, old, rows, scores, tested_on="rows", author="ana", clock=Ticking(), **more)


def test_a_better_one_is_better_overall_and_by_slice_with_its_interval():
    found = record(0.2)
    assert (found.outcome, found.exit_code) == ("better", 0)
    assert [part.name for part in found.slices if part.note == ""] == ["language: de", "language: en"]
    assert found.overall.low < found.overall.difference < found.overall.high
    assert "better: AUC" in found.line
    assert "on 400 rows" in found.line


def test_a_worse_one_is_worse_and_names_the_slices():
    found = record(0.0)
    assert (found.outcome, found.exit_code) == ("worse", 1)
    assert found.worse_slices == ("language: de", "language: en")
    assert "worse on language: de" in found.line


def test_too_few_rows_cannot_tell_and_say_so():
    found = record(0.2, count=20)
    assert (found.outcome, found.exit_code) == ("cannot tell", 3)
    assert "n too small" in found.line


def test_rows_the_candidate_learned_from_are_no_independent_proof_unless_cross_fitted():
    rows, candidate, baseline = rows_and_scores(0.2)
    new, old = hand_made(bad=2.0, data=fingerprint(rows).digest)[0], hand_made(bad=1.0)[0]
    given = {"tested_on": "rows", "author": "ana", "clock": Ticking()}
    assert not compared(new, old, rows, (candidate, baseline), **given).independent
    assert compared(new, old, rows, (candidate, baseline), cross_fitted=True, **given).independent
