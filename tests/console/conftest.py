"""A team's home folder with a real store: Versions, Verdicts of the real gate, Deployments and Traces."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import SettingsFile
from gonogo.clock import new_id
from gonogo.console import console_routes
from gonogo.contracts import Caller, HttpReply, HttpRequest
from gonogo.deployments import deploy
from gonogo.digest import Digest, digest_of
from gonogo.domain import (
    Assertion,
    Chunk,
    Deployment,
    EvaluationRun,
    Finding,
    GatePolicy,
    GoldenTask,
    IndexSnapshot,
    MetricRule,
    Mission,
    ModelCall,
    ModelSpec,
    PromptSpec,
    RetrievedChunk,
    RoutingDecision,
    Score,
    Span,
    TaskResult,
    Trace,
    Usage,
    Verdict,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.errors import NotFound
from gonogo.evaluation import recompute
from gonogo.gate import decide
from gonogo.retrieval import snapshot_digest
from gonogo.store import SqliteStore

TASKS = 60
START = 1_760_000_000.0
UNKNOWN = "I do not know."


class Team:
    """Builds, evaluates, deploys and asks; time is what ``now`` says."""

    def __init__(self) -> None:
        self.time = START
        self.workspace: Workspace

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0

    @property
    def store(self) -> SqliteStore:
        return self.workspace.store

    async def get(self, path: str, **more: object) -> HttpReply:
        """What the console answers at a path; raises what is not found."""
        for route in console_routes(self.workspace):
            values = _matched(route.path, path.partition("?")[0])
            if values is not None:
                try:
                    return await route.handler(HttpRequest(method="GET", path=path, path_values=values, **more))
                except NotFound:
                    raise
                except Exception as error:
                    assert route.error is not None
                    return route.error(error)
        raise LookupError(f"no route serves {path}")

    async def page(self, path: str, **more: object) -> str:
        """The text of a page."""
        return (await self.get(path, **more)).body.decode()

    def key(self, tenant: str) -> Caller:
        """Somebody with a key."""
        return Caller(key_id="k1", tenant=tenant, role="viewer")

    async def build(
        self, system: str = "Answer.", *, mission: str = "support", chunks: tuple[str, ...] = (), **more: object
    ) -> Version:
        """A stored Version with a pass rate to prove; ``more`` are fields of its Mission."""
        golden = tuple(
            GoldenTask(
                id=f"t{number}",
                question=f"How long is the warranty of model {number}?",
                expect=(Assertion(kind="contains", value=f"{number} months"),),
                tags=("warranty",),
                source=f"golden/warranty.yaml:{number + 1}",
            )
            for number in range(TASKS)
        )
        written = Mission(
            name=mission,
            models={"small": ModelSpec(provider="local", model="llama3:8b")},
            prompt=PromptSpec(system=system),
            golden=golden,
            gate=GatePolicy(require={"pass_rate": MetricRule(margin=0.1)}),
        )
        written = structs.replace(written, **more)
        snapshot = None if not chunks else self.snapshot(*chunks)
        index = None if snapshot is None else snapshot.digest
        parts = part_digests(written, index, {})
        draft = Version(
            mission=written,
            number=0,
            parts=parts,
            behaviour_digest=behaviour_digest(mission, parts),
            gate_digest=gate_digest(parts),
            index_digest=index,
            pins={},
            created_at=self.now(),
            edited_at=self.time - 90.0,
            created_by="ana",
        )
        return await self.store.add_version(draft, snapshot)

    def snapshot(self, *texts: str) -> IndexSnapshot:
        """An index of one chunk for each text."""
        chunks = tuple(
            Chunk(id=digest_of(text), text=text, source=f"page-{place}.md", heading="Terms", line=3, order=place)
            for place, text in enumerate(texts)
        )
        made = IndexSnapshot(
            digest=Digest(""), chunks=chunks, parameters={}, embedder="static", embedder_digest="e" * 64
        )
        return structs.replace(made, digest=snapshot_digest(made))

    async def run(self, version: Version, *, failing: int = 0, broken: int = 0, said: str = UNKNOWN) -> EvaluationRun:
        """A stored, finished run: the first tasks fail with what was ``said``, the next do not run."""
        run_id = new_id(self.now())
        await self.store.start_run(
            EvaluationRun(
                id=run_id,
                mission=version.mission.name,
                version=version.number,
                behaviour_digest=version.behaviour_digest,
                gate_digest=version.gate_digest,
                seed=1,
                started_at=self.now(),
                results=tuple(_result(number, failing, broken, said) for number in range(TASKS)),
            )
        )
        await self.store.finish_run(run_id, self.now(), 12.5, 3.25)
        found = await self.store.run(run_id)
        assert found is not None
        return found

    async def evaluate(
        self, version: Version, live: Version | None = None, *, failing: int = 0, broken: int = 0, said: str = UNKNOWN
    ) -> Verdict:
        """A stored Verdict of the real gate; the live Version fails no task."""
        ours = await self.run(version, failing=failing, broken=broken, said=said)
        theirs = None if live is None else await self.run(live)
        if theirs is not None:
            theirs = structs.replace(theirs, gate_digest=ours.gate_digest)
        verdict = decide(ours, theirs, version.mission.gate, version.mission.golden)
        now = self.now()
        verdict = structs.replace(verdict, id=new_id(now), created_at=now)
        await self.store.add_verdict(verdict)
        return verdict

    async def deploy(self, version: Version, verdict: Verdict | None = None, **more: object) -> Deployment:
        """Into production, as Ana unless told."""

        async def again(found: Verdict) -> Verdict:
            return await recompute(found, self.store, self.store)

        fields = {"environment": "production", "author": "ana", **more}
        return await deploy(self.store, version=version, verdict=verdict, recompute=again, clock=self, **fields)

    async def prove_and_deploy(self, system: str = "Answer.", live: Version | None = None, **more: object) -> Version:
        """Build, evaluate and deploy something good."""
        version = await self.build(system, **more)
        await self.deploy(version, await self.evaluate(version, live))
        return version

    async def ask(self, question: str = "How long is the warranty?", **more: object) -> Trace:
        """A stored Trace of a whole answer; what a test cares about it names."""
        now = self.now()
        fields = {
            "mission": "support", "version": 1, "behaviour_digest": "b" * 64, "environment": "production",
            "question": question, "answer": "Two years. [1]", "outcome": "answered", "finish_reason": "stop",
            "spans": SPANS, "chunks": CHUNKS, "citations": ("warranty.md",), "findings": (FINDING,),
            "routing": RoutingDecision(model="small", difficulty=0.21, threshold=0.5, reasons=("short question",)),
            "calls": (self.call(),), "usage": self.call().usage, "cost": 0.000125,
            "scores": (Score(metric="faithfulness", value=0.91, passed=True, detail="every sentence is supported"),),
            "wall": 0.25, "cpu": 0.02, **more,
        }  # fmt: skip
        trace = Trace(id=new_id(now), created_at=now, **fields)
        await self.store.add_traces([trace])
        return trace

    def call(self, **more: object) -> ModelCall:
        """One call of the small model."""
        usage = Usage(input=1200, output=80, cached=400, reasoning=16)
        fields = {"name": "small", "provider": "local", "model": "llama3:8b", "usage": usage, "cost": 0.000125, **more}
        return ModelCall(**fields)


SPANS = (
    Span(name="input_guardrails", start=0.0, wall=0.01, cpu=0.009),
    Span(name="retrieve", start=0.01, wall=0.04, cpu=0.008, attributes={"found": 6, "kept": 2}),
    Span(name="generate", start=0.05, wall=0.2, cpu=0.003, attributes={"model": "small"}),
)
CHUNKS = (
    RetrievedChunk(
        chunk=Chunk(id="c1", text="The warranty runs two years.", source="warranty.md", heading="Terms", line=12),
        score=7.25,
        rank=1,
        signals={"bm25": 7.25},
    ),
    RetrievedChunk(chunk=Chunk(id="c2", text="Returns take 30 days.", source="returns.md", line=3), score=2.5, rank=2),
)
FINDING = Finding(
    check="pii", stage="input", action="redact", score=0.97, where="question", kind="email", start=4, end=18,
    signals=("an address with a domain",),
)  # fmt: skip


def _result(number: int, failing: int, broken: int, said: str) -> TaskResult:
    ran = not failing <= number < failing + broken
    passed = number >= failing
    detail = "" if passed else f"'{number} months' is not in the answer {said}"
    return TaskResult(
        task_id=f"t{number}",
        answer=f"It is {number} months." if passed else said,
        passed=passed if ran else None,
        error=None if ran else "the provider timed out",
        scores=(Score(metric="contains", value=float(passed), passed=passed, detail=detail),) if ran else (),
        latency=0.2,
        usage=Usage(input=900, output=30),
        cost=0.0001,
        model="small",
    )


def _matched(pattern: str, path: str) -> dict[str, str] | None:
    names, parts = pattern.split("/"), path.split("/")
    if len(names) != len(parts):
        return None
    values = {}
    for name, part in zip(names, parts, strict=True):
        if name.startswith("{"):
            values[name.strip("{}")] = part
        elif name != part:
            return None
    return values


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """A team with an empty home."""
    made = Team()
    settings = Settings(home=tmp_path / "home", file=SettingsFile(), author="ana", secrets={})
    made.workspace = await Workspace.open(settings, clock=made)
    yield made
    await made.workspace.close()
