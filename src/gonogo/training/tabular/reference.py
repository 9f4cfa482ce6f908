"""Reference: what the rows looked like that a tabular classifier was learned from, as counts, kept in its weights.

Here: bins and counts of columns and of probabilities. Not here: the comparison with later rows (``drift``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from gonogo.domain.columns import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bytes = NDArray[np.uint8]

BINS = 10
"""Bins of equal mass that a number is sorted into."""


class Bins(Struct, frozen=True, kw_only=True):
    """``counts`` by bin, the last one for missing. ``edges`` end every bin of numbers but the last; a category has one
    bin for each code and one for other values."""

    name: str
    counts: tuple[int, ...]
    edges: tuple[float, ...] = ()


class Reference(Struct, frozen=True, kw_only=True):
    """``columns`` as the teaching rows had them, ``probabilities`` of rows that did not teach.

    ``target`` is the column that was learned, ``positive`` its value that counts as positive.
    """

    target: str
    positive: str
    columns: tuple[Bins, ...]
    probabilities: Bins


def reference_of(
    target: str, positive: str, columns: Sequence[Column], numbers: Floats, probabilities: Floats
) -> Reference:
    """Counts of teaching rows and of held-out probabilities."""
    bins = tuple(
        Bins(name=column.name, edges=edges, counts=counted(column, edges, numbers[:, place]))
        for place, column in enumerate(columns)
        for edges in [() if column.kind == "category" else edges_of(numbers[:, place])]
    )
    edges = edges_of(probabilities)
    scores = Bins(name="probability", edges=edges, counts=counted(None, edges, probabilities))
    return Reference(target=target, positive=positive, columns=bins, probabilities=scores)


def edges_of(values: Floats) -> tuple[float, ...]:
    """Inner quantiles, each once, that part the values that are there into bins of equal mass."""
    import numpy as np

    present = values[~np.isnan(values)]
    if not present.size:
        return ()
    inner = np.quantile(present, np.linspace(0.0, 1.0, BINS + 1)[1:-1], method="lower")
    return tuple(sorted({float(edge) for edge in inner if edge < present.max()}))


def counted(column: Column | None, edges: Sequence[float], values: Floats) -> tuple[int, ...]:
    """How many values lie in each bin; NaN in the last one."""
    import numpy as np

    missing = np.isnan(values)
    present = values[~missing]
    if column is not None and column.kind == "category":
        bins, places = len(column.categories) + 1, present.astype(np.int64)
    else:
        bins, places = len(edges) + 1, np.searchsorted(np.asarray(edges), present, side="left")
    return (*np.bincount(places, minlength=bins).tolist(), int(missing.sum()))


def stored(noun: object) -> Bytes:
    """A noun as a tensor of bytes, so that it travels inside the weights."""
    import numpy as np

    return np.frombuffer(msgspec.json.encode(noun), dtype=np.uint8)


def read_reference(tensor: Bytes | None) -> Reference | None:
    """The reference in a tensor of bytes; ``None`` where there is none that can be read."""
    if tensor is None:
        return None
    try:
        return msgspec.json.decode(tensor.tobytes(), type=Reference)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
