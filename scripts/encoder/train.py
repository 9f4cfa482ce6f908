"""Fine-tunes the upper layers of MiniLM for the careful classifiers, on CPU, from rows marked TRAIN.

Needs torch, safetensors and gonogo importable. MiniLM's folder (``model.safetensors``), the data folder and the
folder of row files (see ``pairs``) are given:

    python scripts/encoder/train.py --data DATA --rows ROWS --minilm FOLDER --out RUN [--fold NAME] [--seed 1]

The lower layers and the embeddings stay as they are (the embedder's trunk is shared), so their output is worked out
once and kept in memory. Same data, seed and number of threads: same weights. ``--fold`` leaves something out, for
the measurements:

    all                 everything that may be trained on
    no-q2               faithfulness without Q2            no-begin  without BEGIN and Q2
    kinds-a, kinds-b    equivalence with half of the kinds of edit (``pairs.KINDS_A``, ``KINDS_B``)
    tox-SOURCE          toxicity without that source
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import model as m
import numpy as np
import torch
from pairs import TASKS, Pair, held_out, pairs
from torch import Tensor

from gonogo.features import SHIPPED_WEIGHTS
from gonogo.features.pair_pieces import PairPieces, pair_pieces
from gonogo.features.wordpiece import WordPiece

DEPTH = 3
JUDGED, AGAINST = 40, 48
"""Word pieces of either text that are read while training."""
WITH_COSINE = ("equivalence", "relevance")
BATCH = 32
TOKENS = WordPiece.from_file(SHIPPED_WEIGHTS / "vocab.txt")


def pieces(a: str, b: str, judged: int = JUDGED, against: int = AGAINST) -> PairPieces:
    """As serving reads a pair."""
    other = TOKENS.rows(b[: against * 24], against) if b else None
    return pair_pieces(TOKENS.rows(a[: judged * 24], judged), other)


class Kept:
    """Trunk output of every pair, as half floats in one block."""

    def __init__(
        self, trunk: m.Trunk, texts: Sequence[tuple[str, str]], judged: int = JUDGED, against: int = AGAINST
    ) -> None:
        encoded = [pieces(a, b, judged, against) for a, b in texts]
        self.lengths = np.array([len(pair.ids) for pair in encoded])
        self.ends = np.array([pair.second for pair in encoded])
        self.matches = [pair.matches for pair in encoded]
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)])
        self.block = torch.empty((int(self.starts[-1]), m.WIDTH), dtype=torch.float16)
        order = np.argsort(self.lengths, kind="stable")
        with torch.inference_mode():
            for at in range(0, len(order), 64):
                some = order[at : at + 64]
                ids, mask = m.pad([encoded[i].ids for i in some])
                segments = (torch.arange(ids.shape[1])[None] >= torch.from_numpy(self.ends[some])[:, None]).long()
                for i, row in zip(some, trunk(ids, segments, mask), strict=True):
                    self.block[self.starts[i] : self.starts[i + 1]] = row[: self.lengths[i]].half()

    def batch(self, some: Sequence[int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """States, attention mask, which places hold the judged text, and what matches."""
        longest = int(self.lengths[some].max())
        x = torch.zeros((len(some), longest, m.WIDTH))
        for row, i in enumerate(some):
            x[row, : self.lengths[i]] = self.block[self.starts[i] : self.starts[i + 1]].float()
        at = torch.arange(longest)[None]
        mask = at < torch.from_numpy(self.lengths[some])[:, None]
        judged = (at >= 1) & (at < torch.from_numpy(self.ends[some])[:, None] - 1)
        matched = torch.tensor([self.matches[i] + [0] * (longest - len(self.matches[i])) for i in some])
        return x, mask[:, None, None, :], judged, matched


def embeddings(trunk: m.Trunk, top: m.Top, texts: Sequence[str]) -> dict[str, Tensor]:
    """MiniLM's own vector of each text."""
    found: dict[str, Tensor] = {}
    unique = sorted(set(texts), key=len)
    with torch.inference_mode():
        for at in range(0, len(unique), 64):
            some = unique[at : at + 64]
            ids, mask = m.pad([pieces(t, "", 126).ids for t in some])
            x = trunk(ids, torch.zeros_like(ids), mask)
            for layer in top.layers:
                x = layer(x, mask)
            weight = mask[:, 0, 0, :, None].float()
            mean = torch.nn.functional.normalize((x * weight).sum(1) / weight.sum(1), dim=1)
            found.update(zip(some, mean, strict=True))
    return found


def cosines(trunk: m.Trunk, original: m.Top, rows: Sequence[Pair]) -> Tensor:
    """MiniLM's cosine of both texts where the task reads it, else 0."""
    vectors = embeddings(trunk, original, [text for p in rows if p.task in WITH_COSINE for text in (p.a, p.b)])
    return torch.tensor([float(vectors[p.a] @ vectors[p.b]) if p.task in WITH_COSINE else 0.0 for p in rows])


def batches(rows: Sequence[Pair], lengths: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Every row once, one task and nearly one length a batch, batches in random order."""
    out = []
    for task in TASKS:
        mine = np.array([i for i, p in enumerate(rows) if p.task == task])
        if len(mine):
            mine = mine[np.argsort(lengths[mine] + rng.uniform(-8, 8, len(mine)), kind="stable")]
            out += [rng.permutation(mine[at : at + BATCH]) for at in range(0, len(mine), BATCH)]
    return [out[i] for i in rng.permutation(len(out))]


def fit(top: m.Top, kept: Kept, rows: Sequence[Pair], cosine: Tensor, *, epochs: int, rate: float, seed: int) -> None:
    """Cross-entropy with labels softened by .03; AdamW, the rate rising over 60 steps and falling to nearly nothing."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    y = torch.tensor([float(p.label) for p in rows])
    body = [p for layer in top.layers for p in layer.parameters()]
    groups = [
        {"params": body, "lr": rate, "weight_decay": 0.01},
        {"params": [*top.heads.parameters(), *top.matches.parameters()], "lr": 2e-3},
    ]
    optimiser = torch.optim.AdamW(groups, fused=True)
    plan = [some for _ in range(epochs) for some in batches(rows, kept.lengths, rng)]
    steps = len(plan)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min(1, (s + 1) / 60) * max(0.02, 1 - s / steps))
    top.train()
    began, totals, counts = time.process_time(), Counter[str](), Counter[str]()
    for step, some in enumerate(plan):
        x, mask, judged, matched = kept.batch(some)
        task = rows[some[0]].task
        logit = top(task, x, mask, judged, matched, cosine[some])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, y[some] * 0.94 + 0.03)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(top.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        totals[task] += loss.item()
        counts[task] += 1
        if step % 100 == 99 or step == steps - 1:
            told = " ".join(f"{name} {totals[name] / counts[name]:.3f}" for name in counts)
            print(f"step {step + 1}/{steps} loss {told} cpu {time.process_time() - began:.0f}s", flush=True)
            totals.clear()
            counts.clear()
    top.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "rows", "minilm", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--fold", default="all")
    parser.add_argument("--tasks", default=",".join(TASKS), help="of the fold `all`")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    began = time.monotonic()
    torch.manual_seed(options.seed)
    trunk, top = m.load(options.minilm, DEPTH)
    rows = [
        pair
        for pair in pairs(options.data, options.rows, options.fold, options.seed, options.tasks.split(","))
        if not held_out(pair)
    ]
    counted = Counter((p.task, p.source, p.label) for p in rows)
    print(len(rows), "pairs:", dict(counted), flush=True)
    top.eval()
    cosine = cosines(trunk, top, rows)
    kept = Kept(trunk, [(p.a, p.b) for p in rows])
    print(f"kept {kept.block.shape[0]} tokens, cpu {time.process_time():.0f}s", flush=True)
    fit(top, kept, rows, cosine, epochs=options.epochs, rate=options.rate, seed=options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    from safetensors.torch import save_file

    save_file(
        {name: value.contiguous() for name, value in top.state_dict().items()}, str(options.out / "top.safetensors")
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    run = {
        "fold": options.fold, "tasks": sorted({pair.task for pair in rows}), "depth": DEPTH,
        "epochs": options.epochs, "rate": options.rate, "seed": options.seed,
        "threads": options.threads, "rows": len(rows), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "wall_seconds": round(time.monotonic() - began, 1),
        "peak_memory": used.ru_maxrss * 1024,
        "sources": [[*key, count] for key, count in sorted(counted.items())],
    }  # fmt: skip
    (options.out / "run.json").write_text(json.dumps(run, indent=1) + "\n")


if __name__ == "__main__":
    main()
