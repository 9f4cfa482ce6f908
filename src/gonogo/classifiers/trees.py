"""trees: boosted trees over columns, as arrays that numpy adds up without walking a tree.

Here: the arrays, their checks, the sum over trees. Not here: calibration, columns (``tabular``), learning and export
(``training.tabular``).

    logit = baseline + sum over trees of the value of the leaf that the row falls into

A row goes left at a node when its number is at most ``threshold``; at a node of a category, when its bit is set in that
node's 256 bits; where the number is missing (NaN), as ``missing_left`` says. Nodes of all trees stand in one line, a
child after its parent, a tree's first node at its place in ``roots``; a leaf has ``feature`` -1.

Every node is asked at once: one that sends the row right rules out the leaves on its left, and the first leaf of a tree
that nobody ruled out is the row's (QuickScorer: Lucchese et al. 2015, SIGIR, 73). Leaves of a tree are 16 bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[Any]]
    Arrays = dict[str, NDArray[Any]]
    Floats = NDArray[np.float64]

CATEGORIES = 256
"""Numbers that a category may have: bits of one set."""
LEAVES = 16
"""Leaves that a tree may have."""
NODE_TENSORS = ("feature", "threshold", "left", "right", "missing_left", "value", "bitset")
_AT_ONCE = 256
"""Rows whose nodes are asked together: bounds memory."""
_INFINITE = float("inf")


class Forest:
    """Trees read from tensors.

    Args:
        tensors: ``roots`` (int32), ``baseline`` (one float64), ``bitsets`` (n x 32 uint8) and, one entry a node,
            `NODE_TENSORS`.
        features: how many numbers a row has.

    Raises:
        ValueError: the tensors are no forest over that many features; the message says which one and why.
    """

    def __init__(self, tensors: Tensors, features: int) -> None:
        import numpy as np

        arrays = {name: _tensor(tensors, name) for name in (*NODE_TENSORS, "roots", "bitsets", "baseline")}
        _check(arrays, features)
        self._features, self._trees = features, len(arrays["roots"])
        self._baseline = float(arrays["baseline"][0])
        inner, tree, left_leaves, self._values = _numbered(arrays)
        order = np.argsort(tree, kind="stable")
        inner, tree, self._kept = inner[order], tree[order], ~left_leaves[order]
        feature, missing_left = arrays["feature"][inner].astype(np.int64), arrays["missing_left"][inner] == 1
        # A row is laid out twice: missing as minus infinity, which goes left everywhere, and as NaN, which never does.
        self._place = feature + np.where(missing_left, 0, features)
        sets = arrays["bitset"][inner]
        self._category = np.flatnonzero(sets >= 0)
        self._threshold = np.where(sets >= 0, np.nan, arrays["threshold"][inner].astype(float))
        self._set_place = feature[self._category]
        self._sets = _table(arrays["bitsets"][sets[self._category]], missing_left[self._category])
        self._set_start = np.arange(len(self._category)) * (CATEGORIES + 1)
        grown, self._starts = np.unique(tree, return_index=True)
        self._grown, self._first, self._all = grown * LEAVES, _first_leaf(), np.uint16((1 << LEAVES) - 1)
        # A tree of one leaf asks nothing and always says the same.
        self._baseline += float(np.delete(self._values.reshape(-1, LEAVES)[:, 0], grown).sum())

    def __len__(self) -> int:
        """Trees."""
        return self._trees

    def logit(self, row: Sequence[float]) -> float:
        """The sum for one row; NaN is missing."""
        import numpy as np

        # A dozen numbers are laid out sooner by hand than by numpy.
        twice = np.array([*[-_INFINITE if number != number else number for number in row], *row])
        if not self._category.size:
            return float(self._added(twice, twice))
        return float(self._added(twice, np.array([CATEGORIES if number != number else number for number in row])))

    def logits(self, rows: Floats) -> Floats:
        """The sums for many rows, one row of ``rows`` each."""
        import numpy as np

        found = np.zeros(len(rows))
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            missing = np.isnan(part)
            twice = np.concatenate((np.where(missing, -np.inf, part), part), axis=1)
            found[start : start + _AT_ONCE] = self._added(twice, np.where(missing, CATEGORIES, part))
        return found

    def _added(self, twice: Floats, codes: Floats) -> Any:
        import numpy as np

        if not self._starts.size:
            return np.full(twice.shape[:-1], self._baseline)
        left = twice.take(self._place, axis=-1) <= self._threshold
        if self._category.size:
            chosen = codes.take(self._set_place, axis=-1).astype(np.int64)
            left[..., self._category] = self._sets.take(chosen + self._set_start)
        kept = np.where(left, self._all, self._kept)
        leaves = self._first.take(np.bitwise_and.reduceat(kept, self._starts, axis=-1))
        return self._baseline + self._values.take(self._grown + leaves).sum(axis=-1)


def _tensor(tensors: Tensors, name: str) -> NDArray[Any]:
    tensor = tensors.get(name)
    if tensor is None:
        raise ValueError(f"tensor {name!r} is missing")
    return tensor


def _check(arrays: Arrays, features: int) -> None:
    """Everything the sum relies on: places inside the arrays, children after parents, finite numbers."""
    import numpy as np

    nodes = arrays["feature"].size
    for name in NODE_TENSORS:
        if arrays[name].shape != (nodes,):
            raise ValueError(f"tensor {name!r} must hold {nodes} numbers, has {arrays[name].shape}")
    places, inner = np.arange(nodes), arrays["feature"] >= 0
    sets, roots = arrays["bitsets"], arrays["roots"]
    if sets.ndim != 2 or sets.shape[1] != CATEGORIES // 8 or sets.dtype != np.uint8:
        raise ValueError(f"tensor 'bitsets' must be rows of {CATEGORIES // 8} bytes, has {sets.shape}")
    wrong = {
        "feature": (arrays["feature"] < -1) | (arrays["feature"] >= features),
        "left": inner & ((arrays["left"] <= places) | (arrays["left"] >= nodes)),
        "right": inner & ((arrays["right"] <= places) | (arrays["right"] >= nodes)),
        "threshold": np.isnan(arrays["threshold"]),
        "value": ~np.isfinite(arrays["value"]),
        "bitset": (arrays["bitset"] < -1) | (arrays["bitset"] >= len(sets)),
        "roots": (roots < 0) | (roots >= nodes) if roots.ndim == 1 else np.array([True]),
        "baseline": ~np.isfinite(arrays["baseline"]) if arrays["baseline"].shape == (1,) else np.array([True]),
    }
    for name, flags in wrong.items():
        if bool(np.any(flags)):
            raise ValueError(f"tensor {name!r} holds a number that no tree can have")


def _numbered(arrays: Arrays) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint16], Floats]:
    """(inner nodes, the tree of each, the leaves on its left as bits, values of all leaves), leaves from left on."""
    import numpy as np

    lists = {name: arrays[name].tolist() for name in ("feature", "left", "right", "value")}
    inner, tree, left_leaves = [], [], []
    values = np.zeros(len(arrays["roots"]) * LEAVES)
    for number, root in enumerate(arrays["roots"].tolist()):
        count = 0
        waiting: list[tuple[int, int]] = [(root, -1)]  # (node, -1), or (inner node seen, leaves before it)
        while waiting:
            node, before = waiting.pop()
            if before >= 0:
                inner.append(node)
                tree.append(number)
                left_leaves.append((1 << count) - (1 << before))
                waiting.append((lists["right"][node], -1))
            elif lists["feature"][node] >= 0:
                waiting += [(node, count), (lists["left"][node], -1)]
            elif count < LEAVES:
                values[number * LEAVES + count] = lists["value"][node]
                count += 1
            else:
                raise ValueError(f"tree {number} has more than {LEAVES} leaves")
    return np.array(inner, dtype=np.int64), np.array(tree, dtype=np.int64), np.array(left_leaves, np.uint16), values


def _table(bitsets: NDArray[np.uint8], missing_left: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a code goes left, 257 for each set one after the other; the last is for missing."""
    import numpy as np

    bits = np.unpackbits(bitsets.reshape(-1, CATEGORIES // 8), axis=1, bitorder="little")
    return np.hstack([bits, missing_left[:, None]]).astype(bool).ravel()


def _first_leaf() -> NDArray[np.int64]:
    """The lowest set bit of every 16-bit number."""
    import numpy as np

    numbers = np.arange(1 << LEAVES)
    found = np.zeros(1 << LEAVES, dtype=np.int64)
    found[1:] = np.log2(numbers[1:] & -numbers[1:]).astype(np.int64)
    return found
