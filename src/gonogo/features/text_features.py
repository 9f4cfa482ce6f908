"""TextFeatures: what is known of one text, each thing worked out at most once, when first asked for.

Here: the lazy reading. Not here: how each thing is worked out (``normalisation``, ``words``, ``numbers``, ``names``,
``sentences``), remembering texts (``reader``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.contracts.text import Embedder
from gonogo.features.names import names_of
from gonogo.features.ngrams import buckets_of
from gonogo.features.normalisation import Normalised, normalise
from gonogo.features.numbers import numbers_of
from gonogo.features.sentences import sentences_of
from gonogo.features.static_embedder import StaticEmbedder
from gonogo.features.windows import windows_of
from gonogo.features.words import count_negations, stems, words_of

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Vector


class LazyTextFeatures:
    """One text, read on demand. Two threads may ask at once: both then find the same answer."""

    __slots__ = (
        "_buckets",
        "_content",
        "_embedder",
        "_entities",
        "_is_sentence",
        "_negated",
        "_normalised",
        "_numbers",
        "_sentences",
        "_stems",
        "_vector",
        "_words",
        "text",
    )

    def __init__(self, text: str, embedder: Embedder, *, normalised: Normalised | None = None) -> None:
        self.text = text
        self._embedder = embedder
        self._normalised = normalised
        self._words: tuple[str, ...] | None = None
        self._stems: tuple[str, ...] | None = None
        self._content: frozenset[str] | None = None
        self._numbers: frozenset[str] | None = None
        self._entities: frozenset[str] | None = None
        self._negated: bool | None = None
        self._vector: Vector | None = None
        self._buckets: Buckets | None = None
        self._sentences: tuple[LazyTextFeatures, ...] | None = None
        self._is_sentence = False

    def __repr__(self) -> str:
        return f"LazyTextFeatures({self.text[:60]!r})"

    @property
    def normalised(self) -> str:
        """After evasion has been undone; case kept."""
        known = self._normalised  # asked thirty times a request: no second call where it is known
        return self._as_normalised().text if known is None else known.text

    @property
    def undone(self) -> tuple[str, ...]:
        """Names of what had to be undone, empty for plain text."""
        return self._as_normalised().undone

    @property
    def readings(self) -> tuple[str, ...]:
        """Other texts the same characters may carry (base64 decoded, leet as letters); almost always none."""
        return self._as_normalised().readings

    def _as_normalised(self) -> Normalised:
        if self._normalised is None:
            self._normalised = normalise(self.text)
        return self._normalised

    @property
    def words(self) -> tuple[str, ...]:
        """Lower-case words and numbers in order."""
        if self._words is None:
            self._words = tuple(words_of(self.normalised))
        return self._words

    @property
    def stems(self) -> tuple[str, ...]:
        """Stems of the words that are no stop words, in order."""
        if self._stems is None:
            self._stems = tuple(stems(self.words))
        return self._stems

    @property
    def content_words(self) -> frozenset[str]:
        """Distinct stems."""
        if self._content is None:
            self._content = frozenset(self.stems)
        return self._content

    @property
    def numbers(self) -> frozenset[str]:
        """Numbers in canonical spelling."""
        if self._numbers is None:
            self._numbers = numbers_of(self.normalised, self.words)
        return self._numbers

    @property
    def entities(self) -> frozenset[str]:
        """Lower-cased names and codes."""
        if self._entities is None:
            self._entities = names_of(self.normalised)
        return self._entities

    @property
    def negated(self) -> bool:
        """Whether the number of negations is odd."""
        if self._negated is None:
            self._negated = count_negations(self.words) % 2 == 1
        return self._negated

    @property
    def vector(self) -> Vector:
        """float32 of unit length, read-only; all zero for a text without known tokens."""
        if self._vector is None:
            embedder = self._embedder
            if isinstance(embedder, StaticEmbedder):
                vector = embedder.embed_one(self.normalised)
            else:
                vector = embedder.embed([self.normalised])[0]
            vector.flags.writeable = False
            self._vector = vector
        return self._vector

    @property
    def buckets(self) -> Buckets:
        """Hashed n-grams of characters and words, lower case, each once; int32, ascending, read-only."""
        if self._buckets is None:
            self._buckets = buckets_of(self.normalised, self.words)
        return self._buckets

    def hidden(self) -> tuple[LazyTextFeatures, ...]:
        """The readings, each read in turn, with the same names ``undone``; almost always none."""
        return tuple(
            LazyTextFeatures(one, self._embedder, normalised=Normalised(normalise(one).text, undone=self.undone))
            for one in self.readings
        )

    def windows(self, characters: int) -> tuple[LazyTextFeatures, ...]:
        """Overlapping parts of the normalised text, of about so many characters; a shorter text is its own window."""
        if len(self.normalised) <= characters:
            return (self,)
        return tuple(
            LazyTextFeatures(part, self._embedder, normalised=Normalised(part, undone=self.undone))
            for part in windows_of(self.normalised, characters)
        )

    def sentences(self) -> tuple[LazyTextFeatures, ...]:
        """The sentences, list items and table rows, in order; a text of one sentence is its own."""
        if self._is_sentence:
            return (self,)
        if self._sentences is None:
            found = sentences_of(self.normalised)
            if len(found) == 1 and found[0] == self.text and not (self.undone or self.readings):
                # Not kept in a field: an object that holds itself lives until the collector comes.
                self._is_sentence = True
                return (self,)
            self._sentences = tuple(
                LazyTextFeatures(sentence, self._embedder, normalised=Normalised(sentence)) for sentence in found
            )
        return self._sentences
