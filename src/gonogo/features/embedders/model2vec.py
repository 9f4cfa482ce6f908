"""model2vec: static embeddings of others (the potion family), from a folder.

Here: the call of the library. Not here: gonogo's own static weights (``static_embedder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gonogo.errors import ExtraMissing
from gonogo.features.embedders.local import LocalEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Model2VecEmbedder(LocalEmbedder):
    """``model2vec.StaticModel`` from ``options.folder``."""

    kind = "model2vec"

    def _load(self) -> Any:
        try:
            from model2vec import StaticModel  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ExtraMissing("model2vec", "the embedder model2vec") from error
        return StaticModel.from_pretrained(str(self.folder), force_download=False)

    def _encode(self, model: Any, texts: Sequence[str]) -> NDArray[np.floating]:
        import numpy as np

        # In one process: a pool of processes for a long list would load the model once more for each.
        return np.asarray(model.encode(list(texts), show_progress_bar=False, use_multiprocessing=False))
