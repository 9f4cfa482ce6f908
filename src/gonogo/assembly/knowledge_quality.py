"""Knowledge quality: how well a folder's search finds the pages that its golden tasks cite, and better settings for it.

Here: questions, the search as it is served, the floor for "nothing is relevant", tuning on one half and proving on the
other. Not here: the figures (``retrieval.evaluation``), answers (``evaluation``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import floor

from msgspec import Struct

from gonogo.assembly.fusion import LEAST_QUESTIONS, judged_questions
from gonogo.contracts import EVERYWHERE, Classifier, Index, TextFeatures, TextReader, Where
from gonogo.digest import digest_of
from gonogo.domain import IndexSnapshot, Measure, Mission, RetrievalPolicy, RetrievedChunk
from gonogo.errors import BadInput
from gonogo.pipeline.bounds import where_of
from gonogo.pipeline.near_duplicates import collapsed
from gonogo.pipeline.retrieve import CANDIDATES, SPARE, reranked
from gonogo.retrieval import JudgedQuestion, RetrievalReport, evaluate
from gonogo.statistics import Estimate, Interval, bootstrap_mean
from gonogo.training.measures import auc

REFUSED = 0.05
"""Share of answerable questions that a proposed ``least`` may refuse."""
TOKENS = (110, 220, 440)
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
ENOUGH = 0.98
"""Share of recall@10 that a proposed ``top_k`` must keep."""
TUNED_WITH = 10

Open = Callable[[int, float], Index]
"""``chunk_tokens`` and ``dense_weight`` to an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerability:
    """``separation``: area under the curve of the best score, answerable against unanswerable questions. ``least``:
    the floor that refuses at most ``REFUSED`` of the answerable, ``None`` with too few; what it refuses of each."""

    separation: Measure
    least: float | None
    refused_answerable: int
    refused_unanswerable: int


class Setting(Struct, frozen=True, kw_only=True):
    """What ``tune`` chooses."""

    chunk_tokens: int
    dense_weight: float
    top_k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """``present`` and ``chosen`` settings; ``gain`` in nDCG@10 on the half that chose nothing, 90 % interval; the
    proposal stands only if ``better``."""

    present: Setting
    chosen: Setting
    gain: Estimate
    tuned_on: int
    proven_on: int
    tried: int

    @property
    def better(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.gain.interval.low > 0.0


class AsServed:
    """An index, searched as the pipeline searches it: filtered, reranked, without near duplicates."""

    def __init__(self, index: Index, policy: RetrievalPolicy, reader: TextReader, judge: Classifier | None) -> None:
        self._index, self._policy, self._reader, self._judge = index, policy, reader, judge

    @property
    def snapshot(self) -> IndexSnapshot:
        """What is searched."""
        return self._index.snapshot

    @property
    def waits(self) -> bool:
        """As the index."""
        return self._index.waits

    def search(self, question: TextFeatures, k: int, where: Where = EVERYWHERE) -> list[RetrievedChunk]:
        """What a model would be handed, were ``top_k`` this ``k``; ``least`` and ``min_score`` left out."""
        bounds = {**where_of(self._policy, "default", {}), **where}
        if self._judge is None:
            return collapsed(self._index.search(question, SPARE * k, bounds), self._reader, k)
        hits = self._index.search(question, CANDIDATES * k, bounds)
        return collapsed(reranked(hits, question, self._judge, self._reader), self._reader, k)


def questions_of(mission: Mission) -> list[JudgedQuestion]:
    """Golden tasks that cite pages, or say that nothing answers them.

    Raises:
        BadInput: there are none.
    """
    found = judged_questions(mission.golden, mission.retrieval)
    if not any(question.relevant for question in found):
        raise BadInput(
            f"no golden task of {mission.name} cites a page, so nobody knows what should be found: add "
            "`cites: knowledge/PAGE.md` to tasks, and `refuses: true` to those that nothing answers"
        )
    return found


def measured(index: Index, questions: Sequence[JudgedQuestion], reader: TextReader, k: int) -> RetrievalReport:
    """Figures at ``k``."""
    return evaluate(index, questions, reader, k=k)


def answerability(report: RetrievalReport) -> Answerability:
    """How well the best score tells answerable from unanswerable questions."""
    right, wrong = [one.top for one in report.answerable], [one.top for one in report.unanswerable]
    separation = auc([True] * len(right) + [False] * len(wrong), [*right, *wrong])
    # Of n answerable questions and one more, exchangeable, the share below the j-th smallest is at most j / (n + 1).
    place = floor(REFUSED * (len(right) + 1))
    least = sorted(right)[place - 1] if place >= 1 else None
    # Cut, not rounded: the question that sets the floor must pass it.
    least = None if least is None else floor(1000 * least) / 1000
    return Answerability(
        separation=separation,
        least=least,
        refused_answerable=sum(one < (least or 0.0) for one in right),
        refused_unanswerable=sum(one < (least or 0.0) for one in wrong),
    )


def tune(policy: RetrievalPolicy, questions: Sequence[JudgedQuestion], open_index: Open, reader: TextReader) -> Tuned:
    """Choose ``chunk_tokens``, ``dense_weight`` and ``top_k`` on one half of the questions, prove them on the other.

    Raises:
        BadInput: too few answerable questions for two halves.
    """
    first, second = halves([question for question in questions if question.relevant])
    if len(first) < LEAST_QUESTIONS or len(second) < LEAST_QUESTIONS:
        raise BadInput(
            f"{len(first) + len(second)} golden tasks cite a page, at least {2 * LEAST_QUESTIONS} are needed to tune: "
            f"{LEAST_QUESTIONS} to choose with and {LEAST_QUESTIONS} to prove with"
        )
    present = (policy.chunk_tokens, policy.dense_weight)
    tried = list(_settings(policy))
    scores = {one: _mean(measured(open_index(*one), first, reader, TUNED_WITH)) for one in tried}
    chosen = max(tried, key=lambda one: (scores[one], one == present))
    before = measured(open_index(*present), second, reader, TUNED_WITH)
    after = measured(open_index(*chosen), second, reader, TUNED_WITH)
    gains = [new.ndcg - old.ndcg for new, old in zip(after.answerable, before.answerable, strict=True)]
    return Tuned(
        present=Setting(chunk_tokens=present[0], dense_weight=present[1], top_k=policy.top_k),
        chosen=Setting(
            chunk_tokens=chosen[0], dense_weight=chosen[1], top_k=_fewest(open_index(*chosen), first, reader)
        ),
        gain=gain_of(gains),
        tuned_on=len(first),
        proven_on=len(second),
        tried=len(tried),
    )


def halves(questions: Sequence[JudgedQuestion]) -> tuple[list[JudgedQuestion], list[JudgedQuestion]]:
    """By the digest of their ids, so that a new task moves no other from one half to the other."""
    first = [question for question in questions if int(digest_of(question.id)[:2], 16) % 2 == 0]
    taken = {question.id for question in first}
    return first, [question for question in questions if question.id not in taken]


def gain_of(gains: Sequence[float]) -> Estimate:
    """Mean with a 90 % interval that reaches to 0 where all are equal: nothing then says that the next one is."""
    if min(gains) < max(gains):
        return bootstrap_mean(gains, confidence=0.90, resamples=4_999)
    low, high = min(0.0, gains[0]), max(0.0, gains[0])
    return Estimate(gains[0], Interval(low=low, high=high, confidence=0.90, method="all equal"))


def _settings(policy: RetrievalPolicy) -> Iterator[tuple[int, float]]:
    for tokens in sorted({*TOKENS, policy.chunk_tokens}):
        for weight in sorted({*WEIGHTS, policy.dense_weight}):
            yield tokens, weight


def _mean(report: RetrievalReport) -> float:
    return sum(one.ndcg for one in report.answerable) / len(report.answerable)


def _fewest(index: Index, questions: Sequence[JudgedQuestion], reader: TextReader) -> int:
    """The smallest k that keeps nearly all of recall@10."""
    recalls = {k: _recall(measured(index, questions, reader, k)) for k in range(1, TUNED_WITH + 1)}
    return min(k for k in recalls if recalls[k] >= ENOUGH * recalls[TUNED_WITH])


def _recall(report: RetrievalReport) -> float:
    # With k below the number of right pages, recall's denominator shrinks: count hits, which only grow with k.
    return report.hit.hits / report.hit.total
