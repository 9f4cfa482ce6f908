"""What the tests of the store write, and the stores they write it to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gonogo.clock import new_id
from gonogo.contracts import Store
from gonogo.digest import Digest, digest_of
from gonogo.domain import (
    Account,
    ApiKey,
    Chunk,
    ClassifierCard,
    ClassifierComparison,
    ClassifierPromotion,
    ComparedRows,
    DataFingerprint,
    Deployment,
    EvaluationRun,
    Exchange,
    IndexSnapshot,
    Measure,
    Mission,
    ModelSpec,
    Part,
    PromptSpec,
    TaskResult,
    Threshold,
    Trace,
    Verdict,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.store import open_postgres, open_store

Opened = Callable[[pytest.FixtureRequest, Path], Awaitable[Store]]
STORES: dict[str, Opened] = {
    "postgres": lambda request, _: open_postgres(request.getfixturevalue("postgres").empty()),
    "sqlite": lambda _, folder: open_store(folder),
    "sqlite-power": lambda _, folder: open_store(folder, durability="power"),
}


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each kind of store, empty."""
    opened = await STORES[request.param](request, tmp_path / "store")
    yield opened
    await opened.close()


class Samples:
    """Nouns with sensible fields; what a test cares about it names."""

    def draft(self, prompt: str = "Answer.", *, mission: str = "support", index: Digest | None = None) -> Version:
        built = Mission(
            name=mission, models={"small": ModelSpec(provider="local", model="m")}, prompt=PromptSpec(system=prompt)
        )
        parts: tuple[Part, ...] = part_digests(built, index, {})
        return Version(
            mission=built,
            number=0,
            parts=parts,
            behaviour_digest=behaviour_digest(mission, parts),
            gate_digest=gate_digest(parts),
            index_digest=index,
            pins={},
            created_at=1000.0,
            edited_at=990.0,
        )

    def snapshot(self, *texts: str, first_line: int = 1) -> IndexSnapshot:
        chunks = tuple(
            Chunk(id=digest_of(text), text=text, source="a.md", line=first_line + place, order=place, metadata={"z": 1})
            for place, text in enumerate(texts)
        )
        digest = self.digest_of_snapshot(texts, first_line)
        return IndexSnapshot(
            digest=digest, chunks=chunks, parameters={"b": 1, "a": [0.1]}, embedder="static", embedder_digest="e"
        )

    @staticmethod
    def digest_of_snapshot(texts: tuple[str, ...], first_line: int) -> Digest:
        return digest_of([texts, first_line])

    def deployment(
        self, version: int, revision: int, *, previous: int | None = None, kind: str = "deploy", **more: object
    ) -> Deployment:
        fields = {
            "id": f"d{revision}", "mission": "support", "environment": "production", "author": "ana",
            "created_at": 1000.0 + revision, **more,
        }  # fmt: skip
        return Deployment(version=version, revision=revision, previous=previous, kind=kind, **fields)

    def run(self, run_id: str = "r1", **more: object) -> EvaluationRun:
        fields = {
            "mission": "support", "version": 1, "behaviour_digest": Digest("b"), "gate_digest": Digest("g"), "seed": 7,
            "started_at": 1000.0, **more,
        }  # fmt: skip
        return EvaluationRun(id=run_id, **fields)

    def result(
        self, task: str, *, passed: bool | None = True, repeat: int = 0, digest: str | None = None
    ) -> TaskResult:
        known_as = None if digest is None else Digest(digest)
        return TaskResult(task_id=task, answer=f"about {task}", passed=passed, repeat=repeat, digest=known_as)

    def verdict(self, verdict_id: str = "v1", candidate: int = 2, line: str = "GO") -> Verdict:
        return Verdict(
            id=verdict_id,
            outcome="GO",
            line=line,
            mission="support",
            candidate=candidate,
            behaviour_digest=Digest("b"),
            gate_digest=Digest("g"),
        )

    def card(self, digest: str = "a", *, name: str = "toxicity", created_at: float = 1000.0) -> ClassifierCard:
        return ClassifierCard(
            name=name,
            digest=Digest(digest),
            form="linear",
            features=f"{name}/1",
            code=Digest("c"),
            seed=0,
            created_at=created_at,
            data=self.data,
            threshold=Threshold(value=0.5, target=0.01, false_positives=Measure(value=0.01, n=100)),
        )

    data = DataFingerprint(digest=Digest("d"), rows=400, positives=200)

    def comparison(self, comparison_id: str = "c1", candidate: str = "a", baseline: str = "z") -> ClassifierComparison:
        return ClassifierComparison(
            id=comparison_id,
            name="toxicity",
            candidate=Digest(candidate),
            baseline=Digest(baseline),
            outcome="better",
            overall=ComparedRows(name="all rows", rows=400, candidate=0.9, baseline=0.8, low=0.05, high=0.15),
            slices=(),
            margin=0.02,
            data=self.data,
            tested_on="rows.jsonl",
            author="ana",
            created_at=1000.0,
        )

    def promotion(self, digest: str | None, revision: int, **more: object) -> ClassifierPromotion:
        fields = {"name": "toxicity", "previous": None, "author": "ana", "created_at": 1000.0 + revision, **more}
        return ClassifierPromotion(digest=digest and Digest(digest), revision=revision, **fields)

    def key(self, key_id: str, created_at: float = 1000.0, **more: object) -> ApiKey:
        fields = {"hashed": f"hash of {key_id}", "tenant": "acme", "role": "viewer", **more}
        return ApiKey(id=key_id, created_at=created_at, **fields)

    def exchange(self, number: int, *, limit: int = 1000, **more: int) -> Exchange:
        return Exchange(account=Account(scope="key", name="k1", day="2026-11-26"), limit=limit, number=number, **more)

    def trace(self, trace_id: str | None = None, created_at: float = 1000.0, **more: object) -> Trace:
        fields = {
            "mission": "support", "version": 1, "behaviour_digest": "b", "environment": "production",
            "question": "Why?", "answer": "Because.", "outcome": "answered", **more,
        }  # fmt: skip
        return Trace(id=trace_id or new_id(created_at), created_at=created_at, **fields)


@pytest.fixture
def samples() -> Samples:
    """Makers of nouns."""
    return Samples()


@pytest.fixture
def benchmarks() -> Path:
    """The folder of the scripts that measure, and kill."""
    return Path(__file__).parents[2] / "benchmarks"
