"""Quality: nDCG@10 of gonogo's search, of BM25 alone and of MiniLM alone, and who knows when nothing answers.

click and httpx pooled (hand-written questions; 10 easy unanswerable ones, and 40 near ones in ``near_topic.txt``,
written for this benchmark before anything was measured with it), XQuAD and BeerQA, which only measure. Differences are
paired, with 90 % bootstrap intervals. ``gonogo`` is the weight that ``choose_dense_weight`` takes on half of the
questions of a set, measured on the other half, and the other way round, so that no question chooses for itself.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from benchmarks.classifiers.common import auc_cell
from benchmarks.retrieval.corpus import DOCUMENTATION, Shelf, shelf

from gonogo.contracts import Embedder
from gonogo.domain import RetrievalPolicy
from gonogo.features import Reader, StaticEmbedder
from gonogo.features.embedders import embedder
from gonogo.retrieval import (
    DigestingSnapshotMaker,
    EmbeddedBackend,
    FusedIndex,
    JudgedQuestion,
    StructureChunker,
    by_id,
    choose_dense_weight,
    evaluate,
)
from gonogo.statistics import bootstrap_mean

K = 10
NEAR_TOPIC = Path(__file__).with_name("near_topic.txt")


def opened(found: Shelf, reader: Reader, embeds: Embedder, cache: Path | None) -> FusedIndex:
    policy = RetrievalPolicy(sources=("*",), dense_weight=1.0)
    snapshot = DigestingSnapshotMaker(embeds, StructureChunker()).snapshot(found.chunks, policy)
    return EmbeddedBackend(reader, embedder=embeds, vectors=cache).open(snapshot, policy)


def ndcgs(index: FusedIndex, questions: list[JudgedQuestion], reader: Reader) -> np.ndarray:
    report = evaluate(index, questions, reader, k=K, name_of=by_id)
    return np.array([one.ndcg for one in report.answerable])


def crossed(index: FusedIndex, questions: list[JudgedQuestion], reader: Reader) -> tuple[np.ndarray, list[float]]:
    """nDCG of each question under the weight that the other half chose."""
    scores, weights = np.zeros(len(questions)), []
    for half in (0, 1):
        taught = [one for place, one in enumerate(questions) if place % 2 != half]
        asked = [one for place, one in enumerate(questions) if place % 2 == half]
        weight = choose_dense_weight(taught, index.weighted, reader, k=K, name_of=by_id).weight
        weights.append(weight)
        scores[half::2] = ndcgs(index.weighted(weight), asked, reader)
    return scores, weights


def difference(ours: np.ndarray, other: np.ndarray) -> str:
    gains = (ours - other).tolist()
    if min(gains) == max(gains):
        return f"{gains[0]:+.3f}"
    found = bootstrap_mean(gains, confidence=0.90)
    return f"{found.value:+.3f} [{found.interval.low:+.3f}, {found.interval.high:+.3f}]"


def measured(found: Shelf, embeds: Embedder, cache: Path | None, most: int) -> dict[str, object]:
    reader = Reader(StaticEmbedder())
    index = opened(found, reader, embeds, cache)
    asked = [one for one in found.questions if one.relevant][:most]
    words, vectors = ndcgs(index.weighted(0.0), asked, reader), ndcgs(index.weighted(1.0), asked, reader)
    ours, weights = crossed(index, asked, reader)
    better = words if words.mean() >= vectors.mean() else vectors
    fixed = {
        f"{weight:g}": round(float(ndcgs(index.weighted(weight), asked, reader).mean()), 4)
        for weight in (0.3, 0.5, 0.7)
    }
    return {
        "chunks": len(found.chunks),
        "questions": len(asked),
        "bm25": round(float(words.mean()), 4),
        "vectors": round(float(vectors.mean()), 4),
        "gonogo": round(float(ours.mean()), 4),
        "weights_chosen": weights,
        "gonogo_minus_better": difference(ours, better),
        "at_fixed_weights": fixed,
    }


def unanswerable(found: Shelf, embeds: Embedder, cache: Path | None) -> dict[str, object]:
    """Area under the curve of the best score, of each search and of the classifier over its best five."""
    from gonogo.assembly.classifier_library import HomeLibrary
    from gonogo.contracts import Example

    reader = Reader(StaticEmbedder())
    index = opened(found, reader, embeds, cache)
    near = [line for line in NEAR_TOPIC.read_text().splitlines() if line.strip()]
    asked = [(one.text, bool(one.relevant)) for one in found.questions] + [(one, False) for one in near]
    labels = [able for _, able in asked]
    judge = HomeLibrary(Path("/nonexistent")).pinned({}).classifier("relevance")
    rows: dict[str, object] = {"answerable": sum(labels), "unanswerable": len(labels) - sum(labels), "near": len(near)}
    for name, weight in (("bm25", 0.0), ("hybrid .5", 0.5), ("vectors", 1.0)):
        tops, judged = [], []
        for text, _ in asked:
            question = reader.read(text)
            hits = index.weighted(weight).search(question, 5)
            tops.append(hits[0].score if hits else 0.0)
            judged.append(
                max(
                    (
                        judge.judge(Example(text=reader.read(hit.chunk.text), against=(question,))).probability
                        for hit in hits
                    ),
                    default=0.0,
                )
            )
        rows[name] = {"best score": auc_cell(labels, tops), "relevance": auc_cell(labels, judged)}
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with quality/")
    parser.add_argument("--embedder", default="minilm", help="minilm or static")
    parser.add_argument("--cache", type=Path, help="folder that keeps vectors between runs")
    parser.add_argument("--most", type=int, default=1_000, help="questions of a set")
    parser.add_argument("--only", choices=("documentation", "xquad", "beerqa", "unanswerable"), action="append")
    asked = parser.parse_args()
    embeds = embedder(asked.embedder)
    documentation = shelf(asked.data, "click + httpx", DOCUMENTATION)
    shelves = {
        "documentation": documentation,
        "xquad": shelf(asked.data, "XQuAD", ("ret_xquad_en",)),
        "beerqa": shelf(asked.data, "BeerQA", ("ret_beerqa",)),
    }
    found: dict[str, object] = {"embedder": asked.embedder}
    began = time.process_time()
    for name, one in shelves.items():
        if asked.only is None or name in asked.only:
            found[name] = measured(one, embeds, asked.cache, asked.most)
    if asked.only is None or "unanswerable" in asked.only:
        found["unanswerable"] = unanswerable(documentation, embeds, asked.cache)
    found["cpu_s"] = round(time.process_time() - began, 1)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
