"""Classifiers: small learned judges of texts, and the features they are fed.

Here: the Protocols and the records that travel through them. Not here: the implementations (``classifiers``), training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from gonogo.contracts.text import TextFeatures
from gonogo.digest import Digest
from gonogo.domain import ClassifierCard

BUCKETS = 1 << 16
"""How many buckets n-grams are hashed into."""

if TYPE_CHECKING:
    from gonogo.contracts.text import Buckets, Matrix, Vector


class Example(Struct, frozen=True, kw_only=True):
    """What a classifier looks at.

    ``text`` is judged; ``against`` is what it is judged with: the chunks (faithfulness), the question (relevance), the
    other question (equivalence), nothing (injection, toxicity, difficulty). ``context`` holds plain numbers known
    beside the texts (``earlier_turns``), and the columns of a tabular classifier.
    """

    text: TextFeatures
    against: tuple[TextFeatures, ...] = ()
    context: Mapping[str, float] = {}


class Judgement(Struct, frozen=True, kw_only=True):
    """``probability`` 0..1, calibrated; ``positive`` at the classifier's threshold.

    ``signals`` are the named features as they were read, so that every signal alone stands beside the judgement;
    ``tier`` says who decided: ``fast``, or ``careful`` where the fast one was unsure.
    """

    probability: float
    positive: bool
    signals: Mapping[str, float] = {}
    tier: str = "fast"


class FeatureSet(Protocol):
    """Turns an Example into numbers. The same code serves and makes training rows. Never raises on any text."""

    @property
    def name(self) -> str:
        """``toxicity``; with ``version`` it is what a card names: ``toxicity/1``."""
        ...

    @property
    def version(self) -> int: ...
    @property
    def digest(self) -> Digest:
        """Over the code (and tables) that compute it."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the dense features, in order."""
        ...

    def dense(self, example: Example) -> list[float]:
        """One finite number for each name."""
        ...

    def buckets(self, example: Example) -> Buckets | None:
        """Hashed n-grams as bucket numbers 0..``BUCKETS``-1, repeats allowed; ``None``: none."""
        ...

    def vector(self, example: Example) -> Vector | None:
        """An embedding that the classifier weighs as well; ``None``: none."""
        ...

    def windows(self, example: Example) -> Sequence[Example]:
        """The parts judged apart, of which the highest probability counts; nearly always the example itself."""
        ...


class PairEncoder(Protocol):
    """Reads two texts together into one vector, for the careful tier. Slower than features, loaded when first used."""

    @property
    def name(self) -> str:
        """With its version, as a card's ``features`` names it: ``careful/1``."""
        ...

    @property
    def digest(self) -> Digest:
        """Over weights, tokeniser and configuration."""
        ...

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Matrix:
        """float32, one row for each (judged text, text it is judged against or ""). Never raises on any text.

        Raises:
            ExtraMissing: what it runs on is not installed.
        """
        ...


class Classifier(Protocol):
    """A trained classifier, ready to judge."""

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> Digest:
        """Over weights, features, calibration and threshold."""
        ...

    @property
    def card(self) -> ClassifierCard: ...
    def judge(self, example: Example) -> Judgement:
        """Probability and signals. Never raises, never NaN."""
        ...


class ClassifierLibrary(Protocol):
    """Every classifier this installation can load, by name and digest."""

    def classifier(self, name: str, digest: Digest | None = None) -> Classifier:
        """The one of that digest; ``None``: the shipped one.

        Raises:
            NotFound: none of that name or digest is here.
            BadInput: its files are broken, of another digest, or of a newer gonogo.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """Sorted."""
        ...
