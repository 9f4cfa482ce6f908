"""Vector cache: embeddings of texts in a folder, so that a rebuild embeds only what changed.

Here: segments of one ``.npy`` each, named by the digest of their bytes. Not here: embedding (``contracts.Embedder``).

Vectors are kept under the digest of the very text that was embedded, and in a folder of the embedder's digest, so none
can be used for another text or embedder. A segment is written aside and renamed; one whose bytes do not match its name
is dropped and embedded again. Several processes may share the folder: at worst they embed the same text twice.
"""

from __future__ import annotations

import io
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Embedder
from gonogo.digest import digest_of_bytes

MAX_SEGMENTS = 8
"""Above this, segments are written as one, without the vectors of texts that the present index does not hold."""

Matrix = NDArray[np.float32]

_log = logging.getLogger(__name__)


def embed_all(texts: Sequence[str], embedder: Embedder, folder: Path | None) -> Matrix:
    """Vectors of the texts, float32 ``[len(texts), dimensions]``, from the folder where it has them.

    A folder that cannot be written costs the next start some time and nothing else; the log says so.
    """
    keys = [digest_of_bytes(text.encode("utf-8", "surrogatepass")) for text in texts]
    place = None if folder is None else folder / embedder.digest[:16]
    known = _load(place, embedder.dimensions) if place is not None else {}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        fresh = embedder.embed(list(missing.values())).astype(np.float32, copy=False)
        new = dict(zip(missing, fresh, strict=True))
        known.update(new)
        if place is not None:
            _keep(place, new, {key: known[key] for key in keys}, embedder.dimensions)
    if not keys:
        return np.zeros((0, embedder.dimensions), np.float32)
    return np.stack([known[key] for key in keys])


def _row(dimensions: int) -> np.dtype[np.void]:
    return np.dtype([("key", "S64"), ("vector", "<f4", (dimensions,))])


def _load(place: Path, dimensions: int) -> dict[str, Matrix]:
    known: dict[str, Matrix] = {}
    for path in sorted(place.glob("*.npy")):
        rows = _segment(path, dimensions)
        if rows is not None:
            known.update(zip((key.decode() for key in rows["key"].tolist()), rows["vector"], strict=True))
    return known


def _segment(path: Path, dimensions: int) -> NDArray[np.void] | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None  # another process has just merged it into a larger one
    if digest_of_bytes(content) == path.stem:
        rows = np.load(io.BytesIO(content), allow_pickle=False)
        if rows.dtype == _row(dimensions):
            return np.asarray(rows)
    _log.warning("%s does not hold what its name says; its vectors are made again", path)
    path.unlink(missing_ok=True)
    return None


def _keep(place: Path, new: Mapping[str, Matrix], needed: Mapping[str, Matrix], dimensions: int) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        segments = sorted(place.glob("*.npy"))
        if len(segments) < MAX_SEGMENTS:
            _write(place, new, dimensions)
            return
        merged = _write(place, needed, dimensions)
        for path in segments:
            if path != merged:
                path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("vectors could not be kept in %s: %s", place, error.strerror or error)


def _write(place: Path, vectors: Mapping[str, Matrix], dimensions: int) -> Path:
    rows = np.zeros(len(vectors), _row(dimensions))
    rows["key"] = [key.encode() for key in vectors]
    rows["vector"] = list(vectors.values())
    buffer = io.BytesIO()
    np.save(buffer, rows, allow_pickle=False)
    content = buffer.getvalue()
    path = place / f"{digest_of_bytes(content)}.npy"
    handle, aside = tempfile.mkstemp(dir=place, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(aside, path)
    except OSError:
        Path(aside).unlink(missing_ok=True)
        raise
    return path
