"""Cluster: golden tasks answered by the workers of a Ray cluster (the extra ``ray``), for as long as a command runs.

Here: starting workers, which of them takes an attempt, replacing one that died, what is sent to them. Not here: what a
worker does (``cluster_worker``), how many attempts are in flight (``evaluation.pace``), the store, which stays here.

How many tasks are in flight is decided once, for all workers together, as without a cluster: every call that a worker
makes is told back with its result. An attempt goes to the worker with the fewest, so that each has its even part.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from gonogo.assembly.cluster_worker import Asked, Came, Duty, Setup, Worker
from gonogo.assembly.settings import SettingsFile, ray_address
from gonogo.contracts import Felt, Took
from gonogo.domain import CLASSIFIER_PIN, GoldenTask, Judge, Mission, ModelSpec, TaskResult, Version
from gonogo.errors import BadInput, ExtraMissing, GonogoError, Unreachable
from gonogo.evaluation.judge import not_run
from gonogo.evaluation.pace import UpstreamLimits
from gonogo.release import VERSION

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace
    from gonogo.evaluation.evaluate import PlaceOf

MOST_WORKERS = 64
"""Of a cluster that nobody limited: as many as tasks are in flight at most where concurrency is learned."""
READY_WITHIN = 120.0
"""Seconds that workers may take to start."""
CLOSED_WITHIN = 5.0
"""Seconds that a worker has to give back what it holds."""
MOST_DEATHS = 3
"""Workers that may die with one task before it is a counted error: it may be what kills them."""
MOST_IN_A_ROW = 10
"""Workers that may die without any answer between before the run is given up."""


class RayWorker:
    """A ``Worker`` as Ray calls it. The Duty comes as a reference in a list, so that Ray fetches it only when asked."""

    def __init__(self, setup: bytes) -> None:
        self._worker = Worker(setup)

    async def why_not(self) -> str:
        """As ``Worker``."""
        return await self._worker.why_not()

    async def close(self) -> None:
        """As ``Worker``."""
        await self._worker.close()

    async def pid(self) -> int:
        """Of its process."""
        return os.getpid()

    async def attempt(self, duty: str, reference: list[Any], asked: bytes) -> bytes:
        """As ``Worker``."""

        async def fetch() -> bytes:
            content: bytes = await reference[0]
            return content

        return await self._worker.attempt(duty, fetch, asked)


@dataclass(eq=False, slots=True)
class _Member:
    actor: Any
    in_flight: int = 0
    died: bool = False


class WorkerDied(Exception):
    """A worker ended before it answered."""


class Cluster:
    """Opened by ``Cluster.open``; ``close`` ends the workers, and Ray where it was started here."""

    def __init__(self, ray: Any, setup: bytes, workspace: Workspace, *, ours: bool) -> None:
        self._ray, self._setup, self._workspace, self._ours = ray, setup, workspace, ours
        self._members: list[_Member] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._deaths_in_a_row = 0
        self._trouble = ""
        self._names = count()
        self.deaths = 0

    @classmethod
    async def open(cls, workspace: Workspace, versions: list[Version], workers: int | None = None) -> Cluster:
        """Start workers on the cluster that ``RAY_ADDRESS`` names, else on one of this machine alone.

        Args:
            versions: that will be run.
            workers: how many; ``None``: one for each CPU of the cluster, at most ``MOST_WORKERS``.

        Raises:
            ExtraMissing: Ray is not installed.
            BadInput: a Mission holds Python of its own, or calls are recorded or replayed.
            Unreachable: there is no such cluster, or it starts no worker of use.
        """
        check_can_spread(workspace, versions)
        try:
            import ray  # late: an optional part, which takes half a second
        except ImportError as error:
            raise ExtraMissing("ray", "--on ray") from error
        ours = not ray.is_initialized()
        if ours:
            await asyncio.to_thread(_connect, ray, workers)
        cluster = cls(ray, setup_of(workspace, versions), workspace, ours=ours)
        try:
            wanted = workers or max(1, min(MOST_WORKERS, int(ray.cluster_resources().get("CPU", 1))))
            await cluster._start(wanted)
        except BaseException:
            await cluster.close()
            raise
        return cluster

    def now(self) -> float:
        """Seconds of the monotonic clock that the pace of a run reads."""
        return self._workspace.clock.monotonic()

    @property
    def workers(self) -> int:
        """How many take attempts now."""
        return len(self._members)

    async def places(self, answering: Version, judged_by: Version) -> PlaceOf | None:
        """For ``EvaluationTools.places``."""
        duty = await duty_of(self._workspace, answering, judged_by)
        reference = await asyncio.to_thread(self._ray.put, msgspec.msgpack.encode(duty))
        return partial(RayPlace, self, f"duty-{next(self._names)}", reference)

    async def pids(self) -> list[int]:
        """Process ids of the workers, on whatever machine each is."""
        return list(await asyncio.gather(*(member.actor.pid.remote() for member in self._members)))

    async def ask(self, duty: str, reference: Any, asked: bytes) -> bytes:
        """One attempt on the worker with the fewest.

        Raises:
            WorkerDied: before it answered; another one takes its place.
            Unreachable: workers die again and again.
        """
        member = await self._fewest()
        member.in_flight += 1
        try:
            came: bytes = await member.actor.attempt.remote(duty, [reference], asked)
        except self._ray.exceptions.RayTaskError as error:
            raise GonogoError(f"a worker failed: {_first_line(error.cause)}. This is our bug") from error
        except self._ray.exceptions.RayError as error:
            self._bury(member)
            raise WorkerDied from error
        finally:
            member.in_flight -= 1
        self._deaths_in_a_row = 0
        return came

    async def close(self) -> None:
        """End what was started."""
        for starting in self._starting:
            starting.cancel()
        await asyncio.gather(*(self._end(member.actor) for member in self._members))
        self._members.clear()
        if self._ours:
            await asyncio.to_thread(self._ray.shutdown)

    async def _end(self, actor: Any) -> None:
        with suppress(TimeoutError, self._ray.exceptions.RayError):
            async with asyncio.timeout(CLOSED_WITHIN):
                await actor.close.remote()
        self._ray.kill(actor)

    async def _fewest(self) -> _Member:
        while not self._members:
            if self._deaths_in_a_row >= MOST_IN_A_ROW or not self._starting:
                why = self._trouble or f"{self._deaths_in_a_row} died without an answer"
                raise Unreachable(f"no worker of the cluster is left: {why}. See Ray's own logs")
            self._changed.clear()
            await self._changed.wait()
        return min(self._members, key=lambda member: member.in_flight)

    def _bury(self, member: _Member) -> None:
        if member.died:  # everything that was in flight on it tells the same death
            return
        member.died = True
        self._members.remove(member)
        self.deaths += 1
        self._deaths_in_a_row += 1
        if self._deaths_in_a_row < MOST_IN_A_ROW:
            self._begin()

    def _begin(self) -> asyncio.Task[None]:
        starting = asyncio.get_running_loop().create_task(self._join())
        self._starting.add(starting)
        starting.add_done_callback(self._joined)
        return starting

    def _joined(self, starting: asyncio.Task[None]) -> None:
        self._starting.discard(starting)
        self._changed.set()

    async def _join(self) -> None:
        """One more worker, once it says that it is of use."""
        actor = self._ray.remote(RayWorker).options(num_cpus=1, max_restarts=0).remote(self._setup)
        try:
            async with asyncio.timeout(READY_WITHIN):
                why: str = await actor.why_not.remote()
        except TimeoutError:
            why = f"it did not start within {READY_WITHIN:.0f} s: the cluster may have no CPU left"
        except self._ray.exceptions.RayError as error:
            why = f"it could not be started: {_first_line(error)}"
        if why:
            self._trouble = why
            self._ray.kill(actor)
            return
        self._members.append(_Member(actor))

    async def _start(self, wanted: int) -> None:
        await asyncio.gather(*(self._begin() for _ in range(wanted)))
        if not self._members:
            raise Unreachable(f"no worker of the cluster is of use: {self._trouble}")


class RayPlace:
    """The contract ``Place`` for one run on a ``Cluster``."""

    def __init__(self, cluster: Cluster, name: str, reference: Any, felt: Felt) -> None:
        self._cluster, self._name, self._reference, self._felt = cluster, name, reference, felt

    async def attempt(
        self, task: GoldenTask, repeat: int, order: int, known: TaskResult | None, took: list[Took]
    ) -> TaskResult:
        """As the contract says; a task whose worker dies is asked again on another one."""
        asked = msgspec.msgpack.encode(Asked(task=task, repeat=repeat, order=order, known=known))
        for _ in range(MOST_DEATHS):
            try:
                came = msgspec.msgpack.decode(await self._cluster.ask(self._name, self._reference, asked), type=Came)
            except WorkerDied:
                # What the dead one had spent nobody knows.
                took.append(Took(usage=None, cost=None))
                continue
            return self._heard(came, took)
        return not_run(task, f"{MOST_DEATHS} workers died while they answered it", repeat=repeat, order=order)

    def _heard(self, came: Came, took: list[Took]) -> TaskResult:
        if came.refused:
            raise BadInput(f"a worker of the cluster cannot answer: {came.refused}")
        took += came.took
        news, now = False, self._cluster.now()
        for call in came.calls:
            if call.limited is None:
                self._felt.answered(call.model, now - call.age, call.seconds)
            else:
                news |= self._felt.refused(now - call.age, call.limited, call.retry_after)
        if came.limits is not None:
            limits = UpstreamLimits(came.limits.limited or "", retry_after=came.limits.retry_after)
            limits.news = news
            raise limits
        if came.result is None:
            raise GonogoError("a worker came back with nothing: report this")
        return came.result


def check_can_spread(workspace: Workspace, versions: list[Version]) -> None:
    """Refuse what cannot be done elsewhere.

    Raises:
        BadInput: a Mission holds Python of its own, or calls are recorded or replayed.
    """
    if workspace.installed.taped:
        raise BadInput("recorded calls are in a file of this machine: leave --on ray out, or --record and --replay")
    for version in versions:
        own = [task.id for task in version.mission.golden if any(check.kind == "python" for check in _checks(task))]
        if own:
            raise BadInput(
                f"{version.name} judges with Python of its own ({', '.join(own[:3])}), which runs where the command "
                "does and nowhere else: leave --on ray out"
            )


def _checks(task: GoldenTask) -> Iterator[Any]:
    yield from task.expect
    for turn in task.follow_ups:
        yield from turn.expect


def setup_of(workspace: Workspace, versions: list[Version]) -> bytes:
    """What workers are given: of the settings what answering needs, and names of variables, never their values."""
    file = workspace.settings.file
    return msgspec.msgpack.encode(
        Setup(
            file=SettingsFile(providers=file.providers, embedders=file.embedders, indexes=file.indexes),
            variables=tuple(sorted(_variables(workspace, [version.mission for version in versions]))),
            release=VERSION,
            pins=workspace.installed.pins,
        )
    )


def _variables(workspace: Workspace, missions: list[Mission]) -> set[str]:
    """Names of the variables that these Missions need and that are set here."""
    settings, found = workspace.settings, set[str]()
    for mission in missions:
        asked: list[ModelSpec | Judge] = [*mission.models.values(), *mission.judges.values()]
        for name in {one.provider for one in asked}:
            provider = settings.provider(name)
            found |= {address.api_key_env for address in provider.addresses} if provider else set()
        if mission.retrieval is not None:
            found.add(settings.embedder(mission.retrieval.embedder).api_key_env)
            found.add(settings.index(mission.retrieval.index).token_env)
    return found & set(settings.secrets)


async def duty_of(workspace: Workspace, answering: Version, judged_by: Version) -> Duty:
    """Everything of the store and the home folder that a worker needs for one run."""
    judging = await workspace.evaluation_tools.judging(judged_by)
    return Duty(
        answering=_without_tasks(answering),
        judged_by=_without_tasks(judged_by),
        snapshot=await workspace.snapshot(answering),
        deciding=frozenset() if judging is None else judging.deciding,
        files=await asyncio.to_thread(_files, workspace, (answering, judged_by)),
    )


def _without_tasks(version: Version) -> Version:
    # Each task comes with its attempt.
    return structs.replace(version, mission=structs.replace(version.mission, golden=()))


def _files(workspace: Workspace, versions: tuple[Version, ...]) -> dict[str, bytes]:
    """Files of the home folder by their path in it: prices, the name on index servers, weights that do not come with
    gonogo, vectors of an embedder that costs."""
    installed, home = workspace.installed, workspace.settings.home
    places = [home / "prices.toml", home / "index-owner"]
    for version in versions:
        for pin, digest in version.pins.items():
            name = pin.removeprefix(CLASSIFIER_PIN)
            shipped = installed.classifiers.shipped(name) if pin.startswith(CLASSIFIER_PIN) else None
            if pin.startswith(CLASSIFIER_PIN) and (shipped is None or shipped.digest != digest):
                places.append(installed.classifiers.root / name / digest)
        policy = version.mission.retrieval
        if (
            policy is not None
            and policy.dense_weight
            and installed.embedder(policy.embedder) is not (installed.reader.embedder)
        ):
            places.append(home / "vectors" / installed.embedder(policy.embedder).digest[:16])
    return {str(path.relative_to(home)): path.read_bytes() for place in places for path in _inside(place)}


def _inside(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.glob("*") if path.is_file())


def _connect(ray: Any, workers: int | None) -> None:
    """Join the cluster that ``RAY_ADDRESS`` names, or start one here that nobody else can use.

    Raises:
        Unreachable: there is none at that address.
    """
    address = ray_address()
    alone = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", namespace="gonogo", **alone)
    except Exception as error:  # Ray has no common class for what goes wrong here
        raise Unreachable(
            f"no Ray cluster at {address}: {_first_line(error)}. Look at RAY_ADDRESS; where it wants a token, "
            "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
        ) from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
