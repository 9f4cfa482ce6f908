"""Embedding: texts to vectors by the name of an embedder, off the event loop.

Here: which names are served, a bound on threads, tokens, CPU, shorter vectors. Not here: making embedders
(``installed``), their wire format (``gateway.embeddings``), their Traces (``embedding_trace``).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from msgspec import Struct

from gonogo.contracts import PriceList
from gonogo.contracts.text import CountsTokens, Embedder, Shortens
from gonogo.domain import Price
from gonogo.errors import NotFound, RequestInvalid

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

P = ParamSpec("P")
T = TypeVar("T")
ALWAYS = frozenset({"static", "minilm"})
"""Embedders that ship with gonogo."""
AT_ONCE = 2
"""Slices embedded at the same time; more would take threads from lookups that answers wait for."""
SLICE = 32
"""Texts of one slice: a client that leaves stops the work after one."""
PROVIDER = "embedder"
"""Under this name ``prices.toml`` holds the price of an embedder, by the embedder's own name."""
CHARACTERS_PER_TOKEN = 4
"""Where an embedder does not count: the common rule of thumb for English."""


class Embedded(Struct, frozen=True, kw_only=True):
    """Vectors in the order of the texts (float32, one a row), and tokens read."""

    vectors: Matrix
    tokens: int


class Reading(Struct, kw_only=True):
    """What one request has taken up to now, also where it does not come to its end: tokens sent to the embedder and
    not failed, CPU seconds of the threads."""

    tokens: int = 0
    cpu: float = 0.0
    started: bool = False


class NamedEmbedders:
    """One for the life of a server.

    Args:
        make: the embedder of a name; called in a thread, one at a time.
        named: names besides those that ship with gonogo.
        prices: dollars per million tokens; ``None``: no price is known.
    """

    def __init__(
        self, make: Callable[[str], Embedder], named: Iterable[str] = (), prices: PriceList | None = None
    ) -> None:
        self.names = ALWAYS | frozenset(named)
        self._prices = prices
        self._make, self._making = make, threading.Lock()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def known(self, name: str) -> tuple[str, Price | None]:
        """(provider, price) of an embedder, as its calls are written down. Those that ship with gonogo cost nothing.

        Raises:
            NotFound: no embedder is called that here.
        """
        if name not in self.names:
            raise NotFound(f"no embedder '{name}' is served here; known are {', '.join(sorted(self.names))}")
        if name in ALWAYS:
            return "builtin", Price(input=0.0, output=0.0)
        return PROVIDER, None if self._prices is None else self._prices.price(PROVIDER, name)

    async def embed(
        self, name: str, texts: Sequence[str], dimensions: int | None = None, reading: Reading | None = None
    ) -> Embedded:
        """Read texts into vectors.

        Args:
            name: of the embedder; ``known`` has it.
            texts: at least one.
            dimensions: of the vectors wanted; ``None`` for the embedder's own.
            reading: told what was taken, while it is taken.

        Raises:
            RequestInvalid: vectors of that length cannot be had of it.
            GonogoError: the embedder did; see ``Installed.embedder`` and its ``embed``.
        """
        reading = reading or Reading()
        embedder = await self._apart(self._made, name)
        cut = _checked(embedder, name, dimensions)
        slices = [texts[at : at + SLICE] for at in range(0, len(texts), SLICE)]
        read = [await self._apart(_embedded, embedder, part, reading) for part in slices]
        return await self._apart(_joined, read, cut)

    async def _apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._slots:
            return await asyncio.to_thread(work, *args, **kwargs)

    def _made(self, name: str) -> Embedder:
        with self._making:
            return self._make(name)


def _checked(embedder: Embedder, name: str, dimensions: int | None) -> int | None:
    """How far to cut vectors; ``None`` leaves them as they are."""
    if dimensions is None or dimensions == embedder.dimensions:
        return None
    if isinstance(embedder, Shortens) and embedder.shortens and dimensions < embedder.dimensions:
        return dimensions
    raise RequestInvalid(
        f"embedder '{name}' has {embedder.dimensions} dimensions, {dimensions} cannot be had of it: leave "
        "'dimensions' out",
        param="dimensions",
    )


def _embedded(embedder: Embedder, texts: Sequence[str], reading: Reading) -> Embedded:
    began = time.thread_time()
    counted = embedder.tokens(texts) if isinstance(embedder, CountsTokens) else _estimate(texts)
    # Counted before the call: a client that leaves does not stop a slice that has been sent, and it is paid for.
    reading.tokens, reading.started = reading.tokens + counted, True
    try:
        return Embedded(vectors=embedder.embed(texts), tokens=counted)
    except BaseException:
        reading.tokens -= counted
        raise
    finally:
        reading.cpu += time.thread_time() - began


def _estimate(texts: Sequence[str]) -> int:
    return sum(-(-len(text) // CHARACTERS_PER_TOKEN) for text in texts)


def _joined(read: Sequence[Embedded], cut: int | None) -> Embedded:
    import numpy as np

    vectors: Matrix = np.concatenate([part.vectors for part in read])
    if cut is not None:
        vectors = vectors[:, :cut]
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return Embedded(vectors=vectors, tokens=sum(part.tokens for part in read))
