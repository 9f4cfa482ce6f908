"""Prints every table: ``python -m benchmarks.classifiers --data DIR [--only NAME] [--seed N]``. Needs scikit-learn.

``--embedders DIR`` (toxicity): ``DIR/no_SOURCE`` hold static embedders that were fitted without the source under test.
"""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from pathlib import Path

NAMES = (
    "features", "embedders", "careful", "injection", "toxicity", "faithfulness", "relevance", "equivalence",
    "difficulty", "tabular",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with quality/ and safety/")
    parser.add_argument("--only", choices=NAMES, action="append", help="one classifier; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--embedders", type=Path, help="static embedders fitted without one source each (toxicity)")
    options = parser.parse_args()
    for name in options.only or NAMES:
        began = time.process_time()
        more = {"embedders": options.embedders} if name == "toxicity" else {}
        for table in import_module(f"benchmarks.classifiers.{name}").tables(options.data, options.seed, **more):
            print(table, flush=True)
        print(f"\n({name}: {time.process_time() - began:.0f} s CPU)", flush=True)


if __name__ == "__main__":
    main()
