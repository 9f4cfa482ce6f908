"""MiniLMEmbedder: all-MiniLM-L6-v2 in int8 on onnxruntime, for where precision decides (the extra ``minilm``).

Here: the upper layers, pooling, unit length. Not here: word pieces and lower layers (``minilm_trunk``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.digest import Digest
from gonogo.errors import BadInput
from gonogo.features.minilm_trunk import END, FIRST, MINILM_WEIGHTS, TOP, MiniLMTrunk, shipped_trunk
from gonogo.features.onnx_session import OnnxSession

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix, Vector


class MiniLMEmbedder:
    """An Embedder over the shipped MiniLM. onnxruntime and weights are loaded with the first vector.

    Args:
        folder: ``trunk.onnx``, ``top.onnx``, ``config.json`` and ``DIGEST``; the shipped weights by default.
    """

    def __init__(self, folder: Path = MINILM_WEIGHTS) -> None:
        self.folder = folder
        self._trunk = shipped_trunk() if folder == MINILM_WEIGHTS else MiniLMTrunk(folder)
        self._top = OnnxSession(folder / TOP, "the embedder `minilm`")

    @property
    def name(self) -> str:
        """The card's name; ``minilm`` for the shipped weights."""
        return self._trunk.card.name

    @property
    def dimensions(self) -> int:
        """384 for the shipped weights."""
        return self._trunk.card.dimensions

    @property
    def digest(self) -> Digest:
        """Over both graphs, vocabulary and card, as recorded beside them; ``verify`` proves it."""
        return self._trunk.digest

    def verify(self) -> None:
        """Read all weights once and compare with the recorded digest.

        Raises:
            BadInput: the files are not those the digest was written for.
        """
        self._trunk.verify()

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 ``[len(texts), 384]``; rows have unit length, or are zero for texts without known pieces.

        A text's vector does not depend on its neighbours. Pieces beyond the first 254 do not count.

        Raises:
            ExtraMissing: onnxruntime is not installed.
            BadInput: the weights are broken.
        """
        import numpy as np

        matrix = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        places: dict[str, int] = {}
        for row, text in enumerate(texts):
            first = places.setdefault(text, row)
            matrix[row] = matrix[first] if first < row else self._vector(text, matrix[row])
        return matrix

    def tokens(self, texts: Sequence[str]) -> int:
        """How many pieces are read of these texts, their two marks included."""
        trunk = self._trunk
        return sum(len(trunk.pieces(text, trunk.card.max_tokens - 2)) + 2 for text in texts)

    def _vector(self, text: str, nothing: Vector) -> Vector:
        """The unit vector of one text, or ``nothing``, which holds zeros."""
        trunk = self._trunk
        pieces = trunk.pieces(text, trunk.card.max_tokens - 2)
        if all(piece == trunk.tokens.unknown for piece in pieces):
            return nothing
        hidden = trunk.hidden([FIRST, *pieces, END])
        vector: Vector = self._top.run({"hidden": hidden.states, "mask": hidden.mask})[0]
        if vector.shape != nothing.shape:
            raise BadInput(f"{self.folder}: vectors of shape {vector.shape} do not fit the card; install gonogo again")
        length = float(vector @ vector) ** 0.5
        return vector / length if length > 0.0 else nothing
