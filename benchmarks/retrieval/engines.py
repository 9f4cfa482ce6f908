"""Engines: gonogo's inverted file beside LanceDB and Milvus Lite, on the same vectors, at equal recall.

Each engine reads as few lists as it takes for recall@10 of .95 on the questions; Milvus Lite compares everything. Needs
``lancedb``, ``pymilvus`` and ``milvus-lite``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from benchmarks.retrieval.corpus import shelf, texts

from gonogo.features import StaticEmbedder
from gonogo.retrieval.lists import ListedVectors, make_lists

K, GOAL = 10, 0.95
Search = Callable[[np.ndarray], set[int]]


def timed(search: Search, questions: np.ndarray, right: list[set[int]]) -> dict[str, float]:
    for question in questions[:20]:
        search(question)
    cpu, wall = time.process_time(), time.perf_counter()
    found = [search(question) for question in questions]
    spent = {
        "cpu_ms": 1000 * (time.process_time() - cpu) / len(questions),
        "wall_ms": 1000 * (time.perf_counter() - wall) / len(questions),
    }
    recall = float(np.mean([len(a & b) / K for a, b in zip(found, right, strict=True)]))
    return {"recall": round(recall, 4), **{name: round(value, 3) for name, value in spent.items()}}


def ours(matrix: np.ndarray, questions: np.ndarray, right: list[set[int]]) -> dict[str, float]:
    began = time.process_time()
    index = ListedVectors(make_lists(matrix))
    made = time.process_time() - began

    def search(question: np.ndarray) -> set[int]:
        return set(index.nearest(question, K, {}, None).places.tolist())  # type: ignore[union-attr]

    return {**timed(search, questions, right), "probes": index.probes, "build_cpu_s": round(made, 1)}


def lancedb(matrix: np.ndarray, questions: np.ndarray, right: list[set[int]], folder: Path) -> dict[str, float]:
    os.environ.setdefault("LANCE_LOG", "error")
    import lancedb as engine
    import pyarrow as pa

    began = time.process_time()
    flat = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])
    table = engine.connect(str(folder)).create_table(
        "vectors", pa.table({"place": pa.array(np.arange(len(matrix))), "vector": flat})
    )
    count = round(2 * np.sqrt(len(matrix)))
    table.create_index(metric="dot", index_type="IVF_FLAT", num_partitions=count, vector_column_name="vector")
    made = time.process_time() - began
    probes = 8
    while True:

        def search(question: np.ndarray, probes: int = probes) -> set[int]:
            asked = table.search(question).distance_type("dot").nprobes(probes).limit(K).select(["place"])
            return set(asked.to_arrow()["place"].to_pylist())

        reached = float(np.mean([len(search(one) & two) / K for one, two in zip(questions, right, strict=True)]))
        if reached >= GOAL or probes >= count:
            return {**timed(search, questions, right), "probes": probes, "build_cpu_s": round(made, 1)}
        probes = min(count, probes + max(4, probes // 3))


def milvus(matrix: np.ndarray, questions: np.ndarray, right: list[set[int]], folder: Path) -> dict[str, float]:
    from pymilvus import MilvusClient

    client = MilvusClient(str(folder / "lite.db"))
    client.create_collection("vectors", dimension=matrix.shape[1], metric_type="IP")
    began = time.perf_counter()
    for start in range(0, len(matrix), 5_000):
        rows = [{"id": start + n, "vector": row.tolist()} for n, row in enumerate(matrix[start : start + 5_000])]
        client.insert("vectors", rows)
    made = time.perf_counter() - began

    def search(question: np.ndarray) -> set[int]:
        return {hit["id"] for hit in client.search("vectors", data=[question.tolist()], limit=K)[0]}

    found = {**timed(search, questions[:50], right[:50]), "insert_wall_s": round(made, 1)}
    client.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with quality/")
    parser.add_argument("--vectors", type=int, default=50_000)
    parser.add_argument("--questions", type=int, default=300)
    asked = parser.parse_args()
    embedder = StaticEmbedder()
    matrix = embedder.embed(texts(asked.data, asked.vectors))
    read = shelf(asked.data, "", ("ret_xquad_en", "ret_beerqa")).questions[: asked.questions]
    questions = embedder.embed([one.text for one in read])
    right = [set(np.argsort(-(matrix @ one), kind="stable")[:K].tolist()) for one in questions]
    found: dict[str, object] = {"vectors": list(matrix.shape), "gonogo": ours(matrix, questions, right)}
    for name, engine in (("lancedb", lancedb), ("milvus lite", milvus)):
        with tempfile.TemporaryDirectory() as folder:
            try:
                found[name] = engine(matrix, questions, right, Path(folder))
            except ImportError as error:
                found[name] = f"not measured: {error}"
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
