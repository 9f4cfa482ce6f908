"""MiniLM's trunk: word pieces and the lower layers, which the embedder and the careful encoder share.

Here: the shipped folder, its card and digest, texts to piece numbers, the trunk's output.
Not here: the upper layers (``minilm_embedder``, ``encoder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gonogo.digest import Digest
from gonogo.features.onnx_session import OnnxSession
from gonogo.features.weights_folder import CARD, read_card, recorded_digest, verify_digest
from gonogo.features.wordpiece import WordPiece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix

MINILM_WEIGHTS = Path(__file__).parent / "weights" / "minilm-int8"
FORMAT_VERSION = 1
TRUNK, TOP, VOCABULARY = "trunk.onnx", "top.onnx", "vocab.txt"
FIRST, END = 101, 102
"""``[CLS]`` and ``[SEP]``."""
# A word piece is rarely longer than this, blank included: text beyond it cannot reach the first pieces asked for.
_CHARACTERS_PER_TOKEN = 24


class MiniLMCard(msgspec.Struct, frozen=True, kw_only=True):
    """``config.json`` beside the weights. ``vocabulary`` is a path relative to the folder."""

    name: str
    format_version: int
    dimensions: int
    max_tokens: int
    vocabulary: str
    teacher: str
    teacher_sha256: str
    licence: str


class Hidden(NamedTuple):
    """What the trunk made of one sequence: ``states`` float32 ``[1, T, 384]``, ``mask`` int32 ``[1, T]`` of ones."""

    states: Matrix
    mask: NDArray[np.int32]


class MiniLMTrunk:
    """One folder of weights; nothing is read before it is asked for.

    Sequences go through one at a time: activations are rounded by the range of the whole input, so that neighbours and
    padding in a batch would change a text's vector, and one thread gains little from batches.
    """

    def __init__(self, folder: Path = MINILM_WEIGHTS) -> None:
        self.folder = folder
        self._session = OnnxSession(folder / TRUNK, "MiniLM (embedder `minilm`, careful classifiers)")

    @cached_property
    def card(self) -> MiniLMCard:
        """What the weights are.

        Raises:
            BadInput: there is no card, or a newer gonogo wrote it.
        """
        return read_card(self.folder, MiniLMCard, FORMAT_VERSION)

    @cached_property
    def digest(self) -> Digest:
        """Over both graphs, vocabulary and card, as recorded beside them; ``verify`` proves it."""
        return recorded_digest(self.folder)

    def verify(self) -> None:
        """Read all weights once and compare with the recorded digest (some tens of milliseconds).

        Raises:
            BadInput: the files are not those the digest was written for.
        """
        paths = {name: self.folder / name for name in (TRUNK, TOP, CARD)}
        verify_digest(self.folder, {**paths, VOCABULARY: self.folder / self.card.vocabulary})

    @cached_property
    def tokens(self) -> WordPiece:
        """The tokeniser; its vocabulary is the static embedder's."""
        return WordPiece.from_file(self.folder / self.card.vocabulary)

    def pieces(self, text: str, limit: int) -> list[int]:
        """At most ``limit`` piece numbers of a text."""
        return self.tokens.rows(text[: limit * _CHARACTERS_PER_TOKEN], limit)

    def hidden(self, ids: Sequence[int], second: int | None = None) -> Hidden:
        """The trunk's output for one sequence. ``second``: where a pair's second text begins; ``None``: no pair."""
        import numpy as np

        row = np.array([ids], dtype=np.int64)
        segments = np.zeros_like(row)
        if second is not None:
            segments[0, second:] = 1
        mask = np.ones(row.shape, dtype=np.int32)
        return Hidden(self._session.run({"ids": row, "segments": segments, "mask": mask}), mask)


@cache
def shipped_trunk() -> MiniLMTrunk:
    """The one trunk of this process: embedder and careful encoder share its memory."""
    return MiniLMTrunk()
