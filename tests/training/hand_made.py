"""Classifiers whose two weights are written by hand, so that nothing has to be learned to register one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray
from tests.training.toy import ToyFeatures

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder, write_folder
from gonogo.clock import Clock, SystemClock
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard, ClassifierComparison, ComparedRows, DataFingerprint, Measure, Threshold
from gonogo.domain.classifier import weights_digest
from gonogo.errors import NotFound
from gonogo.safetensors import safetensors_bytes

Tensors = dict[str, NDArray[Any]]


def hand_made(
    name: str = "toy", *, bad: float = 3.0, features: str = "toy/1", data: str = "d", **more: object
) -> tuple[ClassifierCard, Tensors]:
    """Card and tensors of the form ``linear`` over `ToyFeatures`; ``bad`` is the weight of the word."""
    tensors: Tensors = {
        "dense": np.array([0.0, bad], dtype=np.float32),
        "mean": np.zeros(2, dtype=np.float32),
        "scale": np.ones(2, dtype=np.float32),
        "line": np.array([-bad / 2.0, 1.0, 0.0], dtype=np.float32),
    }
    card = ClassifierCard(
        name=name,
        digest=weights_digest(name, "linear", features, 0.5, safetensors_bytes(tensors)),
        form="linear",
        features=features,
        code=Digest("0" * 64),
        seed=0,
        created_at=1_000_000.0,
        data=DataFingerprint(digest=Digest(data), rows=400, positives=200),
        threshold=Threshold(
            value=0.5, target=0.01, false_positives=Measure(value=0.008, low=0.002, high=0.02, n=200), negatives="toy"
        ),
        measures={"auc": Measure(value=0.94, low=0.92, high=0.96, n=400)},
    )
    return structs.replace(card, **more), tensors


def toy_features(name: str) -> ToyFeatures:
    """As `gonogo.classifiers.feature_set`, of an installation that has nothing else."""
    if name != "toy":
        raise NotFound(f"there is no built-in classifier '{name}': known are toy")
    return ToyFeatures()


def install_toy(shipped: Path, monkeypatch: pytest.MonkeyPatch, bad: float = 1.0) -> ClassifierCard:
    """From now on gonogo comes with one classifier, ``toy``, and its features; gives its card."""
    card, tensors = hand_made(bad=bad)
    write_folder(shipped / "toy", card, tensors)
    library = partial(HomeLibrary, shipped=shipped, features=toy_features)
    monkeypatch.setattr("gonogo.assembly.installed.HomeLibrary", library)
    monkeypatch.setattr("gonogo.assembly.classifier_learning.feature_set", toy_features)
    # A new Mission guards against injections, which needs the classifier that really ships.
    injection = LinearClassifier(read_folder(SHIPPED / "injection"), feature_set("injection"))
    monkeypatch.setattr("gonogo.assembly.installed.built_in", lambda library: {"injection": injection})
    return card


class Ticking:
    """A clock that moves on by a second whenever it is asked."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        self._now += 1.0
        return self._now

    def monotonic(self) -> float:
        return self._now

    def cpu(self) -> float:
        return 0.0


def comparison(
    candidate: ClassifierCard,
    baseline: ClassifierCard,
    outcome: str = "better",
    clock: Clock | None = None,
    **more: Any,
) -> ClassifierComparison:
    """A comparison with that outcome."""
    now = (clock or SystemClock()).now()
    fields = {"id": f"c{now}", "created_at": now, **more}
    return ClassifierComparison(
        name=candidate.name,
        candidate=candidate.digest,
        baseline=baseline.digest,
        outcome=outcome,  # type: ignore[arg-type]
        overall=ComparedRows(name="all rows", rows=400, candidate=0.9, baseline=0.8, low=0.05, high=0.15),
        slices=(),
        margin=0.02,
        data=DataFingerprint(digest=Digest("v"), rows=400, positives=200),
        tested_on="valid.jsonl",
        author="ana",
        **fields,
    )
