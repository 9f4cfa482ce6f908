"""Index files: what is worked out of one snapshot once and mapped by every process that searches it.

Here: one folder for each snapshot, one file for each kind of index. Not here: their content (``bm25``, ``lists``).
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gonogo.contracts import Forgotten
from gonogo.digest import Digest
from gonogo.retrieval.digest_files import SUFFIX, Arrays, read_arrays, write_arrays

_log = logging.getLogger(__name__)


class IndexFiles:
    """A folder of index files; without a folder everything is made anew each time."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def arrays(self, snapshot: Digest, kind: str, make: Callable[[], Mapping[str, NDArray[Any]]]) -> Arrays:
        """Those of a snapshot, made where they are not there or damaged.

        Args:
            kind: names everything beside the snapshot that decides what the arrays hold.
        """
        if self._folder is None:
            return dict(make())
        place = self._folder / snapshot[:32]
        for path in sorted(place.glob(f"{kind}-*{SUFFIX}")):
            if (found := read_arrays(path)) is not None:
                return found
        made = dict(make())
        try:
            return read_arrays(write_arrays(place, made, prefix=f"{kind}-")) or made
        except OSError as error:
            _log.warning("the index could not be kept in %s: %s", place, error.strerror or error)
            return made

    def forget(self, keep: Collection[Digest], *, dry_run: bool) -> list[Forgotten]:
        """Delete the files of other snapshots; a process that has them open goes on with them."""
        if self._folder is None or not self._folder.is_dir():
            return []
        kept = {digest[:32] for digest in keep}
        forgotten = []
        for place in sorted(path for path in self._folder.iterdir() if path.is_dir() and path.name not in kept):
            size = sum(path.stat().st_size for path in place.iterdir() if path.is_file())
            forgotten.append(Forgotten(name=f"index of snapshot {place.name[:12]}", size=size))
            if not dry_run:
                shutil.rmtree(place, ignore_errors=True)
        return forgotten
