"""Toxicity: one source left out at a time against TF-IDF with logistic regression, thresholds, identity terms, cost.

Training rows are those of ``scripts/rows/toxicity.py`` without the source that is tested; the baseline learns from
the same rows with the same weights; for identity terms also from the rows as they were found, without the copies and
sentences made for gonogo. The shipped embedder was fitted to texts, not labels, of all three sources: with
``--embedders`` each is tested with one that never read it. Fit options were chosen while looking at these three left-
out areas: they flatter a little. Madlibs is training data here and is reported for bias alone.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from benchmarks.classifiers.common import Row, Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import LinearClassifier, Weights, feature_set
from gonogo.contracts import Example, FeatureSet
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, IdentityGap, Measure, Threshold, TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.bias import identity_gap
from gonogo.training.fit import MOST_WINDOWS, fit_linear, platt
from gonogo.training.fit_options import tuned
from gonogo.training.measures import rate_measure
from gonogo.training.rows import fingerprint, fold_of
from gonogo.training.thresholds import threshold_at

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from rows import toxicity as made

TESTS = {"davidson": "tox_davidson", "surge": "tox_surge", "toxigen": "tox_toxigen_seed"}
HARMLESS = {source for source, *_ in made.HARMLESS.values()}
FOLDS = 2
MOST_TESTED = 6_000
READ = 1_000
"""Characters that the baseline reads of a text."""
Scores = NDArray[np.float64]
Judge = Callable[[Sequence[str]], Scores]


@dataclass
class Judged:
    """One trained judge: probabilities of texts, and the threshold set on cross-fitted harmless rows at 1 %."""

    judge: Judge
    threshold: float
    false_positives: Measure


def tables(data: Path, seed: int, embedders: Path | None = None) -> list[Table]:
    """Left-out sources with the paired difference, the threshold there, identity terms, cost."""
    rows = made.rows(data)
    found = [row for row in rows if row.slices[made.MADE] == made.FOUND and row.source != made.WRITTEN]
    ranking = Table(
        title="toxicity: area under the curve, one source left out"
        + (", of the embedder's texts too" if embedders else "; the embedder read its texts, not its labels"),
        columns=("left out", "rows", "fast tier", "TF-IDF, same rows", "difference (90 %)"),
    )
    calls = Table(
        title="toxicity: at the threshold set on harmless texts at 1 %, one source left out",
        columns=("left out", "recall", "false positives", "TF-IDF recall", "TF-IDF false positives"),
    )
    areas, features = [], Remembered()
    for source, file in TESTS.items():
        if embedders is not None:
            features = Remembered(StaticEmbedder(embedders / f"no_{source}"))
        tested = _some(list(load(data, file)), seed)
        labels = np.array([bool(row["label"]) for row in tested])
        texts = [row["text"] for row in tested]
        ours = fast(made.left_out(rows, source), features)
        same = baseline(made.left_out(rows, source), seed)
        scores = [one.judge(texts) for one in (ours, same)]
        gain = against("auc", labels, scores[0].tolist(), scores[1].tolist(), seed=seed)
        cells = [auc_cell(labels.tolist(), score.tolist()) for score in scores]
        ranking.rows.append((source, len(texts), cells[0], cells[1], difference_cell(gain)))
        areas.append((gain.candidate or 0.0, gain.baseline or 0.0))
        calls.rows.append((source, *_called(ours, scores[0], labels), *_called(same, scores[1], labels)))
    means = np.mean(areas, axis=0)
    ranking.rows.append(("mean", "", f"{means[0]:.3f}", f"{means[1]:.3f}", f"{means[0] - means[1]:+.3f}"))
    return [ranking, calls, *_bias(data, rows, found, Remembered() if embedders else features, seed), _cost()]


def _some(rows: list[Row], seed: int) -> list[Row]:
    """All, or a seeded sample of ``MOST_TESTED``: enough for an interval narrower than .02."""
    return rows if len(rows) <= MOST_TESTED else random.Random(seed).sample(rows, MOST_TESTED)


def _called(judged: Judged, scores: Scores, labels: NDArray[np.bool_]) -> tuple[str, str]:
    called = scores >= judged.threshold
    return tuple(_cell(rate_measure(int((called & side).sum()), int(side.sum()), "rows")) for side in (labels, ~labels))  # type: ignore[return-value]


def _bias(
    data: Path, rows: list[TrainingRow], found: list[TrainingRow], features: Remembered, seed: int
) -> list[Table]:
    """Identity terms exchanged, and Madlibs, all sources trained on."""
    table = Table(
        title="toxicity: identity terms, all sources trained on",
        columns=("judge", "sentences that flip", "score gap", "highest", "lowest", "Madlibs AUC (in training)"),
        notes=["Gap: between the terms of highest and lowest mean probability over 22 plain sentences and 46 terms."],
    )
    madlibs = list(load(data, "tox_madlibs_bias"))
    labels = [bool(row["label"]) for row in madlibs]
    judges = {
        "fast tier": fast(rows, features),
        "TF-IDF, same rows": baseline(rows, seed),
        "TF-IDF, rows as found": baseline(found, seed),
    }
    for name, one in judges.items():
        gap = identity_gap(lambda texts, one=one: one.judge(texts).tolist(), one.threshold)  # type: ignore[misc]
        area = auc_cell(labels, one.judge([row["text"] for row in madlibs]).tolist())
        table.rows.append((name, *_gap_cells(gap), area))
    table.notes += [
        f"{name}: harmless rows above the threshold {_cell(one.false_positives)}" for name, one in judges.items()
    ]
    return [table]


def _gap_cells(gap: IdentityGap) -> tuple[str, str, str, str]:
    return _cell(gap.flip_rate), _cell(gap.score_gap), gap.highest, gap.lowest


def _cell(measure: Measure) -> str:
    if measure.value is None or measure.low is None or measure.high is None:
        return measure.note
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}] n {measure.n}"


class Remembered:
    """The shipped features, each text read once for all the models of a run."""

    def __init__(self, embedder: StaticEmbedder | None = None) -> None:
        self._features, self.reader = feature_set("toxicity"), Reader(embedder or StaticEmbedder(), remember=60_000)
        self._dense: dict[str, list[float]] = {}
        self._windows: dict[str, Sequence[Example]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._features, name)

    def dense(self, example: Example) -> list[float]:
        known = self._dense.get(example.text.text)
        if known is None:
            known = self._dense[example.text.text] = self._features.dense(example)
        return known

    def windows(self, example: Example) -> Sequence[Example]:
        known = self._windows.get(example.text.text)
        if known is None:
            known = self._windows[example.text.text] = self._features.windows(example)[: 2 * MOST_WINDOWS]
        return known


def fast(rows: Sequence[TrainingRow], features: Remembered) -> Judged:
    """The shipped recipe on these rows."""
    options = replace(tuned("toxicity"), folds=FOLDS)
    fitted = fit_linear(rows, cast("FeatureSet", features), features.reader, options)
    threshold = _threshold(rows, fitted.probabilities)
    named = f"{features.name}/{features.version}"
    card = ClassifierCard(
        name="toxicity", digest=Digest(""), form="linear", features=named, code=features.digest, seed=0, created_at=0.0,
        data=fingerprint(rows[:1]), threshold=threshold,
    )  # fmt: skip
    classifier = LinearClassifier(Weights(card, fitted.tensors), cast("FeatureSet", features))

    def judge(texts: Sequence[str]) -> Scores:
        read = features.reader.read
        return np.array([classifier.judge(Example(text=read(text))).probability for text in texts])

    return Judged(judge, threshold.value, threshold.false_positives)


def baseline(rows: Sequence[TrainingRow], seed: int) -> Judged:
    """TF-IDF (characters 2 to 4, words 1 and 2) with logistic regression, calibrated and thresholded likewise.

    Its vocabulary is that of all rows, its weights are cross-fitted for calibration and threshold.
    """
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=60_000, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), max_features=30_000, sublinear_tf=True)
    texts = [row.text[:READ] for row in rows]
    matrix = sparse.hstack([characters.fit_transform(texts), words.fit_transform(texts)], format="csr")
    labels, weights = np.array([row.label for row in rows]), np.array([row.weight for row in rows])
    folds, logits = np.array([fold_of(row, FOLDS, seed) for row in rows]), np.zeros(len(rows))

    def fitted(kept: NDArray[np.bool_]) -> Any:
        model = LogisticRegression(C=4.0, class_weight="balanced", max_iter=200, tol=1e-3)
        return model.fit(matrix[kept], labels[kept], sample_weight=weights[kept])

    for fold in range(FOLDS):
        logits[folds == fold] = fitted(folds != fold).decision_function(matrix[folds == fold])
    slope, offset = platt(logits, labels)
    threshold = _threshold(rows, 1.0 / (1.0 + np.exp(-(slope * logits + offset))))
    model = fitted(np.ones(len(rows), dtype=bool))

    def judge(some: Sequence[str]) -> Scores:
        cut = [text[:READ] for text in some]
        both = sparse.hstack([characters.transform(cut), words.transform(cut)], format="csr")
        return np.asarray(1.0 / (1.0 + np.exp(-(slope * model.decision_function(both) + offset))))

    return Judged(judge, threshold.value, threshold.false_positives)


def _threshold(rows: Sequence[TrainingRow], probabilities: Scores) -> Threshold:
    """Of both alike: one percent of harmless rows as they were found, cross-fitted."""
    pairs = zip(rows, probabilities.tolist(), strict=True)
    chosen = [score for row, score in pairs if row.source in HARMLESS and row.slices[made.MADE] == made.FOUND]
    return threshold_at(chosen, 0.01)


def _cost() -> Table:
    """Features alone, for a question whose words, n-grams and vector were read before."""
    features, reader = feature_set("toxicity"), Reader(StaticEmbedder(), remember=0)
    texts = {
        "a question of 20 words": "How can I change the billing address of my account before the next invoice is sent "
        "out, and is there a fee?",
        "an insult of 17 words": "You are such a stupid fool and I hate all of you, shut up and go away please.",
    }
    table = Table(title="toxicity: median CPU of its own features, text read before", columns=("text", "us"))
    for name, text in texts.items():
        example = Example(text=reader.read(text))
        features.dense(example)
        table.rows.append((name, f"{median_cpu(lambda example=example: features.dense(example)):.0f}"))  # type: ignore[misc]
    return table
