"""Tables for the tests: written as text, read as files."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.training.tabular.table import Table, read_table

Write = Callable[[str], Path]
Read = Callable[[str], Table]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str, name: str = "rows.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode("utf-8"))
        return path

    return written


@pytest.fixture
def read(write: Write) -> Read:
    return lambda text: read_table(write(text))


@pytest.fixture
def churn() -> Callable[..., str]:
    return churn_csv


def churn_csv(rows: int = 600, seed: int = 1, shift: float = 0.0, curved: bool = False) -> str:
    """Customers: many calls and short tenure leave. ``curved``: who leaves depends on columns together."""
    draw = random.Random(seed)
    lines = ["customer,day,tenure,plan,fee,calls,autopay,region,churned"]
    for number in range(rows):
        tenure, calls = draw.randint(0, 72), min(9, int(draw.expovariate(0.8) + shift))
        plan = draw.choice(("basic", "plus", "pro"))
        fee = "" if draw.random() < 0.1 else f"{draw.uniform(8, 60) + 10 * shift:.2f}"
        autopay = draw.choice(("yes", "no"))
        logit = -0.5 - 0.06 * tenure + 0.8 * calls + (1.0 if plan == "basic" else 0.0)
        if curved:
            logit = 4.0 if (tenure > 36) == (plan == "basic") else -4.0
        left = draw.random() < 1.0 / (1.0 + math.exp(-logit))
        lines.append(
            f"K{number:05d},2026-{1 + number * 12 // rows:02d}-15,{tenure},{plan},{fee},{calls},{autopay},"
            f"{draw.choice('NS')},{'yes' if left else 'no'}"
        )
    return "\n".join(lines) + "\n"
