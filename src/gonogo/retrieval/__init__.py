"""Retrieval: files to Chunks, Chunks to an IndexSnapshot, an IndexSnapshot to an index that answers in microseconds.

Here: parsing, cutting, BM25, vectors fused with it where a Mission asks for them, and how good a search is.
Not here: which files a Mission names (``building``), reading texts into features (``features``), checks on what was
found (``guardrails``).
"""

from gonogo.retrieval.backends import INDEXES, IndexFactory, IndexOptions, index_backend, known_indexes
from gonogo.retrieval.bm25 import Bm25
from gonogo.retrieval.chunk_cache import read_checked, write_checked
from gonogo.retrieval.chunking import StructureChunker, count_tokens
from gonogo.retrieval.documents import MAX_BYTES, PARSERS, read_documents
from gonogo.retrieval.embedded import EmbeddedBackend
from gonogo.retrieval.evaluation import (
    JudgedQuestion,
    QuestionScore,
    RetrievalReport,
    by_id,
    by_source,
    evaluate,
)
from gonogo.retrieval.fused import FusedIndex
from gonogo.retrieval.remote import RemoteBackend, Row, VectorServer
from gonogo.retrieval.snapshot import DigestingSnapshotMaker, snapshot_digest
from gonogo.retrieval.tenants import TenantIndex
from gonogo.retrieval.weights import WeightChoice, WeightRow, choose_dense_weight

__all__ = [
    "INDEXES",
    "MAX_BYTES",
    "PARSERS",
    "Bm25",
    "DigestingSnapshotMaker",
    "EmbeddedBackend",
    "FusedIndex",
    "IndexFactory",
    "IndexOptions",
    "JudgedQuestion",
    "QuestionScore",
    "RemoteBackend",
    "RetrievalReport",
    "Row",
    "StructureChunker",
    "TenantIndex",
    "VectorServer",
    "WeightChoice",
    "WeightRow",
    "by_id",
    "by_source",
    "choose_dense_weight",
    "count_tokens",
    "evaluate",
    "index_backend",
    "known_indexes",
    "read_checked",
    "read_documents",
    "snapshot_digest",
    "write_checked",
]
