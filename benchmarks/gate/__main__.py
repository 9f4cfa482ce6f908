"""How often the gate is wrong, and how many tasks it takes, over simulated pairs of Versions whose truth is known.

    python -m benchmarks.gate [--runs 10000] [--cells 0,1,2] [--json FILE]

Each run draws tasks, their flakes and their repeats, and hands both sheets to ``gonogo.gate.decide``: what ships, once
under the hybrid rule and once under the fixed one; clustered tasks once with and once without their clusters named. A
task breaks or mends for good with half the discordance more or less the difference each; a flaky task passes at random
on either side, equally often, so that the truth stays the difference. In a cluster a task shares its luck with the
others with the square root of the correlation, so that two of them have that correlation. Intervals are Wilson's, 95 %.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec import structs

from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, GatePolicy, GoldenTask, MetricRule, TaskResult
from gonogo.gate import decide
from gonogo.statistics import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """``difference`` is the true one, candidate's pass rate less live's. ``flaky`` of the tasks pass at random. Tasks
    stand in clusters of ``together``, where two of them have that ``correlation``."""

    name: str
    difference: float
    discordance: float
    margin: float = 0.05
    tasks: int = 300
    flaky: float = 0.0
    repeats: int = 1
    together: int = 1
    correlation: float = 0.0


CELLS = (
    Cell(name="no effect, 5 % change", difference=0.0, discordance=0.05),
    Cell(name="no effect, 10 % change", difference=0.0, discordance=0.10),
    Cell(name="no effect, 10 % change, 600 tasks", difference=0.0, discordance=0.10, tasks=600),
    Cell(name="no effect, flaky, 3 repeats", difference=0.0, discordance=0.04, flaky=0.10, repeats=3),
    Cell(name="at the margin, 10 % change", difference=-0.05, discordance=0.10),
    Cell(name="at the margin, 10 % change, 600 tasks", difference=-0.05, discordance=0.10, tasks=600),
    Cell(name="at the margin, 6 % change", difference=-0.05, discordance=0.06),
    Cell(name="at the margin, 60 tasks", difference=-0.05, discordance=0.05, tasks=60),
    Cell(name="at the margin, flaky, 3 repeats", difference=-0.05, discordance=0.05, flaky=0.10, repeats=3),
    Cell(name="8 points worse", difference=-0.08, discordance=0.12),
    Cell(name="2 points better", difference=0.02, discordance=0.10),
    Cell(name="no effect, 2 % change, margin 3", difference=0.0, discordance=0.02, margin=0.03),
    *(
        Cell(
            name=f"{name}, {discordance:.0%} change, clusters of {together}, correlation {correlation:g}",
            difference=difference,
            discordance=discordance,
            together=together,
            correlation=correlation,
        )
        for name, difference, discordance, together, correlation in (
            ("at the margin", -0.05, 0.10, 5, 0.3),
            ("at the margin", -0.05, 0.10, 3, 0.3),
            ("at the margin", -0.05, 0.05, 5, 0.3),
            ("at the margin", -0.05, 0.10, 5, 0.9),
            ("at the margin", -0.05, 0.10, 20, 0.3),
            ("no effect", 0.0, 0.05, 3, 0.3),
            ("no effect", 0.0, 0.05, 5, 0.3),
            ("no effect", 0.0, 0.05, 3, 0.0),
            ("8 points worse", -0.08, 0.12, 3, 0.3),
            ("no effect", 0.0, 0.10, 3, 0.3),
        )
    ),
)


@dataclass(slots=True, kw_only=True)
class Found:
    """Of one cell and rule: Verdicts by outcome, and the tasks that each took."""

    outcomes: dict[str, int]
    tasks: list[int]

    def rate(self, outcome: str) -> Rate:
        """How often that was the Verdict."""
        return Rate(hits=self.outcomes.get(outcome, 0), total=sum(self.outcomes.values()))


class Simulation:
    """One cell, drawn from ``seed``."""

    def __init__(self, cell: Cell, seed: int = 0) -> None:
        self.cell = cell
        self._draw = random.Random(seed)
        self._tasks = [GoldenTask(id=f"t{place}", question="?") for place in range(cell.tasks)]
        self._clustered = [
            structs.replace(task, cluster=f"c{place // cell.together}") for place, task in enumerate(self._tasks)
        ]
        # Results of a task are one of few: made once, not once a run.
        self._results = {
            (place, repeat, passed): TaskResult(task_id=f"t{place}", answer="", passed=passed, repeat=repeat)
            for place in range(cell.tasks)
            for repeat in range(cell.repeats)
            for passed in (True, False)
        }

    def run(self, runs: int, *stopping: str) -> dict[str, Found]:
        """That many pairs, each judged under every rule named: hybrid or fixed, with clusters named or not."""
        found = {rule: Found(outcomes={}, tasks=[]) for rule in stopping}
        rules = {"pass_rate": MetricRule(margin=self.cell.margin)}
        policies = {
            rule: GatePolicy(require=rules, stopping="fixed" if "fixed" in rule else "hybrid") for rule in stopping
        }
        for number in range(runs):
            ours, theirs = self._pair(number)
            for rule, policy in policies.items():
                verdict = decide(ours, theirs, policy, self._clustered if "clustered" in rule else self._tasks)
                known = found[rule]
                known.outcomes[verdict.outcome] = known.outcomes.get(verdict.outcome, 0) + 1
                known.tasks.append(verdict.tasks_used or 0)
        return found

    def _pair(self, seed: int) -> tuple[EvaluationRun, EvaluationRun]:
        cell, draw = self.cell, self._draw
        mends = (cell.discordance + cell.difference) / 2
        ours: list[TaskResult] = []
        theirs: list[TaskResult] = []
        common = 0.0
        for place in range(cell.tasks):
            if place % cell.together == 0:
                common = draw.random()
            shared = cell.together > 1 and draw.random() < math.sqrt(cell.correlation)
            chance = common if shared or cell.together == 1 else draw.random()
            flaky = cell.discordance <= chance < cell.discordance + cell.flaky
            changed = chance < cell.discordance
            ours_pass, theirs_pass = (chance < mends, chance >= mends) if changed else (True, True)
            for repeat in range(cell.repeats):
                one = draw.random() < 0.7 if flaky else ours_pass
                other = draw.random() < 0.7 if flaky else theirs_pass
                ours.append(self._results[place, repeat, one])
                theirs.append(self._results[place, repeat, other])
        return _run("ours", seed, ours), _run("live", seed, theirs)


def _run(name: str, seed: int, results: list[TaskResult]) -> EvaluationRun:
    return EvaluationRun(
        id=name, mission="m", version=1, behaviour_digest=Digest(name), gate_digest=Digest("g"), seed=seed,
        started_at=0.0, finished_at=1.0, results=tuple(results),
    )  # fmt: skip


def _shown(rate: Rate) -> str:
    interval = rate.wilson()
    return f"{rate.value or 0.0:.3f} ({interval.low:.3f}..{interval.high:.3f})"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate")
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--cells", default=",".join(map(str, range(len(CELLS)))), help="numbers of cells")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows = []
    print("| cell | rule | GO | NO-GO | undecided | tasks: mean | median |\n|---|---|---|---|---|---|---|")
    for number in map(int, asked.cells.split(",")):
        cell = CELLS[number]
        rules = ("clustered", "clustered fixed", "fixed") if cell.together > 1 else ("hybrid", "fixed")
        for rule, found in Simulation(cell, seed=number).run(asked.runs, *rules).items():
            go, no_go = found.rate("GO"), found.rate("NO-GO")
            undecided = found.rate("INCONCLUSIVE")
            mean, median = statistics.fmean(found.tasks), statistics.median(found.tasks)
            rates = " | ".join(map(_shown, (go, no_go, undecided)))
            print(f"| {cell.name} | {rule} | {rates} | {mean:.0f} | {median:.0f} |", flush=True)
            rows.append(
                {**asdict(cell), "rule": rule, "runs": asked.runs, **found.outcomes, "mean": mean, "median": median}
            )
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
