"""Train: labelled rows to weights with a card - learned, calibrated, thresholded and measured in one deterministic run.

Here: the order of these steps and the card. Not here: each step (``fit``, ``measures``, ``slices``), keeping the result
(``register``).
"""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs

from gonogo.clock import Clock
from gonogo.contracts import FeatureSet, TextReader
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, IdentityGap, Slice, Threshold, TrainingCost, TrainingRow
from gonogo.domain.classifier import weights_digest
from gonogo.safetensors import safetensors_bytes
from gonogo.training.fit import FitOptions, Progress, fit_linear
from gonogo.training.label_noise import label_noise
from gonogo.training.measures import measures_of
from gonogo.training.rows import both_classes, fingerprint, in_order
from gonogo.training.slices import slice_table
from gonogo.training.thresholds import threshold_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

TESTED_ON = "the rows themselves, each judged by weights that saw no row of its group ({folds} folds)"
NEGATIVES = "negative rows, cross-fitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A classifier before it is registered. ``probabilities`` are cross-fitted, in the order of ``rows``."""

    card: ClassifierCard
    tensors: dict[str, NDArray[Any]]
    rows: list[TrainingRow]
    probabilities: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a card may hold beside what training finds out by itself."""

    parent: Digest | None = None
    note: str = ""
    identity: IdentityGap | None = None
    slices: tuple[Slice, ...] = ()


def train(
    name: str,
    rows: Sequence[TrainingRow],
    features: FeatureSet,
    reader: TextReader,
    clock: Clock,
    *,
    options: FitOptions | None = None,
    extras: Extras | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Learn a classifier of the form ``linear``. Same rows and seed: same digest, whatever the order of the rows.

    Raises:
        BadInput: too few rows of one label.
        ExtraMissing: scikit-learn is not installed.
    """
    options, extras = options or FitOptions(), extras or Extras()
    both_classes(rows)
    began = _spent()
    ordered = in_order(rows)
    fitted = fit_linear(ordered, features, reader, options, progress)
    probabilities = fitted.probabilities.tolist()
    labels = [row.label for row in ordered]
    negatives = [found for found, label in zip(probabilities, labels, strict=True) if not label]
    threshold = threshold_at(negatives, options.target, NEGATIVES)
    named = f"{features.name}/{features.version}"
    content = safetensors_bytes(fitted.tensors)
    card = ClassifierCard(
        name=name,
        digest=weights_digest(name, "linear", named, threshold.value, content),
        form="linear",
        features=named,
        code=features.digest,
        seed=options.seed,
        created_at=clock.now(),
        data=fingerprint(ordered),
        threshold=threshold,
        parent=extras.parent,
        measures=measures_of(labels, probabilities, threshold.value),
        tested_on=TESTED_ON.format(folds=options.folds),
        slices=(*slice_table(ordered, probabilities, threshold.value), *extras.slices),
        identity=extras.identity,
        label_noise=label_noise(labels, probabilities).share,
        cost=_cost(began),
        note=extras.note,
    )
    return Trained(card=card, tensors=fitted.tensors, rows=ordered, probabilities=probabilities)


def set_threshold(trained: Trained, threshold: Threshold) -> Trained:
    """The same weights with another threshold, set by the caller on negatives of its own choice."""
    labels = [row.label for row in trained.rows]
    card = trained.card
    content = safetensors_bytes(trained.tensors)
    changed = structs.replace(
        card,
        digest=weights_digest(card.name, card.form, card.features, threshold.value, content),
        threshold=threshold,
        measures=measures_of(labels, trained.probabilities, threshold.value),
        slices=slice_table(trained.rows, trained.probabilities, threshold.value),
    )
    return Trained(card=changed, tensors=trained.tensors, rows=trained.rows, probabilities=trained.probabilities)


def _spent() -> tuple[float, float]:
    """(CPU seconds of this process and its children, wall seconds)."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used), time.monotonic()


def _cost(began: tuple[float, float]) -> TrainingCost:
    cpu, wall = _spent()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return TrainingCost(cpu_seconds=cpu - began[0], wall_seconds=wall - began[1], peak_memory=peak * _UNIT)


_UNIT = 1024
"""Linux counts ``ru_maxrss`` in kibibytes."""
