"""Recorded embedder: vectors of an outside embedder kept on a Tape, and read from it without a key.

Here: the contract ``Embedder`` over a Tape. Not here: the file (``recording``), which embedders are recorded
(``assembly``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo.contracts import Embedder
from gonogo.errors import BadInput, RecordingMissing
from gonogo.providers.recording import LONGEST_SHOWN, Tape, VectorTake

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix, Vector


class RecordedEmbedder:
    """A text that is on the Tape is not embedded again.

    Args:
        mission_name: what the Mission calls it.
        embedder: is asked for what is missing; ``None`` where nothing may be asked.

    Raises:
        RecordingMissing: nothing may be asked, and nothing of an embedder of that name was recorded.
    """

    def __init__(self, mission_name: str, tape: Tape, embedder: Embedder | None) -> None:
        self._called, self._tape, self._embedder = mission_name, tape, embedder
        if embedder is None and mission_name not in tape.embedders:
            raise RecordingMissing(f"{tape.path} has no vector of the embedder '{mission_name}'{_remedy(tape)}")

    @cached_property
    def _any(self) -> VectorTake:
        return self._tape.embedders[self._called]

    @property
    def name(self) -> str:
        """As the embedder's own."""
        return self._any.name if self._embedder is None else self._embedder.name

    @property
    def digest(self) -> str:
        """As the embedder's own."""
        return self._any.digest if self._embedder is None else self._embedder.digest

    @cached_property
    def dimensions(self) -> int:
        """As the embedder's own."""
        return len(self._read(self._any)) if self._embedder is None else self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Recorded vectors, and where there is none the embedder's, which are recorded.

        Raises:
            RecordingMissing: there is none, and nothing is to be asked.
        """
        import numpy as np

        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        known = [self._known(key) for key in keys]
        missing = {key: text for key, text, take in zip(keys, texts, known, strict=True) if take is None}
        if missing:
            self._record(missing)
            known = [self._known(key) for key in keys]
        vectors = [self._read(take) for take in known if take is not None]
        return np.stack(vectors) if vectors else np.zeros((0, self.dimensions), np.float32)

    def _known(self, key: str) -> VectorTake | None:
        take = self._tape.vector(self._called, key)
        # Another model under the same name makes other vectors.
        return take if take is not None and take.digest == self.digest else None

    def _record(self, missing: dict[str, str]) -> None:
        import numpy as np

        if self._embedder is None:
            shown = " ".join(next(iter(missing.values())).split())
            shown = shown if len(shown) <= LONGEST_SHOWN else shown[: LONGEST_SHOWN - 1] + "…"
            raise RecordingMissing(
                f"{self._tape.path} has no vector of '{self._called}' for '{shown}'{_remedy(self._tape)}"
            )
        vectors = np.asarray(self._embedder.embed(list(missing.values())), "<f4")
        self._tape.keep_vectors(
            [
                VectorTake(
                    embedded=self._called,
                    name=self.name,
                    digest=self.digest,
                    text=key,
                    vector=base64.b64encode(vector.tobytes()).decode(),
                )
                for key, vector in zip(missing, vectors, strict=True)
            ]
        )

    def _read(self, take: VectorTake) -> Vector:
        import numpy as np

        try:
            return np.frombuffer(base64.b64decode(take.vector, validate=True), "<f4").astype(np.float32)
        except (binascii.Error, ValueError) as error:
            raise BadInput(f"{self._tape.path}: the vector of text {take.text[:12]} cannot be read: {error}") from error


def _remedy(tape: Tape) -> str:
    return f". Record it with the same command and --record {tape.path} instead of --replay, on a machine with the keys"
