"""Writes the shipped embedder ``minilm``: MiniLM as two ONNX graphs (shared trunk and top), its card and digest.

    python scripts/encoder/ship_embedder.py --data DATA --minilm FOLDER --out src/gonogo/features/weights/minilm-int8

Needs onnx, onnxruntime, safetensors and gonogo importable. Activations are listened to on 150 texts marked TRAIN,
for the smoothing factors only (see ``graph``). Same inputs, same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import graph
import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

from gonogo.digest import digest_of, digest_of_bytes
from gonogo.features import SHIPPED_WEIGHTS
from gonogo.features.wordpiece import WordPiece

DEPTH, ALPHA = 3, 0.75
HEARD = {
    "ret_docs_click": "text",
    "ret_docs_httpx": "text",
    "intent_clinc150": "text",
    "intent_banking77": "text",
    "faith_begin_wow": "context",
    "route_mmlu": "prompt",
}


def heard_texts(data: Path, each: int = 25, seed: int = 5) -> list[str]:
    """Some texts of every file in ``HEARD``, all marked TRAIN."""
    rng, texts = random.Random(seed), []
    for name, field in HEARD.items():
        with gzip.open(data / "quality" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            found = [row[field] for row in map(json.loads, file) if row.get(field)]
        texts += rng.sample(found, each)
    return texts


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def loudest(model: onnx.ModelProto, inputs_of: Mapping[str, str], feeds: list[dict[str, Any]]) -> dict[str, Any]:
    """The greatest absolute value that reached each column of each matrix of a float graph."""
    for name in dict.fromkeys(inputs_of.values()):
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    ready, found = session(model), {}
    for feed in feeds:
        for name, value in zip(inputs_of, ready.run(list(inputs_of.values()), feed), strict=True):
            most = np.abs(value).reshape(-1, value.shape[-1]).max(0)
            found[name] = np.maximum(found.get(name, 0), most)
    return found


def heard(state: Mapping[str, Any], texts: list[str]) -> dict[str, Any]:
    """``loudest`` of all six layers over these texts."""
    tokens = WordPiece.from_file(SHIPPED_WEIGHTS / "vocab.txt")
    recorded: list[graph.Graph] = []
    model = graph.trunk(state, 6, record=recorded)
    feeds = []
    for text in texts:
        ids = np.array([[101, *tokens.rows(text, 126), 102]])
        feeds.append({"ids": ids, "segments": np.zeros_like(ids), "mask": np.ones_like(ids, dtype=np.int32)})
    return loudest(model, recorded[0].inputs_of, feeds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minilm", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    source = options.minilm / "model.safetensors"
    state = load_file(str(source))
    levels = heard(state, heard_texts(options.data))
    options.out.mkdir(parents=True, exist_ok=True)
    for name, model in (
        ("trunk", graph.trunk(state, DEPTH, loudest=levels, alpha=ALPHA)),
        ("top", graph.embedder_top(state, DEPTH, loudest=levels, alpha=ALPHA)),
    ):
        (options.out / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    card = {
        "name": "minilm",
        "format_version": 1,
        "dimensions": 384,
        "max_tokens": 256,
        "tokeniser": "bert-uncased-wordpiece",
        "vocabulary": f"../{SHIPPED_WEIGHTS.name}/vocab.txt",
        "pooling": "mean",
        "normalise": True,
        "teacher": "sentence-transformers/all-MiniLM-L6-v2",
        "teacher_sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "licence": "Apache-2.0",
        "trunk_layers": DEPTH,
        "rounding": "int8, 7 bits, per output",
        "smoothing": ALPHA,
    }
    (options.out / "config.json").write_text(json.dumps(card, indent=1) + "\n")
    digested = {
        name: digest_of_bytes((options.out / name).read_bytes()) for name in ("trunk.onnx", "top.onnx", "config.json")
    }
    digested["vocab.txt"] = digest_of_bytes((SHIPPED_WEIGHTS / "vocab.txt").read_bytes())
    (options.out / "DIGEST").write_text(digest_of(digested) + "\n")


if __name__ == "__main__":
    main()
