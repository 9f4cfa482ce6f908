"""Order: the random order in which golden tasks are run, and in which an early stop looks at them.

Here: the order that a seed gives. Not here: running tasks (``evaluation``), when to stop (``stopping``).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from gonogo.domain import GoldenTask


def random_order(tasks: Sequence[GoldenTask], seed: int) -> list[GoldenTask]:
    """The same order on every machine for the same tasks and seed, however the golden files are sorted.

    Tasks of one cluster stand together, so that a prefix that ends with one holds whole clusters in random order.
    """
    units: dict[str, list[GoldenTask]] = {}
    for task in sorted(tasks, key=lambda task: task.id):
        units.setdefault(cluster_label(task), []).append(task)
    order = list(units.values())
    random.Random(seed).shuffle(order)
    return [task for unit in order for task in unit]


def cluster_label(task: GoldenTask) -> str:
    """What it shares with others; its own where it names no cluster."""
    return f"cluster {task.cluster}" if task.cluster else f"task {task.id}"
