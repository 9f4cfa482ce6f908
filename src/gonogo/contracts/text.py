"""What a text is read into, once, and shared by cache, router, guardrails, retrieval, metrics and drift.

Here: the Protocols. Not here: how it is done (``features``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    Matrix = NDArray[np.float32]
    Buckets = NDArray[np.int32]


class TextFeatures(Protocol):
    """What is known of one text. Every property is computed at most once, when first asked for."""

    @property
    def text(self) -> str:
        """As it came."""
        ...

    @property
    def normalised(self) -> str:
        """After evasion has been undone (NFKC, homoglyphs, invisible characters, spacing); case kept."""
        ...

    @property
    def undone(self) -> tuple[str, ...]:
        """Names of what normalisation had to undo, empty for plain text."""
        ...

    @property
    def readings(self) -> tuple[str, ...]:
        """Other texts the same characters may carry (base64 decoded, leet as letters); none for plain text."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """Lower-case words and numbers of the normalised text, in order."""
        ...

    @property
    def stems(self) -> tuple[str, ...]:
        """Stemmed content words (stop words left out), in order: the terms of BM25."""
        ...

    @property
    def content_words(self) -> frozenset[str]:
        """Distinct stems, for overlap."""
        ...

    @property
    def numbers(self) -> frozenset[str]:
        """Numbers, dates and amounts in one canonical spelling ("1,200" and "1200" are equal)."""
        ...

    @property
    def entities(self) -> frozenset[str]:
        """Lower-cased names: capitalised runs that do not open a sentence, codes such as "BL-20X"."""
        ...

    @property
    def negated(self) -> bool:
        """Whether the text carries an odd number of negations (not, never, without, disable, off ...)."""
        ...

    @property
    def vector(self) -> Vector:
        """float32, unit length, of the embedder's dimensions; all zero for a text without known tokens."""
        ...

    @property
    def buckets(self) -> Buckets:
        """Hashed n-grams of characters and words, lower case (int32, read-only, ascending, each once)."""
        ...

    def hidden(self) -> tuple[TextFeatures, ...]:
        """The ``readings``, each read in turn, with the same names ``undone``; none for plain text."""
        ...

    def windows(self, characters: int) -> tuple[TextFeatures, ...]:
        """Overlapping parts of about so many characters, cut at blanks; the text itself where it is no longer."""
        ...

    def sentences(self) -> tuple[TextFeatures, ...]:
        """The text's sentences (list items and table rows count as sentences), each read in turn."""
        ...


class Embedder(Protocol):
    """Texts to unit vectors."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str:
        """Over weights, tokeniser and configuration."""
        ...

    @property
    def dimensions(self) -> int: ...
    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 ``[len(texts), dimensions]``, rows of unit length or zero."""
        ...


@runtime_checkable
class CountsTokens(Protocol):
    """An Embedder that knows how many tokens it reads; of others they are estimated."""

    def tokens(self, texts: Sequence[str]) -> int:
        """Tokens read of all texts together."""
        ...


@runtime_checkable
class Shortens(Protocol):
    """An Embedder whose vectors may be cut, as those of some models are trained for."""

    @property
    def shortens(self) -> bool:
        """Whether the first numbers of a vector are a vector too, once brought to unit length again."""
        ...


class TextReader(Protocol):
    """Reads texts into features; remembers recent ones, so that no text is read twice in a request."""

    @property
    def embedder(self) -> Embedder: ...
    def read(self, text: str) -> TextFeatures: ...
