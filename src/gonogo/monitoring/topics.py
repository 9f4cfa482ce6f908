"""Topics: groups of questions, found in reference traffic, so that behaviour is compared like with like.

Here: a small seeded k-means on unit vectors, a topic for a new question, labels made of characteristic words, and the
mix of two windows. Not here: what is compared inside a topic (``drift``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.contracts import TextFeatures, TextReader
from gonogo.domain import RateReading
from gonogo.monitoring.readings import rate_reading

if TYPE_CHECKING:
    import numpy as np

    from gonogo.contracts.text import Matrix, Vector

OTHER = "other"
"""Topic of questions unlike any reference question."""

MOST_TOPICS = 24
QUESTIONS_PER_TOPIC = 25
_UNLIKE = 0.01
_ROUNDING = 1e-6
_ROUNDS = 25
_STARTS = 4
_LABEL_WORDS = 2
_SHORTEST_LABEL_WORD = 3
_LEAST_MOVE = 0.05
_SURE = 0.999


@dataclass(frozen=True, slots=True)
class Topics:
    """``centroids`` float32 ``[topics, dimensions]`` of unit length; ``labels`` differ from one another.

    ``least`` is the cosine to the nearest centroid under which a question belongs to no topic.
    """

    centroids: Matrix
    labels: tuple[str, ...]
    least: float

    def of(self, question: Vector) -> str:
        """The label of the nearest topic, or ``other``."""
        cosines = self.centroids @ question
        nearest = int(cosines.argmax())
        return self.labels[nearest] if float(cosines[nearest]) >= self.least else OTHER


class TopicShift(Struct, frozen=True, kw_only=True):
    """How a topic's share of the traffic moved. Seen once, not watched: it informs and never pages."""

    topic: str
    before: RateReading
    after: RateReading


def learn_topics(questions: Sequence[TextFeatures], reader: TextReader, *, seed: int = 0) -> Topics:
    """Topics of reference questions: one for every 25 questions, at most 24.

    Spherical k-means (Dhillon and Modha 2001) from k-means++ starts (Arthur and Vassilvitskii 2007), the best
    of four. The hundredth of the reference that lies farthest from its centroid says what is unlike any topic.

    Raises:
        ValueError: no questions.
    """
    import numpy as np

    if not questions:
        raise ValueError("topics need at least one question")
    points = np.stack([question.vector for question in questions])
    count = max(1, min(MOST_TOPICS, len(questions) // QUESTIONS_PER_TOPIC))
    random = np.random.default_rng(seed)
    centroids = max(
        (_centroids(points, count, random) for _ in range(_STARTS)),
        key=lambda tried: float((points @ tried.T).max(axis=1).sum()),
    )
    cosines = points @ centroids.T
    members = cosines.argmax(axis=1)
    least = float(np.quantile(cosines.max(axis=1), _UNLIKE)) - _ROUNDING
    return Topics(centroids, _labels(questions, members.tolist(), count, reader), least)


def _centroids(points: Matrix, count: int, random: np.random.Generator) -> Matrix:
    import numpy as np

    centroids = _spread_start(points, count, random)
    members = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        nearest = (points @ centroids.T).argmax(axis=1)
        if (nearest == members).all():
            break
        members = nearest
        for topic in range(count):
            own = points[members == topic]
            if len(own):
                centroids[topic] = _unit(own.sum(axis=0))
    return centroids


def _spread_start(points: Matrix, count: int, random: np.random.Generator) -> Matrix:
    """Starting points far from one another: each drawn in proportion to its squared distance from those before."""
    import numpy as np

    chosen = [int(random.integers(len(points)))]
    distance = np.full(len(points), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, np.maximum(0.0, 1.0 - points @ points[chosen[-1]]))
        total = float(distance.sum())
        if total <= 0.0:
            chosen.append(int(random.integers(len(points))))
            continue
        chosen.append(int(random.choice(len(points), p=distance.astype(np.float64) / distance.sum(dtype=np.float64))))
    return np.array(points[chosen], dtype=np.float32)


def _unit(vector: Vector) -> Vector:
    import numpy as np

    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm else vector, dtype=np.float32)


def _labels(
    questions: Sequence[TextFeatures], members: Sequence[int], count: int, reader: TextReader
) -> tuple[str, ...]:
    """For each topic the words that occur in most more of its questions than of all, each label once."""
    everywhere = Counter(word for question in questions for word in set(question.words))
    labels: list[str] = []
    for topic in range(count):
        own = [question for question, member in zip(questions, members, strict=True) if member == topic]
        inside = Counter(word for question in own for word in set(question.words))
        ranked = sorted(inside, key=lambda word: (-_tells(inside[word], len(own), everywhere[word]), word))
        words = [word for word in ranked[:12] if len(word) >= _SHORTEST_LABEL_WORD and reader.read(word).stems]
        label = "/".join(words[:_LABEL_WORDS]) or f"topic {topic + 1}"
        labels.append(label if label not in labels and label != OTHER else f"{label} {topic + 1}")
    return tuple(labels)


def _tells(inside: int, size: int, everywhere: int) -> float:
    """Share inside the topic times the logarithm of how much of the word's use is in it."""
    return inside / size * math.log1p(inside / (1.0 + everywhere - inside))


def shifts(before: Sequence[str], after: Sequence[str]) -> tuple[TopicShift, ...]:
    """Topics whose share moved by more than 5 points beyond doubt, largest move first.

    Beyond doubt: the 99.9 % Wilson intervals of both shares stay apart. Before and after are topics, one a request.
    """
    then, now = Counter(before), Counter(after)
    found = []
    for topic in sorted(then.keys() | now.keys()):
        old = rate_reading(topic, then[topic], len(before), confidence=_SURE)
        new = rate_reading(topic, now[topic], len(after), confidence=_SURE)
        if old.value is None or new.value is None or old.low is None or new.low is None:
            continue
        apart = new.low > (old.high or 0.0) or old.low > (new.high or 0.0)
        if apart and abs(new.value - old.value) >= _LEAST_MOVE:
            found.append(
                TopicShift(
                    topic=topic,
                    before=rate_reading(topic, then[topic], len(before)),
                    after=rate_reading(topic, now[topic], len(after)),
                )
            )
    return tuple(sorted(found, key=lambda shift: -abs((shift.after.value or 0.0) - (shift.before.value or 0.0))))
