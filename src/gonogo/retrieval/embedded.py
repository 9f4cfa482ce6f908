"""Embedded: the index backend that needs no service.

Here: one snapshot's words and vectors from files that every process maps. Not here: the score (``fused``), the lists
(``bm25``, ``lists``), keeping vectors (``vector_cache``).

Up to ``lists.FROM`` Chunks all vectors are compared; above, an inverted file is. Nothing needs to be repaired: a file
that does not hold what its name says is made again from the snapshot, which the store verifies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from gonogo.contracts import Embedder, Forgotten, Progress, TextFeatures, TextReader
from gonogo.digest import digest_of, short
from gonogo.domain import IndexSnapshot, RetrievalPolicy
from gonogo.errors import BadInput
from gonogo.retrieval import stem_counts, vector_cache
from gonogo.retrieval.bm25 import Bm25
from gonogo.retrieval.fused import FusedIndex, passage_of
from gonogo.retrieval.index_files import IndexFiles
from gonogo.retrieval.lists import FROM, ListedVectors, make_lists
from gonogo.retrieval.vectors import ExactVectors, Matrix, Vector, Vectors

FORMAT = 3
"""Raised whenever files made by this code would hold something else."""


class EmbeddedBackend:
    """Opens snapshots from files: the built-in ``contracts.IndexBackend`` named ``embedded``.

    Args:
        reader: reads Chunks and, elsewhere, questions.
        embedder: makes the vectors, where they are used; it must be the snapshot's. The reader's by default, whose
            vector of a question is there already.
        vectors: a folder in which vectors are kept between starts; ``None`` keeps none.
        stems: a folder in which it is kept how often each Chunk says each stem; ``None`` keeps none.
        indexes: a folder for the files of each snapshot; ``None`` makes them in memory at every start.
        lists_from: Chunks from which an inverted file is searched.
        reading: what names the reader's way of reading, so that files of another release are not taken.
    """

    name = "embedded"

    def __init__(
        self,
        reader: TextReader,
        *,
        embedder: Embedder | None = None,
        vectors: Path | None = None,
        stems: Path | None = None,
        indexes: Path | None = None,
        reading: str = "",
        lists_from: int = FROM,
    ) -> None:
        self._reader = reader
        self._embedder = embedder or reader.embedder
        self._lists_from = lists_from
        self._cache, self._files = vectors, IndexFiles(indexes)
        self._reading = short(digest_of({"format": FORMAT, "reading": reading}))
        self._stems = stems

    def prepare(self, snapshot: IndexSnapshot, policy: RetrievalPolicy, progress: Progress | None = None) -> None:
        """Write what is missing: words always, vectors only when ``dense_weight`` is above 0.

        Raises:
            BadInput: vectors are wanted, but the snapshot was made for another embedder.
        """
        if policy.dense_weight == 0.0:
            self.words(snapshot)
            return
        # Words are Python's work, vectors mostly numpy's and the disk's.
        with ThreadPoolExecutor(1) as aside:
            words = aside.submit(self.words, snapshot)
            self._vectors(snapshot, progress)
            words.result()

    def open(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> FusedIndex:
        """Map its files; what was not prepared, or is damaged, is made from the snapshot first.

        Raises:
            BadInput: vectors are wanted, but the snapshot was made for another embedder.
        """
        return FusedIndex(
            snapshot,
            self.words(snapshot),
            partial(self._vectors, snapshot),
            self.vector_of,
            embeds=self.embeds,
            dense_weight=policy.dense_weight,
        )

    build = open

    def verify(self, snapshot: IndexSnapshot, policy: RetrievalPolicy) -> None:
        """Read every file whole against its digest."""
        self.open(snapshot, policy)

    def forget(self, keep: Collection[IndexSnapshot], *, dry_run: bool) -> list[Forgotten]:
        """Delete the files of other snapshots, and vectors and stems of texts that none of these holds."""
        forgotten = self._files.forget([snapshot.digest for snapshot in keep], dry_run=dry_run)
        if self._cache is not None and self._cache.is_dir():
            needed = vector_cache.keys_of({passage_of(chunk) for snapshot in keep for chunk in snapshot.chunks})
            saved = vector_cache.forget(self._cache, needed, dry_run=dry_run)
            forgotten += [Forgotten(name=f"vectors of embedder {name[:12]}", size=size) for name, size in saved.items()]
        if self._stems is not None and self._stems.is_dir():
            counts = stem_counts.keys_of(chunk for snapshot in keep for chunk in snapshot.chunks)
            if size := stem_counts.forget(self._stems, counts, dry_run=dry_run):
                forgotten.append(Forgotten(name="stems", size=size))
        return forgotten

    def close(self) -> None:
        """Nothing is held."""

    @property
    def embeds(self) -> bool:
        """Whether a question must be embedded by another embedder than the reader's."""
        return self._embedder is not self._reader.embedder

    def vector_of(self, question: TextFeatures) -> Vector:
        """A question's vector, by the snapshot's embedder."""
        return self._embedder.embed([question.normalised])[0] if self.embeds else question.vector

    def words(self, snapshot: IndexSnapshot) -> Bm25:
        """The snapshot's BM25."""
        made: list[Bm25] = []

        def make() -> Mapping[str, NDArray[Any]]:
            kept = self._stems / f"{self._reading}.{stem_counts.FORMAT}" if self._stems is not None else None
            made.append(Bm25.of(snapshot.chunks, self._reader, kept))
            return made[0].arrays()

        arrays = self._files.arrays(snapshot.digest, f"words.{self._reading}", make)
        return made[0] if made else Bm25.from_arrays(arrays)

    def matrix(self, snapshot: IndexSnapshot, progress: Progress | None = None) -> Matrix:
        """The snapshot's vectors in the order of its Chunks.

        Raises:
            BadInput: the snapshot was made for another embedder.
        """
        embedder = self._embedder
        if embedder.digest != snapshot.embedder_digest:
            raise BadInput(
                f"the index was made for embedder {snapshot.embedder}, and {embedder.name} is another one or another "
                f"release of it: build the Mission again, or set `retrieval.dense_weight: 0`"
            )
        return vector_cache.embed_all([passage_of(c) for c in snapshot.chunks], embedder, self._cache, progress)

    def kept(self, snapshot: IndexSnapshot) -> Matrix | None:
        """The snapshot's vectors, where every one of them was made before: nothing is embedded."""
        if self._embedder.digest != snapshot.embedder_digest:
            return None
        return vector_cache.kept([passage_of(c) for c in snapshot.chunks], self._embedder, self._cache)

    def _vectors(self, snapshot: IndexSnapshot, progress: Progress | None = None) -> Vectors:
        if len(snapshot.chunks) < self._lists_from:
            return ExactVectors(self.matrix(snapshot, progress))
        if self._embedder.digest != snapshot.embedder_digest:
            self.matrix(snapshot)  # says what is wrong
        kind = f"lists.{short(digest_of({'format': FORMAT, 'embedder': snapshot.embedder_digest}))}"
        arrays = self._files.arrays(snapshot.digest, kind, lambda: make_lists(self.matrix(snapshot, progress)))
        return ListedVectors(arrays)
