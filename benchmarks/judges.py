"""How often a margin on a judged metric gives a false GO: as the judge says it, and corrected.

Each run draws 150 labels for the calibration and 300 or 1,000 golden tasks for candidate and live, of which 80 % are
truly good for live. The judge passes good answers with its sensitivity and fails bad ones with its specificity.

usage: python benchmarks/judges.py [RUNS]
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence

from gonogo.domain import Comparison, Judge, JudgeCalibration, JudgedLabel
from gonogo.gate import JudgeStanding
from gonogo.gate.corrections import corrected_difference
from gonogo.statistics import score_interval, score_noninferiority

JUDGE = Judge(name="helpful", kind="llm-rubric", provider="p", model="m", rubric="r")
MARGIN, ALPHA, GOOD, LABELS = 0.05, 0.05, 0.8, 150
MENDED = 0.03
"""Share of tasks that the candidate mends; it breaks as many, and its loss besides."""
QUALITIES = ((0.95, 0.80), (0.90, 0.90), (0.85, 0.75))


def main(runs: int) -> None:
    """Print a line for every quality of judge, number of tasks and true loss."""
    chance = random.Random(1)
    print("sensitivity  specificity  tasks  true loss  GO as said  GO corrected  interval holds the truth")
    for sensitivity, specificity in QUALITIES:
        for tasks in (300, 1000):
            for loss in (MARGIN, 0.0):
                seen = [_once(chance, sensitivity, specificity, tasks, loss) for _ in range(runs)]
                raw, corrected, held = (sum(column) / runs for column in zip(*seen, strict=True))
                judge = f"{sensitivity:11}  {specificity:11}"
                print(f"{judge}  {tasks:5}  {loss:9}  {raw:10.3f}  {corrected:12.3f}  {held:.3f}")


def _once(
    chance: random.Random, sensitivity: float, specificity: float, tasks: int, loss: float
) -> tuple[bool, bool, bool]:
    def said(good: bool) -> float:
        return float(chance.random() < (sensitivity if good else 1 - specificity))

    truths = [chance.random() < GOOD for _ in range(LABELS)]
    differences = []
    for _ in range(tasks):
        live, turn = chance.random() < GOOD, chance.random()
        ours = turn >= (loss + MENDED) / GOOD if live else turn < MENDED / (1 - GOOD)
        differences.append(said(ours) - said(live))
    found = _compared(differences)
    corrected = corrected_difference(found, _standing([(truth, said(truth)) for truth in truths]))
    low, high = corrected.low or 0.0, corrected.high or 0.0
    return (found.p_noninferior or 0) <= ALPHA, (corrected.p_noninferior or 0) <= ALPHA, low <= -loss <= high


def _compared(differences: Sequence[float]) -> Comparison:
    interval = score_interval(differences, 1 - 2 * ALPHA)
    return Comparison(
        metric="helpful",
        tasks=len(differences),
        candidate=0.0,
        baseline=0.0,
        difference=sum(differences) / len(differences),
        low=interval.low,
        high=interval.high,
        margin=MARGIN,
        p_noninferior=score_noninferiority(differences, MARGIN).p,
    )


def _standing(pairs: Sequence[tuple[bool, float]]) -> JudgeStanding:
    labels = tuple(
        JudgedLabel(trace_id=str(place), metric="helpful", judged=judged, label=float(truth))
        for place, (truth, judged) in enumerate(pairs)
    )
    made = JudgeCalibration(id="c", mission="m", judge=JUDGE, digest=JUDGE.digest, labels=labels, created_at=0.0)
    return JudgeStanding(judge=JUDGE, calibration=made)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1500)
