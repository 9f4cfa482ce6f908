"""Writes the careful tier from a run of ``train``: the top as ONNX, then head, calibration, threshold and card per
classifier.

    python scripts/encoder/ship_careful.py --data DATA --rows ROWS --minilm FOLDER --run RUN --encoder DIR --heads DIR

Needs onnx, onnxruntime, safetensors, scikit-learn (measures) and gonogo importable. Calibration, threshold and the
card's measures rest on the tenth of the pairs that ``train`` left out, judged by the shipped graphs. Same run, same
bytes but for dates.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import graph
import numpy as np
from msgspec import structs
from pairs import Pair, clean, held_out, pairs
from safetensors.numpy import load_file
from ship_embedder import loudest

from gonogo.classifiers.careful import CarefulClassifier
from gonogo.classifiers.linear import sigmoid
from gonogo.classifiers.weights import Weights, write_folder
from gonogo.contracts import Example
from gonogo.digest import Digest, digest_of, digest_of_bytes
from gonogo.domain import ClassifierCard, TrainingCost, TrainingRow
from gonogo.domain.classifier import weights_digest
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.encoder import CarefulEncoder
from gonogo.features.minilm_trunk import MINILM_WEIGHTS, MiniLMTrunk
from gonogo.features.pair_pieces import pair_pieces
from gonogo.safetensors import safetensors_bytes
from gonogo.training.bias import identity_gap
from gonogo.training.measures import measures_of
from gonogo.training.rows import fingerprint
from gonogo.training.thresholds import threshold_at

State = dict[str, Any]
ALPHA = 0.75
HARMLESS_JUDGED = 1500
NOTES = {
    "faithfulness": "", "equivalence": "", "relevance": "",
    "toxicity": "English comments, mostly short. Not a judge of harmful requests.",
}  # fmt: skip
LONGEST = {"judged": 96, "against": 128}
TARGETS = {"faithfulness": 0.05, "equivalence": 0.02, "toxicity": 0.01, "relevance": 0.05}
WITH_COSINE = ("equivalence", "relevance")
TESTED_ON = "a tenth of the pairs, left out of training by what they are judged against; calibration rests on them too"


def layers(state: State) -> list[dict[str, Any]]:
    """The fine-tuned layers, under the names ``graph`` uses."""
    count = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("layers."))
    return [
        {name.removeprefix(f"layers.{i}."): value for name, value in state.items() if name.startswith(f"layers.{i}.")}
        for i in range(count)
    ]


def write_top(state: State, some: list[Pair], out: Path, trunk: MiniLMTrunk) -> None:
    """``top.onnx``, ``config.json`` and ``DIGEST``."""
    recorded: list[graph.Graph] = []
    matches = state["matches.weight"]
    plain = graph.careful_top(matches, layers(state), record=recorded)
    feeds = []
    for pair in some:
        pieces = pair_pieces(trunk.pieces(pair.a, 40), trunk.pieces(pair.b, 48) if pair.b else None)
        hidden = trunk.hidden(pieces.ids, pieces.second)
        judged = np.zeros_like(hidden.mask)
        judged[0, 1 : pieces.second - 1] = 1
        feeds.append(
            {"hidden": hidden.states, "mask": hidden.mask, "judged": judged, "matches": np.array([pieces.matches])}
        )
    levels = loudest(plain, recorded[0].inputs_of, feeds)
    out.mkdir(parents=True, exist_ok=True)
    top = graph.careful_top(matches, layers(state), loudest=levels, alpha=ALPHA)
    (out / "top.onnx").write_bytes(top.SerializeToString(deterministic=True))
    card = {
        "name": "careful/1",
        "format_version": 1,
        "dimensions": 768,
        **LONGEST,
        "licence": "Apache-2.0",
        "trunk": MINILM_WEIGHTS.name,
        "smoothing": ALPHA,
    }
    (out / "config.json").write_text(json.dumps(card, indent=1) + "\n")
    files = {
        "top.onnx": out / "top.onnx",
        "config.json": out / "config.json",
        "trunk.onnx": MINILM_WEIGHTS / "trunk.onnx",
        "vocab.txt": MINILM_WEIGHTS / trunk.card.vocabulary,
    }
    (out / "DIGEST").write_text(
        digest_of({name: digest_of_bytes(path.read_bytes()) for name, path in files.items()}) + "\n"
    )


def platt(y: np.ndarray, logit: np.ndarray) -> tuple[float, float]:
    """Slope and offset by Newton's method, with Platt's softened targets."""
    right, wrong = int(y.sum()), int(len(y) - y.sum())
    target = np.where(y, (right + 1) / (right + 2), 1 / (wrong + 2))
    x, w = np.stack([logit, np.ones_like(logit)], 1), np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-6 * np.eye(2), x.T @ (p - target))
        w = w - step
        if np.abs(step).max() < 1e-9:
            break
    return float(w[0]), float(w[1])


def ship(task: str, rows: list[Pair], state: State, encoder: CarefulEncoder, run: State, data: Path) -> Weights:
    """One head with its card."""
    weights = state[f"heads.{task}.weight"][0][: encoder.dimensions].astype("f4")
    bias = float(state[f"heads.{task}.bias"][0])
    kept = [pair for pair in rows if held_out(pair)]
    labels = np.array([pair.label for pair in kept])
    logits = encoder.encode([(pair.a, pair.b) for pair in kept]) @ weights + bias
    slope, offset = platt(labels, logits)
    tensors = {"weights": weights, "line": np.array([bias, slope, offset], dtype="f4")}
    trained = [
        TrainingRow(text=p.a, against=(p.b,) if p.b else (), label=p.label, source=p.source, licence=p.licence)
        for p in rows if not held_out(p)
    ]  # fmt: skip
    card = ClassifierCard(
        name=f"{task}-careful", digest=Digest(""), form="encoder", features=encoder.name, code=encoder.digest,
        seed=run["seed"], created_at=time.time(), data=fingerprint(trained), threshold=threshold_at([0.5], 0.5),
        tested_on=TESTED_ON, note=NOTES[task],
        cost=TrainingCost(**{name: run[name] for name in ("cpu_seconds", "wall_seconds", "peak_memory")}),
    )  # fmt: skip
    judge = judge_of(CarefulClassifier(Weights(card, tensors), encoder))
    probabilities = [sigmoid(slope * float(logit) + offset) for logit in logits]
    negatives = [p for p, pair in zip(probabilities, kept, strict=True) if not pair.label]
    described = "held-out negatives of the training sources"
    if task == "toxicity":
        negatives = judge(harmless(data, {row.text for row in trained}))
        described = "requests, instructions, exam questions, documents and encyclopaedic sentences, none trained on"
    threshold = threshold_at(negatives, TARGETS[task], described)
    card = structs.replace(
        card,
        threshold=threshold,
        digest=weights_digest(card.name, card.form, card.features, threshold.value, safetensors_bytes(tensors)),
        measures=measures_of(labels.tolist(), probabilities, threshold.value),
        identity=identity_gap(judge, threshold.value) if task == "toxicity" else None,
    )
    return Weights(card, tensors)


def judge_of(classifier: CarefulClassifier) -> Callable[[Sequence[str]], list[float]]:
    """Texts to probabilities, as served."""
    reader = Reader(StaticEmbedder(), remember=0)
    return lambda texts: [classifier.judge(Example(text=reader.read(text))).probability for text in texts]


def harmless(data: Path, trained: set[str]) -> list[str]:
    """Texts without labels of their own that a gateway reads, none of them trained on, whole."""
    from rows import toxicity

    names = {source for source, *_ in toxicity.HARMLESS.values()}
    texts = sorted({row.text for row in toxicity.rows(data) if row.source in names and clean(row.text) not in trained})
    return random.Random(4).sample(texts, min(HARMLESS_JUDGED, len(texts)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "rows", "minilm", "run", "encoder", "heads"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    options = parser.parse_args()
    state = load_file(str(options.run / "top.safetensors"))
    run = json.loads((options.run / "run.json").read_text())
    rows = pairs(options.data, options.rows, "all", run["seed"], run["tasks"])
    trunk = MiniLMTrunk()
    trained = [pair for pair in rows if not held_out(pair)]
    if not (options.encoder / "top.onnx").exists():
        write_top(state, trained[:: max(1, len(trained) // 150)], options.encoder, trunk)
    for task in run["tasks"]:
        encoder = CarefulEncoder(cosine=task in WITH_COSINE, folder=options.encoder)
        made = ship(task, [pair for pair in rows if pair.task == task], state, encoder, run, options.data)
        write_folder(options.heads / made.card.name, made.card, made.tensors)
        print(made.card.name, made.card.digest[:12], made.card.measures, made.card.threshold, made.card.identity)


if __name__ == "__main__":
    main()
