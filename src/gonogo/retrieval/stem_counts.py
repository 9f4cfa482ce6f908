"""Stem counts: how often each Chunk says each stem, as arrays, kept so that each text is read once.

Here: counting, keeping, taking together. Not here: the score (``bm25``), reading texts (``contracts.TextReader``).

Counts are kept under the digest of title, headings and text, in a folder of the reader's way of reading, in segments as
vectors are (``vector_cache``). What comes out does not depend on what was kept: rows in the order of the Chunks, stems
numbered in the order in which they first come, so that a build after an edit gives the very bytes of a first one.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.domain import Chunk
from gonogo.retrieval.digest_files import SUFFIX, read_arrays, write_arrays

HEADING_WEIGHT = 2.0
"""What a stem of the title or the headings counts; one of the text counts 1."""
MAX_SEGMENTS = 8
"""Above this, segments are written as one."""
FORMAT = 1
"""Raised whenever the same Chunk would be counted differently."""

Keys = NDArray[np.uint8]

_log = logging.getLogger(__name__)


class StemCounts(NamedTuple):
    """Row ``i`` holds ``stems[starts[i]:starts[i + 1]]``, places in ``terms``, each with its weighted count."""

    terms: tuple[str, ...]
    starts: NDArray[np.int64]
    stems: NDArray[np.int32]
    counts: NDArray[np.float32]

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.starts) - 1


class _Segment(NamedTuple):
    path: Path | None
    keys: Keys
    counts: StemCounts


class _Numbers(dict[str, int]):
    """Numbers stems in the order in which they first come."""

    def __missing__(self, stem: str) -> int:
        self[stem] = number = len(self)
        return number


def counted(bags: Iterable[Mapping[str, float]]) -> StemCounts:
    """One row for each mapping stem -> weighted count."""
    numbers = _Numbers()
    starts, stems, counts = [0], list[int](), list[float]()
    for bag in bags:
        stems += [numbers[stem] for stem in bag]
        counts += bag.values()
        starts.append(len(stems))
    return StemCounts(
        tuple(numbers), np.array(starts, np.int64), np.array(stems, np.int32), np.array(counts, np.float32)
    )


def count_all(chunks: Sequence[Chunk], reader: TextReader, folder: Path | None = None) -> StemCounts:
    """The counts of each Chunk, from the folder where it has them.

    A folder that cannot be written costs the next build some time and nothing else; the log says so.
    """
    keys = keys_of(chunks)
    known = _segments(folder) if folder is not None else []
    places = [_found(segment.keys, keys) for segment in known]
    missing = np.ones(len(chunks), bool)
    for at, _ in places:
        missing[at] = False
    fresh_at = np.flatnonzero(missing)
    once = fresh_at[_first_of_each(keys[fresh_at])]
    if len(once):
        fresh = _Segment(None, keys[once], counted(_bags((chunks[place] for place in once.tolist()), reader)))
        if folder is not None:
            _keep(folder, known, fresh)
        known = [*known, fresh]
        places.append(_found(fresh.keys, keys))
    return _joined(known, places, len(chunks))


def keys_of(chunks: Iterable[Chunk]) -> Keys:
    """SHA-256 of what a Chunk's counts depend on, one a row."""
    written = (f"{len(c.title)} {len(c.heading)} {c.title}{c.heading}{c.text}" for c in chunks)
    digests = b"".join(hashlib.sha256(one.encode("utf-8", "surrogatepass")).digest() for one in written)
    return np.frombuffer(digests, np.uint8).reshape(-1, 32)


def forget(folder: Path, needed: Keys, *, dry_run: bool) -> int:
    """Drop the counts of texts that are not needed; about how many bytes that saves."""
    saved = 0
    for place in sorted(path for path in folder.glob("*") if path.is_dir()):
        for segment in _segments(place):
            keep = np.zeros(len(segment.keys), bool)
            keep[_found(needed, segment.keys)[0]] = True
            if keep.all() or segment.path is None:
                continue
            lengths = np.diff(segment.counts.starts)
            saved += int(lengths[~keep].sum()) * 8 + int((~keep).sum()) * 40
            if not dry_run:
                if keep.any():
                    _write(place, [segment._replace(keys=segment.keys[keep], counts=_rows(segment.counts, keep))])
                segment.path.unlink(missing_ok=True)
    return saved


def _bags(chunks: Iterable[Chunk], reader: TextReader) -> Iterable[Mapping[str, float]]:
    above: dict[tuple[str, str], tuple[str, ...]] = {}
    for chunk in chunks:
        bag: dict[str, float] = dict(Counter(reader.read(chunk.text).stems))
        heading = (chunk.title, chunk.heading)
        if heading not in above:
            above[heading] = tuple(reader.read(f"{chunk.title}\n{chunk.heading}").stems)
        for stem in above[heading]:
            bag[stem] = bag.get(stem, 0.0) + HEADING_WEIGHT
        yield bag


def _joined(
    segments: Sequence[_Segment], places: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]], size: int
) -> StemCounts:
    """The rows of several segments in the order of the Chunks; ``places`` says (Chunks, rows) for each."""
    lengths = np.zeros(size, np.int64)
    for segment, (at, rows) in zip(segments, places, strict=True):
        lengths[at] = np.diff(segment.counts.starts)[rows]
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
    stems, counts = np.empty(int(starts[-1]), np.int32), np.empty(int(starts[-1]), np.float32)
    numbers = _Numbers()
    for segment, (at, rows) in zip(segments, places, strict=True):
        own = np.array([numbers[term] for term in segment.counts.terms], np.int32)
        source = _spans(segment.counts.starts[rows], lengths[at])
        target = _spans(starts[at], lengths[at])
        stems[target] = own[segment.counts.stems[source]]
        counts[target] = segment.counts.counts[source]
    return _renumbered(tuple(numbers), StemCounts((), starts, stems, counts))


def _renumbered(terms: Sequence[str], counts: StemCounts) -> StemCounts:
    """Stems numbered in the order in which they first come; those that do not come are left out."""
    first = np.full(len(terms), len(counts.stems), np.int64)
    # Of several assignments to one place the last counts: backwards, that is where a stem comes first.
    first[counts.stems[::-1]] = np.arange(len(counts.stems) - 1, -1, -1)
    order = np.argsort(first, kind="stable")[: int((first < len(counts.stems)).sum())]
    number = np.zeros(len(terms), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    return counts._replace(terms=tuple(terms[place] for place in order.tolist()), stems=number[counts.stems])


def _spans(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """``start, start + 1, ...`` of each span, one after the other."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    places: NDArray[np.int64] = np.arange(total) + np.repeat(starts - (ends - lengths), lengths)
    return places


def _rows(counts: StemCounts, keep: NDArray[np.bool_]) -> StemCounts:
    lengths = np.diff(counts.starts)
    source = _spans(counts.starts[:-1][keep], lengths[keep])
    starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths[keep])))
    return _renumbered(counts.terms, StemCounts((), starts, counts.stems[source], counts.counts[source]))


def _first_of_each(keys: Keys) -> NDArray[np.int64]:
    seen: dict[bytes, int] = {}
    for place, key in enumerate(keys):
        seen.setdefault(key.tobytes(), place)
    return np.fromiter(seen.values(), np.int64, len(seen))


def _heads(keys: Keys) -> NDArray[np.uint64]:
    return np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()


def _found(held: Keys, keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(places in ``keys`` that ``held`` has, their rows in it); what begins alike is compared whole."""
    if not len(held) or not len(keys):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    heads = _heads(held)
    order = np.argsort(heads, kind="stable")
    spots = np.minimum(np.searchsorted(heads[order], _heads(keys)), len(heads) - 1)
    rows = order[spots]
    same = (held[rows] == keys).all(axis=1)
    return np.flatnonzero(same), rows[same]


def _segments(folder: Path) -> list[_Segment]:
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        arrays = read_arrays(path)
        if arrays is not None:
            text = arrays["terms"].tobytes().decode("utf-8", "surrogatepass")
            terms = tuple(text.split("\n")) if text else ()
            counts = StemCounts(terms, arrays["starts"], arrays["stems"], arrays["counts"])
            found.append(_Segment(path, arrays["keys"], counts))
    return found


def _keep(folder: Path, known: Sequence[_Segment], fresh: _Segment) -> None:
    """Write the new counts, and as one file with the others where those have become many."""
    try:
        if len(known) < MAX_SEGMENTS:
            _write(folder, [fresh])
            return
        merged = _write(folder, [*known, fresh])
        for segment in known:
            if segment.path is not None and segment.path != merged:
                segment.path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("stems could not be kept in %s: %s", folder, error.strerror or error)


def _write(folder: Path, segments: Sequence[_Segment]) -> Path:
    keys = np.concatenate([segment.keys for segment in segments])
    keys = keys[_first_of_each(keys)]
    places, missing = [], np.ones(len(keys), bool)
    for segment in segments:
        at, rows = _found(segment.keys, keys)
        new = missing[at]
        places.append((at[new], rows[new]))
        missing[at] = False
    counts = _joined(segments, places, len(keys))
    arrays: dict[str, NDArray[Any]] = {
        "keys": keys,
        "terms": np.frombuffer("\n".join(counts.terms).encode("utf-8", "surrogatepass"), np.uint8),
        "starts": counts.starts,
        "stems": counts.stems,
        "counts": counts.counts,
    }
    return write_arrays(folder, arrays)
