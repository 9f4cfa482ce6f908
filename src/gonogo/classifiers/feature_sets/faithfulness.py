"""Features of ``faithfulness``: whether a sentence is supported by these chunks. Positive means supported.

Here: what of the sentence stands in the chunks, and what an edit would leave behind - a word exchanged between the same
neighbours, a negation more or less, an opposite, neighbours that never met. Not here: the index of chunks
(``evidence``), the score of a whole answer (``metrics``).

``against`` holds the chunks. With ``context["question"]`` set, its last text is the question: what an answer repeats of
it, it does not claim. The length of the sentence is no feature: generated errors are often longer than right answers,
and a classifier that learns this accuses long answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.classifiers.code_digest import code_digest
from gonogo.classifiers.feature_sets.evidence import PREFIX, Evidence, EvidenceMemory, is_negation
from gonogo.classifiers.feature_sets.opposites import any_opposite, are_opposite
from gonogo.contracts.classifying import Example
from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector

VERSION = 1
NAMES = (
    "content_words", "rare_words", "words", "plain_words", "worst_sentence", "bigrams", "trigrams", "pairs",
    "best_sentence", "best_two", "longest_run", "missing_not_asked", "numbers_missing", "numbers_elsewhere",
    "names_missing", "exchanged", "exchanged_number", "opposite", "denied", "undenied", "polarity", "recombined",
    "recombined_within", "reversed", "talk", "asks",
)  # fmt: skip
_SUPPORTING = frozenset(NAMES[: NAMES.index("longest_run") + 1])
LONGEST = 400
"""Words of a sentence that are looked at."""
_ENDING = 3
_COVERED = 0.6
_MOST_SENTENCES = 20
_ENDS = re.compile(r"[.!?] ")
_COMMONEST = frozenset({
    "a", "an", "the", "is", "are", "was", "were", "be", "been", "of", "to", "in", "on", "for", "and", "or", "it",
    "they", "he", "she", "that", "this", "with", "at", "by", "as", "from", "its", "his", "her", "their", "s", "t",
})  # fmt: skip
_TALK = frozenset({
    "i", "i'm", "i've", "i'd", "my", "me", "mine", "you", "your", "yeah", "wow", "haha", "lol", "oh", "love", "hope",
    "sure", "think", "guess", "sorry", "cool", "awesome", "really", "favorite", "favourite", "believe", "feel",
})  # fmt: skip


class FaithfulnessFeatures:
    """The contract ``FeatureSet``. Keeps the index of recent chunks, so that the sentences of an answer share it."""

    name = "faithfulness"
    version = VERSION
    names = NAMES
    directions = tuple(1 if name in _SUPPORTING else -1 for name in NAMES)
    """More that is found never speaks against a sentence, more that is missing or exchanged never for it."""

    def __init__(self) -> None:
        self._memory = EvidenceMemory()

    @cached_property
    def digest(self) -> Digest:
        """Over this file, the index and the table of opposites."""
        here = Path(__file__).parent
        return code_digest(Path(__file__), here / "evidence.py", here / "opposites.py")

    def dense(self, example: Example) -> list[float]:
        """Shares 0..1 and logarithms of counts, in the order of ``names``."""
        chunks, question = _split(example)
        evidence = self._memory.of(chunks)
        sentence = example.text
        return [
            *_overlap(sentence, evidence),
            *_best_sentences(sentence, evidence),
            _longest_run(sentence.words[:LONGEST], evidence),
            _missing(sentence, evidence, question),
            *_numbers(sentence, evidence, question),
            _names(sentence, evidence, question),
            *_exchanges(sentence.words[:LONGEST], evidence),
            *_polarity(sentence, evidence),
            *_order(sentence.stems[:LONGEST], evidence),
            *_talk(sentence),
        ]

    def buckets(self, example: Example) -> Buckets | None:
        """None: which words a sentence is made of says nothing of its support."""
        return None

    def vector(self, example: Example) -> Vector | None:
        """None: over labelled answers, overlap tells support better than embeddings do."""
        return None

    def windows(self, example: Example) -> Sequence[Example]:
        """The example itself."""
        return (example,)


def _split(example: Example) -> tuple[Sequence[TextFeatures], TextFeatures | None]:
    """The chunks, and the question where there is one."""
    if example.context.get("question") and example.against:
        return example.against[:-1], example.against[-1]
    return example.against, None


def _overlap(sentence: TextFeatures, evidence: Evidence) -> list[float]:
    """Shares of content words (plain, and by length, for long words are rarer), words and runs that the chunks have."""
    stems, words = sentence.stems[:LONGEST], sentence.words[:LONGEST]
    content = evidence.content
    weights = [min(len(stem), 12) for stem in stems]
    found = sum(weight for weight, stem in zip(weights, stems, strict=True) if stem in content)
    return [
        _share(sum(stem in content for stem in stems), len(stems)),
        _share(found, sum(weights)),
        _share(sum(word in evidence.words for word in words), len(words)),
        _plain_words(sentence, evidence),
        _worst_sentence(sentence, evidence),
        _share(sum(pair in evidence.bigrams for pair in pairwise(words)), len(words) - 1),
        _share(_trigrams(words, evidence), len(words) - 2),
        _share(sum(pair in evidence.pairs for pair in pairwise(stems)), len(stems) - 1),
    ]


def _trigrams(words: Sequence[str], evidence: Evidence) -> int:
    """How many runs of three words the chunks have: the middle one stands there between the other two."""
    slots = evidence.slots
    return sum(words[place + 1] in slots.get((words[place], words[place + 2]), ()) for place in range(len(words) - 2))


def _plain_words(sentence: TextFeatures, evidence: Evidence) -> float:
    """Share of the words, but for the very commonest, that the chunks have as they stand."""
    words = [word for word in sentence.words[:LONGEST] if word not in _COMMONEST]
    return _share(sum(word in evidence.words for word in words), len(words))


def _worst_sentence(sentence: TextFeatures, evidence: Evidence) -> float:
    """The share of plain words of the sentence that has fewest, where the text holds several."""
    parts = sentence.sentences() if _ENDS.search(sentence.text[:-1]) else (sentence,)
    return min((_plain_words(part, evidence) for part in parts[:_MOST_SENTENCES]), default=1.0)


def _best_sentences(sentence: TextFeatures, evidence: Evidence) -> tuple[float, float]:
    """Share of the content words in the one sentence of the chunks that has most, and in it and its best complement."""
    content = sentence.content_words
    if not content:
        return 1.0, 1.0
    found = nearest(content, evidence)
    if found < 0:
        return 0.0, 0.0
    covered = content & evidence.passages[found].content
    rest = content - covered
    second = nearest(rest, evidence)
    more = len(rest & evidence.passages[second].content) if second >= 0 else 0
    return len(covered) / len(content), (len(covered) + more) / len(content)


def nearest(content: frozenset[str], evidence: Evidence) -> int:
    """Number of the passage that has most of these stems, the first of equals; -1 where none has any."""
    counts: dict[int, int] = {}
    for stem in content:
        for place in evidence.places.get(stem, ()):
            counts[place] = counts.get(place, 0) + 1
    return min(counts, key=lambda place: (-counts[place], place)) if counts else -1


def _longest_run(words: Sequence[str], evidence: Evidence) -> float:
    """The longest run of words copied from the chunks, as a share of the sentence."""
    longest = run = 0
    for pair in pairwise(words):
        run = run + 1 if pair in evidence.bigrams else 0
        longest = max(longest, run)
    return _share(longest, len(words) - 1)


def _missing(sentence: TextFeatures, evidence: Evidence, question: TextFeatures | None) -> float:
    """Content words that neither the chunks have, in any form, nor the question."""
    asked = question.content_words if question else frozenset()
    missing = sentence.content_words - evidence.content - asked
    return math.log1p(sum(not _begins_alike(stem, evidence) for stem in missing))


def _begins_alike(stem: str, evidence: Evidence) -> bool:
    """ "Germany" and "German": the first letters are the same, and what follows is short."""
    return len(stem) >= PREFIX and any(
        abs(len(word) - len(stem)) <= _ENDING and (word.startswith(stem) or stem.startswith(word))
        for word in evidence.prefixes.get(stem[:PREFIX], ())
    )


def _numbers(sentence: TextFeatures, evidence: Evidence, question: TextFeatures | None) -> tuple[float, float]:
    """Numbers that the chunks lack; numbers that they have, but not where the rest of the sentence stands."""
    asked = question.numbers if question and _denies(sentence) else frozenset()
    missing = sum(number not in evidence.numbers and number not in asked for number in sentence.numbers)
    known = sentence.numbers & evidence.numbers
    if not known:
        return math.log1p(missing), 0.0
    subject = sentence.content_words - sentence.numbers
    best = nearest(subject, evidence)
    if best < 0:
        return math.log1p(missing), 0.0
    shared = len(evidence.passages[best].content & subject)
    elsewhere = 0
    for number in known:
        own = max((len(one.content & subject) for one in evidence.numbers_at.get(number, ())), default=shared)
        elsewhere += own < shared and bool(evidence.passages[best].numbers)
    return math.log1p(missing), math.log1p(elsewhere)


def _denies(sentence: TextFeatures) -> bool:
    """Whether a sentence may repeat what the question got wrong, for it says no to it."""
    return sentence.negated or sentence.words[:1] in (("no",), ("not",))


def _names(sentence: TextFeatures, evidence: Evidence, question: TextFeatures | None) -> float:
    """Words of names that the chunks lack in every form."""
    missing = 0
    for name in sentence.entities:
        if name in evidence.entities or (question and name in question.entities and _denies(sentence)):
            continue
        for part in name.replace("’", "'").split(" "):
            part = part.removesuffix("'s").strip(".")
            missing += len(part) > 2 and part not in evidence.words and not _begins_alike(part, evidence)
    return math.log1p(missing)


def _exchanges(words: Sequence[str], evidence: Evidence) -> list[float]:
    """Words that stand where the chunks have another one between the same neighbours: all, numbers, opposites;
    negations put between neighbours and taken away."""
    exchanged = numbers = opposite = denied = undenied = 0
    bigrams, slots = evidence.bigrams, evidence.slots
    for place in range(1, len(words)):
        before, word = words[place - 1], words[place]
        after = words[place + 1] if place + 1 < len(words) else ""
        if (before, word) in bigrams:
            continue
        undenied += any(map(is_negation, slots.get((before, word), ())))
        stood = slots.get((before, after))
        if stood is None or word in stood:
            denied += is_negation(word) and (before, after) in bigrams
            continue
        exchanged += 1
        numbers += word[0].isdigit() or any(other[0].isdigit() for other in stood)
        opposite += any(are_opposite(word, other) for other in stood)
    return [math.log1p(count) for count in (exchanged, numbers, opposite, denied, undenied)]


def _polarity(sentence: TextFeatures, evidence: Evidence) -> tuple[float]:
    """1 where the sentence of the chunks that is most like this one is negated and this is not, or the reverse; also
    where it has the opposite of a word that stands only here."""
    content = sentence.content_words
    best = nearest(content, evidence)
    if best < 0 or len(content) < 2:
        return (0.0,)
    passage = evidence.passages[best]
    if len(passage.content & content) < _COVERED * len(content):
        return (0.0,)
    if passage.negated != sentence.negated:
        return (1.0,)
    words = frozenset(sentence.words[:LONGEST])
    return (float(any_opposite(words - passage.words, passage.words - words)),)


def _order(stems: Sequence[str], evidence: Evidence) -> tuple[float, float, float]:
    """Shares of neighbours that the chunks have, but never near each other (also where they have every word: what was
    exchanged came from themselves), and only the other way round."""
    recombined = turned = known = 0
    for pair in pairwise(stems):
        one, other = pair
        if one not in evidence.content or other not in evidence.content:
            continue
        known += 1
        if pair in evidence.pairs or pair in evidence.skips:
            continue
        back = (other, one)
        if back in evidence.pairs or back in evidence.skips:
            turned += 1
        else:
            recombined += 1
    share, whole = _share(recombined, known, empty=0.0), known == len(stems) - 1
    return share, share if whole else 0.0, _share(turned, known, empty=0.0)


def _talk(sentence: TextFeatures) -> tuple[float, float]:
    """Share of words of talk, which claim nothing of the documents; whether the sentence asks."""
    words = sentence.words[:LONGEST]
    return _share(sum(word in _TALK for word in words), len(words), empty=0.0), float("?" in sentence.text[-400:])


def _share(part: float, whole: float, empty: float = 1.0) -> float:
    return part / whole if whole > 0 else empty
