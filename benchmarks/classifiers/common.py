"""Common: reading the public data sets, tables as text, and paired differences, for every classifier's benchmark.

The data are not part of the project: ``--data`` names a folder with ``quality/`` and ``safety/``, gzip files of JSON
lines. What may be trained on and what only measures is said in each benchmark.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gonogo.training.compare import Difference, difference
from gonogo.training.measures import auc

Row = dict[str, Any]


@dataclass(kw_only=True)
class Table:
    """A heading, column names and rows of cells; ``notes`` stand under it."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"\n### {self.title}\n", "| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(map(str, row)) + " |" for row in self.rows]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)])


def load(data: Path, name: str) -> Iterator[Row]:
    """The rows of ``quality/NAME.jsonl.gz`` or ``safety/NAME.jsonl.gz``."""
    for folder in ("quality", "safety"):
        path = data / folder / f"{name}.jsonl.gz"
        if path.is_file():
            with gzip.open(path, "rt", encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)
            return
    raise SystemExit(f"{name}.jsonl.gz is in neither {data}/quality nor {data}/safety")


def auc_cell(labels: Sequence[bool], scores: Sequence[float]) -> str:
    """``.812 [.790, .834]`` with DeLong's 95 % interval."""
    found = auc(np.asarray(labels, dtype=bool), np.asarray(scores, dtype=float))
    if found.value is None or found.low is None or found.high is None:
        return found.note
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def against(
    quality: str,
    labels: Sequence[bool],
    ours: Sequence[float],
    baseline: Sequence[float],
    groups: Sequence[str] = (),
    seed: int = 0,
) -> Difference:
    """Ours minus the baseline on the same rows, paired bootstrap, 90 %."""
    return difference(quality, np.asarray(labels, dtype=bool), ours, baseline, groups=groups, seed=seed)


def difference_cell(found: Difference) -> str:
    """``+.031 [+.012, +.050] better``."""
    if found.value is None or found.low is None or found.high is None:
        return found.note
    return f"{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}] {found.outcome()}"


def median_cpu(call: Callable[[], object], rounds: int = 200) -> float:
    """Median CPU microseconds of one call, after a few to warm up."""
    for _ in range(5):
        call()
    taken = []
    for _ in range(rounds):
        began = time.process_time_ns()
        call()
        taken.append(time.process_time_ns() - began)
    return float(np.median(taken)) / 1000.0
