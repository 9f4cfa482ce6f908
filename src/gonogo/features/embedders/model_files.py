"""Model files: what embedders over somebody else's library share - the digest of a folder, and rows of unit length.

Here: reading every file once, checking what a library returned. Not here: the libraries.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.digest import Digest, digest_of
from gonogo.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix

_SURROGATES = re.compile("[\ud800-\udfff]")
_READ = 1 << 20


def digest_of_folder(folder: Path, **facts: object) -> Digest:
    """Over every file below the folder, by relative path and content, and over ``facts``.

    Hidden files and Markdown are left out: they shape no vector.

    Raises:
        BadInput: a file cannot be read, or there is none.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".md"
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not files:
        raise BadInput(f"{folder}: no model files are in it")
    return digest_of({"files": {path.relative_to(folder).as_posix(): _sha256(path) for path in files}, **facts})


def _sha256(path: Path) -> str:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_READ):
                found.update(piece)
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error}); put the model's files there again") from error
    return found.hexdigest()


def readable(texts: Sequence[str]) -> list[str]:
    """The texts with lone surrogates replaced: libraries and wires take valid Unicode only."""
    return [text if text.isascii() else _SURROGATES.sub("\ufffd", text) for text in texts]


def says_nothing(text: str) -> bool:
    """Whether there is nothing to embed: the vector of such a text is zero."""
    return not text or text.isspace()


def unit_rows(texts: Sequence[str], found: NDArray[np.floating], dimensions: int, embedder: str) -> Matrix:
    """What a library returned as float32 rows of unit length; zero where a row has no direction.

    Raises:
        BadInput: another shape than ``[len(texts), dimensions]``, or numbers that are none.
    """
    import numpy as np

    if found.shape != (len(texts), dimensions):
        raise BadInput(
            f"embedder {embedder} returned {found.shape} for {len(texts)} texts, expected {dimensions} numbers each: "
            "name the dimensions its model has"
        )
    rows = found.astype(np.float64)
    if not np.isfinite(rows).all():
        raise BadInput(f"embedder {embedder} returned numbers that are not finite: its model files are damaged")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0).astype(np.float32)
    return unit
