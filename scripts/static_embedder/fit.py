"""Fit the rows of the static embedder to what the teacher says of whole texts, and write the weights.

1. Each vocabulary entry is described by 768 numbers: the teacher's vector of the entry alone and its input embedding.
   One linear map (ridge) takes the weighted mean over a text's entries to the teacher's vector of the text, in the 256
   leading directions of the teacher's sentence vectors. That gives every row, seen or not, a start.
2. Rows and one weight for each then move (Adam), so that similarities inside a batch follow the teacher's: cosine to
   its vector, the soft neighbourhoods (KL), and squared error of all similarities. Rows are pulled to their start as
   strongly as they are rare.
3. int8 with one scale for each row.

Here: fitting and writing. Not here: texts, teacher, measuring.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import scipy.sparse
import torch

from gonogo.digest import digest_of, digest_of_bytes
from gonogo.features import SHIPPED_WEIGHTS
from gonogo.features.wordpiece import WordPiece
from gonogo.safetensors import safetensors_bytes

DIMENSIONS, LONGEST, SEED = 256, 130, 1
SIF = 1e-3
"""a of a / (a + p), p the Zipf probability of an entry's rank: where the weights start."""
ALPHA, RIDGE, BAGS = 0.5, 1e-3, 0.3
"""Flattening of the teacher's spectrum; regularisation; what a bag of words counts beside a text."""
EPOCHS, BATCH, RATE, SHARPNESS = 3, 512, 2e-3, 0.05


def counted(texts: list[str], vocabulary: Path) -> scipy.sparse.csr_matrix:
    """How often each text holds each vocabulary entry, of its first 130."""
    tokeniser = WordPiece.from_file(vocabulary)
    columns: list[int] = []
    starts = [0]
    for text in texts:
        columns += [row for row in tokeniser.rows(text, LONGEST) if row != tokeniser.unknown]
        starts.append(len(columns))
    shape = (len(texts), len(vocabulary.read_text("utf-8").rstrip("\n").split("\n")))
    matrix = scipy.sparse.csr_matrix((np.ones(len(columns), np.float32), np.array(columns), np.array(starts)), shape)
    matrix.sum_duplicates()
    return matrix


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def described(entries: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """768 numbers for each entry, zero for bracketed ones, weighted by how rare its rank says it is."""
    kept = entries.any(axis=1)
    size = np.linalg.norm(entries[kept], axis=1).mean() / np.linalg.norm(inputs[kept], axis=1).mean()
    both = np.concatenate([entries - entries[kept].mean(0), (inputs - inputs[kept].mean(0)) * size], axis=1)
    chance = 1.0 / np.arange(1, kept.sum() + 1)
    weights = np.zeros(len(entries), np.float32)
    weights[kept] = SIF / (SIF + chance / chance.sum())
    return (both * weights[:, None]).astype(np.float32)


def basis(teacher: np.ndarray) -> np.ndarray:
    """``[384, 256]``: leading directions of the teacher's vectors, the strong ones held back a little."""
    values, vectors = np.linalg.eigh(np.cov(teacher.T.astype(np.float64)))
    values, vectors = values[::-1][:DIMENSIONS], vectors[:, ::-1][:, :DIMENSIONS]
    return (vectors * values ** (-ALPHA / 2) * np.mean(values ** (ALPHA / 2))).astype(np.float32)


def first_rows(counts: scipy.sparse.csr_matrix, aims: np.ndarray, weights: np.ndarray, about: np.ndarray) -> np.ndarray:
    """Rows of step 1."""
    pooled = unit(counts @ about)
    squares = ((pooled * weights[:, None]).T @ pooled).astype(np.float64)
    squares[np.diag_indices_from(squares)] += RIDGE * np.trace(squares) / len(squares)
    return (about @ np.linalg.solve(squares, (pooled * weights[:, None]).T @ aims)).astype(np.float32)


def moved_rows(
    counts: scipy.sparse.csr_matrix, aims: np.ndarray, teacher: np.ndarray, weights: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """Rows of step 2."""
    generator = np.random.default_rng(SEED)
    start = torch.tensor(first)
    size = float(np.linalg.norm(first, axis=1)[first.any(1)].mean())
    moves = torch.zeros_like(start, requires_grad=True)
    turns = torch.eye(DIMENSIONS, requires_grad=True)
    louder = torch.zeros(len(first), requires_grad=True)
    rates = (RATE * size, RATE * 5, RATE * 0.1)
    groups = [{"params": [one], "lr": rate} for one, rate in zip((moves, louder, turns), rates, strict=True)]
    optimiser = torch.optim.Adam(groups, betas=(0.9, 0.99))
    aim, says, matter = torch.tensor(unit(aims)), torch.tensor(unit(teacher)), torch.tensor(weights)
    seen = torch.tensor(np.asarray((counts > 0).sum(0)).ravel().astype(np.float32))
    others = ~torch.eye(BATCH, dtype=torch.bool)
    order = np.arange(counts.shape[0])
    batches = len(order) // BATCH
    for epoch in range(EPOCHS):
        generator.shuffle(order)
        for step in range(batches):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            part = counts[chosen].tocoo()
            used = np.unique(part.col)
            place = np.stack([part.row, np.searchsorted(used, part.col)])
            pooling = torch.sparse_coo_tensor(place, part.data, (BATCH, len(used)), check_invariants=False)
            rows = torch.tensor(used.astype(np.int64))
            table = (start[rows] @ turns + moves[rows]) * torch.exp(louder[rows])[:, None]
            vectors = torch.nn.functional.normalize(torch.sparse.mm(pooling, table), dim=1, eps=1e-6)
            loss = (matter[chosen] * (1 - (vectors * aim[chosen]).sum(1))).mean()
            ours, theirs = vectors @ vectors.T, says[chosen] @ says[chosen].T
            near = torch.log_softmax((ours / SHARPNESS).masked_fill(~others, -1e4), 1)
            meant = torch.softmax((theirs / SHARPNESS).masked_fill(~others, -1e4), 1)
            loss = loss - 0.2 * (matter[chosen] * (meant * near).masked_fill(~others, 0).sum(1)).mean()
            loss = loss + 5 * ((ours - theirs)[others] ** 2).mean()
            pull = ((moves[rows] ** 2).sum(1) / size**2 + louder[rows] ** 2) / (1 + seen[rows])
            loss = loss + 0.4 * pull.sum() / (len(order) / BATCH)
            optimiser.zero_grad()
            loss.backward()
            share = max(1 - (epoch * batches + step) / (EPOCHS * batches), 0.02)
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * share
            optimiser.step()
    with torch.inference_mode():
        return ((start @ turns + moves) * torch.exp(louder)[:, None]).numpy()


def write(rows: np.ndarray, out: Path, texts: int) -> None:
    """int8 rows, scales, vocabulary, card and digest."""
    out.mkdir(parents=True, exist_ok=True)
    scales = np.abs(rows).max(axis=1) / 127
    scales[scales == 0] = 1
    tensors = {"embeddings": np.round(rows / scales[:, None]).astype(np.int8), "scales": scales.astype(np.float32)}
    (out / "model.safetensors").write_bytes(safetensors_bytes(tensors))
    shutil.copyfile(SHIPPED_WEIGHTS / "vocab.txt", out / "vocab.txt")
    card = json.loads((SHIPPED_WEIGHTS / "config.json").read_text())
    card.pop("explained_variance", None)
    card |= {"sif": SIF, "alpha": ALPHA, "texts": texts, "recipe": "scripts/static_embedder", "seed": SEED}
    (out / "config.json").write_text(json.dumps(card, indent=1))
    names = ("model.safetensors", "vocab.txt", "config.json")
    digest = digest_of({name: digest_of_bytes((out / name).read_bytes()) for name in names})
    (out / "DIGEST").write_text(digest + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="with texts.json and what teacher.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--leave-out", nargs="*", default=[], help="sources not to fit on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    teacher = np.load(options.work / "vectors.npy").astype(np.float32)
    rows = json.loads((options.work / "texts.json").read_text())[: len(teacher)]
    kept = np.array([row["source"] not in options.leave_out for row in rows])
    rows, teacher = [row for row, keep in zip(rows, kept, strict=True) if keep], teacher[kept]
    counts = counted([row["text"] for row in rows], SHIPPED_WEIGHTS / "vocab.txt")
    bags = np.array([row["source"] == "bags" for row in rows])
    weights = np.where(bags, BAGS, 1.0).astype(np.float32)
    aims = teacher @ basis(teacher[~bags])
    about = described(np.load(options.work / "entries.npy"), np.load(options.work / "inputs.npy"))
    first = first_rows(counts, aims, weights, about)
    write(moved_rows(counts, aims, teacher, weights, first), options.out, len(rows))
    print(f"{len(rows)} texts, {int(bags.sum())} of them bags; written to {options.out}")


if __name__ == "__main__":
    main()
