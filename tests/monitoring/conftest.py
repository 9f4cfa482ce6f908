"""A support desk with four kinds of questions, whose answers look alike only within a kind."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from msgspec import structs

from gonogo.clock import new_id
from gonogo.domain import (
    Deployment,
    GuardrailPolicy,
    GuardrailRule,
    Mission,
    ModelSpec,
    MonitorPolicy,
    PromptSpec,
    Score,
    Trace,
    Version,
    behaviour_digest,
    gate_digest,
    part_digests,
)
from gonogo.features import Reader, StaticEmbedder
from gonogo.metrics.refusal import is_refusal
from gonogo.store import SqliteStore, open_store

SECOND = 60.0
"""One request a minute."""

QUESTIONS = {
    "refund": ("How do I get a refund for my {thing}?", "When is the money for my {thing} paid back?"),
    "battery": ("How long does the battery of the {thing} last?", "Which battery fits into the {thing}?"),
    "shipping": ("When does the parcel with my {thing} arrive?", "How much is shipping for the {thing}?"),
    "alarm": ("Why does the {thing} send alarms at night?", "How do I silence the alarm of the {thing}?"),
}
ANSWERS = {
    "refund": (
        "We pay refunds within fourteen days of the return.",
        "Send the {thing} back with the form that came in the box.",
        "The money goes to the card you paid with.",
    ),
    "battery": (
        "The battery of the {thing} lasts about eighteen months.",
        "It takes one lithium cell, which you change without tools.",
    ),
    "shipping": (
        "Parcels with the {thing} arrive after three working days.",
        "Shipping is free from fifty euros on.",
        "You can follow the parcel with the number in our message.",
        "Islands take two days longer than the mainland.",
        "Express delivery brings it the next morning.",
    ),
    "alarm": (
        "The {thing} sends an alarm when the reading leaves its limits.",
        "Open the app, choose the logger and press Silence.",
        "Night alarms often come from a defrost cycle.",
    ),
}
THINGS = ("logger", "hub", "probe", "fridge sensor", "gateway", "freezer logger", "door contact", "display")
REFUSALS = ("I do not know: the documents do not say.", "I'm sorry, I cannot help with that request.")
EVEN = dict.fromkeys(QUESTIONS, 1.0)


class Desk:
    """Makes Traces of a desk; ``spoil`` names what goes wrong with a ``share`` of the answers."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made = 0

    def trace(
        self,
        *,
        version: int = 1,
        mix: dict[str, float] = EVEN,
        spoil: str | None = None,
        share: float = 1.0,
        environment: str = "production",
    ) -> Trace:
        draw = self.random
        topic = draw.choices(list(mix), list(mix.values()))[0]
        thing = draw.choice(THINGS)
        answer = self.answer(topic, thing)
        if spoil is not None and draw.random() < share:
            answer = self.spoilt(spoil, answer)
        self.made += 1
        return Trace(
            id=f"{self.made:024x}{draw.getrandbits(32):08x}",
            created_at=1_000_000.0 + SECOND * self.made,
            mission="support",
            version=version,
            behaviour_digest=f"b{version}",
            environment=environment,
            question=draw.choice(QUESTIONS[topic]).format(thing=thing),
            answer=answer,
            outcome="answered",
            wall=draw.uniform(0.1, 0.5),
            cpu=0.002,
        )

    def answer(self, topic: str, thing: str) -> str:
        said = list(ANSWERS[topic])
        self.random.shuffle(said)
        return " ".join(said[: self.random.randint(1, len(said))]).format(thing=thing)

    def traces(self, count: int, **more: object) -> list[Trace]:
        return [self.trace(**more) for _ in range(count)]  # type: ignore[arg-type]

    def spoilt(self, how: str, answer: str) -> str:
        if how == "truncated":
            return " ".join(answer.split()[:3])
        if how == "refusing":
            return self.random.choice(REFUSALS)
        assert how == "swapped"
        return self.answer(self.random.choice(list(ANSWERS)), self.random.choice(THINGS))

    @staticmethod
    def judged(traces: Sequence[Trace], metric: str, values: Sequence[float]) -> list[Trace]:
        """With one Score each, taking the values in turn."""
        return [
            structs.replace(trace, scores=(Score(metric=metric, value=values[place % len(values)]),))
            for place, trace in enumerate(traces)
        ]


@pytest.fixture
def desk() -> Desk:
    return Desk(7)


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture
def refusal() -> Callable[[str], bool]:
    return is_refusal


class Place:
    """A store with an Environment in which Versions go live; ``time`` is the clock."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.time = 1_000_000.0
        self.live: int | None = None
        self.revision = 0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def cpu(self) -> float:
        return 0.0

    async def build(self, *, roll_back_on: tuple[str, ...] = (), injection: bool = False) -> int:
        """The number of a new Version."""
        rules = (GuardrailRule(check="injection", action="block"),) if injection else ()
        mission = Mission(
            name="support",
            models={"small": ModelSpec(provider="local", model="m")},
            prompt=PromptSpec(system=f"Prompt {len(await self.store.versions('support'))}"),
            guardrails=GuardrailPolicy(input=rules),
            monitors=MonitorPolicy(roll_back_on=roll_back_on),
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
            created_at=self.time,
            edited_at=self.time,
        )
        return (await self.store.add_version(draft, None)).number

    async def move(self, version: int, *, kind: str = "deploy", at: float | None = None) -> Deployment:
        self.revision += 1
        made = Deployment(
            id=new_id(self.time),
            mission="support",
            environment="production",
            version=version,
            previous=self.live,
            kind=kind,  # type: ignore[arg-type]
            author="ana",
            created_at=self.time if at is None else at,
            revision=self.revision,
        )
        await self.store.move(made, self.revision - 1)
        self.live = version
        return made

    async def serve(self, traces: Sequence[Trace]) -> None:
        """Record Traces; time moves to just after the last."""
        await self.store.add_traces(traces)
        self.time = traces[-1].created_at + 1.0


@pytest.fixture
def prepare(tmp_path: Path) -> Callable[[Callable[[Place], Awaitable[None]]], Path]:
    """Fills a home before commands look at it, outside their event loop; gives the home."""

    def run(work: Callable[[Place], Awaitable[None]]) -> Path:
        async def body() -> None:
            store = await open_store(tmp_path / "home")
            await work(Place(store))
            await store.close()

        asyncio.run(body())
        return tmp_path / "home"

    return run


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    store = await open_store(tmp_path / "store")
    yield Place(store)
    await store.close()
