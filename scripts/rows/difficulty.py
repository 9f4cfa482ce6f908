"""Rows of the classifier ``difficulty``: prompts that a small model got wrong and a large one right.

    python scripts/rows/difficulty.py DATA OUT

Here: exam questions (MMLU) and word problems (GSM8K) with the answers of Mixtral-8x7B and GPT-4-1106 marked (RouteLLM).
Positive: the large model is right and the small one is not. Writes ``difficulty.jsonl`` into OUT.
Not here: learning (``gonogo.training``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rows.near_misses import group_of
from rows.sources import load

from gonogo.domain import TrainingRow
from gonogo.training.rows import write_rows

FILES = {"mmlu": "route_mmlu", "gsm8k": "route_gsm8k_half"}
LICENCE = "Apache-2.0"
NOTE = (
    "Labels are of one pair of models (Mixtral-8x7B, GPT-4-1106) on exam questions and word problems. From the prompt "
    "alone it does not beat the prompt's length across sources. What would: looking at the small model's answer, or "
    "labels of a Mission's own models."
)


def rows(data: Path) -> list[TrainingRow]:
    """Every prompt; both sources weigh the same."""
    read = {source: load(data, file) for source, file in FILES.items()}
    most = max(map(len, read.values()))
    return [
        TrainingRow(
            text=row["prompt"], label=row["strong"] > row["weak"], source=source, group=group_of(row["prompt"]),
            licence=LICENCE, weight=round(most / len(found), 3), slices={"subject": row["domain"]},
        )
        for source, found in read.items() for row in found
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    print(write_rows(asked.out / "difficulty.jsonl", rows(asked.data)), "rows")


if __name__ == "__main__":
    main()
