"""Evaluation: how good a search is on questions whose right Chunks or sources are known.

Here: hit, recall, nDCG and reciprocal rank at k, each with an interval over questions.
Not here: how good an answer is (``metrics``), golden tasks (the workflow ``evaluation``), choosing a weight
(``weights``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gonogo.contracts import Index, TextReader, Where
from gonogo.domain import Chunk
from gonogo.statistics import Estimate, Interval, Rate, bootstrap_mean, score_interval

Ranking = Sequence[str | None]
"""What was found, best first, by name; ``None`` where a name came up again further down."""

NameOf = Callable[[Chunk], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question and the grades (above 0) of what answers it, by name of source or Chunk; none: unanswerable.
    ``where``: which Chunks its asker may find."""

    id: str
    text: str
    relevant: Mapping[str, float]
    where: Where = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionScore:
    """One question's figures; ``top`` is the best score found, 0 when nothing was."""

    id: str
    hit: bool
    recall: float
    ndcg: float
    reciprocal_rank: float
    top: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalReport:
    """Figures at ``k``. Unanswerable questions stand apart: nothing can be found for them."""

    k: int
    answerable: tuple[QuestionScore, ...]
    unanswerable: tuple[QuestionScore, ...] = ()

    @property
    def hit(self) -> Rate:
        """Questions with something right among the first ``k``."""
        return Rate(hits=sum(score.hit for score in self.answerable), total=len(self.answerable))

    @property
    def recall(self) -> Estimate | None:
        """Mean share of what is right among the first ``k``; ``None`` with fewer than two answerable questions."""
        return mean_with_interval([score.recall for score in self.answerable])

    @property
    def ndcg(self) -> Estimate | None:
        """Mean nDCG at ``k``; ``None`` with fewer than two answerable questions."""
        return mean_with_interval([score.ndcg for score in self.answerable])

    @property
    def mrr(self) -> Estimate | None:
        """Mean reciprocal rank at ``k``; ``None`` with fewer than two answerable questions."""
        return mean_with_interval([score.reciprocal_rank for score in self.answerable])


def by_source(chunk: Chunk) -> str:
    """Judge by file: any Chunk of a right file is right."""
    return chunk.source


def by_id(chunk: Chunk) -> str:
    """Judge by Chunk."""
    return chunk.id


def evaluate(
    index: Index, questions: Iterable[JudgedQuestion], reader: TextReader, *, k: int = 10, name_of: NameOf = by_source
) -> RetrievalReport:
    """Search each question and score what came back. ``k`` counts Chunks, however many of them share a source."""
    answerable: list[QuestionScore] = []
    unanswerable: list[QuestionScore] = []
    for question in questions:
        found = index.search(reader.read(question.text), k, question.where)
        ranking = first_mentions(name_of(hit.chunk) for hit in found)
        score = QuestionScore(
            id=question.id,
            hit=hit_at(ranking, question.relevant, k),
            recall=recall_at(ranking, question.relevant, k),
            ndcg=ndcg_at(ranking, question.relevant, k),
            reciprocal_rank=reciprocal_rank_at(ranking, question.relevant, k),
            top=found[0].score if found else 0.0,
        )
        (answerable if question.relevant else unanswerable).append(score)
    return RetrievalReport(k=k, answerable=tuple(answerable), unanswerable=tuple(unanswerable))


def first_mentions(names: Iterable[str]) -> list[str | None]:
    """Names in order, repeated ones as ``None``: a source found twice is right once and takes two places."""
    seen: set[str] = set()
    ranking: list[str | None] = []
    for name in names:
        ranking.append(None if name in seen else name)
        seen.add(name)
    return ranking


def hit_at(ranking: Ranking, relevant: Mapping[str, float], k: int) -> bool:
    """Whether anything right is among the first ``k``."""
    return any(name in relevant for name in ranking[:k])


def recall_at(ranking: Ranking, relevant: Mapping[str, float], k: int) -> float:
    """Share of what is right among the first ``k``, at most ``k`` in the denominator; 0 when nothing is right."""
    if not relevant:
        return 0.0
    return sum(name in relevant for name in ranking[:k]) / min(k, len(relevant))


def ndcg_at(ranking: Ranking, relevant: Mapping[str, float], k: int) -> float:
    """Discounted gain (2^grade - 1) / log2(rank + 1) over the best possible; 0 when nothing is right.

    Järvelin and Kekäläinen 2002 (ACM TOIS 20:422), with the exponential gain of Burges et al. 2005 (ICML, 89-96).
    """
    if not relevant:
        return 0.0
    gained = _discounted(relevant.get(name, 0.0) if name is not None else 0.0 for name in ranking[:k])
    return gained / _discounted(sorted(relevant.values(), reverse=True)[:k])


def reciprocal_rank_at(ranking: Ranking, relevant: Mapping[str, float], k: int) -> float:
    """1 / rank of the first right one among the first ``k``, else 0 (Voorhees 1999, TREC-8)."""
    return next((1.0 / rank for rank, name in enumerate(ranking[:k], 1) if name in relevant), 0.0)


def mean_with_interval(values: Sequence[float], *, confidence: float = 0.95) -> Estimate | None:
    """Mean of figures in 0..1 with a BCa bootstrap interval; a score interval where all are equal; ``None`` under 2."""
    if len(values) < 2:
        return None
    if min(values) == max(values):
        around = score_interval(values, confidence=confidence)
        low, high = max(0.0, around.low), min(1.0, around.high)
        return Estimate(values[0], Interval(low=low, high=high, confidence=confidence, method=around.method))
    return bootstrap_mean(values, confidence=confidence, resamples=1_999)


def _discounted(grades: Iterable[float]) -> float:
    return math.fsum((2.0**grade - 1.0) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))
