"""Spare: vectors kept on this machine answer while the server of an index does not.

Here: when the server is asked, and when it is asked again. Not here: the server (``remote``), keeping vectors
(``vector_cache``).

A build embeds and keeps every vector before it uploads any, under the digest of its text and in a folder of its
embedder: what is found in them is what the server would find. So a live Version goes on being served while its server
is down, slow or refuses a key; where vectors were not made on this machine, the search fails as before.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from gonogo.contracts import Where
from gonogo.errors import BadInput, Unreachable
from gonogo.retrieval.vectors import Cosines, ExactVectors, Hits, Mask, Matrix, Places, Vector, Vectors

AGAIN_AFTER = 5.0
"""Seconds after which a server that failed is asked again, by one search."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class SpareVectors:
    """The server's vectors, and those of this machine in their place.

    Args:
        server: asked as long as it answers.
        check: compares the server with the snapshot; raises where it does not fit.
        kept: every vector of the snapshot, ``None`` where this machine does not have them all.
        checked: whether ``check`` was made already.
        now: seconds, rising.
    """

    waits = True

    def __init__(
        self,
        server: Vectors,
        check: Callable[[], None],
        kept: Callable[[], Matrix | None],
        *,
        checked: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server, self._check, self._kept, self._now = server, check, kept, now
        self._checked, self._until = checked, 0.0
        self._spare: ExactVectors | None = None
        self._lock = threading.Lock()

    def nearest(self, vector: Vector, n: int, where: Where, allowed: Mask | None) -> Hits:
        """As the server finds them, or all cosines."""
        return self._asked(lambda vectors: vectors.nearest(vector, n, where, allowed))

    def cosines(self, vector: Vector, places: Places) -> Cosines:
        """Of these Chunks."""
        return self._asked(lambda vectors: vectors.cosines(vector, places))

    def _asked(self, call: Callable[[Vectors], T]) -> T:
        if self._spare is not None:
            with self._lock:
                now = self._now()
                waits = now < self._until
                # One search asks the server again; the others do not wait for it.
                self._until = self._until if waits else now + AGAIN_AFTER
            if waits:
                return call(self._spare)
        try:
            if not self._checked:
                self._check()
                self._checked = True
            found = call(self._server)
        except (Unreachable, BadInput) as error:
            return call(self._fallen_back(error))
        if self._spare is not None:
            _log.warning("the index is searched on its server again")
            self._spare = None
        return found

    def _fallen_back(self, error: Unreachable | BadInput) -> ExactVectors:
        with self._lock:
            if self._spare is None:
                matrix = self._kept()
                if matrix is None:
                    raise error
                _log.warning("vectors kept on this machine are searched meanwhile: %s", error)
                self._spare = ExactVectors(matrix)
            self._until = self._now() + AGAIN_AFTER
            return self._spare
