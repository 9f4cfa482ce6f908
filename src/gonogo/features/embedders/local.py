"""Local: what the embedders over a library with a model folder have in common.

Here: loading once, empty texts, unit length, the digest of the folder. Not here: how each library is called.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from gonogo.digest import Digest
from gonogo.errors import BadInput
from gonogo.features.embedders.model_files import digest_of_folder, readable, says_nothing, unit_rows
from gonogo.features.embedders.options import EmbedderOptions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix


class LocalEmbedder(ABC):
    """An Embedder over a library that reads its model from a folder. The library is loaded with the first vector.

    Raises:
        BadInput: no folder is named, or it is not there: nothing is downloaded.
    """

    kind: ClassVar[str]

    def __init__(self, options: EmbedderOptions) -> None:
        self.options = options
        self.folder = options.model_folder(self.kind)
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Kind and model."""
        return f"{self.kind}:{self.options.model or self.folder.name}"

    @cached_property
    def digest(self) -> Digest:
        """Over all model files, the model's name and the library; the folder is read once for it."""
        return digest_of_folder(self.folder, embedder=self.kind, model=self.options.model)

    @cached_property
    def dimensions(self) -> int:
        """As the options say, else as the model does."""
        return self.options.dimensions or self._dimensions()

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 ``[len(texts), dimensions]``; rows of unit length, zero for empty texts. Threads wait in turn."""
        import numpy as np

        said = [place for place, text in enumerate(texts) if not says_nothing(text)]
        matrix = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if said:
            clean = readable([texts[place] for place in said])
            matrix[said] = unit_rows(clean, self._encoded(clean), self.dimensions, self.name)
        return matrix

    def _encoded(self, texts: Sequence[str]) -> NDArray[np.floating]:
        with self._lock:
            model = self._model
            return self._encode(model, texts)

    @cached_property
    def _model(self) -> Any:  # Any: the library's own class, which an installation without the extra has not
        try:
            return self._load()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise BadInput(f"{self.folder}: {self.kind} cannot read the model in it ({error})") from error

    @abstractmethod
    def _load(self) -> Any:
        """The library's model, from ``folder`` alone."""

    @abstractmethod
    def _encode(self, model: Any, texts: Sequence[str]) -> NDArray[np.floating]:
        """One row for each text."""

    def _dimensions(self) -> int:
        return int(self._encoded(["dimensions"]).shape[1])
