"""careful: a classifier's second opinion - the vector of a pair of texts through one logistic unit - and when to ask.

Here: which pairs are read, the sum, its calibration, the two tiers. Not here: the encoder (``features``, handed in).

    logit = bias + weights . vector;  probability = 1 / (1 + exp(-(a logit + b)))

Of a long text to judge against, and of several, the few stretches that share most words with the judged text are read,
and the highest probability counts. Of the windows of a long judged text the highest counts as well, except that a text
is faithful only if its least faithful window is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gonogo.classifiers.carded import Carded
from gonogo.classifiers.linear import sigmoid
from gonogo.classifiers.weights import REMEDY, Weights
from gonogo.contracts.classifying import Classifier, Example, Judgement, PairEncoder
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest, digest_of
from gonogo.domain import ClassifierCard
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

JUDGED, AGAINST = 320, 360
"""Characters of a window of the judged text, and of what it is judged against."""
MOST_WINDOWS, MOST_STRETCHES = 24, 3
"""Windows of the judged text (of more, so many at even distances) and stretches for each: the cost is bounded."""
UNSURE = {"toxicity": (0.05, 0.95)}
"""Bands in which asking pays, by classifier. Toxicity, one source left out of the training of both: asked for 61 % of
ToxiGen, 52 % of Surge and 46 % of Davidson (of 12 to 22 % of questions and encyclopaedic sentences), area under the
curve .873, .887, .894; the fast one alone .836, .854, .894.
"""
_LEAST = 1e-6
_ALL_MUST_HOLD = frozenset({"faithfulness"})


class CarefulClassifier(Carded):
    """The contract ``Classifier`` over weights of the form ``encoder``.

    Raises:
        BadInput: the weights are for another encoder, or broken.
    """

    def __init__(self, weights: Weights, encoder: PairEncoder) -> None:
        import numpy as np

        self.card: ClassifierCard = weights.card
        self._encoder = encoder
        if self.card.features != encoder.name or self.card.code != encoder.digest:
            raise BadInput(
                f"classifier {self.card.name}@{self.card.digest[:12]} was trained for the encoder {self.card.features} "
                f"of digest {self.card.code[:12]}, here is {encoder.name} of {encoder.digest[:12]}; {REMEDY}"
            )
        self._weights: NDArray[Any] = np.asarray(_tensor(weights, "weights"), dtype=np.float32)
        bias, slope, offset = (float(value) for value in _tensor(weights, "line", 3))
        self._bias, self._slope, self._offset = bias, slope, offset
        self._all_must_hold = self.card.name.partition("-")[0] in _ALL_MUST_HOLD

    def judge(self, example: Example) -> Judgement:
        """Probability; the only signal is the logit of the pair that decided.

        Raises:
            ExtraMissing: what the encoder runs on is not installed.
        """
        logit = self.logit(example)
        probability = sigmoid(self._slope * logit + self._offset)
        positive = probability >= self.card.threshold.value
        return Judgement(probability=probability, positive=positive, signals={"careful": logit}, tier="careful")

    def logit(self, example: Example) -> float:
        """The sum before calibration, of the pair that decides."""
        stretches = [stretch for text in _without_question(example) for stretch in text.windows(AGAINST)]
        pairs: list[tuple[str, str]] = []
        starts: list[int] = []
        for window in _spread(example.text.windows(JUDGED), MOST_WINDOWS):
            starts.append(len(pairs))
            nearest = _nearest(window, stretches)
            pairs += [(window.normalised, stretch.normalised) for stretch in nearest] or [(window.normalised, "")]
        logits = self._encoder.encode(pairs) @ self._weights + self._bias
        best = [float(logits[start:end].max()) for start, end in pairwise([*starts, len(pairs)])]
        return min(best) if self._all_must_hold else max(best)


class TieredClassifier:
    """A fast classifier, and a careful one asked only where the fast one is unsure.

    Both opinions then weigh alike: the probability is that of the mean of both logits, and it is positive where both
    together are over their thresholds, logits again averaged. The two err differently: on Davidson's comments the
    careful one alone is worse than the fast one, on ToxiGen and Surge better, both together never worse.

    Args:
        unsure: the band of the fast probability, both ends included, in which the careful one is asked.

    Raises:
        ValueError: the band is not within 0 to 1, or its ends are exchanged.
    """

    def __init__(self, fast: Classifier, careful: Classifier, unsure: tuple[float, float]) -> None:
        self._low, self._high = unsure
        if not 0.0 <= self._low <= self._high <= 1.0:
            raise ValueError(f"unsure must be two probabilities in order, got {unsure}")
        self._fast, self._careful = fast, careful

    @property
    def name(self) -> str:
        """The fast one's name."""
        return self._fast.name

    @property
    def card(self) -> ClassifierCard:
        """The fast one's card."""
        return self._fast.card

    @property
    def digest(self) -> Digest:
        """Over both tiers and the band."""
        return digest_of(
            {"fast": self._fast.digest, "careful": self._careful.digest, "unsure": [self._low, self._high]}
        )

    def judge(self, example: Example) -> Judgement:
        """The fast judgement, or within the band that of both, with the signals of both."""
        fast = self._fast.judge(example)
        if not self._low <= fast.probability <= self._high:
            return fast
        careful = self._careful.judge(example)
        logit = _mean_logit(fast.probability, careful.probability)
        return Judgement(
            probability=sigmoid(logit),
            positive=logit >= _mean_logit(self._fast.card.threshold.value, self._careful.card.threshold.value),
            signals={**fast.signals, **careful.signals, "fast": fast.probability},
            tier="careful",
        )


def _mean_logit(*probabilities: float) -> float:
    inside = [min(max(one, _LEAST), 1.0 - _LEAST) for one in probabilities]
    return math.fsum(math.log(one / (1.0 - one)) for one in inside) / len(inside)


def _without_question(example: Example) -> Sequence[TextFeatures]:
    """The chunks: ``context["question"]`` says that the last text is the question asked, which supports nothing."""
    return example.against[:-1] if example.context.get("question") else example.against


def _nearest(window: TextFeatures, stretches: Sequence[TextFeatures]) -> Sequence[TextFeatures]:
    """The stretches that share most content words with the window, in their order."""
    if len(stretches) <= MOST_STRETCHES:
        return stretches
    shared = [len(window.content_words & stretch.content_words) for stretch in stretches]
    order = sorted(range(len(stretches)), key=lambda place: (-shared[place], place))
    return [stretches[place] for place in sorted(order[:MOST_STRETCHES])]


def _spread(windows: Sequence[TextFeatures], most: int) -> Sequence[TextFeatures]:
    """All of them, or so many at even distances, first and last among them."""
    if len(windows) <= most:
        return windows
    return [windows[place * (len(windows) - 1) // (most - 1)] for place in range(most)]


def _tensor(weights: Weights, name: str, length: int | None = None) -> NDArray[Any]:
    import numpy as np

    tensor = weights.tensors.get(name)
    if tensor is None or tensor.ndim != 1 or (length is not None and len(tensor) != length):
        shape = None if tensor is None else tensor.shape
        raise BadInput(f"classifier {weights.card.name}: tensor {name!r} has the shape {shape}; {REMEDY}")
    if not np.isfinite(tensor).all():
        raise BadInput(f"classifier {weights.card.name}: tensor {name!r} holds a number that is not finite; {REMEDY}")
    return tensor
