"""Contracts: what a component promises, as Protocols. Workflows know these and never an implementation.

Here: Protocols and the small records that travel through them. Not here: code that does anything.
"""

from gonogo.contracts.classifying import BUCKETS, Classifier, ClassifierLibrary, Example, FeatureSet, Judgement
from gonogo.contracts.components import Components
from gonogo.contracts.http import Caller, Handler, HttpReply, HttpRequest, Route
from gonogo.contracts.judges import AnswerJudge, Judged, JudgedCase
from gonogo.contracts.judging import (
    Answer,
    AnswerCache,
    Assertions,
    CachedAnswer,
    CacheKey,
    Guardrail,
    GuardrailContext,
    Metric,
    MissionPython,
    MissionPythonFailed,
)
from gonogo.contracts.knowledge import (
    EVERYWHERE,
    LEFT_OUT,
    Chunker,
    ChunkScanner,
    Forgotten,
    Index,
    IndexBackend,
    Noted,
    Progress,
    SnapshotMaker,
    Where,
)
from gonogo.contracts.models import CircuitBreaker, PriceList, Provider, Router
from gonogo.contracts.places import Felt, Place, Took
from gonogo.contracts.stores import (
    ClassifierStore,
    CostStore,
    DeploymentStore,
    EvaluationStore,
    KeyStore,
    Ledger,
    MissionFolders,
    Store,
    TraceStore,
    VersionStore,
)
from gonogo.contracts.text import Embedder, TextFeatures, TextReader

__all__ = [
    "BUCKETS",
    "EVERYWHERE",
    "LEFT_OUT",
    "Answer",
    "AnswerCache",
    "AnswerJudge",
    "Assertions",
    "CacheKey",
    "CachedAnswer",
    "Caller",
    "ChunkScanner",
    "Chunker",
    "CircuitBreaker",
    "Classifier",
    "ClassifierLibrary",
    "ClassifierStore",
    "Components",
    "CostStore",
    "DeploymentStore",
    "Embedder",
    "EvaluationStore",
    "Example",
    "FeatureSet",
    "Felt",
    "Forgotten",
    "Guardrail",
    "GuardrailContext",
    "Handler",
    "HttpReply",
    "HttpRequest",
    "Index",
    "IndexBackend",
    "Judged",
    "JudgedCase",
    "Judgement",
    "KeyStore",
    "Ledger",
    "Metric",
    "MissionFolders",
    "MissionPython",
    "MissionPythonFailed",
    "Noted",
    "Place",
    "PriceList",
    "Progress",
    "Provider",
    "Route",
    "Router",
    "SnapshotMaker",
    "Store",
    "TextFeatures",
    "TextReader",
    "Took",
    "TraceStore",
    "VersionStore",
    "Where",
]
