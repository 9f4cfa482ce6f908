"""Workspace: one home folder opened: its store, its components, and every verb of gonogo as an async method.

Here: joining workflows to what they need; command line, HTTP, console and Python all come through here.
Not here: the workflows themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from gonogo.access import read_pepper
from gonogo.assembly.allowances import allowances_of
from gonogo.assembly.asking import ask
from gonogo.assembly.deploying import DeploymentVerbs
from gonogo.assembly.folders import FolderVerbs
from gonogo.assembly.index_preparing import IndexPreparing
from gonogo.assembly.keeping import Forgotten, forget_user
from gonogo.assembly.keys import KeyVerbs
from gonogo.assembly.operations import Operations
from gonogo.assembly.problem_places import placed, problems_placed
from gonogo.assembly.reference import Reference, parse_reference
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT, Serving
from gonogo.assembly.stores import open_store_of, spool_of
from gonogo.assembly.versions import VersionVerbs
from gonogo.assembly.watching import WatchVerbs
from gonogo.building import (
    BuildResult,
    Report,
    Toolbox,
    build,
    validate,
)
from gonogo.clock import Clock, SystemClock
from gonogo.contracts import Answer, Components, Store
from gonogo.domain import (
    EvaluationRun,
    IndexSnapshot,
    Json,
    Score,
    Trace,
    Verdict,
    Version,
)
from gonogo.errors import NotFound
from gonogo.evaluation import EvaluationTools, RunOptions, evaluate
from gonogo.evaluation.verdicts import newest_verdict

SHORTEST_PREFIX = 6
"""Digits of a Trace's id that the store needs at least."""


if TYPE_CHECKING:
    from gonogo.assembly.backtests import BacktestVerbs
    from gonogo.assembly.classifier_verbs import ClassifierVerbs
    from gonogo.assembly.cluster import Cluster
    from gonogo.assembly.comparison import ComparisonVerbs
    from gonogo.assembly.golden import GoldenVerbs
    from gonogo.assembly.installed import Installed
    from gonogo.assembly.judges import JudgeVerbs
    from gonogo.assembly.knowledge import KnowledgeVerbs
    from gonogo.assembly.moving import MovingVerbs
    from gonogo.assembly.paying import Payer
    from gonogo.assembly.plans import PlanVerbs
    from gonogo.assembly.search_quality import SearchQuality
    from gonogo.assembly.settings import Settings
    from gonogo.assembly.traffic import TrafficVerbs
    from gonogo.evaluation.judging import Judging
    from gonogo.pipeline import Reply
    from gonogo.store import TraceSpool


class Workspace:
    """Use as ``async with await Workspace.open(settings) as workspace``."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self._components: dict[tuple[str, str], Components] = {}
        self._building = asyncio.Lock()
        self.servings: list[Serving] = []
        self.operations = Operations(clock, store)

    @cached_property
    def _spool(self) -> TraceSpool:
        return spool_of(self.settings, self.store)

    @cached_property
    def installed(self) -> Installed:
        """The components of this installation."""
        # Imported late: numpy and every component, which commands that only list things never need.
        from gonogo.assembly.installed import Installed

        return Installed(self.settings, self.clock)

    @cached_property
    def classifiers(self) -> ClassifierVerbs:
        """Trained classifiers: train, compare, promote, roll back."""
        from gonogo.assembly.classifier_verbs import ClassifierVerbs  # late, as `installed`

        return ClassifierVerbs(self)

    @cached_property
    def versions(self) -> VersionVerbs:
        """What was built: listed, compared, its parts' histories."""
        return VersionVerbs(self)

    @cached_property
    def traffic(self) -> TrafficVerbs:
        """Classifiers held against Traces: rows to learn from, skew, drift, bias."""
        from gonogo.assembly.traffic import TrafficVerbs  # late, as `installed`

        return TrafficVerbs(self)

    @cached_property
    def folders(self) -> FolderVerbs:
        """What can be asked of an edited folder, of which nothing is stored."""
        return FolderVerbs(self)

    @cached_property
    def deployments(self) -> DeploymentVerbs:
        """What serves in each Environment: change it, list it, its history."""
        return DeploymentVerbs(self)

    @cached_property
    def watch(self) -> WatchVerbs:
        """How what is live fares, why an answer was bad, what it all took."""
        return WatchVerbs(self)

    @cached_property
    def knowledge(self) -> KnowledgeVerbs:
        """What Missions know: status, diff, search."""
        from gonogo.assembly.knowledge import KnowledgeVerbs  # late, as `installed`

        return KnowledgeVerbs(self)

    @cached_property
    def search_quality(self) -> SearchQuality:
        """How well pages are found: evaluate and tune the search, collect what no Version needs."""
        from gonogo.assembly.search_quality import SearchQuality  # late, as `installed`

        return SearchQuality(self)

    @cached_property
    def comparison(self) -> ComparisonVerbs:
        """Versions and models side by side."""
        from gonogo.assembly.comparison import ComparisonVerbs  # late, as `installed`

        return ComparisonVerbs(self)

    @cached_property
    def plans(self) -> PlanVerbs:
        """What evaluations would take, before they run."""
        from gonogo.assembly.plans import PlanVerbs  # late, as `installed`

        return PlanVerbs(self)

    @cached_property
    def judges(self) -> JudgeVerbs:
        """Models that judge answers: how they stand, labels for them, calibrating."""
        from gonogo.assembly.judges import JudgeVerbs  # late, as `installed`

        return JudgeVerbs(self)

    @cached_property
    def moving(self) -> MovingVerbs:
        """What other tools wrote becomes a Mission folder."""
        from gonogo.assembly.moving import MovingVerbs  # late, as `installed`

        return MovingVerbs(self)

    @cached_property
    def golden(self) -> GoldenVerbs:
        """Golden tasks: made from Traces, in the shadow, raised to gating."""
        from gonogo.assembly.golden import GoldenVerbs  # late, as `installed`

        return GoldenVerbs(self)

    @cached_property
    def backtests(self) -> BacktestVerbs:
        """Recorded questions asked again of a candidate."""
        from gonogo.assembly.backtests import BacktestVerbs  # late, as `installed`

        return BacktestVerbs(self)

    @cached_property
    def keys(self) -> KeyVerbs:
        """Keys of the gateway: create, list, rotate, revoke."""
        return KeyVerbs(self.store, self.pepper, self.clock)

    @cached_property
    def pepper(self) -> bytes:
        """What the hashes of keys are keyed with: of the variable that the settings name, else of a file in the home
        folder.

        Raises:
            BadInput: it cannot be used.
        """
        return read_pepper(self.settings.home, self.settings.secrets.get(self.settings.file.keys.pepper_env, ""))

    async def toolbox(self) -> Toolbox:
        """What building needs, with the classifiers as they are promoted now."""
        from gonogo.assembly.classifier_pins import with_classifiers  # late, as `installed`

        return await with_classifiers(self.installed.toolbox, self.installed.classifiers, self.store)

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None) -> Workspace:
        """Open the store that the settings name, making it where there is none.

        Raises:
            StoreTooNew: it was written by a newer gonogo.
            StoreBusy: it is locked or its disk is full.
            StoreDown: its server does not answer.
        """
        clock = clock or SystemClock()
        return cls(settings, await open_store_of(settings, clock), clock)

    async def __aenter__(self) -> Workspace:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End operations, then close providers and the store."""
        await self.operations.close()
        if "_spool" in self.__dict__:
            await self._spool.close()
        if "installed" in self.__dict__:
            await self.installed.close()
        await self.store.close()

    # --- Write ---------------------------------------------------------------------------------------------------

    async def validate(self, folder: Path) -> Report:
        """Every problem and warning of a folder, each with the path of its file.

        Raises:
            NotFound: no such folder.
        """
        report = await asyncio.to_thread(validate, folder, await self.toolbox())
        warnings = report.warnings
        if report.mission is not None and report.mission.judges:
            warnings = (*warnings, *await self.judges.warnings(report.mission))
        return replace(report, problems=placed(folder, report.problems), warnings=placed(folder, warnings))

    async def build(
        self,
        folder: Path,
        *,
        update_lock: bool = False,
        progress: Callable[[int, int], None] | None = None,
        index_progress: Callable[[int, int], None] | None = None,
        author: str | None = None,
        remember: bool = True,
    ) -> BuildResult:
        """Folder to Version.

        Args:
            author: who, where it is not the one of the settings.
            remember: the folder is where the Mission is edited, so that ``status`` can look for changes there.
            progress: called with (documents read, documents in all), and then with (chunks checked, chunks that were
                not checked before), on another thread.
            index_progress: called with (chunks whose vectors stand in the index, chunks in all), on another thread.

        Raises:
            MissionInvalid: with every problem; nothing was written.
            NotFound: no such folder.
            BadInput: the home folder cannot take the weights of the shipped classifiers, or the index is refused.
            Unreachable: the server of the index does not answer. The Version is stored and cannot be served; the same
                call goes on with the upload.
        """
        index = IndexPreparing(self.installed, index_progress)
        try:
            with problems_placed(folder):
                result = await build(
                    folder,
                    await self.toolbox(),
                    self.store,
                    self.clock,
                    author or self.settings.author,
                    progress,
                    update_lock=update_lock,
                    drafted=index.begin,
                )
            await asyncio.to_thread(self.installed.classifiers.keep_shipped, result.version.pins)
            if remember:
                await self.store.remember_folder(result.version.mission.name, str(folder.absolute()))
            await index.finish(result)
        finally:
            await index.leave()
        return replace(result, warnings=placed(folder, result.warnings))

    async def known(self, mission: str) -> str:
        """The same name, when the store holds a Mission of it.

        Raises:
            NotFound: names the nearest.
        """
        if mission not in await self.store.missions():
            raise NotFound(await self._no_mission(mission))
        return mission

    async def version(self, name: str) -> Version:
        """``support@7``; ``support`` is its newest Version, ``support:staging`` what is live there.

        Raises:
            NotFound: names the nearest, or how to list.
        """
        reference = parse_reference(name)
        if reference.environment is not None:
            return await self.live(reference.mission, reference.environment)
        if reference.version is None:
            newest = await self.store.versions(reference.mission, limit=1)
            if newest:
                return newest[0]
        else:
            found = await self.store.version(reference.mission, reference.version)
            if found is not None:
                return found
        raise NotFound(await self._unknown(reference))

    async def live(self, mission: str, environment: str) -> Version:
        """What serves in an Environment.

        Raises:
            NotFound: nothing does.
        """
        found = await self.find_live(mission, environment)
        if found is None:
            raise NotFound(f"nothing of {mission} is live in {environment}: see `gonogo status`")
        return found

    async def find_live(self, mission: str, environment: str) -> Version | None:
        """What serves in an Environment, or ``None`` before the first deployment."""
        place = await self.store.environment(mission, environment)
        return None if place is None else await self.version(f"{mission}@{place.version}")

    async def snapshot(self, version: Version) -> IndexSnapshot | None:
        """The knowledge of a Version, verified."""
        if version.index_digest is None:
            return None
        found = await self.store.snapshot(version.index_digest)
        if found is None:
            raise NotFound(f"the IndexSnapshot of {version.name} is not in the store: build the folder again")
        return found

    # --- Prove ---------------------------------------------------------------------------------------------------

    async def components(self, version: Version) -> Components:
        """The Components of a Version, whole, built once and kept."""
        from gonogo.assembly.installed import load_weights  # late, as `installed`

        parts = await self._examined(version)
        await asyncio.to_thread(load_weights, parts)
        return parts

    async def _examined(self, version: Version) -> Components:
        """As ``components``; what never judges in an evaluation is not read."""
        key = (version.mission.name, version.behaviour_digest)
        async with self._building:
            if key not in self._components:
                snapshot = await self.snapshot(version)
                self._components[key] = await asyncio.to_thread(self.installed.components, version, snapshot)
            return self._components[key]

    @property
    def evaluation_tools(self) -> EvaluationTools:
        """What ``evaluate`` needs."""
        return EvaluationTools(
            components=self._examined,
            assertions=self.installed.assertions,
            store=self.store,
            clock=self.clock,
            judging=self._judging,
        )

    async def _judging(self, version: Version) -> Judging | None:
        # A Mission without judges loads nothing of them.
        return await self.judges.judging(version) if version.mission.judges else None

    async def evaluate(
        self,
        candidate: Version,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        options: RunOptions | None = None,
        payer: Payer | None = None,
        on: Cluster | None = None,
    ) -> Verdict:
        """Prove a candidate against what is live in an Environment.

        Args:
            payer: whose limits and budgets hold.
            on: whose workers answer the golden tasks; ``None`` is this process.
        """
        live, options = await self.find_live(candidate.mission.name, environment), options or RunOptions()
        tools = self.evaluation_tools if payer is None else payer.tools()
        if payer is not None:
            options = replace(options, funds=payer.funds)
        if on is not None:
            tools = replace(tools, places=on.places)
        return await evaluate(candidate, live, tools, options)

    async def cluster(
        self, candidate: Version, *, environment: str = DEFAULT_ENVIRONMENT, workers: int | None = None
    ) -> Cluster:
        """Workers that can prove a candidate against what is live in an Environment; whoever opened them closes them.

        Raises:
            ExtraMissing, BadInput, Unreachable: as ``Cluster.open``.
        """
        from gonogo.assembly.cluster import Cluster  # late: the extra `ray`, which few commands need

        live = await self.find_live(candidate.mission.name, environment)
        return await Cluster.open(self, [candidate, *([live] if live else [])], workers)

    def use_tape(self, path: Path, *, record: bool) -> None:
        """Record every call of a model that is not built in to a file, or answer all of them from it.

        Raises:
            NotFound: no such file to replay.
            BadInput: it holds something else, or models were asked before.
        """
        from gonogo.providers.recording import Tape  # late, as `installed`

        self.installed.use_tape(Tape(path, record=record))

    async def verdict(self, name: str, *, backtest: bool = False) -> Verdict:
        """A Verdict by id, or the newest of ``support@7`` on golden tasks; on recorded questions with ``backtest``.

        Raises:
            NotFound: there is none.
        """
        found = await self.store.verdict(name) if len(name) == 32 else None
        if found is None:
            version = await self.version(name)
            found = await newest_verdict(self.store, version.mission.name, version.number, backtest=backtest)
        if found is None:
            command = "backtest" if backtest else "evaluate"
            raise NotFound(f"{name} has no Verdict yet: run `gonogo {command} {name}`")
        return found

    async def run(self, run_id: str) -> EvaluationRun | None:
        """A stored EvaluationRun with its results."""
        return await self.store.run(run_id)

    async def score(self, answer: Answer) -> tuple[Score, ...]:
        """Every metric of an answer that was made elsewhere."""
        metrics = tuple(self.installed.metrics.values())
        # On a thread: megabytes of text take seconds, and a server answers others meanwhile.
        return await asyncio.to_thread(lambda: tuple([metric.score(answer) for metric in metrics]))

    # --- Run and watch -------------------------------------------------------------------------------------------

    def serving(self, *, workers: int = 1, spool: TraceSpool | None = None) -> Serving:
        """What a server answers from; it takes over at once what this Workspace deploys or rolls back.

        Args:
            workers: processes like this one that share every limit of requests and tokens.
            spool: where Traces go; unless told beside the store, and a moment later into it.
        """
        spool = spool or self._spool
        allowances = allowances_of(self.settings, self.store, self.clock, workers=workers)
        serving = Serving(self.store, self.components, self.clock, spool, allowances)
        self.servings.append(serving)
        return serving

    async def ask(
        self,
        version: Version,
        question: str,
        *,
        keep: bool = False,
        environment: str = "",
        metadata: Json | None = None,
    ) -> Reply:
        """One question through the whole pipeline. ``keep`` stores its Trace; ``metadata`` is for routing rules."""
        parts = await self.components(version)
        kept_in = self.store if keep else None
        return await ask(
            version, parts, question, self.clock, kept_in=kept_in, environment=environment, metadata=metadata
        )

    async def traces(
        self,
        mission: str | None = None,
        *,
        version: int | None = None,
        environment: str | None = None,
        session: str | None = None,
        outcome: str | None = None,
        tenant: str | None = None,
        missions: Sequence[str] = (),
        before: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> list[Trace]:
        """The last Traces, newest first; ``None`` leaves a field open.

        Args:
            missions: of these only, where any is named.
            before: older than the Trace that was made then and has this id.

        Raises:
            NotFound: no such Mission.
        """
        mission = mission and await self.known(mission)
        return await self.store.traces(
            mission, version=version, environment=environment, session=session, outcome=outcome, tenant=tenant,
            missions=missions, before=before, limit=limit,
        )  # fmt: skip

    async def trace(self, trace_id: str, tenant: str | None = None) -> Trace:
        """A Trace by id or unique prefix; among those of a tenant, where one is named.

        Raises:
            NotFound: there is none, or the prefix is too short to tell.
            BadInput: more than one begins so.
        """
        found = await self.store.trace(trace_id, tenant)
        if found is None:
            short = f" (a beginning needs {SHORTEST_PREFIX} digits)" if len(trace_id) < SHORTEST_PREFIX else ""
            raise NotFound(f"there is no Trace {trace_id}{short}; `gonogo traces` lists the last ones")
        return found

    async def forget(self, user: str, *, tenant: str | None = None, author: str | None = None) -> Forgotten:
        """Delete every Trace of a user, and write down who did it.

        Raises:
            BadInput: no user is named.
        """
        author = author or self.settings.author
        return await forget_user(self.settings, self.store, self.pepper, self.clock, user, tenant, author)

    async def _unknown(self, reference: Reference) -> str:
        if reference.mission in await self.store.missions():
            return f"there is no {reference}; `gonogo log {reference.mission}` lists its Versions"
        return await self._no_mission(reference.mission)

    async def _no_mission(self, mission: str) -> str:
        missions = await self.store.missions()
        close = get_close_matches(mission, missions, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(missions) or 'none yet'}."
        return f"there is no Mission '{mission}' in {self.settings.home}; {hint} `gonogo build FOLDER` adds one"
