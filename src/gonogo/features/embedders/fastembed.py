"""fastembed: ONNX models of its list, from a folder.

Here: the call of the library. Not here: the MiniLM that ships with gonogo (``minilm_embedder``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gonogo.errors import BadInput, ExtraMissing
from gonogo.features.embedders.local import LocalEmbedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class FastEmbedEmbedder(LocalEmbedder):
    """``fastembed.TextEmbedding`` of ``options.model``, a name of fastembed's list, from ``options.folder``."""

    kind = "fastembed"

    def _load(self) -> Any:
        if not self.options.model:
            raise BadInput("embedder fastembed needs the model's name as fastembed lists it, beside its folder")
        try:
            from fastembed import TextEmbedding  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise ExtraMissing("fastembed", "the embedder fastembed") from error
        return TextEmbedding(
            self.options.model, specific_model_path=str(self.folder), local_files_only=True, lazy_load=False
        )

    def _encode(self, model: Any, texts: Sequence[str]) -> NDArray[np.floating]:
        import numpy as np

        return np.stack(list(model.embed(list(texts))))
