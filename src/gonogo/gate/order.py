"""Order: the random order in which golden tasks are run, and in which an early stop looks at them.

Here: the order that a seed gives. Not here: running tasks (``evaluation``), when to stop (``stopping``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from gonogo.domain import GoldenTask


def random_order(tasks: Sequence[GoldenTask], seed: int) -> list[GoldenTask]:
    """The same order on every machine for the same tasks and seed, however the golden files are sorted."""
    order = sorted(tasks, key=lambda task: task.id)
    random.Random(seed).shuffle(order)
    return order
