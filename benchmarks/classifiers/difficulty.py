"""Difficulty: a source left out, and by five folds, beside prompt length, k nearest neighbours, the readable score.

Mixtral-8x7B against GPT-4-1106 on exam questions and word problems. AUC: does the score tell the prompts that the large
model gets right and the small one does not. APGR: the mean share of the quality gap recovered over all shares of calls
sent to the large model, 0.5 at random (Ong et al. 2024, arXiv 2406.18665). Both with 90 % paired bootstrap intervals of
the difference; prompts are drawn.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.linear import CLIPPED
from gonogo.contracts import Example
from gonogo.domain import TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.routing import difficulty as readable
from gonogo.training.fit import fit_linear
from gonogo.training.fit_options import tuned
from gonogo.training.rows import fold_of, in_order

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from rows import difficulty as made

OPTIONS = tuned("difficulty")
Scores = NDArray[np.float64]
NEIGHBOURS = 25
ROUNDS = 300
FOLDS = 5


class _Bench:
    def __init__(self, data: Path, seed: int) -> None:
        self.seed = seed
        self.reader = Reader(StaticEmbedder(), remember=100_000)
        self.features = feature_set("difficulty")
        self.rows = made.rows(data)
        self.quality = {
            row["prompt"]: (row["weak"], row["strong"]) for file in made.FILES.values() for row in load(data, file)
        }

    def ours(self, seen: Sequence[TrainingRow], asked: Sequence[TrainingRow]) -> Scores:
        known = fit_linear(in_order(seen), self.features, self.reader, replace(OPTIONS, folds=2)).tensors
        dense = np.array([self.features.dense(Example(text=self.reader.read(row.text))) for row in asked])
        found: Scores = np.clip((dense - known["mean"]) / known["scale"], -CLIPPED, CLIPPED) @ known["dense"]
        return found

    def nearest(self, seen: Sequence[TrainingRow], asked: Sequence[TrainingRow]) -> Scores:
        """Share of positives among the nearest by static cosine."""
        known, wanted = (np.stack([self.reader.read(row.text).vector for row in rows]) for rows in (seen, asked))
        labels = np.array([row.label for row in seen], dtype=float)
        near = np.argpartition(-(wanted @ known.T), NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
        shares: Scores = labels[near].mean(axis=1)
        return shares

    def length(self, _: Sequence[TrainingRow], asked: Sequence[TrainingRow]) -> Scores:
        return np.array([math.log1p(len(row.text)) for row in asked])

    def readable(self, _: Sequence[TrainingRow], asked: Sequence[TrainingRow]) -> Scores:
        return np.array([readable(self.reader.read(row.text)).value for row in asked])


def tables(data: Path, seed: int) -> list[Table]:
    """Sources left out, folds, cost."""
    bench = _Bench(data, seed)
    by = {name: [row for row in bench.rows if row.source == name] for name in made.FILES}
    auc = Table(title="difficulty: area under the curve", columns=_columns("AUC"))
    apgr = Table(title="difficulty: APGR", columns=_columns("APGR"))
    for name, asked in by.items():
        others = [row for row in bench.rows if row.source != name]
        _compare(bench, f"{name}, trained on the other", asked, _whole(bench, others, asked), auc, apgr)
        _compare(bench, f"{name}, {FOLDS} folds", asked, _folded(bench, asked), auc, apgr)
    weak = {name: np.mean([bench.quality[row.text][0] for row in rows]) for name, rows in by.items()}
    strong = {name: np.mean([bench.quality[row.text][1] for row in rows]) for name, rows in by.items()}
    apgr.notes.append("Right answers, small and large: " + ", ".join(f"{n} {weak[n]:.3f} {strong[n]:.3f}" for n in by))
    apgr.notes.append(f"What it would need: {made.NOTE}")
    return [auc, apgr, _cost(bench)]


def _columns(quality: str) -> Sequence[str]:
    return (
        "tested", "rows", f"{quality}, ours", "prompt length", "difference (90 %)", "k nearest", "difference (90 %)",
        "readable score", "difference (90 %)",
    )  # fmt: skip


def _whole(bench: _Bench, seen: Sequence[TrainingRow], asked: Sequence[TrainingRow]) -> list[Scores]:
    return [scorer(seen, asked) for scorer in _scorers(bench)]


def _scorers(bench: _Bench) -> list[Callable[[Sequence[TrainingRow], Sequence[TrainingRow]], Scores]]:
    return [bench.ours, bench.length, bench.nearest, bench.readable]


def _folded(bench: _Bench, rows: Sequence[TrainingRow]) -> list[Scores]:
    folds = np.array([fold_of(row, FOLDS, bench.seed) for row in rows])
    found = [np.zeros(len(rows)) for _ in range(4)]
    for fold in range(FOLDS):
        seen = [row for row, its in zip(rows, folds, strict=True) if its != fold]
        asked = [row for row, its in zip(rows, folds, strict=True) if its == fold]
        for scores, part in zip(found, _whole(bench, seen, asked), strict=True):
            scores[folds == fold] = part
    return found


def _compare(
    bench: _Bench, name: str, rows: Sequence[TrainingRow], scores: Sequence[Scores], auc: Table, apgr: Table
) -> None:
    labels = np.array([row.label for row in rows])
    quality = np.array([bench.quality[row.text] for row in rows])
    groups = [row.group for row in rows]
    cells = [name, f"{len(rows)}", auc_cell(labels, scores[0])]
    for other in scores[1:]:
        found = against("auc", labels, scores[0], other, groups=groups, seed=bench.seed)
        cells += [auc_cell(labels, other), difference_cell(found)]
    auc.rows.append(cells)
    drawn = [np.random.default_rng(bench.seed + turn).integers(0, len(rows), len(rows)) for turn in range(ROUNDS)]
    ours = np.array([recovered(scores[0][one], quality[one]) for one in drawn])
    cells = [name, f"{len(rows)}", _interval(recovered(scores[0], quality), ours)]
    for other in scores[1:]:
        theirs = np.array([recovered(other[one], quality[one]) for one in drawn])
        difference = recovered(scores[0], quality) - recovered(other, quality)
        cells += [_interval(recovered(other, quality), theirs), _interval(difference, ours - theirs, sign="+")]
    apgr.rows.append(cells)


def recovered(scores: Scores, quality: NDArray[np.float64]) -> float:
    """APGR: area under the share of the gap recovered by the share of calls sent to the large model."""
    order = np.argsort(-scores, kind="stable")
    gains = np.concatenate([[0.0], np.cumsum((quality[:, 1] - quality[:, 0])[order])])
    return float(np.trapezoid(gains / gains[-1], dx=1.0 / len(scores)))


def _interval(value: float, drawn: NDArray[np.float64], sign: str = "") -> str:
    low, high = np.quantile(drawn, [0.05, 0.95])
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _cost(bench: _Bench) -> Table:
    rows = [row for row in bench.rows if 15 <= len(row.text.split()) <= 25][:200]
    model = LinearClassifier(read_folder(SHIPPED / "difficulty"), bench.features)
    examples = [Example(text=bench.reader.read(row.text)) for row in rows]
    for one in examples:
        model.judge(one)
    queue = iter(examples * 3)
    taken = median_cpu(lambda: model.judge(next(queue)), rounds=len(examples))
    return Table(
        title="difficulty: CPU beyond the features of the text, microseconds",
        columns=("a question of 15 to 25 words",),
        rows=[(f"{taken:.0f}",)],
    )
