"""Lists: an inverted file over vectors, for snapshots too large to compare everything.

Here: k-means, the lists, how many of them must be read, the search. Not here: small snapshots (``vectors``).

Vectors are put into about ``2 sqrt(n)`` lists by spherical k-means (Dhillon and Modha 2001, Machine Learning 42:143);
a search reads the lists whose centres are nearest to the question (Sivic and Zisserman 2003; Jegou et al. 2011, section
IV.A, without residuals). Vectors are turned to the principal axes of a sample, so that the first ``HEAD`` of their
numbers say most: those are read of every vector in a list, the others only of the ``SURVIVORS`` best, whose cosines are
then exact. How many lists are read is chosen when the file is made: the fewest of which recall@10 on ``PROBED`` of its
own vectors, each left out of its own answer, is at least ``GOAL``. Questions lie farther from passages
than passages do from one another, hence a goal above .95.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import Where
from gonogo.retrieval.vectors import Cosines, Hits, Mask, Matrix, Places, Vector, largest

FROM = 20_000
"""Chunks from which an inverted file is made; below, comparing everything takes less than a millisecond."""
GOAL = 0.975
HEAD = 0.5
"""Share of a vector's numbers that is read of every vector."""
SURVIVORS = 4
"""Times as many vectors as asked for are read whole, and ``MORE`` besides."""
MORE = 192
PROBED = 256
ROUNDS = 6
TRAINED = 0.25
"""Share of a vector's numbers that lists are found by."""
SAMPLE_PER_LIST = 32
TIES = 1e-5
"""Cosines that differ by less are equal."""
BLOCKS = 512
"""Of a row, to find its largest values by."""
FILTERED_EXACTLY = 20_000
"""Up to so many Chunks that a filter lets through are all compared."""


class ListedVectors:
    """Vectors in lists, mapped from a file.

    Args:
        arrays: as ``make_lists`` returns them.
    """

    waits = False

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._axes, self._centres, self._order = arrays["axes"], arrays["centres"], arrays["order"]
        self._heads, self._tails = arrays["heads"], arrays["tails"]
        self._starts = arrays["starts"].tolist()
        self._probes = int(arrays["probes"][0])
        self.recall = float(arrays["recall"][0])
        """Recall@10 measured when the file was made."""
        self._row_of = np.empty(len(self._order), np.int32)
        self._row_of[self._order] = np.arange(len(self._order), dtype=np.int32)

    @property
    def probes(self) -> int:
        """Lists read for a question without a filter."""
        return self._probes

    def nearest(self, vector: Vector, n: int, where: Where, allowed: Mask | None) -> Hits:
        """The nearest in the lists that are read; every cosine is exact, ``rest`` holds as far as recall does."""
        probes = self._probes
        if allowed is not None:
            places = np.flatnonzero(allowed)
            if len(places) <= FILTERED_EXACTLY:
                return _cut(places, self.cosines(vector, places), n)
            probes = min(len(self._centres), int(probes * len(allowed) / len(places)) + 1)
        places, cosines = self.read(vector, n, probes, allowed)
        return _cut(places, cosines, n, exhaustive=False)

    def cosines(self, vector: Vector, places: Places) -> Cosines:
        """Of these Chunks."""
        turned = self._axes @ vector
        return self._whole(turned, self._row_of[places])

    def read(self, vector: Vector, n: int, probes: int, allowed: Mask | None = None) -> tuple[Places, Cosines]:
        """(places, cosines) of the best in so many lists, some more than ``n``."""
        turned = self._axes @ vector
        head = turned[: self._heads.shape[1]]
        chosen = np.sort(largest(self._centres @ turned, probes)).tolist()
        starts, heads = self._starts, self._heads
        spans = [(starts[one], starts[one + 1]) for one in chosen]
        scores = np.concatenate([heads[start:end] @ head for start, end in spans])
        rows = np.concatenate([np.arange(start, end) for start, end in spans])
        if allowed is not None:
            kept = allowed[self._order[rows]]
            scores, rows = scores[kept], rows[kept]
        survivors = SURVIVORS * n + MORE
        if len(scores) > survivors:
            rows = rows[np.argpartition(scores, len(scores) - survivors)[len(scores) - survivors :]]
        rows = np.sort(rows)
        places: Places = self._order[rows].astype(np.int64)
        return places, self._whole(turned, rows)

    def _whole(self, turned: Vector, rows: NDArray[np.int32] | NDArray[np.int64]) -> Cosines:
        split = self._heads.shape[1]
        found: Cosines = (self._heads[rows] @ turned[:split]).astype(np.float32, copy=False)
        found += self._tails[rows] @ turned[split:]
        return found


def make_lists(matrix: Matrix, *, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Put vectors into lists and measure how many must be read; the same vectors give the same file."""
    random = np.random.default_rng(seed)
    count = max(1, round(2 * np.sqrt(len(matrix))))
    sampled = np.sort(random.choice(len(matrix), min(len(matrix), count * SAMPLE_PER_LIST), replace=False))
    axes = _axes(matrix[sampled])
    turned = matrix @ axes.T
    centres = _centres(turned[sampled], count, random)
    member = _nearest_centre(turned, centres)
    order = np.argsort(member, kind="stable").astype(np.int32)
    starts = np.concatenate(([0], np.cumsum(np.bincount(member, minlength=count)))).astype(np.int64)
    split = max(1, round(HEAD * matrix.shape[1]))
    arrays: dict[str, NDArray[Any]] = {
        "axes": axes,
        "centres": centres,
        "heads": turned[order, :split],
        "tails": turned[order, split:],
        "order": order,
        "starts": starts,
        "probes": np.array([count], np.int64),
        "recall": np.array([1.0]),
    }
    probes, recall = _measured(matrix, arrays, random)
    return {**arrays, "probes": np.array([probes], np.int64), "recall": np.array([recall])}


def _axes(matrix: Matrix) -> Matrix:
    """Orthonormal rows, the direction in which vectors differ most first."""
    _, directions = np.linalg.eigh((matrix.T @ matrix).astype(np.float64))
    axes: Matrix = np.ascontiguousarray(directions.T[::-1]).astype(np.float32)
    return axes


def _centres(sample: Matrix, count: int, random: np.random.Generator) -> Matrix:
    """Means of lists that are found in the first numbers alone: what they are made of matters little for recall, which
    is measured, and much for the time it takes."""
    chosen = random.choice(len(sample), count, replace=len(sample) < count)
    told = np.ascontiguousarray(sample[:, : max(1, round(TRAINED * sample.shape[1]))])
    centres: Matrix = told[chosen].copy()
    for _ in range(ROUNDS):
        member = _nearest_centre(told, centres)
        centres = _means(told, member, centres)
    return _means(sample, member, sample[chosen])


def _means(vectors: Matrix, member: NDArray[np.int64], before: Matrix) -> Matrix:
    """Of unit length, of the vectors of each list; a list without members keeps what it had."""
    sums, means = _sums(vectors, member, len(before)), before.copy()
    lengths: Matrix = np.linalg.norm(sums, axis=1, keepdims=True)
    np.divide(sums, lengths, out=means, where=lengths > 0.0)
    return means


def _sums(vectors: Matrix, member: NDArray[np.int64], count: int) -> Matrix:
    """Of the vectors of each list; zeros where it has none."""
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    held, starts = np.unique(np.sort(member), return_index=True)
    sums[held] = np.add.reduceat(vectors[np.argsort(member, kind="stable")], starts, axis=0)
    return sums


def _nearest_centre(matrix: Matrix, centres: Matrix) -> NDArray[np.int64]:
    member = np.empty(len(matrix), np.int64)
    for start in range(0, len(matrix), 8_192):
        member[start : start + 8_192] = np.argmax(matrix[start : start + 8_192] @ centres.T, axis=1)
    return member


def _measured(matrix: Matrix, arrays: Mapping[str, NDArray[Any]], random: np.random.Generator) -> tuple[int, float]:
    """(lists to read, recall@10 that was measured with them); equal cosines count as found."""
    asked = random.choice(len(matrix), min(len(matrix), PROBED), replace=False)
    exact = matrix[asked] @ matrix.T
    exact[np.arange(len(asked)), asked] = -2.0
    floors, rows, near = _nearest_ten(exact)
    lists, count = ListedVectors(arrays), len(arrays["centres"])
    needed = _lists_needed(matrix[asked], rows, near, arrays)
    probes = 4
    while True:
        # What stands in no list that is read cannot be found: so few lists are not tried.
        reachable = float(np.minimum(10, (needed < probes).sum(axis=1)).sum()) / (10 * len(asked))
        if reachable >= GOAL or probes >= count:
            found = 0
            for place, floor in zip(asked.tolist(), floors.tolist(), strict=True):
                places, cosines = lists.read(matrix[place], 10, probes)
                found += min(10, int((cosines[places != place] > floor - TIES).sum()))
            recall = found / (10 * len(asked))
            if recall >= GOAL or probes >= count:
                return min(probes, count), recall
        probes = min(count, probes + max(4, probes // 4))


def _nearest_ten(cosines: Matrix) -> tuple[Cosines, NDArray[np.int64], NDArray[np.int64]]:
    """(tenth largest of each row, or the smallest where it has fewer; rows and places of those that reach it, up to the
    last bits).

    Of blocks of a row, the tenth largest maximum is no larger, so that only what reaches it is looked at.
    """
    rows, size = cosines.shape
    width = max(1, size // (BLOCKS + 1))
    blocks = size // width
    step = cosines.strides
    parted = np.lib.stride_tricks.as_strided(cosines, (rows, blocks, width), (step[0], width * step[1], step[1]))
    least = np.full(rows, -np.inf, np.float32)
    if blocks >= 10:
        least = np.partition(parted.max(axis=2), blocks - 10, axis=1)[:, blocks - 10]
    floors, found = np.empty(rows, np.float32), list[NDArray[np.int64]]()
    for row in range(rows):
        places = np.flatnonzero(cosines[row] >= least[row] - TIES)
        reaching = cosines[row][places]
        tenth = max(0, len(reaching) - 10)
        floors[row] = np.partition(reaching, tenth)[tenth]
        found.append(places[reaching >= floors[row] - TIES])
    return floors, np.repeat(np.arange(rows), [len(places) for places in found]), np.concatenate(found)


def _lists_needed(
    asked: Matrix, rows: NDArray[np.int64], places: NDArray[np.int64], arrays: Mapping[str, NDArray[Any]]
) -> NDArray[np.int64]:
    """``[asked, most wanted]``: nearer lists before that of each wanted vector; ``rows`` of asked want ``places``."""
    nearness = asked @ arrays["axes"].T @ arrays["centres"].T
    rank = np.empty(nearness.shape, np.int64)
    np.put_along_axis(rank, np.argsort(-nearness, axis=1, kind="stable"), np.arange(nearness.shape[1])[None], axis=1)
    member = np.empty(len(arrays["order"]), np.int64)
    member[arrays["order"]] = np.repeat(np.arange(nearness.shape[1]), np.diff(arrays["starts"]))
    most = int(np.bincount(rows, minlength=len(asked)).max())
    needed = np.full((len(asked), most), nearness.shape[1], np.int64)
    within = np.arange(len(rows)) - np.searchsorted(rows, rows)
    needed[rows, within] = rank[rows, member[places]]
    return needed


def _cut(places: Places, cosines: Cosines, n: int, *, exhaustive: bool = True) -> Hits:
    if exhaustive and len(places) <= n:
        return Hits(places, cosines, 0.0)
    best = largest(cosines, n)
    rest = float(cosines[best[-1]]) if len(best) else 0.0
    return Hits(places[best], cosines[best], rest)
