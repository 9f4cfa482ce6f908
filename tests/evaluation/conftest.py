"""A team with a real store and real assertions, whose models say what they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gonogo.contracts import Components, Judged, JudgedCase, Metric, Provider
from gonogo.domain import (
    Assertion,
    Delta,
    EvaluationRun,
    GatePolicy,
    GoldenTask,
    Judge,
    MetricRule,
    Mission,
    ModelRequest,
    ModelSpec,
    MonitorPolicy,
    PromptSpec,
    Score,
    Usage,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.evaluation import EvaluationTools, RunOptions, run_tasks
from gonogo.evaluation.judging import Judging
from gonogo.evaluation.standings import standings_of
from gonogo.features import Reader, StaticEmbedder
from gonogo.gate import may_decide
from gonogo.metrics import BuiltInAssertions
from gonogo.store import SqliteStore, open_store

Says = Callable[[ModelRequest], str]


class Clockwork:
    """A clock that moves on by a second whenever somebody asks for the date."""

    def __init__(self) -> None:
        self.time = 10_000.0

    def now(self) -> float:
        self.time += 1.0
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0


class Speaker:
    """Answers what ``says`` gives; counts who is in flight, and holds everybody at ``gate`` while it is closed."""

    def __init__(self, says: Says | str = "yes") -> None:
        self.says: Says = says if callable(says) else lambda _: says
        self.asked: list[str] = []
        self.in_flight = self.most_in_flight = 0
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def name(self) -> str:
        return "speaker"

    async def generate(self, request: ModelRequest) -> AsyncIterator[Delta]:
        self.asked.append(request.question)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
            yield Delta(content=self.says(request), finish_reason="stop", usage=Usage(input=10, output=5))
        finally:
            self.in_flight -= 1

    async def close(self) -> None:
        """Nothing is held open."""


class Bench:
    """A judge that says what ``verdicts`` makes of a case: a value, or text: why it failed. ``asked`` outlives it."""

    def __init__(self, spec: Judge, verdicts: Callable[[JudgedCase], float | str], before: Bench | None = None) -> None:
        self.spec, self.verdicts = spec, verdicts
        self.asked: list[JudgedCase] = before.asked if before else []

    def over(self, wrap: Callable[[Provider], Provider]) -> Bench:
        return self

    async def judge(self, case: JudgedCase) -> Judged:
        self.asked.append(case)
        said, name, digest = self.verdicts(case), self.spec.name, self.spec.digest
        if isinstance(said, str):
            return Judged(score=Score(metric=name, state="error", detail=said, judge=digest), usage=Usage(input=7))
        score = Score(metric=name, value=said, passed=self.spec.passes(said), judge=digest)
        return Judged(score=score, usage=Usage(input=7, output=3), cost=0.5)


class NoPrices:
    def price(self, provider: str, model: str) -> None:
        return None


class Team:
    """Builds Versions and evaluates them. Prompt ``p`` is answered by ``speakers[p]``, or by a new Speaker."""

    def __init__(self, store: SqliteStore, reader: Reader) -> None:
        self.store, self.reader, self.clock = store, reader, Clockwork()
        self.assertions = BuiltInAssertions(reader)
        self.speakers: dict[str, Speaker] = {}
        self.metrics: tuple[Metric, ...] = ()
        self.rulers: dict[str, tuple[Metric, ...]] = {}
        self.benches: dict[str, Bench] = {}
        self.verdicts: Callable[[JudgedCase], float | str] = lambda case: float(case.answer == "yes")

    def tasks(self, count: int, *, tag: str = "") -> tuple[GoldenTask, ...]:
        """Each expects the word yes."""
        expect = (Assertion(kind="contains", value="yes"),)
        tags = (tag,) if tag else ()
        return tuple(GoldenTask(id=f"t{n}", question=f"Question {n}?", expect=expect, tags=tags) for n in range(count))

    async def build(
        self,
        prompt: str = "Answer.",
        tasks: Sequence[GoldenTask] | None = None,
        *,
        sample: float = 1.0,
        says: Says | str = "yes",
        judges: Mapping[str, Judge] | None = None,
        **gate: object,
    ) -> Version:
        mission = Mission(
            name="support",
            models={"only": ModelSpec(provider="speaker", model="m")},
            prompt=PromptSpec(system=prompt),
            golden=tuple(tasks if tasks is not None else self.tasks(60)),
            gate=GatePolicy(**{"require": {"pass_rate": MetricRule(margin=0.05)}, **gate}),
            monitors=MonitorPolicy(sample=sample),
            judges=dict(judges or {}),
        )
        parts = part_digests(mission, None, {})
        draft = Version(
            mission=mission,
            number=0,
            parts=parts,
            behaviour_digest=behaviour_digest("support", parts),
            gate_digest=gate_digest(parts),
            index_digest=None,
            pins={},
            created_at=self.clock.now(),
            edited_at=9_000.0,
        )
        self.speakers.setdefault(prompt, Speaker(says))
        return await self.store.add_version(draft, None)

    def parts(self, provider: Provider) -> Components:
        return Components(
            reader=self.reader,
            providers={"only": provider},
            prices=NoPrices(),
            metrics=self.metrics,
            clock=self.clock,
        )

    async def components(self, version: Version) -> Components:
        """Metrics of its own for a prompt in ``rulers``."""
        metrics = self.rulers.get(version.mission.prompt.system, self.metrics)
        return replace(self.parts(self.speaker(version)), metrics=metrics)

    def speaker(self, version: Version) -> Speaker:
        return self.speakers[version.mission.prompt.system]

    @property
    def tools(self) -> EvaluationTools:
        return EvaluationTools(
            components=self.components,
            assertions=self.assertions,
            store=self.store,
            clock=self.clock,
            judging=self.judging,
        )

    async def judging(self, version: Version) -> Judging | None:
        """A Bench a judge, kept in ``benches`` by name; what they say is ``verdicts``."""
        mission = version.mission
        if not mission.judges:
            return None
        for name, judge in mission.judges.items():
            self.benches[name] = Bench(judge, self.verdicts, self.benches.get(name))
        required = frozenset(mission.gate.require) & frozenset(mission.judges)
        deciding = may_decide(await standings_of(mission, self.store))
        return Judging(judges=dict(self.benches), required=required, deciding=deciding)

    async def run(self, version: Version, **options: object) -> EvaluationRun:
        """The Version on its own tasks."""
        return await run_tasks(
            version,
            version.mission.golden,
            version.gate_digest,
            await self.components(version),
            self.assertions,
            self.store,
            RunOptions(**options),
        )


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The built-in reader, with its weights."""
    return Reader(StaticEmbedder())


@pytest.fixture
async def team(tmp_path: Path, reader: Reader) -> AsyncIterator[Team]:
    """A team with an empty store on disk."""
    store = await open_store(tmp_path / "store")
    yield Team(store, reader)
    await store.close()


@pytest.fixture
def brackenfield() -> Path:
    """The folder of the example Mission."""
    return Path(__file__).parents[2] / "examples" / "brackenfield"
