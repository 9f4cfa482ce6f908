"""Rows of the classifier ``equivalence_minilm``: a part of those of ``equivalence``, read with MiniLM's vectors.

    python scripts/rows/equivalence_minilm.py DATA OUT [--seed 0]

Here: which rows, and the embedder that training reads them with. Not here: what the rows are (``equivalence``). A part,
because MiniLM takes a hundred times as long to read a text, and thirty weights need no more.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rows import equivalence

from gonogo.contracts import Embedder
from gonogo.domain import TrainingRow
from gonogo.features.minilm_embedder import MiniLMEmbedder
from gonogo.training.rows import write_rows

PART = 5
"""One group of so many is taken."""
LONGEST = 200
"""Characters of a question."""


def embedder() -> Embedder:
    """What training reads the rows with."""
    return MiniLMEmbedder()


def part_of(rows: Iterable[TrainingRow]) -> list[TrainingRow]:
    """Every fifth question's pairs, the short ones."""
    return [
        row for row in rows
        if int(row.group, 16) % PART == 0 and max(len(row.text), len(row.against[0])) <= LONGEST
    ]  # fmt: skip


def rows(data: Path, seed: int = 0) -> list[TrainingRow]:
    """The part of the rows of ``equivalence``."""
    return part_of(equivalence.rows(data, seed))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    print(write_rows(asked.out / "equivalence_minilm.jsonl", rows(asked.data, asked.seed)), "rows")


if __name__ == "__main__":
    main()
