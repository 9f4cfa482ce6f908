"""Classifier learning: the slow part of the verbs - learning weights, judging many rows - over the real components.

Here: plain functions that write nothing and run on any thread. Not here: the order of a verb, keeping what comes out
(``classifier_verbs``), the methods (``training``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, structs

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.assembly.classifier_rows import NamedRows
from gonogo.classifiers import feature_set
from gonogo.classifiers.weights import Weights
from gonogo.clock import Clock
from gonogo.contracts import Classifier, TextReader
from gonogo.digest import Digest
from gonogo.domain import (
    ClassifierCard,
    ClassifierComparison,
    ComparedRows,
    DataFingerprint,
    Measure,
    Slice,
    TrainingRow,
)
from gonogo.domain.classifier import weights_digest
from gonogo.errors import BadInput, NotFound
from gonogo.safetensors import safetensors_bytes
from gonogo.training.bias import identity_gap
from gonogo.training.calibrate import Calibration
from gonogo.training.comparisons import compared
from gonogo.training.fit import FitOptions, Progress
from gonogo.training.measures import measures_of
from gonogo.training.rows import example_of
from gonogo.training.slices import slice_table
from gonogo.training.train import Extras, Trained, train

if TYPE_CHECKING:
    from numpy.typing import NDArray

Part = TypeVar("Part", Slice, ComparedRows)
EVERY = 200
"""Rows between two reports of progress."""
BY_ORDER = ("auc", "average_precision", "recall_at_1_fpr")
"""Measures that a calibration leaves as they are."""


class Evaluation(Struct, frozen=True, kw_only=True):
    """A classifier on rows at its own threshold. ``trained_on``: its weights were learned from exactly these rows."""

    card: ClassifierCard
    data: DataFingerprint
    tested_on: str
    measures: Mapping[str, Measure]
    slices: tuple[Slice, ...]
    trained_on: bool


class Learned(Struct, frozen=True, kw_only=True):
    """A newly trained classifier. ``comparison`` is with the one it may replace, ``None`` where there is none or it
    cannot be loaded; ``known``: weights of this digest were registered before."""

    card: ClassifierCard
    comparison: ClassifierComparison | None
    known: bool


def probabilities(
    classifier: Classifier, rows: Sequence[TrainingRow], reader: TextReader, progress: Progress | None = None
) -> list[float]:
    """What a classifier says of every row."""
    found: list[float] = []
    for done, row in enumerate(rows, start=1):
        found.append(classifier.judge(example_of(row, reader)).probability)
        if progress and (done % EVERY == 0 or done == len(rows)):
            progress("judging", done, len(rows))
    return found


def evaluation(classifier: Classifier, given: NamedRows, reader: TextReader, progress: Progress | None) -> Evaluation:
    """Measures and slices on these rows."""
    rows, threshold = given.seen_by(classifier), classifier.card.threshold.value
    scores, data = probabilities(classifier, rows, reader, progress), given.data(classifier)
    return Evaluation(
        card=classifier.card,
        data=data,
        tested_on=given.called,
        measures=measures_of([row.label for row in rows], scores, threshold),
        slices=_said(given, slice_table(rows, scores, threshold)),
        trained_on=classifier.card.data.digest == data.digest,
    )


def comparison(
    candidate: Classifier,
    baseline: Classifier,
    given: NamedRows,
    reader: TextReader,
    *,
    author: str,
    clock: Clock,
    progress: Progress | None = None,
) -> ClassifierComparison:
    """Both on the same rows, each as it reads them.

    Raises:
        BadInput: rows that one of them cannot read, or classifiers of columns that learned different targets.
    """
    rows, other = given.seen_by(candidate), given.seen_by(baseline)
    if [row.label for row in rows] != [row.label for row in other]:
        raise BadInput(f"the two classifiers learned different targets: {given.called} cannot compare them")
    scores = probabilities(candidate, rows, reader, progress), probabilities(baseline, other, reader, progress)
    found = compared(candidate.card, baseline.card, rows, scores, tested_on=given.called, author=author, clock=clock)
    data = given.data(candidate)
    independent = candidate.card.data.digest != data.digest
    return structs.replace(found, data=data, independent=independent, slices=_said(given, found.slices))


def learn(
    name: str,
    given: NamedRows,
    library: HomeLibrary,
    reader: TextReader,
    clock: Clock,
    *,
    features: str,
    options: FitOptions,
    parent: Digest | None,
    valid: NamedRows | None,
    progress: Progress | None,
) -> Trained:
    """Weights with a card that says how good they are on rows they did not learn from, and on swapped group terms.

    Raises:
        BadInput: too few rows of one label, a table, or no such features.
        ExtraMissing: scikit-learn is not installed.
    """
    try:
        chosen = feature_set(features)
    except NotFound as error:
        raise BadInput(f"{error}; name one with --features, or train from columns with --csv") from error
    rows = given.texts()
    trained = train(name, rows, chosen, reader, clock, options=options, extras=Extras(parent=parent),
                    progress=progress)  # fmt: skip
    classifier = library.made(Weights(trained.card, trained.tensors))
    card = trained.card
    if valid is not None:
        found = evaluation(classifier, valid, reader, progress)
        tested_on = f"{len(valid)} rows of {valid.called}, which took no part in training"
        card = structs.replace(card, measures=dict(found.measures), slices=found.slices, tested_on=tested_on)
    if not any(row.against for row in rows):
        card = structs.replace(card, identity=identity_gap(_judge(classifier, reader), card.threshold.value))
    return Trained(card=card, tensors=trained.tensors, rows=trained.rows, probabilities=trained.probabilities)


def comparison_after_training(
    trained: Trained,
    baseline: Classifier,
    valid: NamedRows | None,
    called: str,
    library: HomeLibrary,
    reader: TextReader,
    *,
    author: str,
    clock: Clock,
) -> ClassifierComparison:
    """Against what it may replace: on the rows held out, else on its own rows, each judged by weights that saw no row
    of its group. Weights before it may have learned from some of those: that can only make them look better."""
    if valid is not None:
        candidate = library.made(Weights(trained.card, trained.tensors))
        return comparison(candidate, baseline, valid, reader, author=author, clock=clock)
    scores = (trained.probabilities, probabilities(baseline, trained.rows, reader))
    return compared(
        trained.card,
        baseline.card,
        trained.rows,
        scores,
        tested_on=f"{called}, cross-fitted",
        author=author,
        clock=clock,
        cross_fitted=True,
    )


def calibrated(weights: Weights, calibration: Calibration, mission: str, now: float) -> Weights:
    """The same weights with probabilities that are true for one Mission: slope and offset of the line change.

    Raises:
        BadInput: weights without a line, which this gonogo did not make.
    """
    import numpy as np

    line = weights.tensors.get("line")
    if line is None or line.size < 2:
        raise BadInput(f"classifier {weights.card.name} has no tensor 'line' to calibrate: train it again")
    slope, offset = float(line[-2]), float(line[-1])
    changed = np.array(line)
    changed[-2], changed[-1] = calibration.slope * slope, calibration.slope * offset + calibration.offset
    tensors: dict[str, NDArray[Any]] = {**weights.tensors, "line": changed}
    card = weights.card
    digest = weights_digest(card.name, card.form, card.features, card.threshold.value, safetensors_bytes(tensors))
    told = f"calibrated for {mission} with {calibration.labels} Annotations ({calibration.positives} positive)"
    # Order stays, and with it what rests on order alone; everything at the threshold has to be measured again.
    kept = {name: found for name, found in card.measures.items() if name in BY_ORDER}
    threshold = structs.replace(card.threshold, false_positives=Measure(value=None, note="not measured since"))
    card = structs.replace(
        card,
        digest=digest,
        parent=card.digest,
        created_at=now,
        note=f"{card.note}; {told}" if card.note else told,
        measures=kept,
        threshold=threshold,
        slices=(),
        identity=None,
    )
    return Weights(card, tensors)


def _said(given: NamedRows, slices: tuple[Part, ...]) -> tuple[Part, ...]:
    """What is told from a text (language, length ...) says nothing of the rows of a table, which have none."""
    if given.table is None:
        return slices
    return tuple(one for one in slices if _dimension(one) in given.table.header)


def _dimension(one: Slice | ComparedRows) -> str:
    return one.dimension if isinstance(one, Slice) else one.name.partition(":")[0]


def _judge(classifier: Classifier, reader: TextReader) -> Callable[[Sequence[str]], list[float]]:
    def judged(texts: Sequence[str]) -> list[float]:
        rows = [TrainingRow(text=text, label=False) for text in texts]
        return [classifier.judge(example_of(row, reader)).probability for row in rows]

    return judged
