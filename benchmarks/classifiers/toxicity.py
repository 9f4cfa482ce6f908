"""Toxicity: one source left out at a time against TF-IDF with logistic regression, thresholds, identity terms, cost.

Training rows are those of ``scripts/rows/toxicity.py`` without the source that is tested; the baseline learns from the
same rows with the same weights, and once more from the rows as they were found, without the copies and sentences made
for gonogo. Fit options were chosen while looking at these three left-out areas: they flatter a little. Madlibs is
training data here and is reported for bias alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.classifiers.common import Table, against, auc_cell, difference_cell, load, median_cpu
from numpy.typing import NDArray

from gonogo.classifiers import LinearClassifier, Weights, feature_set
from gonogo.clock import SystemClock
from gonogo.contracts import Example
from gonogo.domain import IdentityGap, Measure, TrainingRow
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.bias import identity_gap
from gonogo.training.fit import platt
from gonogo.training.measures import rate_measure
from gonogo.training.rows import fold_of
from gonogo.training.thresholds import threshold_at
from gonogo.training.train import set_threshold, train

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
from fit_options import FIT_OPTIONS
from rows import toxicity as made

TESTS = {"davidson": "tox_davidson", "surge": "tox_surge", "toxigen": "tox_toxigen_seed"}
HARMLESS = {source for source, *_ in made.HARMLESS.values()}
FOLDS = 3
Judge = Callable[[Sequence[str]], NDArray[np.float64]]


@dataclass
class Judged:
    """One trained judge: probabilities of texts, and the threshold set on cross-fitted harmless rows at 1 %."""

    judge: Judge
    threshold: float
    false_positives: Measure


def tables(data: Path, seed: int) -> list[Table]:
    """Left-out sources with the paired difference, the threshold there, identity terms, cost."""
    rows = made.rows(data)
    found = [row for row in rows if row.slices[made.MADE] == made.FOUND and row.source != made.WRITTEN]
    ranking = Table(
        title="toxicity: area under the curve, one source left out",
        columns=("left out", "rows", "fast tier", "TF-IDF, same rows", "difference (90 %)", "TF-IDF, rows as found"),
    )
    calls = Table(
        title="toxicity: at the threshold set on harmless texts at 1 %, one source left out",
        columns=("left out", "recall", "false positives", "TF-IDF recall", "TF-IDF false positives"),
    )
    areas = []
    for source, file in TESTS.items():
        tested = list(load(data, file))
        labels = np.array([bool(row["label"]) for row in tested])
        texts = [row["text"] for row in tested]
        ours = fast(made.left_out(rows, source), seed)
        same, plain = (baseline(made.left_out(some, source), seed) for some in (rows, found))
        scores = [one.judge(texts) for one in (ours, same, plain)]
        gain = against("auc", labels, scores[0].tolist(), scores[1].tolist(), seed=seed)
        cells = [auc_cell(labels.tolist(), score.tolist()) for score in scores]
        ranking.rows.append((source, len(texts), cells[0], cells[1], difference_cell(gain), cells[2]))
        areas.append((gain.candidate or 0.0, gain.baseline or 0.0))
        calls.rows.append((source, *_called(ours, scores[0], labels), *_called(same, scores[1], labels)))
    means = np.mean(areas, axis=0)
    ranking.rows.append(("mean", "", f"{means[0]:.3f}", f"{means[1]:.3f}", f"{means[0] - means[1]:+.3f}", ""))
    return [ranking, calls, *_bias(data, rows, found, seed), _cost(rows, seed)]


def _called(judged: Judged, scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[str, str]:
    called = scores >= judged.threshold
    return tuple(_cell(rate_measure(int((called & side).sum()), int(side.sum()), "rows")) for side in (labels, ~labels))  # type: ignore[return-value]


def _bias(data: Path, rows: list[TrainingRow], found: list[TrainingRow], seed: int) -> list[Table]:
    """Identity terms exchanged, and Madlibs, all sources trained on."""
    table = Table(
        title="toxicity: identity terms, all sources trained on",
        columns=("judge", "sentences that flip", "score gap", "highest", "lowest", "Madlibs AUC (in training)"),
        notes=["Gap: between the terms of highest and lowest mean probability over 22 plain sentences and 46 terms."],
    )
    madlibs = list(load(data, "tox_madlibs_bias"))
    labels = [bool(row["label"]) for row in madlibs]
    judges = {
        "fast tier": fast(rows, seed),
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


def fast(rows: Sequence[TrainingRow], seed: int) -> Judged:
    """The shipped recipe on these rows."""
    features, reader = feature_set("toxicity"), Reader(StaticEmbedder())
    trained = train("toxicity", rows, features, reader, SystemClock(), options=FIT_OPTIONS["toxicity"])
    trained = set_threshold(trained, made.threshold(trained, Path(), features, reader))
    classifier = LinearClassifier(Weights(trained.card, trained.tensors), features)

    def judge(texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([classifier.judge(Example(text=reader.read(text))).probability for text in texts])

    return Judged(judge, trained.card.threshold.value, trained.card.threshold.false_positives)


def baseline(rows: Sequence[TrainingRow], seed: int) -> Judged:
    """TF-IDF (characters 2 to 4, words 1 and 2) with logistic regression, calibrated and thresholded likewise."""
    labels = np.array([row.label for row in rows])
    folds = np.array([fold_of(row, FOLDS, seed) for row in rows])
    logits = np.zeros(len(rows))
    for fold in range(FOLDS):
        score = _tfidf([row for row, held in zip(rows, folds == fold, strict=True) if not held])
        logits[folds == fold] = score([row.text for row, held in zip(rows, folds == fold, strict=True) if held])
    slope, offset = platt(logits, labels)
    harmless = [row.source in HARMLESS and row.slices[made.MADE] == made.FOUND for row in rows]
    probabilities = 1.0 / (1.0 + np.exp(-(slope * logits + offset)))
    threshold = threshold_at(probabilities[np.array(harmless)].tolist(), 0.01)
    whole = _tfidf(rows)
    return Judged(
        lambda texts: 1.0 / (1.0 + np.exp(-(slope * whole(texts) + offset))),
        threshold.value,
        threshold.false_positives,
    )


def _tfidf(rows: Sequence[TrainingRow]) -> Judge:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=60_000, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), max_features=30_000, sublinear_tf=True)
    texts = [row.text[:1000] for row in rows]
    matrix = sparse.hstack([characters.fit_transform(texts), words.fit_transform(texts)], format="csr")
    model = LogisticRegression(C=4.0, class_weight="balanced", max_iter=300, tol=1e-3)
    model.fit(matrix, [row.label for row in rows], sample_weight=[row.weight for row in rows])

    def score(some: Sequence[str]) -> NDArray[np.float64]:
        cut = [text[:1000] for text in some]
        both = sparse.hstack([characters.transform(cut), words.transform(cut)], format="csr")
        return np.asarray(model.decision_function(both))

    return score


def _cost(rows: Sequence[TrainingRow], seed: int) -> Table:
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
