"""Options: what a factory of an embedder may need.

Here: the values, and the folder checked. Not here: reading them from settings (``assembly``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gonogo.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderOptions:
    """What the factory of one embedder is given. Empty means not set.

    Args:
        model: the model's name, as its maker or server writes it.
        folder: model files on this machine; nothing is ever downloaded.
        base_url: of a server, ending before the call, as in ``https://api.openai.com/v1``.
        api_key: the key itself; never shown and never part of a digest.
        dimensions: numbers a vector has; 0 for what the model is known to have.
        timeout: seconds that one call to a server may take, all in all.
    """

    model: str = ""
    folder: Path | None = None
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    dimensions: int = 0
    timeout: float = 60.0

    def model_folder(self, embedder: str) -> Path:
        """The folder with the model's files.

        Raises:
            BadInput: none is named, or it is not there: nothing is downloaded.
        """
        if self.folder is None:
            raise BadInput(
                f"embedder {embedder} needs the folder of a model on this machine: nothing is downloaded. "
                f"Download {self.model or 'the model'} once, then name its folder"
            )
        if not self.folder.is_dir():
            raise BadInput(
                f"{self.folder}: there is no such folder, and embedder {embedder} downloads nothing. "
                "Put the model's files there, or correct the path"
            )
        return self.folder
