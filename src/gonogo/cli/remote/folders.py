"""Remote folders: what a server does with an edited folder of which nothing is stored.

Here: saying what it does not. Not here: validating and building (``workspace``).
"""

from __future__ import annotations

from pathlib import Path

from gonogo.cli.remote.refusals import Offered, OnlyHere
from gonogo.domain import Json
from gonogo.pipeline import Reply


class RemoteFolders(Offered):
    """Edited folders."""

    async def ask(self, folder: Path, question: str, *, metadata: Json | None = None) -> Reply:
        """Not on a server.

        Raises:
            OnlyHere: always.
        """
        raise OnlyHere(f"asking the edited folder {folder}")
