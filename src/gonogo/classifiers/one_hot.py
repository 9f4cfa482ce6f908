"""one_hot: the linear form over columns - numbers in standard deviations, one weight for each category.

Here: the sum of one row and of many. Not here: calibration, columns (``tabular``), learning (``training.tabular``).

    logit = baseline + sum over columns of  weight clip((number - mean) / scale)   for a number, boolean or date
                                            category_weight[code]                  for a category
                                            missing                                where there is none
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = Mapping[str, NDArray[Any]]
    Floats = NDArray[np.float64]

CLIPPED = 8.0
"""Standard deviations from the mean beyond which a number says no more."""


class OneHot:
    """Weights of columns read from tensors.

    Args:
        tensors: ``baseline`` (one number); one entry a column ``weight``, ``mean``, ``scale`` and ``missing``;
            ``category_weight``, the codes of the first category column, then of the second and so on.
        codes: of each column the number of codes it has, 0 where it is no category.

    Raises:
        ValueError: the tensors do not fit these columns, or hold a number that is not finite.
    """

    def __init__(self, tensors: Tensors, codes: Sequence[int]) -> None:
        columns = len(codes)
        expected = {"weight": columns, "mean": columns, "scale": columns, "missing": columns, "baseline": 1}
        values = {name: _finite(tensors, name, length) for name, length in expected.items()}
        if not all(scale > 0.0 for scale in values["scale"]):
            raise ValueError("tensor 'scale' must be positive")
        self._weight, self._mean, self._scale = values["weight"], values["mean"], values["scale"]
        self._missing, self._baseline = values["missing"], values["baseline"][0]
        flat, self._categories = _finite(tensors, "category_weight", sum(codes)), list[list[float]]()
        for count in codes:
            self._categories.append(flat[:count])
            flat = flat[count:]

    def logit(self, row: Sequence[float]) -> float:
        """The sum for one row; NaN is missing."""
        total = self._baseline
        for column, number in enumerate(row):
            if number != number:  # NaN, without a call
                total += self._missing[column]
            elif categories := self._categories[column]:
                total += categories[int(number)]
            else:
                deviations = (number - self._mean[column]) / self._scale[column]
                total += self._weight[column] * max(-CLIPPED, min(CLIPPED, deviations))
        return total

    def logits(self, rows: Floats) -> Floats:
        """The sums for many rows."""
        import numpy as np

        return np.array([self.logit(row) for row in rows.tolist()], dtype=np.float64)


def _finite(tensors: Tensors, name: str, length: int) -> list[float]:
    import numpy as np

    tensor = tensors.get(name)
    if tensor is None or tensor.shape != (length,):
        raise ValueError(f"tensor {name!r} must hold {length} numbers, has {None if tensor is None else tensor.shape}")
    if not bool(np.isfinite(tensor).all()):
        raise ValueError(f"tensor {name!r} holds a number that is not finite")
    return [float(value) for value in tensor]
