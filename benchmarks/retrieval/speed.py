"""Speed: CPU milliseconds a question, time to open, recall of the inverted file against comparing everything.

``hybrid`` and ``words`` search 10,000 Chunks; ``lists`` are 200,000 vectors of 256 dimensions. Questions are those of
XQuAD and BeerQA, read anew each time: the figures hold features, the vector of the question and the search.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks.retrieval.corpus import chunks_of, shelf, texts

from gonogo.domain import RetrievalPolicy
from gonogo.features import Reader, StaticEmbedder
from gonogo.retrieval import DigestingSnapshotMaker, EmbeddedBackend, StructureChunker
from gonogo.retrieval.digest_files import read_arrays, write_arrays
from gonogo.retrieval.lists import ListedVectors, make_lists

K = 10


def milliseconds(work: Callable[[], object], count: int) -> dict[str, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return {
        "cpu_ms": 1000 * (time.process_time() - cpu) / count,
        "wall_ms": 1000 * (time.perf_counter() - wall) / count,
    }


def searches(data: Path, size: int) -> dict[str, object]:
    reader = Reader(StaticEmbedder())
    questions = [one.text for one in shelf(data, "", ("ret_xquad_en", "ret_beerqa")).questions][:1000]
    chunks = chunks_of(texts(data, size))
    found: dict[str, object] = {"chunks": size}
    with tempfile.TemporaryDirectory() as folder:
        for name, weight in (("words", 0.0), ("hybrid", 0.3)):
            policy = RetrievalPolicy(sources=("*",), dense_weight=weight)
            snapshot = DigestingSnapshotMaker(reader.embedder, StructureChunker()).snapshot(chunks, policy)
            backend = EmbeddedBackend(reader, vectors=Path(folder) / "vectors", indexes=Path(folder) / "indexes")
            made = milliseconds(lambda: backend.prepare(snapshot, policy), 1)  # noqa: B023
            opened = time.perf_counter()
            index = backend.open(snapshot, policy)
            seconds = time.perf_counter() - opened
            for question in questions[:50]:
                index.search(reader.read(question), K)
            fresh = Reader(StaticEmbedder())
            fresh.read("warm").vector  # noqa: B018
            search = milliseconds(lambda: [index.search(fresh.read(one), K) for one in questions], len(questions))  # noqa: B023
            found[name] = {**search, "prepare_cpu_s": made["cpu_ms"] / 1000, "open_s": seconds}
    return found


def lists(data: Path, size: int) -> dict[str, object]:
    embedder = StaticEmbedder()
    matrix = embedder.embed(texts(data, size))
    questions = embedder.embed([one.text for one in shelf(data, "", ("ret_xquad_en", "ret_beerqa")).questions][:1000])
    cpu = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        path = write_arrays(Path(folder), make_lists(matrix))
        made = time.process_time() - cpu
        opened = time.perf_counter()
        arrays = read_arrays(path)
        assert arrays is not None
        index = ListedVectors(arrays)
        seconds = time.perf_counter() - opened
        exact = np.sort(questions @ matrix.T, axis=1)[:, -K]
        for question in questions[:50]:
            index.nearest(question, K, {}, None)
        search = milliseconds(lambda: [index.nearest(one, K, {}, None) for one in questions], len(questions))
        hits = [
            min(K, int((index.nearest(one, K, {}, None).cosines >= floor - 1e-5).sum()))
            for one, floor in zip(questions, exact, strict=True)
        ]
        full = milliseconds(lambda: [matrix @ one for one in questions[:100]], 100)
    return {
        "vectors": list(matrix.shape),
        "lists": len(arrays["centres"]),
        "probes": index.probes,
        "recall_at_build": index.recall,
        "recall_at_10": sum(hits) / (K * len(questions)),
        "search": search,
        "compare_everything": full,
        "build_cpu_s": made,
        "open_s": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with quality/")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--vectors", type=int, default=200_000)
    parser.add_argument("--only", choices=("searches", "lists"))
    asked = parser.parse_args()
    found: dict[str, object] = {}
    if asked.only != "lists":
        found["searches"] = searches(asked.data, asked.chunks)
    if asked.only != "searches":
        found["lists"] = lists(asked.data, asked.vectors)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
