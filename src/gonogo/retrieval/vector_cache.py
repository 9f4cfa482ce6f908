"""Vector cache: embeddings of texts in a folder, so that each text is embedded once for all snapshots that hold it.

Here: segments of many vectors each, shared by snapshots and processes. Not here: embedding (``contracts.Embedder``),
searching (``vectors``, ``lists``).

Vectors are kept under the digest of the very text that was embedded, and in a folder of the embedder's digest, so none
can be used for another text or embedder. What is embedded is kept every ``BATCH`` texts: a build that is killed goes on
from there. Several processes may share the folder: at worst they embed the same text twice. Nothing is dropped but by
``forget``: going back to an earlier Version must embed nothing.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Embedder, Progress
from gonogo.retrieval.digest_files import SUFFIX, read_arrays, write_arrays

MAX_SEGMENTS = 8
"""Above this, segments are written as one."""
BATCH = 4_096

Matrix = NDArray[np.float32]
Keys = NDArray[np.uint8]
"""``[texts, 32]``: SHA-256 of each text."""

_log = logging.getLogger(__name__)


class Segment(NamedTuple):
    """One file: keys, their vectors, and the first eight bytes of each key in order, to find one by."""

    path: Path
    keys: Keys
    vectors: Matrix
    heads: NDArray[np.uint64]
    rows: NDArray[np.int64]


def embed_all(
    texts: Sequence[str], embedder: Embedder, folder: Path | None, progress: Progress | None = None
) -> Matrix:
    """Vectors of the texts, float32 ``[len(texts), dimensions]``, from the folder where it has them.

    A folder that cannot be written costs the next start some time and nothing else; the log says so.

    Args:
        progress: called with (texts that have their vector, texts in all).
    """
    keys = keys_of(texts)
    place = None if folder is None else folder / embedder.digest[:16]
    vectors, missing = _looked_up(keys, embedder.dimensions, place)
    _embed(texts, keys, vectors, np.flatnonzero(missing), embedder, place, progress)
    return vectors


def kept(texts: Sequence[str], embedder: Embedder, folder: Path | None) -> Matrix | None:
    """Vectors of the texts, where the folder has every one of them: nothing is embedded."""
    if folder is None:
        return None
    vectors, missing = _looked_up(keys_of(texts), embedder.dimensions, folder / embedder.digest[:16])
    return None if missing.any() else vectors


def keys_of(texts: Iterable[str]) -> Keys:
    """SHA-256 of each text, one a row."""
    digests = b"".join(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts)
    return np.frombuffer(digests, np.uint8).reshape(-1, 32)


def segments(place: Path, dimensions: int) -> list[Segment]:
    """The segments of one embedder that hold what their names say."""
    found = []
    for path in sorted(place.glob(f"*{SUFFIX}")):
        arrays = read_arrays(path)
        if arrays is not None and arrays["vectors"].shape[1:] == (dimensions,):
            heads = _heads(arrays["keys"])
            rows = np.argsort(heads, kind="stable")
            found.append(Segment(path, arrays["keys"], arrays["vectors"], heads[rows], rows))
    return found


def forget(folder: Path, needed: Keys, *, dry_run: bool) -> dict[str, int]:
    """Drop vectors of texts that are not needed, of every embedder; bytes saved by name of embedder's folder."""
    saved: dict[str, int] = {}
    heads = set(_heads(needed).tolist())
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        for path in sorted(place.glob(f"*{SUFFIX}")):
            arrays = read_arrays(path)
            if arrays is None:
                continue
            keep = np.fromiter((head in heads for head in _heads(arrays["keys"]).tolist()), bool)
            if keep.all():
                continue
            saved[place.name] = saved.get(place.name, 0) + int((~keep).sum()) * (arrays["vectors"].shape[1] * 4 + 32)
            if not dry_run:
                if keep.any():
                    write_arrays(place, {"keys": arrays["keys"][keep], "vectors": arrays["vectors"][keep]})
                path.unlink(missing_ok=True)
    return saved


def _looked_up(keys: Keys, dimensions: int, place: Path | None) -> tuple[Matrix, NDArray[np.bool_]]:
    """(vectors, zeros where there is none; which are missing)."""
    vectors = np.zeros((len(keys), dimensions), np.float32)
    missing = np.ones(len(keys), bool)
    for segment in segments(place, dimensions) if place is not None else ():
        at, rows = _found(segment, keys)
        vectors[at] = segment.vectors[rows]
        missing[at] = False
    return vectors, missing


def _embed(
    texts: Sequence[str],
    keys: Keys,
    vectors: Matrix,
    missing: NDArray[np.int64],
    embedder: Embedder,
    place: Path | None,
    progress: Progress | None,
) -> None:
    """Fill in the missing rows, each distinct text once, keeping every batch."""
    first: dict[str, int] = {}
    for row in missing.tolist():
        first.setdefault(texts[row], row)
    fresh, done = list(first.items()), len(texts) - len(missing)
    for start in range(0, len(fresh), BATCH):
        batch = fresh[start : start + BATCH]
        rows = [row for _, row in batch]
        vectors[rows] = embedder.embed([text for text, _ in batch])
        if place is not None:
            _keep(place, keys[rows], vectors[rows], embedder.dimensions)
        if progress is not None:
            progress(min(len(texts), done + start + len(batch)), len(texts))
    for row in missing.tolist():
        vectors[row] = vectors[first[texts[row]]]


def _heads(keys: Keys) -> NDArray[np.uint64]:
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()


def _found(segment: Segment, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(places in ``keys`` that the segment has, their rows in it); a head that two keys share is compared whole."""
    if not len(segment.heads) or not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    spots = np.minimum(np.searchsorted(segment.heads, _heads(keys)), len(segment.heads) - 1)
    rows = segment.rows[spots]
    same = (segment.keys[rows] == keys).all(axis=1)
    return np.flatnonzero(same), rows[same]


def _keep(place: Path, keys: Keys, vectors: Matrix, dimensions: int) -> None:
    try:
        known = sorted(place.glob(f"*{SUFFIX}"))
        if len(known) < MAX_SEGMENTS:
            write_arrays(place, {"keys": keys, "vectors": vectors})
            return
        read = segments(place, dimensions)
        all_keys = np.concatenate([*(segment.keys for segment in read), keys])
        all_vectors = np.concatenate([*(segment.vectors for segment in read), vectors])
        _, once = np.unique(_heads(all_keys), return_index=True)
        merged = write_arrays(place, {"keys": all_keys[once], "vectors": all_vectors[once]})
        for segment in read:
            if segment.path != merged:
                segment.path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("vectors could not be kept in %s: %s", place, error.strerror or error)
