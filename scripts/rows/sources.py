"""Sources: the data files that rows are made from, gzip JSON lines. Here: reading one. Not here: what it means."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def load(data: Path, name: str) -> list[dict[str, Any]]:
    """The records of ``quality/NAME.jsonl.gz``, in order."""
    with gzip.open(data / "quality" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]
