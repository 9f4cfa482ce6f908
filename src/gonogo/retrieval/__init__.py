"""Retrieval: files to Chunks, Chunks to an IndexSnapshot, an IndexSnapshot to an index that answers in microseconds.

Here: parsing, cutting, BM25, vectors fused with it where a Mission asks for them, and how good a search is.
Not here: which files a Mission names (``building``), reading texts into features (``features``), checks on what was
found (``guardrails``).
"""

from gonogo.retrieval.bm25 import Bm25
from gonogo.retrieval.chunking import StructureChunker, count_tokens
from gonogo.retrieval.documents import MAX_BYTES, PARSERS, read_documents
from gonogo.retrieval.embedded import EmbeddedBackend, EmbeddedIndex
from gonogo.retrieval.evaluation import (
    JudgedQuestion,
    QuestionScore,
    RetrievalReport,
    by_id,
    by_source,
    evaluate,
)
from gonogo.retrieval.snapshot import DigestingSnapshotMaker, snapshot_digest
from gonogo.retrieval.weights import WeightChoice, WeightRow, choose_dense_weight

__all__ = [
    "MAX_BYTES",
    "PARSERS",
    "Bm25",
    "DigestingSnapshotMaker",
    "EmbeddedBackend",
    "EmbeddedIndex",
    "JudgedQuestion",
    "QuestionScore",
    "RetrievalReport",
    "StructureChunker",
    "WeightChoice",
    "WeightRow",
    "by_id",
    "by_source",
    "choose_dense_weight",
    "count_tokens",
    "evaluate",
    "read_documents",
    "snapshot_digest",
]
