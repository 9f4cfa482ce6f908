"""linear: one logistic unit over named features, hashed n-grams and an embedding.

Here: the sum, its calibration, the judgement. Not here: the features (``feature_sets``), learning (``training``).

    logit = bias + sum_j weight_j clip((dense_j - mean_j) / scale_j)
                 + ngram_scale sum(ngrams[bucket]) / sqrt(number of buckets) + embedding . vector
    probability = 1 / (1 + exp(-(a logit + b)))

The root keeps long and short texts on one scale; a, b are Platt's (Platt 1999, "Probabilistic outputs for support
vector machines").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gonogo.classifiers.carded import Carded
from gonogo.classifiers.weights import REMEDY, Weights
from gonogo.contracts.classifying import BUCKETS, Example, FeatureSet, Judgement
from gonogo.domain import ClassifierCard
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gonogo.contracts.text import Buckets

CLIPPED = 8.0
"""Standard deviations from the mean beyond which a feature says no more."""
STEEPEST = 60.0


class LinearClassifier(Carded):
    """The contract ``Classifier`` over weights of the form ``linear``.

    Raises:
        BadInput: the weights are for other features than those given.
    """

    def __init__(self, weights: Weights, features: FeatureSet) -> None:
        import numpy as np

        self.card: ClassifierCard = weights.card
        self._features = features
        check_features(self.card, features)
        dense = {name: _checked(weights, name, len(features.names)) for name in ("dense", "mean", "scale")}
        self._names = features.names
        weighted = [weight / scale for weight, scale in zip(dense["dense"], dense["scale"], strict=True)]
        self._weights = np.array(weighted)
        mean, scale = np.array(dense["mean"]), np.array(dense["scale"])
        self._low, self._high = mean - CLIPPED * scale, mean + CLIPPED * scale
        bias, self._slope, self._offset = _checked(weights, "line", 3)
        self._bias = bias - math.fsum(w * mean for w, mean in zip(weighted, dense["mean"], strict=True))
        self._ngrams = weights.tensors.get("ngrams")
        if self._ngrams is not None and self._ngrams.shape != (BUCKETS,):
            raise _misfit(self.card, "ngrams", BUCKETS, self._ngrams.shape)
        self._ngram_scale = _checked(weights, "ngram_scale", 1)[0] if self._ngrams is not None else 0.0
        self._embedding: NDArray[Any] | None = weights.tensors.get("embedding")

    def judge(self, example: Example) -> Judgement:
        """Probability and signals; of a long text those of its most probable window."""
        parts = self._features.windows(example)
        if len(parts) == 1:
            return self._judged(parts[0])
        return max(map(self._judged, parts), key=lambda judgement: judgement.probability)

    def _judged(self, example: Example) -> Judgement:
        dense = self._features.dense(example)
        probability = self.probability(self.logit(dense, example))
        signals = dict(zip(self._names, dense, strict=True))
        return Judgement(probability=probability, positive=probability >= self.card.threshold.value, signals=signals)

    def logit(self, dense: Sequence[float], example: Example) -> float:
        """The sum before calibration; ``dense`` are the example's named features."""
        import numpy as np

        # One call each: np.clip and sums of slices take several times as long on so few numbers.
        total = self._bias + float(np.minimum(np.maximum(dense, self._low), self._high).dot(self._weights))
        if self._ngrams is not None:
            buckets = self._features.buckets(example)
            if buckets is not None and buckets.size:
                total += self._ngram_scale * self._ngram_sum(buckets) / math.sqrt(buckets.size)
        if self._embedding is not None:
            vector = self._features.vector(example)
            if vector is not None:
                total += float(self._embedding @ vector)
        return total

    def _ngram_sum(self, buckets: Buckets) -> int:
        import numpy as np

        return int(np.add.reduce(self._ngrams.take(buckets), dtype=np.int64)) if self._ngrams is not None else 0

    def probability(self, logit: float) -> float:
        """Calibrated, 0..1."""
        return sigmoid(self._slope * logit + self._offset)


def sigmoid(value: float) -> float:
    """The logistic function, safe at both ends."""
    return 1.0 / (1.0 + math.exp(-max(-STEEPEST, min(STEEPEST, value))))


def check_features(card: ClassifierCard, features: FeatureSet) -> None:
    """Refuse weights learned for other features than those that would feed them.

    Raises:
        BadInput: another feature set or version.
    """
    here = f"{features.name}/{features.version}"
    if card.features != here:
        raise BadInput(
            f"classifier {card.name}@{card.digest[:12]} was trained for the features {card.features}, this gonogo has "
            f"{here}: train it again with `gonogo classifiers train {card.name}`"
        )


def _checked(weights: Weights, name: str, length: int) -> list[float]:
    tensor = weights.tensors.get(name)
    if tensor is None or tensor.shape != (length,):
        raise _misfit(weights.card, name, length, None if tensor is None else tensor.shape)
    values = [float(value) for value in tensor]
    if not all(map(math.isfinite, values)):
        raise BadInput(f"classifier {weights.card.name}: tensor {name!r} holds a number that is not finite; {REMEDY}")
    return values


def _misfit(card: ClassifierCard, name: str, length: int, found: tuple[int, ...] | None) -> BadInput:
    return BadInput(f"classifier {card.name}: tensor {name!r} must hold {length} numbers, has {found}; {REMEDY}")
