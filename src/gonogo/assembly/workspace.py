"""Workspace: one home folder opened: its store, its components, and every verb of gonogo as an async method.

Here: joining workflows to what they need; command line, HTTP, console and Python all come through here.
Not here: the workflows themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from gonogo.access import read_pepper
from gonogo.assembly.allowances import Allowances
from gonogo.assembly.budgets import BudgetStanding, standings
from gonogo.assembly.cost import CostReport
from gonogo.assembly.cost import report as cost_report
from gonogo.assembly.keeping import Forgotten, forget_user
from gonogo.assembly.keys import KeyVerbs
from gonogo.assembly.operations import Operations
from gonogo.assembly.problem_places import placed, problems_placed
from gonogo.assembly.reference import Reference, parse_reference
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT, Serving
from gonogo.assembly.settings import Settings
from gonogo.assembly.spending import Spending
from gonogo.assembly.stores import open_store_of, spool_of
from gonogo.assembly.version_rows import PartRow, VersionRow, version_row
from gonogo.building import (
    BuildResult,
    Draft,
    Report,
    Toolbox,
    VersionDiff,
    build,
    diff_versions,
    folder_against,
    prepare,
    validate,
)
from gonogo.clock import Clock, SystemClock, new_id
from gonogo.contracts import Answer, Classifier, Components, Store
from gonogo.deployments import EnvironmentStatus, deploy, roll_back, status
from gonogo.domain import (
    Annotation,
    ClassifierCard,
    CostCell,
    Deployment,
    EvaluationRun,
    GoldenTask,
    IndexSnapshot,
    Json,
    Request,
    Score,
    Trace,
    Verdict,
    Version,
    day_of,
)
from gonogo.errors import BadInput, NotFound
from gonogo.evaluation import Diagnosis, EvaluationTools, RunOptions, diagnose, draft_tasks, evaluate, recompute
from gonogo.metrics import is_refusal
from gonogo.monitoring import WINDOW, MonitorReport, SignalMemory, watch_once
from gonogo.pipeline import Reply, admit, answer
from gonogo.store import TraceSpool
from gonogo.telemetry import CALLER_TRACE
from gonogo.training.promote import WHOLE_HISTORY

OF_PAIRS = frozenset({"faithfulness", "relevance", "equivalence"})
"""Built-in classifiers that judge one text against another: a routing rule has only the question."""
SHORTEST_PREFIX = 6
"""Digits of a Trace's id that the store needs at least."""


if TYPE_CHECKING:
    from gonogo.assembly.classifier_verbs import ClassifierVerbs
    from gonogo.assembly.comparison import ComparisonVerbs
    from gonogo.assembly.installed import Installed
    from gonogo.assembly.judges import JudgeVerbs
    from gonogo.assembly.knowledge import KnowledgeVerbs
    from gonogo.assembly.plans import PlanVerbs
    from gonogo.assembly.routing_threshold import ThresholdChoice
    from gonogo.assembly.search_quality import SearchQuality
    from gonogo.domain.sensitivity import Sensitivity
    from gonogo.evaluation.judging import Judging
    from gonogo.evaluation.sensitivity import SensitivityOptions
    from gonogo.retrieval import WeightChoice
    from gonogo.training.calibrate import Calibration


class Workspace:
    """Use as ``async with await Workspace.open(settings) as workspace``."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings, self.store, self.clock = settings, store, clock
        self._components: dict[tuple[str, str], Components] = {}
        self._building = asyncio.Lock()
        self._servings: list[Serving] = []
        self.operations = Operations(clock)

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

    async def classifier(self, reference: str, *, mission: str | None = None) -> Classifier:
        """``toxicity`` or ``toxicity@1f3c``; with a Mission the one that its newest Version pins.

        Raises:
            NotFound: none; names the nearest.
        """
        return await self.classifiers.load(reference, mission=mission)

    async def calibrate_classifier(
        self, name: str, mission: str, *, promote: bool = False
    ) -> tuple[Calibration, ClassifierCard]:
        """Make a classifier's probabilities true for a Mission's annotated Traces, and register the result."""
        return await self.classifiers.calibrate(name, mission, promote=promote)

    async def toolbox(self) -> Toolbox:
        """What building needs, with the classifiers as they are promoted now."""
        from gonogo.assembly.classifier_pins import choices  # late, as `installed`

        library, promotions = self.installed.classifiers, await self.store.promotions(limit=WHOLE_HISTORY)
        names = frozenset(await asyncio.to_thread(library.names))
        return replace(
            self.installed.toolbox,
            classifiers=partial(choices, library, promotions),
            known_classifiers=names - OF_PAIRS,
        )

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
        with problems_placed(folder):
            result = await build(
                folder,
                await self.toolbox(),
                self.store,
                self.clock,
                author or self.settings.author,
                progress,
                update_lock=update_lock,
            )
        await asyncio.to_thread(self.installed.classifiers.keep_shipped, result.version.pins)
        if remember:
            await self.store.remember_folder(result.version.mission.name, str(folder.absolute()))
        await self._prepare_index(result, index_progress)
        return replace(result, warnings=placed(folder, result.warnings))

    async def _prepare_index(self, result: BuildResult, progress: Callable[[int, int], None] | None) -> None:
        policy = result.version.mission.retrieval
        if policy is not None and result.snapshot is not None:
            backend = await asyncio.to_thread(self.installed.index_backend, policy)
            await asyncio.to_thread(backend.prepare, result.snapshot, policy, progress)

    async def known(self, mission: str) -> str:
        """The same name, when the store holds a Mission of it.

        Raises:
            NotFound: names the nearest.
        """
        if mission not in await self.store.missions():
            raise NotFound(await self._no_mission(mission))
        return mission

    async def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Versions of a Mission or of all, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return await self.store.versions(mission and await self.known(mission), limit)

    async def version_rows(self, mission: str | None = None, limit: int = 100) -> list[VersionRow]:
        """Versions of a Mission or of all as they are listed, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return [await version_row(self.store, version) for version in await self.versions(mission, limit)]

    async def part_history(self, mission: str, part: str) -> list[PartRow]:
        """The states a part has had, newest first.

        Raises:
            NotFound: no such Mission.
        """
        rows = await self.store.part_history(await self.known(mission), part)
        return [PartRow(part=kept, first_version=number, at=at) for kept, number, at in rows]

    async def understood(self, version: Version) -> tuple[list[tuple[str, str]], list[str]]:
        """Which sentences of the system prompt the built-in models understood, each with the instruction it gave, and
        which they did not."""
        return await asyncio.to_thread(self.installed.understood, version)

    async def version(self, name: str) -> Version:
        """``support@7``; ``support`` is its newest Version, ``support:staging`` what is live there.

        Raises:
            NotFound: names the nearest, or how to list.
        """
        reference = parse_reference(name)
        if reference.environment is not None:
            return await self.live(reference.mission, reference.environment, needed=True)
        if reference.version is None:
            newest = await self.store.versions(reference.mission, limit=1)
            if newest:
                return newest[0]
        else:
            found = await self.store.version(reference.mission, reference.version)
            if found is not None:
                return found
        raise NotFound(await self._unknown(reference))

    async def live(self, mission: str, environment: str, *, needed: bool = False) -> Version:
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

    async def diff(self, old: str, new: str) -> VersionDiff:
        """What changed between two Versions."""
        before, after = await self.version(old), await self.version(new)
        old_index, new_index = await self.snapshot(before), await self.snapshot(after)
        scanner = self.installed.scanner if new_index is not None else None
        return await asyncio.to_thread(diff_versions, before, after, old_index, new_index, scanner)

    async def draft(self, folder: Path, *, progress: Callable[[int, int], None] | None = None) -> Draft:
        """The folder as a Version that is not stored: for questions to an edited folder. ``progress`` as ``build``.

        Raises:
            MissionInvalid: with every problem.
            NotFound: no such folder.
        """
        with problems_placed(folder):
            return await asyncio.to_thread(
                prepare,
                folder,
                await self.toolbox(),
                now=self.clock.now(),
                author=self.settings.author,
                progress=progress,
            )

    async def edited_since(self, version: Version) -> VersionDiff | None:
        """How the folder a Mission was last built from differs from a Version; ``None`` where it is gone or broken."""
        known = await self.store.folder(version.mission.name)
        if known is None or not Path(known).is_dir():
            return None
        try:
            draft = await self.draft(Path(known))
        except BadInput:
            return None
        return folder_against(version, draft, await self.snapshot(version))

    # --- Prove ---------------------------------------------------------------------------------------------------

    async def components(self, version: Version) -> Components:
        """The Components of a Version, built once and kept."""
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
            components=self.components,
            assertions=self.installed.assertions,
            store=self.store,
            clock=self.clock,
            judging=self._judging,
        )

    async def _judging(self, version: Version) -> Judging | None:
        # A Mission without judges loads nothing of them.
        return await self.judges.judging(version) if version.mission.judges else None

    async def evaluate(
        self, candidate: Version, *, environment: str = DEFAULT_ENVIRONMENT, options: RunOptions | None = None
    ) -> Verdict:
        """Prove a candidate against what is live in an Environment."""
        live = await self.find_live(candidate.mission.name, environment)
        return await evaluate(candidate, live, self.evaluation_tools, options or RunOptions())

    def use_tape(self, path: Path, *, record: bool) -> None:
        """Record every call of a model that is not built in to a file, or answer all of them from it.

        Raises:
            NotFound: no such file to replay.
            BadInput: it holds something else, or models were asked before.
        """
        from gonogo.providers.recording import Tape  # late, as `installed`

        self.installed.use_tape(Tape(path, record=record))

    async def verdict(self, name: str) -> Verdict:
        """A Verdict by id, or the newest of ``support@7``.

        Raises:
            NotFound: there is none.
        """
        found = await self.store.verdict(name) if len(name) == 32 else None
        if found is None:
            version = await self.version(name)
            newest = await self.store.verdicts(version.mission.name, version.number, limit=1)
            found = newest[0] if newest else None
        if found is None:
            raise NotFound(f"{name} has no Verdict yet: run `gonogo evaluate {name}`")
        return found

    async def run(self, run_id: str) -> EvaluationRun | None:
        """A stored EvaluationRun with its results."""
        return await self.store.run(run_id)

    async def weigh(self, folder: Path) -> WeightChoice:
        """The ``dense_weight`` that a folder's golden tasks prove better than BM25 alone, or 0."""
        from gonogo.assembly.fusion import choose_fusion  # late, as `installed`

        draft = await self.draft(folder)
        mission, installed = draft.loaded.mission, self.installed

        def choose() -> WeightChoice:
            backend = installed.embedded(mission.retrieval.embedder, kept=False) if mission.retrieval else None
            return choose_fusion(mission, draft.snapshot, installed.reader, backend)

        return await asyncio.to_thread(choose)

    async def choose_threshold(self, folder: Path) -> ThresholdChoice:
        """The ``routing.threshold`` of a folder that keeps its ``max_quality_loss``, measured on both models."""
        from gonogo.assembly.routing_threshold import choose_threshold  # late, as `installed`

        draft = await self.draft(folder)

        async def variant(version: Version) -> Components:
            return await asyncio.to_thread(self.installed.components, version, draft.snapshot, draft=True)

        return await choose_threshold(draft.version, variant, self.installed.assertions)

    async def sensitivity(self, folder: Path, options: SensitivityOptions | None = None) -> Sensitivity:
        """How far one-word edits of a folder's system prompt, and other forms of its questions, move the answers."""
        from gonogo.evaluation.sensitivity import SensitivityOptions, sensitivity  # late: few commands need it

        draft = await self.draft(folder)
        parts = await asyncio.to_thread(self.installed.components, draft.version, draft.snapshot, draft=True)
        return await sensitivity(draft.version, parts, self.installed.assertions, options or SensitivityOptions())

    async def score(self, answer: Answer) -> tuple[Score, ...]:
        """Every metric of an answer that was made elsewhere."""
        return tuple([metric.score(answer) for metric in self.installed.metrics.values()])

    async def draft_golden(self, folder: Path, limit: int) -> list[GoldenTask]:
        """Template-made tasks from a folder's documents, marked as drafts."""
        draft = await self.draft(folder)
        chunks = draft.snapshot.chunks if draft.snapshot else ()
        return await asyncio.to_thread(draft_tasks, chunks, self.installed.reader, limit)

    # --- Deploy --------------------------------------------------------------------------------------------------

    async def deploy(
        self,
        version: Version,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        reason: str = "",
        override: str | None = None,
        author: str | None = None,
        may_override: bool = True,
        expected: int | None = None,
    ) -> Deployment:
        """Make a Version live; refused without GO.

        Args:
            author: who, where it is not the one of the settings.
            may_override: whoever can write the store's file is its admin; the gateway says what a key's role permits.
            expected: the Environment's revision that the author saw.

        Raises:
            GateClosed: no GO for exactly this Version against exactly what is live.
            NotAllowed: an override by somebody who may not.
            DeploymentConflict: somebody else was first.
        """
        newest = await self.store.verdicts(version.mission.name, version.number, limit=1)
        deployment = await deploy(
            self.store,
            version=version,
            environment=environment,
            author=author or self.settings.author,
            verdict=newest[0] if newest else None,
            recompute=lambda verdict: recompute(verdict, self.store, self.store),
            clock=self.clock,
            reason=reason,
            override=override,
            may_override=may_override,
            expected=expected,
        )
        await self._hold_here()
        return deployment

    async def roll_back(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        to: int | None = None,
        reason: str = "",
        author: str | None = None,
        expected: int | None = None,
    ) -> Deployment:
        """Serve again what was live before.

        Raises:
            NotFound: no such Mission, or nothing of it was ever deployed there.
            BadInput: nothing to go back to.
            DeploymentConflict: somebody else was first.
        """
        deployment = await roll_back(
            self.store,
            mission=await self.known(mission),
            environment=environment,
            author=author or self.settings.author,
            reason=reason,
            clock=self.clock,
            to=to,
            expected=expected,
        )
        await self._hold_here()
        return deployment

    async def _hold_here(self) -> None:
        """What this process serves is the new Version before its maker is told; other processes look for themselves."""
        for serving in self._servings:
            await serving.follow()

    async def status(self, mission: str | None = None) -> list[EnvironmentStatus]:
        """What is live where.

        Raises:
            NotFound: no such Mission.
        """
        return await status(self.store, mission and await self.known(mission))

    async def history(self, mission: str, environment: str | None = None, limit: int = 100) -> list[Deployment]:
        """Every change of a Mission's Environments, newest first.

        Raises:
            NotFound: no such Mission.
        """
        return await self.store.deployments(await self.known(mission), environment, limit)

    async def cost(
        self,
        mission: str | None = None,
        *,
        by: Sequence[str] = ("mission",),
        since: str = "",
        visible: Callable[[CostCell], bool] = lambda cell: True,
    ) -> CostReport:
        """What requests took, and what training took.

        Args:
            mission: of one Mission only; ``None``: of all.
            by: ``mission``, ``version``, ``model``, ``key``, ``tenant``, ``day``; several for finer groups.
            since: the first UTC day, ``2026-11-26``; empty: ever.
            visible: whether somebody who asks may see it.

        Raises:
            NotFound: no such Mission.
            BadInput: no such grouping.
        """
        cells = [cell for cell in await self.store.costs(since) if mission in (None, cell.mission) and visible(cell)]
        if mission is not None and not cells:
            await self.known(mission)  # Traces that came from elsewhere may be of a Mission that was never built here
        cards = await self.store.classifiers(limit=WHOLE_HISTORY)
        return cost_report(cells, cards, by=by, since=since)

    async def budgets(self, day: str = "") -> list[BudgetStanding]:
        """How every budget of a UTC day stands (``2026-11-26``; empty: today)."""
        now = self.clock.now()
        day = day or day_of(now)
        balances = await self.store.balances(day, now)
        return standings(self.settings.file.budgets, await self.store.keys(), balances, day)

    # --- Run and watch -------------------------------------------------------------------------------------------

    def serving(self, *, workers: int = 1, spool: TraceSpool | None = None) -> Serving:
        """What a server answers from; it takes over at once what this Workspace deploys or rolls back.

        Args:
            workers: processes like this one that share every limit of requests and tokens.
            spool: where Traces go; unless told beside the store, and a moment later into it.
        """
        spool = spool or self._spool
        serving = Serving(self.store, self.components, self.clock, spool, self.allowances(workers=workers))
        self._servings.append(serving)
        return serving

    def allowances(self, *, workers: int = 1) -> Allowances:
        """Limits and budgets of one server process; ``workers`` of them share the limits."""
        file, spending = self.settings.file, Spending(self.store, self.clock)
        return Allowances(file.limits, file.budgets, spending, self.clock, workers=workers)

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
        return await self._ask(version, await self.components(version), question, keep, environment, metadata)

    async def ask_folder(self, folder: Path, question: str, *, metadata: Json | None = None) -> Reply:
        """One question to an edited folder; nothing is stored."""
        draft = await self.draft(folder)
        parts = await asyncio.to_thread(self.installed.components, draft.version, draft.snapshot, draft=True)
        return await self._ask(draft.version, parts, question, keep=False, environment="", metadata=metadata)

    async def _ask(
        self, version: Version, parts: Components, question: str, keep: bool, environment: str, metadata: Json | None
    ) -> Reply:
        now = self.clock.now()
        request = Request(
            id=new_id(now),
            question=question,
            messages=({"role": "user", "content": question},),
            received_at=now,
            environment=environment,
            metadata=metadata or {},
            use_cache=keep and bool(environment),
            parent=CALLER_TRACE.get(),
        )
        record = self._record if keep else None
        return await answer(admit(request, version).request, version, parts, record)

    async def monitor(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        window: int = WINDOW,
        roll_back: bool = False,
        memory: SignalMemory | None = None,
    ) -> MonitorReport:
        """Rates, drift and alerts of what is live; ``roll_back`` acts on alerts that the Mission says roll back.

        Raises:
            NotFound: no such Mission.
        """
        await self.known(mission)

        async def back(to: int, reason: str) -> Deployment:
            return await self.roll_back(mission, environment=environment, to=to, reason=reason)

        return await watch_once(
            self.store,
            mission,
            environment,
            reader=self.installed.reader,
            is_refusal=is_refusal,
            clock=self.clock,
            window=window,
            memory=memory,
            roll_back=back if roll_back else None,
        )

    async def _record(self, trace: Trace) -> None:
        await self.store.add_traces([trace])

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

    async def annotate(
        self, trace: Trace, metric: str, value: float, *, note: str = "", author: str | None = None
    ) -> Annotation:
        """Keep a person's judgement of a Trace, 0..1.

        Args:
            author: who, where it is not the one of the settings.

        Raises:
            BadInput: a value outside 0..1, or no metric.
        """
        from gonogo.assembly.classifier_traffic import annotate  # late, as `installed`

        return await annotate(self.store, trace, metric, value, author or self.settings.author, self.clock, note=note)

    async def forget(self, user: str, *, tenant: str | None = None) -> Forgotten:
        """Delete every Trace of a user, and write down who did it.

        Raises:
            BadInput: no user is named.
        """
        return await forget_user(self.settings, self.store, self.pepper, self.clock, user, tenant)

    async def diagnose(self, trace: Trace) -> Diagnosis:
        """Why an answer was bad, with the Components it ran on."""
        version = await self.version(f"{trace.mission}@{trace.version}")
        parts = await self.components(version)
        return await asyncio.to_thread(diagnose, trace, version, parts)

    async def _unknown(self, reference: Reference) -> str:
        if reference.mission in await self.store.missions():
            return f"there is no {reference}; `gonogo log {reference.mission}` lists its Versions"
        return await self._no_mission(reference.mission)

    async def _no_mission(self, mission: str) -> str:
        missions = await self.store.missions()
        close = get_close_matches(mission, missions, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(missions) or 'none yet'}."
        return f"there is no Mission '{mission}' in {self.settings.home}; {hint} `gonogo build FOLDER` adds one"
