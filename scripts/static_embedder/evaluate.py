"""What the vectors of two folders of weights are worth, side by side, with a paired bootstrap of the difference.

Questions that are one (QQP, one-edit near misses), search (XQuAD, BeerQA, documentation of click and httpx), answer
sentences (WikiQA), intents (nearest neighbours). Sets marked EVAL only measure. Where the weights were fitted on a set,
the figure says nothing: fit with ``--leave-out`` first.

Here: measuring. Not here: fitting (``fit``).
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gonogo.features import StaticEmbedder

Row = dict[str, Any]
DRAWS, NEIGHBOURS = 300, 5


class Sets:
    """The data folder, read on demand; each method gives one value for each item, or labels beside scores."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def rows(self, name: str) -> list[Row]:
        with gzip.open(self.data / "quality" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def pairs(self, name: str, embedder: StaticEmbedder) -> np.ndarray:
        """``[n, 2]``: label and cosine."""
        rows = self.rows(name)
        one, other = (embedder.embed([row[side] for row in rows]) for side in ("text1", "text2"))
        return np.column_stack([[row["label"] for row in rows], (one * other).sum(axis=1)])

    def search(self, name: str, embedder: StaticEmbedder) -> np.ndarray:
        """nDCG@10 of each question."""
        rows = self.rows(name)
        passages = [row for row in rows if row["kind"] == "doc"]
        questions = [row for row in rows if row["kind"] == "query" and row["rels"]]
        texts = [f"{row.get('title') or ''} {row['text']}".strip() for row in passages]
        scores = embedder.embed([row["text"] for row in questions]) @ embedder.embed(texts).T
        ids = np.array([row["id"] for row in passages])
        return np.array([_ndcg(ids[np.argsort(-found, kind="stable")[:10]], row["rels"]) for found, row in
                         zip(scores, questions, strict=True)])  # fmt: skip

    def answers(self, name: str, embedder: StaticEmbedder) -> np.ndarray:
        """Average precision of each question that has a right answer and more than one candidate."""
        groups: dict[str, list[tuple[str, int]]] = {}
        for row in self.rows(name):
            groups.setdefault(row["question"], []).append((row["answer"], row["label"]))
        found = []
        for question, candidates in groups.items():
            if len(candidates) > 1 and any(label for _, label in candidates):
                scores = embedder.embed([text for text, _ in candidates]) @ embedder.embed_one(question)
                right = np.array([label for _, label in candidates])[np.argsort(-scores, kind="stable")]
                places = np.flatnonzero(right)
                found.append(np.mean((np.arange(len(places)) + 1) / (places + 1)))
        return np.array(found)

    def intents(self, name: str, embedder: StaticEmbedder) -> np.ndarray:
        """Whether the five nearest training questions, weighted by cosine, name the right intent."""
        rows = self.rows(name)
        known, asked = ([row for row in rows if row["split"] == split] for split in ("train", "test"))
        scores = embedder.embed([row["text"] for row in asked]) @ embedder.embed([row["text"] for row in known]).T
        found = []
        for row, cosines in zip(asked, scores, strict=True):
            votes: Counter[str] = Counter()
            for place in np.argpartition(-cosines, NEIGHBOURS)[:NEIGHBOURS]:
                votes[known[place]["intent"]] += float(cosines[place])  # type: ignore[assignment]
            found.append(float(votes.most_common(1)[0][0] == row["intent"]))
        return np.array(found)


def _ndcg(ranked: np.ndarray, grades: dict[str, int]) -> float:
    best = sum(grade / np.log2(place + 2) for place, grade in enumerate(sorted(grades.values(), reverse=True)[:10]))
    return float(sum(grades.get(one, 0) / np.log2(place + 2) for place, one in enumerate(ranked)) / best)


def _value(items: np.ndarray) -> float:
    """The mean, or the area under the curve of labels and scores."""
    if items.ndim == 1:
        return float(items.mean())
    order = np.argsort(items[:, 1], kind="stable")
    ranks = np.empty(len(items))
    ranks[order] = np.arange(1, len(items) + 1)
    positive = items[:, 0] == 1
    right, wrong = positive.sum(), (~positive).sum()
    return float((ranks[positive].sum() - right * (right + 1) / 2) / (right * wrong))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--before", type=Path, required=True)
    parser.add_argument("--after", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    sets = Sets(options.data)
    measured: dict[str, Callable[[str, StaticEmbedder], np.ndarray]] = {
        "cache_qqp_dev": sets.pairs, "cache_near_misses_dev": sets.pairs, "ret_xquad_en": sets.search,
        "ret_beerqa": sets.search, "ret_docs_click": sets.search, "ret_docs_httpx": sets.search,
        "rel_wikiqa_train": sets.answers, "intent_banking77": sets.intents, "intent_clinc150": sets.intents,
    }  # fmt: skip
    before, after = StaticEmbedder(options.before), StaticEmbedder(options.after)
    generator = np.random.default_rng(0)
    for name, measure in measured.items():
        if options.only and name not in options.only:
            continue
        old, new = measure(name, before), measure(name, after)
        drawn = [generator.integers(0, len(old), len(old)) for _ in range(DRAWS)]
        low, high = np.percentile([_value(new[chosen]) - _value(old[chosen]) for chosen in drawn], [5, 95])
        change = f"{_value(new) - _value(old):+.3f} [{low:+.3f}, {high:+.3f}]"
        print(f"{name:24} n={len(old):6} {_value(old):.3f} -> {_value(new):.3f}  {change}", flush=True)


if __name__ == "__main__":
    main()
