"""sentence-transformers: any of its models from a folder, on the processor that torch chooses.

Here: the call of the library. Not here: the MiniLM that runs without torch (``minilm_embedder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gonogo.errors import ExtraMissing
from gonogo.features.embedders.local import LocalEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SentenceTransformersEmbedder(LocalEmbedder):
    """``sentence_transformers.SentenceTransformer`` from ``options.folder``; code inside the folder is never run."""

    kind = "sentence-transformers"

    def _load(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ExtraMissing("sentence-transformers", "the embedder sentence-transformers") from error
        return SentenceTransformer(str(self.folder), local_files_only=True, trust_remote_code=False)

    def _encode(self, model: Any, texts: Sequence[str]) -> NDArray[np.floating]:
        import numpy as np

        return np.asarray(model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False))
