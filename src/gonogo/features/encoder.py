"""CarefulEncoder: two texts read together by MiniLM's trunk and a top fine-tuned for judging (the extra ``minilm``).

Here: a pair as pieces, the fine-tuned upper layers, the vector; where asked for, MiniLM's cosine of the pair beside it.
Not here: the judgement (``classifiers.careful``), fine-tuning (``scripts/encoder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from gonogo.digest import Digest, digest_of
from gonogo.errors import BadInput
from gonogo.features.minilm_embedder import MiniLMEmbedder
from gonogo.features.minilm_trunk import TOP, TRUNK, shipped_trunk
from gonogo.features.onnx_session import OnnxSession
from gonogo.features.pair_pieces import pair_pieces
from gonogo.features.weights_folder import CARD, read_card, recorded_digest, verify_digest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix

CAREFUL_WEIGHTS = Path(__file__).parent / "weights" / "careful-encoder"
FORMAT_VERSION = 1


class EncoderCard(msgspec.Struct, frozen=True, kw_only=True):
    """``config.json`` beside the top. ``judged`` and ``against`` are the most word pieces read of either text."""

    name: str
    format_version: int
    dimensions: int
    judged: int
    against: int
    licence: str


class CarefulEncoder:
    """The contract ``PairEncoder``. Graphs are loaded with the first vector; the trunk is the embedder's.

    Args:
        cosine: adds MiniLM's cosine of the two texts as a last number, for two more readings a pair.
        folder: ``top.onnx``, ``config.json`` and ``DIGEST``.
    """

    def __init__(self, *, cosine: bool = False, folder: Path = CAREFUL_WEIGHTS) -> None:
        self.folder = folder
        self._trunk = shipped_trunk()
        self._top = OnnxSession(folder / TOP, "careful classifiers")
        self._embedder = MiniLMEmbedder() if cosine else None

    @property
    def name(self) -> str:
        """``careful/1``, or ``careful+cosine/1``."""
        name, _, version = self.card.name.partition("/")
        return f"{name}+cosine/{version}" if self._embedder else self.card.name

    @property
    def dimensions(self) -> int:
        """Numbers of a row."""
        return self.card.dimensions + (self._embedder is not None)

    @cached_property
    def card(self) -> EncoderCard:
        """What the weights are.

        Raises:
            BadInput: there is no card, or a newer gonogo wrote it.
        """
        return read_card(self.folder, EncoderCard, FORMAT_VERSION)

    @cached_property
    def digest(self) -> Digest:
        """Over top, trunk, vocabulary and cards."""
        own = recorded_digest(self.folder)
        return digest_of({"top": own, "cosine": self._trunk.digest}) if self._embedder else own

    def verify(self) -> None:
        """Read top and trunk once and compare with the recorded digest.

        Raises:
            BadInput: the files are not those the digest was written for.
        """
        below = {TRUNK: self._trunk.folder / TRUNK, "vocab.txt": self._trunk.folder / self._trunk.card.vocabulary}
        verify_digest(self.folder, {TOP: self.folder / TOP, CARD: self.folder / CARD, **below})

    def encode(self, pairs: Sequence[tuple[str, str]]) -> Matrix:
        """float32 ``[len(pairs), dimensions]``; a pair without any word piece in its judged text gives zeros.

        Raises:
            ExtraMissing: onnxruntime is not installed.
            BadInput: the weights are broken.
        """
        import numpy as np

        matrix = np.zeros((len(pairs), self.dimensions), dtype=np.float32)
        for row, (judged, against) in enumerate(pairs):
            self._encode(judged, against, matrix[row, : self.card.dimensions])
        if self._embedder is not None:
            self._cosines(self._embedder, pairs, matrix)
        return matrix

    def _encode(self, judged: str, against: str, out: Matrix) -> None:
        import numpy as np

        one = self._trunk.pieces(judged, self.card.judged)
        if not one:
            return
        pieces = pair_pieces(one, self._trunk.pieces(against, self.card.against) if against else None)
        hidden = self._trunk.hidden(pieces.ids, pieces.second)
        weights = np.zeros_like(hidden.mask)
        weights[0, 1 : pieces.second - 1] = 1
        matches = np.array([pieces.matches], dtype=np.int64)
        feeds: dict[str, NDArray[Any]] = {"hidden": hidden.states, "mask": hidden.mask, "judged": weights}
        out[:] = self._top.run({**feeds, "matches": matches})[0]

    @staticmethod
    def _cosines(embedder: MiniLMEmbedder, pairs: Sequence[tuple[str, str]], matrix: Matrix) -> None:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        rows = dict(zip(texts, embedder.embed(texts), strict=True))
        for row, (judged, against) in enumerate(pairs):
            matrix[row, -1] = rows[judged] @ rows[against]


@cache
def careful_encoder(name: str) -> CarefulEncoder:
    """The encoder that a card's ``features`` names; one of each in a process.

    Raises:
        BadInput: this gonogo has no encoder of that name.
    """
    for encoder in (CarefulEncoder(), CarefulEncoder(cosine=True)):
        if encoder.name == name:
            return encoder
    raise BadInput(f"there is no encoder {name}: upgrade gonogo, or train the classifier again")
