"""Makes the shipped weights of a classifier: ``python scripts/train_classifiers.py NAME --data DIR``.

The rows come from ``scripts/rows/NAME.py`` and a folder of data sets that is not part of the project. The same data and
seed give the same digest. Needs scikit-learn (``pip install 'gonogo[training]'``). Threads are held to one, since sums
in another order differ in their last bits.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import shutil
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from gonogo.classifiers import BUILT_IN, SHIPPED, feature_set, write_folder
from gonogo.clock import SystemClock
from gonogo.features import Reader, StaticEmbedder
from gonogo.training.fit_options import tuned
from gonogo.training.train import Extras, Trained, set_threshold, train


def made(name: str, data: Path) -> Trained:
    """The classifier ``name``, trained on what its rows module makes of the data."""
    module = import_module(f"rows.{name}")
    rows = module.rows(data)
    # A rows module may name the embedder that its classifier is read with.
    reader, features = Reader(getattr(module, "embedder", StaticEmbedder)()), feature_set(name)
    extras = Extras(note=getattr(module, "NOTE", ""))
    trained = train(name, rows, features, reader, SystemClock(), options=tuned(name), extras=extras, progress=_progress)
    # A rows module may set the threshold on negatives of its own choice, long documents and hard ones included.
    chosen = getattr(module, "threshold", None)
    if chosen is not None:
        trained = set_threshold(trained, chosen(trained, data, features, reader))
    # ... and complete the card by reports of its own.
    finished = getattr(module, "finished", None)
    return trained if finished is None else finished(trained, features, reader)


def _progress(what: str, done: int, total: int) -> None:
    print(f"\r{what} {done}/{total}", end="", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(BUILT_IN))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--into", type=Path, default=SHIPPED, help="folder to write NAME/ into")
    options = parser.parse_args()
    trained = made(options.name, options.data)
    folder = options.into / options.name
    shutil.rmtree(folder, ignore_errors=True)
    write_folder(folder, trained.card, trained.tensors)
    auc = trained.card.measures["auc"]
    print(f"\n{folder}: {trained.card.digest[:12]}, {trained.card.data.rows} rows, cross-fitted AUC {auc.value:.3f}")


if __name__ == "__main__":
    main()
