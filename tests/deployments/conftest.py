"""A team's Mission with golden tasks, in a real store, judged by the real gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.clock import new_id
from gonogo.deployments import deploy
from gonogo.domain import (
    Assertion,
    Deployment,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    MetricRule,
    Mission,
    ModelSpec,
    PromptSpec,
    TaskResult,
    Verdict,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.evaluation import recompute
from gonogo.gate import decide
from gonogo.store import SqliteStore, open_store

TASKS = 40


class Team:
    """Builds, evaluates and deploys; time is what ``now`` says."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.time = 10_000.0

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0

    async def build(self, prompt: str, *, mode: str = "enforced", margin: float = 0.2, sample: float = 1.0) -> Version:
        """A stored Version; another ``sample`` changes monitors only, and so no behaviour."""
        golden = tuple(
            GoldenTask(id=f"t{number}", question="q", expect=(Assertion(kind="contains", value="a"),))
            for number in range(TASKS)
        )
        mission = Mission(
            name="support",
            models={"small": ModelSpec(provider="local", model="m")},
            prompt=PromptSpec(system=prompt),
            golden=golden,
            gate=GatePolicy(require={"pass_rate": MetricRule(margin=margin)}, mode=mode),
        )
        mission = structs.replace(mission, monitors=structs.replace(mission.monitors, sample=sample))
        parts = part_digests(mission, None, {})
        draft = Version(
            mission=mission,
            number=0,
            parts=parts,
            behaviour_digest=behaviour_digest("support", parts),
            gate_digest=gate_digest(parts),
            index_digest=None,
            pins={},
            created_at=self.now(),
            edited_at=9_000.0,
        )
        return await self.store.add_version(draft, None)

    async def run(self, version: Version, judged_by: Version, failing: int) -> EvaluationRun:
        """A stored, finished run in which the first ``failing`` tasks fail."""
        run = EvaluationRun(
            id=new_id(self.now()),
            mission="support",
            version=version.number,
            behaviour_digest=version.behaviour_digest,
            gate_digest=judged_by.gate_digest,
            seed=1,
            started_at=self.now(),
            results=tuple(
                TaskResult(task_id=f"t{number}", answer="a", passed=number >= failing, latency=0.1)
                for number in range(TASKS)
            ),
        )
        await self.store.start_run(run)
        await self.store.finish_run(run.id, self.now(), 1.0, 1.0)
        found = await self.store.run(run.id)
        assert found is not None
        return found

    async def evaluate(self, version: Version, live: Version | None, *, failing: int = 0) -> Verdict:
        """A stored Verdict; the live Version fails no task."""
        ours = await self.run(version, version, failing)
        theirs = None if live is None else await self.run(live, version, 0)
        verdict = decide(ours, theirs, version.mission.gate, version.mission.golden)
        now = self.now()
        verdict = structs.replace(verdict, id=new_id(now), created_at=now)
        await self.store.add_verdict(verdict)
        return verdict

    async def recompute(self, verdict: Verdict) -> Verdict:
        """Again, from the store."""
        return await recompute(verdict, self.store, self.store)

    async def deploy(self, version: Version, verdict: Verdict | None, **more: object) -> Deployment:
        """Into production, as Ana unless told."""
        fields = {"environment": "production", "author": "ana", **more}
        return await deploy(
            self.store, version=version, verdict=verdict, recompute=self.recompute, clock=self, **fields
        )

    async def live(self) -> int | None:
        """What production serves."""
        place = await self.store.environment("support", "production")
        return None if place is None else place.version

    async def prove_and_deploy(self, prompt: str, live: Version | None) -> Version:
        """Build, evaluate and deploy something good."""
        version = await self.build(prompt)
        await self.deploy(version, await self.evaluate(version, live))
        return version


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """A team with an empty store."""
    store = await open_store(tmp_path / "store")
    yield Team(store)
    await store.close()
