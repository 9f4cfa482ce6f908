"""openai: vectors from a server that speaks OpenAI's ``/v1/embeddings``.

Here: batches, waiting and trying again, checking what came back. Not here: the connection (``endpoint``), where address
and key stand (``assembly``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from gonogo.digest import Digest, digest_of
from gonogo.errors import BadInput, ProviderFailed
from gonogo.features.embedders.endpoint import Endpoint
from gonogo.features.embedders.model_files import readable, says_nothing
from gonogo.features.embedders.options import EmbedderOptions

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

OPENAI = "https://api.openai.com/v1"
_NATIVE = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_SHORTENED = ("text-embedding-3-",)
"""Models that take the parameter ``dimensions``."""
LONGEST = 10_000
"""Bytes of UTF-8 of one text that are sent: some 2,500 English tokens, and under the 8,192 that a text may have in
nearly any script (a token is rarely less than a byte and a quarter)."""
MOST_TEXTS, MOST_BYTES = 256, 250_000
"""Of one call; the wire allows 2,048 texts and 300,000 tokens."""
ATTEMPTS = 4
LONGEST_WAIT = 30.0
"""Seconds; a longer Retry-After is reported instead of waited for."""


class OpenAIEmbedder:
    """An Embedder behind a server. ``embed`` blocks: call it from a thread where an event loop is running.

    Args:
        options: ``model`` (``text-embedding-3-small`` where empty), ``base_url`` (OpenAI's where empty), ``api_key``,
            ``dimensions`` (needed for models that are not OpenAI's own), ``timeout``.
        sleep: waits so many seconds.

    Raises:
        BadInput: an address or key that cannot be used, or dimensions that the model does not have.
    """

    def __init__(self, options: EmbedderOptions, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.model = options.model or "text-embedding-3-small"
        self.dimensions = _checked_dimensions(self.model, options.dimensions)
        self._endpoint = Endpoint(options.base_url or OPENAI, options.api_key, options.timeout)
        self._sleep = sleep

    @property
    def name(self) -> str:
        """Kind and model."""
        return f"openai:{self.model}"

    @cached_property
    def digest(self) -> Digest:
        """Over server, model and dimensions, for the weights are not seen.

        A vendor may move what a name stands for without a word; then vectors of before and after do not compare, and
        nothing here can tell.
        """
        facts = {"embedder": "openai", "server": self._endpoint.base_url, "model": self.model}
        return digest_of({**facts, "dimensions": self.dimensions, "longest": LONGEST})

    @property
    def shortens(self) -> bool:
        """Whether the first numbers of a vector are a vector too, once brought to unit length again."""
        return self.model.startswith(_SHORTENED)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """float32 ``[len(texts), dimensions]``; rows of unit length, zero for empty texts, which are not sent.

        Raises:
            ProviderFailed: the server refused, or cannot be reached, or answered with something else.
        """
        import numpy as np

        matrix = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        places: dict[str, list[int]] = {}
        for place, text in enumerate(readable(texts)):
            if not says_nothing(text):
                places.setdefault(_cut(text), []).append(place)
        for batch in _batches(list(places)):
            for text, vector in zip(batch, self._vectors(batch), strict=True):
                matrix[places[text]] = vector
        return matrix

    def close(self) -> None:
        """Close the idle connections; a later call opens one."""
        self._endpoint.close()

    def _vectors(self, batch: list[str]) -> Matrix:
        body: dict[str, object] = {"model": self.model, "input": batch, "encoding_format": "float"}
        if self.model.startswith(_SHORTENED) and self.dimensions != _NATIVE.get(self.model):
            body["dimensions"] = self.dimensions
        return self._checked(self._sent(msgspec.json.encode(body)), len(batch))

    def _sent(self, body: bytes) -> bytes:
        """The answer's body, tried again where that may help."""
        for attempt in range(1, ATTEMPTS):
            try:
                return self._endpoint.post("/embeddings", body)
            except ProviderFailed as error:
                wait = 0.5 * 2 ** (attempt - 1) if error.retry_after is None else error.retry_after
                if not error.retryable or wait > LONGEST_WAIT:
                    raise
                self._sleep(wait)
        return self._endpoint.post("/embeddings", body)

    def _checked(self, body: bytes, count: int) -> Matrix:
        """Unit vectors in the order of the texts, whatever order they came in."""
        import numpy as np

        try:
            rows = msgspec.json.decode(body, type=_Answer).data
        except msgspec.DecodeError as error:
            raise self._odd(f"an answer that is no list of embeddings ({error})") from error
        if sorted(row.index for row in rows) != list(range(count)):
            raise self._odd(f"{len(rows)} embeddings for {count} texts, or with indexes that do not fit")
        sizes = {len(row.embedding) for row in rows}
        if sizes != {self.dimensions}:
            found = ", ".join(map(str, sorted(sizes)))
            raise BadInput(
                f"{self.name} at {self._endpoint.host} has {found} dimensions, and {self.dimensions} were named: "
                "correct `dimensions` of the embedder, and build the Missions again that use it"
            )
        matrix = np.array([row.embedding for row in sorted(rows, key=lambda row: row.index)], dtype=np.float64)
        lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise self._odd("an embedding without length or direction")
        unit: Matrix = (matrix / lengths).astype(np.float32)
        return unit

    def _odd(self, what: str) -> ProviderFailed:
        return ProviderFailed(
            f"{self.name} at {self._endpoint.host} sent {what}: is base_url that of an OpenAI-compatible server?",
            provider=self.name,
        )


class _Row(msgspec.Struct):
    index: int
    embedding: list[float]


class _Answer(msgspec.Struct):
    data: list[_Row]


def _checked_dimensions(model: str, asked: int) -> int:
    native = _NATIVE.get(model)
    if asked < 0 or (native is None and asked == 0):
        raise BadInput(f"embedder openai: say how many dimensions the model {model!r} has")
    if native is None or asked in (0, native):
        return asked or native or 0
    if asked > native or not model.startswith(_SHORTENED):
        raise BadInput(f"embedder openai: {model} has {native} dimensions, {asked} cannot be had of it")
    return asked


def _cut(text: str) -> str:
    encoded = text.encode("utf-8")
    return text if len(encoded) <= LONGEST else encoded[:LONGEST].decode("utf-8", "ignore")


def _batches(texts: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode("utf-8"))
        if batch and (len(batch) == MOST_TEXTS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch
