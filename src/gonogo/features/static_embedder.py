"""StaticEmbedder: texts to unit vectors with one row of numbers per word piece, read with numpy alone.

Here: loading the shipped weights when first needed, checking them, pooling.
Not here: larger embedders (plug-ins of the same contract), what vectors are used for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gonogo.digest import Digest
from gonogo.errors import BadInput
from gonogo.features.weights_folder import read_card, recorded_digest, verify_digest
from gonogo.features.wordpiece import WordPiece
from gonogo.safetensors import read_safetensors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix, Vector

SHIPPED_WEIGHTS = Path(__file__).parent / "weights" / "static-minilm-256-int8"
FORMAT_VERSION = 1
_DIGESTED = ("model.safetensors", "vocab.txt", "config.json")
# A word piece is rarely longer than this, blank included: text beyond it cannot reach the first ``max_tokens`` pieces.
_CHARACTERS_PER_TOKEN = 24


class EmbedderCard(msgspec.Struct, frozen=True, kw_only=True):
    """``config.json`` beside the weights: what they are and where they came from."""

    name: str
    format_version: int
    dimensions: int
    max_tokens: int
    teacher: str
    teacher_sha256: str
    licence: str


class StaticEmbedder:
    """An Embedder that looks rows up and adds them. Nothing is read from disk before it is asked for.

    Args:
        folder: ``model.safetensors`` (``embeddings`` int8 ``[V, D]``, ``scales`` float32 ``[V]``), ``vocab.txt``,
            ``config.json`` and ``DIGEST``; the shipped weights by default.
    """

    def __init__(self, folder: Path = SHIPPED_WEIGHTS) -> None:
        self.folder = folder

    @property
    def name(self) -> str:
        """The card's name; ``static`` for the shipped weights."""
        return self.card.name

    @property
    def dimensions(self) -> int:
        """256 for the shipped weights."""
        return self.card.dimensions

    @cached_property
    def card(self) -> EmbedderCard:
        """What the weights are.

        Raises:
            BadInput: there is no card, or a newer gonogo wrote it.
        """
        return read_card(self.folder, EmbedderCard, FORMAT_VERSION)

    @cached_property
    def digest(self) -> Digest:
        """Over weights, vocabulary and card, as recorded beside them; ``verify`` proves it."""
        return recorded_digest(self.folder)

    def verify(self) -> None:
        """Read all weights once and compare with the recorded digest (some tens of milliseconds).

        Raises:
            BadInput: the files are not those the digest was written for.
        """
        verify_digest(self.folder, {name: self.folder / name for name in _DIGESTED})

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 ``[len(texts), dimensions]``; rows have unit length, or are zero for texts without known pieces."""
        import numpy as np

        matrix = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            self._pool(text, matrix[row])
        return matrix

    def tokens(self, texts: Sequence[str]) -> int:
        """How many word pieces are read of these texts, known or not; those past the limit are not read."""
        limit = self.card.max_tokens
        return sum(len(self._tokeniser.rows(text[: limit * _CHARACTERS_PER_TOKEN], limit)) for text in texts)

    def embed_one(self, text: str) -> Vector:
        """float32 ``[dimensions]``: what ``embed([text])[0]`` is, a little sooner."""
        import numpy as np

        vector = np.zeros(self.dimensions, dtype=np.float32)
        self._pool(text, vector)
        return vector

    def _pool(self, text: str, out: Vector) -> None:
        """Write the unit vector of one text into ``out``, which holds zeros."""
        import numpy as np

        limit = self.card.max_tokens
        tokeniser = self._tokeniser
        rows = tokeniser.rows(text[: limit * _CHARACTERS_PER_TOKEN], limit)
        if tokeniser.unknown in rows:
            rows = [row for row in rows if row != tokeniser.unknown]
        if not rows:
            return
        embeddings, scales = self._tensors
        places = np.array(rows)
        np.dot(scales.take(places), embeddings.take(places, axis=0).astype(np.float32), out=out)
        length = float(out.dot(out)) ** 0.5
        if length > 0.0:
            out /= length

    @cached_property
    def _tokeniser(self) -> WordPiece:
        return WordPiece.from_file(self.folder / "vocab.txt")

    @cached_property
    def _tensors(self) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
        path = self.folder / "model.safetensors"
        tensors = read_safetensors(path)
        embeddings, scales = tensors.get("embeddings"), tensors.get("scales")
        if embeddings is None or scales is None:
            raise BadInput(f"{path}: the tensors 'embeddings' and 'scales' are missing; install gonogo again")
        if embeddings.ndim != 2 or embeddings.shape[1] != self.dimensions or scales.shape != embeddings.shape[:1]:
            raise BadInput(f"{path}: shapes {embeddings.shape} and {scales.shape} do not fit the card")
        return embeddings, scales
