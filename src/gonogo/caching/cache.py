"""Cache: answers that are safe to repeat.

Here: the bounded store of answers, exact and near lookup, learning from answers that were given anyway.
Not here: what makes two questions or answers the same (``exact``, ``verdict``, ``answers``), the proof (``evidence``).

A near answer is served only if it stands in the same scope, the word rules and the classifier find the two questions
alike (``verdict``), and evidence proves that such hits are wrong in less than ``policy.max_error`` of cases. Until then
the model is asked, and its answer, when it is stored, is compared with the one that would have been served. A share of
proven hits (`AUDITED`) is asked again for ever, so that the evidence stays true. Hits that only the classifier allows
have evidence of their own: they never open or shut the cache for those that no rule objects to.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import structs

from gonogo.caching.answers import agree
from gonogo.caching.evidence import FLOORS, Evidence
from gonogo.caching.exact import same_spelling
from gonogo.caching.meaning import Meaning, WordBases, meaning_of
from gonogo.caching.semantic import Neighbourhood
from gonogo.caching.verdict import Kind, Verdict, ruled, verdict
from gonogo.contracts import CachedAnswer, CacheKey, Classifier, TextFeatures, TextReader
from gonogo.domain import CachePolicy

AUDITED = 0.05
"""Share of proven near hits that are asked again."""
COMPARED = 8
"""Neighbours looked at for one question."""
ENTRIES, BYTES = 10_000, 64 * 1024 * 1024
LOOKED_FOR = 1_024
"""Questions whose neighbour is remembered from lookup to store: as many as may be in flight."""
OVERHEAD = 1024
"""Bytes counted for an entry beside its texts and its vector."""


@dataclass(slots=True)
class _Entry:
    scope: str
    answer: CachedAnswer
    size: int
    meaning: Meaning | None


class _Near(NamedTuple):
    address: str
    similarity: float
    verdict: Verdict


class _Looked(NamedTuple):
    """What a lookup found out of a question that was not answered."""

    near: _Near | None
    meaning: Meaning


class BoundedAnswerCache:
    """Answers of one Version, least recently used ones leaving first. Not safe for use by several threads at once.

    Args:
        policy: bound on the error of near hits, time to live, whether near hits are wanted at all.
        reader: reads questions and answers; its embedder must be the one that made the questions' vectors.
        classifier: whether two questions deserve the same answer (``equivalence``), for texts read by ``reader``.
        evidence: what is known already; it belongs to the cache from now on. Without it nothing near is served yet.
        judged: the same for hits that only the classifier allows.
        entries, size: bounds on the number of answers and on their bytes, all scopes together.
        chance: where the choice of audited hits comes from.
    """

    def __init__(
        self,
        policy: CachePolicy,
        reader: TextReader,
        *,
        classifier: Classifier | None = None,
        evidence: Evidence | None = None,
        judged: Evidence | None = None,
        entries: int = ENTRIES,
        size: int = BYTES,
        chance: random.Random | None = None,
    ) -> None:
        if entries < 1 or size < 1:
            raise ValueError(f"a cache needs room for something, not {entries} entries of {size} bytes")
        self._policy = policy
        self._reader = reader
        self._classifier = classifier
        self._evidence: dict[Kind, Evidence] = {
            "plain": evidence or Evidence(max_error=policy.max_error),
            "judged": judged or Evidence(max_error=policy.max_error),
        }
        self._most_entries, self._most_bytes = entries, size
        self._chance = chance or random.Random()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._near: dict[str, Neighbourhood] = {}
        self._looked_for: OrderedDict[str, _Looked] = OrderedDict()
        self._bases = WordBases(reader)
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes counted for what is held now."""
        return self._bytes

    def evidence(self) -> dict[str, Any]:
        """What has been learned about near hits, as plain data; ``judged`` of those that only the classifier allows."""
        known = self._evidence["plain"].exported()
        return known if self._classifier is None else {**known, "judged": self._evidence["judged"].exported()}

    def lookup(self, key: CacheKey, question: TextFeatures, now: float) -> CachedAnswer | None:
        """An answer safe to repeat, or ``None``: the same spelling, or a proven near question of the same scope."""
        address = _address(key)
        entry = self._entries.get(address)
        if entry is not None and self._fresh(entry, now):
            self._entries.move_to_end(address)
            return structs.replace(entry.answer, kind="exact", similarity=1.0)
        if not self._policy.semantic:
            return None
        meaning = meaning_of(question, self._reader, self._bases)
        near = self._neighbour(key, question, meaning, now)
        self._looked_for[address] = _Looked(near, meaning)
        if len(self._looked_for) > LOOKED_FOR:
            self._looked_for.popitem(last=False)
        if near is None or not self._proven(near) or self._chance.random() < AUDITED:
            return None
        self._entries.move_to_end(near.address)
        return structs.replace(self._entries[near.address].answer, kind="semantic", similarity=near.similarity)

    def store(self, key: CacheKey, question: TextFeatures, answer: CachedAnswer, now: float) -> None:
        """Remember; and learn whether the answer of a near question would have done."""
        address = _address(key)
        meaning = self._learned(address, key, question, answer, now) if self._policy.semantic else None
        self._forget(address)
        entry = _Entry(key.scope, structs.replace(answer, stored_at=now), _size(answer, question), meaning)
        if entry.size > self._most_bytes:
            return
        self._entries[address] = entry
        self._bytes += entry.size
        if meaning is not None and meaning.comparable:
            self._neighbourhood(key.scope).add(address, question.vector)
        while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
            self._forget(next(iter(self._entries)))

    def _learned(
        self, address: str, key: CacheKey, question: TextFeatures, answer: CachedAnswer, now: float
    ) -> Meaning:
        """The question's meaning, after its answer was compared with a neighbour's.

        What the lookup of the same question found is taken over if it is still here: finding it again costs as much.
        """
        known = self._looked_for.pop(address, None)
        meaning = meaning_of(question, self._reader, self._bases) if known is None else known.meaning
        if address in self._entries:
            return meaning
        near = None if known is None else known.near
        if known is None or (near is not None and near.address not in self._entries):
            near = self._neighbour(key, question, meaning, now)
        if near is not None:
            right = agree(self._entries[near.address].answer, answer, self._reader)
            self._evidence[near.verdict.kind].record(near.similarity, right)
        return meaning

    def _neighbour(self, key: CacheKey, question: TextFeatures, asked: Meaning, now: float) -> _Near | None:
        """Of the fresh questions of the scope that are alike the best: plain before judged, then the most probable,
        then the nearest."""
        known = self._near.get(key.scope)
        nearest = known.nearest(question.vector, FLOORS[0], COMPARED) if known else []
        best: _Near | None = None
        for address, similarity in nearest:
            entry = self._entries[address]
            if entry.meaning is None or not self._fresh(entry, now):
                continue
            plain = ruled(asked, entry.meaning)
            if plain is None:
                continue
            found = verdict(question, self._reader.read(entry.answer.question), plain, self._classifier)
            if found is not None and (best is None or found > best.verdict):
                best = _Near(address, similarity, found)
        return best

    def _proven(self, near: _Near) -> bool:
        return self._evidence[near.verdict.kind].proven(near.similarity)

    def _neighbourhood(self, scope: str) -> Neighbourhood:
        if scope not in self._near:
            self._near[scope] = Neighbourhood(self._reader.embedder.dimensions)
        return self._near[scope]

    def _fresh(self, entry: _Entry, now: float) -> bool:
        return now - entry.answer.stored_at < self._policy.ttl

    def _forget(self, address: str) -> None:
        entry = self._entries.pop(address, None)
        if entry is None:
            return
        self._bytes -= entry.size
        known = self._near.get(entry.scope)
        if known is not None:
            known.remove(address)
            if not len(known):
                del self._near[entry.scope]


def near_hits(
    pairs: Iterable[tuple[CachedAnswer, CachedAnswer]],
    reader: TextReader,
    classifier: Classifier | None = None,
    kind: Kind = "plain",
) -> list[tuple[float, bool]]:
    """What a cache would have served: (similarity, whether the answers agree) of those pairs that are alike.

    For `Evidence.from_pairs`: ask each golden question in several ways, and give the answers pairwise. ``kind`` says
    for which evidence.
    """
    hits, bases = [], WordBases(reader)
    for one, other in pairs:
        left, right = reader.read(one.question), reader.read(other.question)
        similarity = min(1.0, float(left.vector @ right.vector))
        if similarity < FLOORS[0]:
            continue
        plain = ruled(meaning_of(left, reader, bases), meaning_of(right, reader, bases))
        found = verdict(left, right, plain, classifier)
        if found is not None and found.kind == kind:
            hits.append((similarity, agree(one, other, reader)))
    return hits


def _address(key: CacheKey) -> str:
    return f"{key.scope}\n{same_spelling(key.question)}"


def _size(answer: CachedAnswer, question: TextFeatures) -> int:
    texts = (answer.question, answer.text, *(chunk.chunk.text for chunk in answer.chunks))
    return sum(map(_bytes_of, texts)) + question.vector.nbytes + OVERHEAD


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
