"""Support: how far one sentence of an answer rests on the chunks it was given.

Here: the words, word pairs, numbers and names of a sentence looked up in the chunks, and why it is not supported.
Not here: the score of a whole answer (``faithfulness``).

Lexical on purpose: over several sets of labelled answers the overlap of words and word pairs tells supported from
unsupported sentences better than the cosine of embeddings, which is drawn to answers that echo the question.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from gonogo.contracts.classifying import Judgement
from gonogo.contracts.text import TextFeatures, TextReader
from gonogo.domain import RetrievedChunk

WORD_WEIGHT = 0.7
SUPPORTED_FROM = 0.4
_OPPOSITES_WRITTEN = """
    before/after increase/decrease increases/decreases increased/decreased more/less more/fewer above/below
    minimum/maximum min/max always/never allowed/forbidden include/exclude enable/disable enabled/disabled first/last
    earlier/later free/paid open/closed all/none accept/reject mandatory/optional required/optional possible/impossible
    on/off up/down cheaper/dearer faster/slower higher/lower older/newer start/end oldest/newest smallest/largest
    lowest/highest
"""
_OPPOSITES = tuple(
    pair
    for one, other in (written.split("/") for written in _OPPOSITES_WRITTEN.split())
    for pair in ((one, other), (other, one))
)
_YES_OR_NO = frozenset({"no", "not", "yes"})
_ALIKE = 0.7
REMEMBERED, LONGEST_REMEMBERED = 1_024, 8_000
"""Texts of chunks kept as evidence, and characters of the longest of them."""
# "Germany" and "German" are one name: they share this many letters and differ in an ending of at most so many.
_PREFIX = 4
_ENDING = 3


class Passage(Struct, frozen=True):
    """One sentence of a chunk, as evidence."""

    features: TextFeatures
    content: frozenset[str]
    numbers: frozenset[str]


class _Read(NamedTuple):
    """What one text says: a chunk, a heading or a title."""

    content: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]
    entities: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    passages: tuple[Passage, ...]


class EvidenceMemory:
    """Texts of chunks, read for looking sentences up in them, the recent ones remembered: the same chunks come back for
    question after question. Threads may share one."""

    def __init__(self, reader: TextReader) -> None:
        self._reader = reader
        self._known: OrderedDict[str, _Read] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, text: str) -> _Read:
        """What a text says."""
        with self._lock:
            known = self._known.get(text)
            if known is not None:
                self._known.move_to_end(text)
                return known
        found = _read(self._reader.read(text))
        if len(text) <= LONGEST_REMEMBERED:
            with self._lock:
                self._known[text] = found
                if len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return found


def _read(features: TextFeatures) -> _Read:
    return _Read(
        content=features.content_words,
        words=frozenset(features.words),
        numbers=features.numbers,
        entities=features.entities,
        pairs=frozenset(pairwise(features.stems)),
        passages=tuple(Passage(one, one.content_words, one.numbers) for one in features.sentences()),
    )


class Evidence:
    """What a set of chunks says together. Headings and titles count."""

    def __init__(self, chunks: Sequence[RetrievedChunk], memory: EvidenceMemory) -> None:
        texts = (text for hit in chunks for text in (hit.chunk.title, hit.chunk.heading, hit.chunk.text) if text)
        self._read = [memory.read(text) for text in dict.fromkeys(texts)]

    @cached_property
    def passages(self) -> list[Passage]:
        """Their sentences."""
        return [passage for one in self._read for passage in one.passages]

    @cached_property
    def numbered(self) -> list[Passage]:
        """Those that hold a number."""
        return [passage for passage in self.passages if passage.numbers]

    @cached_property
    def content(self) -> frozenset[str]:
        """Content words."""
        return frozenset().union(*(one.content for one in self._read))

    @cached_property
    def words(self) -> frozenset[str]:
        """All words."""
        return frozenset().union(*(one.words for one in self._read))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Numbers."""
        return frozenset().union(*(one.numbers for one in self._read))

    @cached_property
    def entities(self) -> frozenset[str]:
        """Names."""
        return frozenset().union(*(one.entities for one in self._read))

    @cached_property
    def initials(self) -> frozenset[str]:
        """What abbreviates a name."""
        return frozenset(_initials(self.entities))

    def has_pair(self, pair: tuple[str, str]) -> bool:
        """Whether two content words are neighbours in one of the texts."""
        return any(pair in one.pairs for one in self._read)


class Support(Struct, frozen=True):
    """How far a sentence is supported, 0..1, and what speaks against it (empty where nothing does)."""

    sentence: str
    value: float
    reason: str = ""
    weight: int = 1

    @property
    def supported(self) -> bool:
        """No contradiction found, and enough overlap."""
        return not self.reason


def support_of(
    sentence: TextFeatures, evidence: Evidence, question: TextFeatures, judgement: Judgement | None = None
) -> Support:
    """Look one sentence up. A number or name that the chunks do not have makes it unsupported: value 0.

    Args:
        judgement: a classifier's; where there is one, a sentence that nothing speaks against has its probability as
            value, and is supported where it is positive.
    """
    weight = max(1, len(sentence.content_words))
    reason = (
        _missing_number(sentence, evidence, question)
        or _missing_name(sentence, evidence, question)
        or _reversed(sentence, evidence)
    )
    if reason:
        return Support(sentence.text, 0.0, reason, weight)
    if judgement is not None:
        doubt = "" if judgement.positive else f"support is unlikely (probability {judgement.probability:.2f})"
        return Support(sentence.text, judgement.probability, doubt, weight)
    found = overlap(sentence, evidence)
    value = _value(found)
    if found < SUPPORTED_FROM:
        missing = [stem for stem in dict.fromkeys(sentence.stems) if stem not in evidence.content]
        return Support(
            sentence.text, value, f"little of it is in the documents (not found: {', '.join(missing[:5])})", weight
        )
    return Support(sentence.text, value, "", weight)


def _value(found: float) -> float:
    """Overlap as support: a supported sentence has at least 0.8, an unsupported one at most 0.5. Order is kept."""
    if found < SUPPORTED_FROM:
        return 0.5 * found / SUPPORTED_FROM
    return 0.8 + 0.2 * (found - SUPPORTED_FROM) / (1.0 - SUPPORTED_FROM)


def overlap(sentence: TextFeatures, evidence: Evidence) -> float:
    """Share of content words found, mixed with that of neighbouring pairs; 1 for a sentence of stop words."""
    stems = sentence.stems
    if not stems:
        return 1.0
    words = sum(stem in evidence.content for stem in stems) / len(stems)
    pairs = list(pairwise(stems))
    if not pairs:
        return words
    return WORD_WEIGHT * words + (1 - WORD_WEIGHT) * sum(map(evidence.has_pair, pairs)) / len(pairs)


def _missing_number(sentence: TextFeatures, evidence: Evidence, question: TextFeatures) -> str:
    allowed = evidence.numbers | question.numbers if _denies(sentence) else evidence.numbers
    for number in sorted(sentence.numbers):
        if number not in allowed:
            return f"the number {number} is not in the documents"
        if number in evidence.numbers and _is_from_another_row(number, sentence, evidence):
            return f"the number {number} belongs to something else in the documents"
    return ""


def _denies(sentence: TextFeatures) -> bool:
    """Whether a sentence may repeat what the question got wrong, for it says no to it."""
    return sentence.negated or sentence.words[0] in ("no", "not")


def _is_from_another_row(number: str, sentence: TextFeatures, evidence: Evidence) -> bool:
    """Whether another passage, with other numbers, shares all that the number's passages share, and more.

    So "Pro costs 5" is caught beside the rows "Basic: 5" and "Pro: 10".
    """
    said = sentence.numbers
    subject = sentence.content_words - said
    own = [passage.content & subject for passage in evidence.numbered if number in passage.numbers]
    others = [passage.content & subject for passage in evidence.numbered if said.isdisjoint(passage.numbers)]
    return bool(own) and all(any(shared < other for other in others) for shared in own)


def _missing_name(sentence: TextFeatures, evidence: Evidence, question: TextFeatures) -> str:
    for name in sorted(sentence.entities):
        if name in evidence.entities or (_denies(sentence) and name in question.entities):
            continue
        missing = [part for part in _parts(name) if not _is_known(part, evidence)]
        if missing:
            return f"the name {' '.join(missing)!r} is not in the documents"
    return ""


def _parts(name: str) -> list[str]:
    """The words of a name that identify it; short joiners ("of", "&") do not."""
    return [part for part in name.replace("’", "'").split(" ") if len(part) > 2 or any(map(str.isdigit, part))]


def _is_known(part: str, evidence: Evidence) -> bool:
    """Whether the documents have this word of a name, an inflection of it, or what it abbreviates."""
    part = part.removesuffix("'s").strip(".")
    if part in evidence.words or part in evidence.entities or part in evidence.initials:
        return True
    pieces = [piece for piece in part.replace("-", " ").replace(".", " ").replace("/", " ").split(" ") if piece]
    if len(pieces) > 1:
        return all(piece in evidence.words for piece in pieces)
    return len(part) >= _PREFIX and any(
        abs(len(word) - len(part)) <= _ENDING and (word.startswith(part) or part.startswith(word))
        for word in evidence.words
        if word.startswith(part[:_PREFIX])
    )


def _initials(names: Iterable[str]) -> Iterable[str]:
    """ "european union" as "eu"."""
    for name in names:
        words = name.split(" ")
        if len(words) > 1:
            yield "".join(word[0] for word in words if word)


def _reversed(sentence: TextFeatures, evidence: Evidence) -> str:
    """Whether nearly the same sentence stands in the documents with the opposite meaning, and none without."""
    content = sentence.content_words
    if len(content) < 2:
        return ""
    size, least = len(content), _ALIKE * len(content)
    alike = [
        passage.features
        for passage in evidence.passages
        # The lengths alone turn most away: no more can be common than the shorter one has.
        if least <= len(passage.content)
        and _ALIKE * len(passage.content) <= size
        and len(passage.content & content) >= _ALIKE * max(len(passage.content), size)
    ]
    if not alike:
        return ""
    opens_with_no = sentence.words[0] in _YES_OR_NO
    if not opens_with_no and all(passage.negated != sentence.negated for passage in alike):
        return "the documents say the opposite (a negation differs)"
    words = frozenset(sentence.words)
    for one, other in _OPPOSITES:
        if one in words and other not in words and all(_says_instead(other, one, passage) for passage in alike):
            return f"the documents say {other!r} where the answer says {one!r}"
    return ""


def _says_instead(other: str, one: str, passage: TextFeatures) -> bool:
    return other in passage.words and one not in passage.words
