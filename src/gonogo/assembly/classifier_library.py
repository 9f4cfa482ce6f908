"""Classifier library: the weights of this installation, shipped ones and those of the home folder, by name and digest.

Here: the contract ``ClassifierLibrary`` over both places, keeping weights, and the library of one Version, which has
exactly what that Version pins. Not here: the forms (``classifiers``), what is promoted (``store``).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_card, read_folder, write_folder
from gonogo.classifiers.careful import CarefulClassifier
from gonogo.classifiers.tabular import FEATURES as COLUMNS
from gonogo.classifiers.tabular import TabularClassifier
from gonogo.classifiers.weights import CARD_FILE, Weights
from gonogo.contracts import Classifier, FeatureSet
from gonogo.digest import Digest, short
from gonogo.domain import CLASSIFIER_PIN, ClassifierCard
from gonogo.errors import BadInput, NotFound
from gonogo.features.encoder import careful_encoder
from gonogo.training.register import nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

FOLDER = "classifiers"
"""In the home folder: ``classifiers/NAME/DIGEST/``."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
Features = Callable[[str], FeatureSet]


class HomeLibrary:
    """Every classifier this installation can load. Safe to use from several threads; weights are loaded once.

    Args:
        home: the home folder.
        shipped: folder of the shipped ones, ``NAME/``.
        features: feature set by name.
    """

    def __init__(self, home: Path, shipped: Path = SHIPPED, features: Features = feature_set) -> None:
        self.root = home / FOLDER
        self._shipped, self._features = shipped, features
        self._cards: dict[str, ClassifierCard] = {}
        self._loaded: dict[tuple[str, Digest], Classifier] = {}
        self._lock = threading.Lock()

    def names(self) -> tuple[str, ...]:
        """Sorted: shipped ones and those with weights in the home folder."""
        own = {place.name for place in _folders(self.root) if any(map(_holds_weights, _folders(place)))}
        return tuple(sorted({*self.shipped_names(), *own}))

    def shipped_names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(place.name for place in _folders(self._shipped) if (place / CARD_FILE).is_file()))

    def shipped(self, name: str) -> ClassifierCard | None:
        """The card that comes with gonogo, or ``None``."""
        if name not in self._cards and name in self.shipped_names():
            self._cards[name] = read_card(self._shipped / name)
        return self._cards.get(name)

    def here(self, name: str) -> frozenset[Digest]:
        """Digests of every set of weights of that name."""
        if not _NAME.fullmatch(name):
            return frozenset()
        own = {Digest(place.name) for place in _folders(self.root / name) if _holds_weights(place)}
        shipped = self.shipped(name)
        return frozenset(own if shipped is None else own | {shipped.digest})

    def digest(self, name: str, beginning: str) -> Digest:
        """The one digest that begins so; ``shipped`` is the shipped one's.

        Raises:
            NotFound: no classifier of that name, or none with that digest.
            BadInput: more than one begins so.
        """
        known = sorted(self.here(name))
        shipped = self.shipped(name)
        if beginning == "shipped" and shipped is not None:
            return shipped.digest
        found = [digest for digest in known if beginning and digest.startswith(beginning)]
        if len(found) > 1:
            raise BadInput(f"{len(found)} classifiers {name} begin with {beginning}: write more digits")
        if not found:
            raise self._missing(name, beginning)
        return found[0]

    def folder(self, name: str, digest: Digest) -> Path:
        """Where those weights stand, of the shipped and the home folder.

        Raises:
            NotFound: they do not.
        """
        own = self.root / name / digest
        if _NAME.fullmatch(name) and _DIGEST.fullmatch(digest) and _holds_weights(own):
            return own
        shipped = self.shipped(name)
        if shipped is not None and shipped.digest == digest:
            return self._shipped / name
        raise self._missing(name, digest)

    def card(self, name: str, digest: Digest) -> ClassifierCard:
        """The card of those weights; the weights themselves are not read.

        Raises:
            NotFound: they are not here.
            BadInput: the card cannot be read, or is another one's.
        """
        return _checked(read_card(self.folder(name, digest)), name, digest, self.folder(name, digest))

    def classifier(self, name: str, digest: Digest | None = None) -> Classifier:
        """The one of that digest; ``None``: the shipped one.

        Raises:
            NotFound: none of that name or digest is here.
            BadInput: its files are broken, altered, for features that this gonogo has not, or of a newer gonogo.
        """
        if digest is None:
            shipped = self.shipped(name)
            if shipped is None:
                raise self._missing(name, "shipped")
            digest = shipped.digest
        with self._lock:
            if (name, digest) not in self._loaded:
                place = self.folder(name, digest)
                weights = read_folder(place)
                _checked(weights.card, name, digest, place)
                self._loaded[name, digest] = self.made(weights)
            return self._loaded[name, digest]

    def made(self, weights: Weights) -> Classifier:
        """The classifier that weights make, with the features they were learned for.

        Raises:
            BadInput: this gonogo has no such features, or the tensors do not fit them.
        """
        card = weights.card
        if card.features == COLUMNS:
            return TabularClassifier(weights)
        if card.form == "encoder":
            return CarefulClassifier(weights, careful_encoder(card.features))
        try:
            features = self._features(card.features.partition("/")[0])
        except NotFound as error:
            raise BadInput(
                f"classifier {card.name}@{short(card.digest)} reads the features {card.features}, which this gonogo "
                "has not: upgrade gonogo, or train it again"
            ) from error
        return LinearClassifier(weights, features)

    def keep(self, card: ClassifierCard, tensors: Mapping[str, NDArray[Any]]) -> Path:
        """Write weights into the home folder, whole or not at all. Weights that are there already stay as they are.

        Raises:
            BadInput: the folder cannot be written.
        """
        place = self.root / card.name / card.digest
        write_folder(place, card, tensors)
        return place

    def keep_shipped(self, pins: Mapping[str, str]) -> None:
        """Copy the shipped weights among ``pins`` into the home folder: an upgrade brings others, and what a Version
        was proven with must still be there.

        Raises:
            BadInput: the folder cannot be written, or shipped weights are broken.
        """
        for name in self.shipped_names():
            shipped = self.shipped(name)
            if shipped is None or pins.get(CLASSIFIER_PIN + name) != shipped.digest:
                continue
            if not _holds_weights(self.root / name / shipped.digest):
                self.keep(*read_folder(self._shipped / name))

    def pinned(self, pins: Mapping[str, str]) -> PinnedLibrary:
        """What one Version is served with."""
        return PinnedLibrary(self, pins)

    def _missing(self, name: str, digest: str) -> NotFound:
        known = self.here(name)
        if not known:
            return NotFound(f"there is no classifier '{name}' in {self.root}; {nearest(name, self.names())}")
        shown = ", ".join(sorted(map(short, known)))
        return NotFound(
            f"classifier {name}@{short(digest)} is neither shipped nor in {self.root / name}; here are: {shown}. "
            "`gonogo classifiers register FOLDER` brings it, `gonogo build --update-lock` pins what is promoted instead"
        )


class PinnedLibrary:
    """The contract ``ClassifierLibrary`` for one Version: a name means what the Version pins.

    A name without a pin means the shipped one: the Version was built before classifiers were pinned.
    """

    def __init__(self, library: HomeLibrary, pins: Mapping[str, str]) -> None:
        self._library = library
        self._pins = {
            key.removeprefix(CLASSIFIER_PIN): Digest(digest)
            for key, digest in pins.items()
            if key.startswith(CLASSIFIER_PIN)
        }

    def classifier(self, name: str, digest: Digest | None = None) -> Classifier:
        """The pinned one; asking for another digest gives that one.

        Raises:
            NotFound: it is not here.
            BadInput: its files are broken, altered, or of a newer gonogo.
        """
        return self._library.classifier(name, digest or self._pins.get(name))

    def names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted({*self._library.shipped_names(), *self._pins}))

    def check(self) -> None:
        """Refuse at once what could not be served later: every pinned one must be here.

        Raises:
            NotFound: names the first that is not, and what to do.
        """
        for name, digest in self._pins.items():
            self._library.folder(name, digest)


def _folders(place: Path) -> list[Path]:
    try:
        return sorted(one for one in place.iterdir() if _NAME.fullmatch(one.name) or _DIGEST.fullmatch(one.name))
    except OSError:  # not there, not a folder, or not ours to look into: then nothing is here
        return []


def _holds_weights(place: Path) -> bool:
    return bool(_DIGEST.fullmatch(place.name)) and (place / CARD_FILE).is_file()


def _checked(card: ClassifierCard, name: str, digest: Digest, place: Path) -> ClassifierCard:
    if (card.name, card.digest) != (name, digest):
        raise BadInput(
            f"{place}: the card is that of {card.name}@{short(card.digest)}, not of {name}@{short(digest)}; move the "
            "folder away and register the classifier again"
        )
    return card
