"""Reader: texts to TextFeatures, remembering the recent ones, so that no text is read twice in a request.

Here: the bounded memory. Not here: the reading itself (``text_features``).
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from gonogo.contracts.text import Embedder
from gonogo.features.text_features import LazyTextFeatures

LONGEST_REMEMBERED = 20_000


class Reader:
    """A TextReader with a memory of the most recently read texts. Threads may share one.

    Args:
        embedder: used only when a vector is asked for.
        remember: how many texts to keep; texts over 20,000 characters are never kept.
    """

    def __init__(self, embedder: Embedder, remember: int = 2048) -> None:
        if remember < 0:
            raise ValueError(f"remember must not be negative, got {remember}")
        self._embedder = embedder
        self._remember = remember
        self._recent: OrderedDict[str, LazyTextFeatures] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def embedder(self) -> Embedder:
        """What ``vector`` is made with."""
        return self._embedder

    def __len__(self) -> int:
        """How many texts are remembered now."""
        return len(self._recent)

    def read(self, text: str) -> LazyTextFeatures:
        """The features of a text; nothing is computed yet unless the text was read before."""
        with self._lock:
            known = self._recent.get(text)
            if known is not None:
                self._recent.move_to_end(text)
                return known
            features = LazyTextFeatures(text, self._embedder)
            if len(text) <= LONGEST_REMEMBERED and self._remember:
                self._recent[text] = features
                if len(self._recent) > self._remember:
                    self._recent.popitem(last=False)
            return features
