"""Blocking: the same verbs for a script or a notebook, without ``await``.

Here: a Workspace on an event loop of its own thread, so that it works where a loop runs already (notebooks do).
Not here: the verbs themselves (``workspace``).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future, wait
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from gonogo.assembly.blocking_classifiers import HomeClassifiers
from gonogo.assembly.budgets import BudgetStanding
from gonogo.assembly.cost import CostReport
from gonogo.assembly.foreign_traces import ForeignTraces
from gonogo.assembly.scoring import answer_over
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.assembly.settings import load_settings
from gonogo.assembly.workspace import Workspace
from gonogo.building import BuildResult, Report, VersionDiff
from gonogo.contracts import Caller
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import Deployment, EvaluationRun, GoldenTask, Score, Trace, Verdict, Version
from gonogo.errors import GonogoError
from gonogo.evaluation import Cap, Diagnosis, Progress, RunOptions
from gonogo.monitoring import WINDOW, MonitorReport
from gonogo.telemetry.foreign import ForeignSpan
from gonogo.telemetry.functions import KEEPERS

if TYPE_CHECKING:
    from gonogo.assembly.golden import Added, GoldenRow, Promoted
    from gonogo.assembly.moving import Imported
    from gonogo.assembly.routing_threshold import ThresholdChoice
    from gonogo.domain.matrix import Matrix
    from gonogo.domain.sensitivity import Sensitivity
    from gonogo.evaluation.backtest_selection import TraceChoice
    from gonogo.evaluation.sensitivity import SensitivityOptions
    from gonogo.importing import ImportOptions
    from gonogo.retrieval import WeightChoice

T = TypeVar("T")
Folder = str | PathLike[str]

log = logging.getLogger("gonogo.home")


def open(home: Folder | None = None) -> Home:
    """Open a home folder with its store: the one given, else ``GONOGO_HOME``, else the nearest ``.gonogo`` upwards.

    Use as a context manager, or call ``close``.

    Raises:
        StoreTooNew: the store was written by a newer gonogo.
        StoreBusy: it is locked or its disk is full.
    """
    return Home(None if home is None else Path(home))


class Home:
    """An open home folder. Every method blocks until its workflow is done and raises what it raised."""

    def __init__(self, home: Path | None) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gonogo-home", daemon=True)
        self._thread.start()
        self._closed = False
        try:
            settings = load_settings(home)
            self._workspace = self._wait(Workspace.open(settings))
            self._foreign = ForeignTraces(self._workspace.store, content=settings.file.telemetry.content)
        except BaseException:
            self._stop()
            raise
        self._keeping: set[Future[None]] = set()
        KEEPERS.append(self._keep)

    @property
    def classifiers(self) -> HomeClassifiers:
        """Trained classifiers: train, compare, promote, roll back, why."""
        return HomeClassifiers(self._workspace, self._wait)

    def __enter__(self) -> Home:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store. Calling it twice is fine."""
        if not self._closed:
            self._closed = True
            KEEPERS.remove(self._keep)
            wait(tuple(self._keeping))
            self._wait(self._workspace.close())
            self._stop()

    def validate(self, folder: Folder) -> Report:
        """Every problem and warning of a Mission folder."""
        return self._wait(self._workspace.validate(Path(folder)))

    def import_from(
        self, format: str, source: Folder, into: Folder, options: ImportOptions | None = None, *, dry_run: bool = False
    ) -> Imported:
        """What another tool wrote as a Mission folder, or as golden files of one; nothing is overwritten or executed.

        Args:
            format: promptfoo, openai-evals, langfuse, langsmith, litellm or table.
            options: columns of a table, what an expected output asks.
            dry_run: say what would be written and write nothing.

        Raises:
            BadInput: the source cannot be read, is not what the format says, or a file stands in the way.
        """
        from gonogo.importing import ImportOptions  # late: a script that imports nothing needs no readers of formats

        chosen = options or ImportOptions()
        return self._wait(self._workspace.moving.bring(format, Path(source), Path(into), chosen, dry_run=dry_run))

    def build(self, folder: Folder, *, update_lock: bool = False) -> BuildResult:
        """Folder to Version.

        Raises:
            MissionInvalid: with every problem; nothing was written.
        """
        return self._wait(self._workspace.build(Path(folder), update_lock=update_lock))

    def cost(self, mission: str | None = None, *, by: Sequence[str] = ("mission",), since: str = "") -> CostReport:
        """What requests took, by ``mission``, ``version``, ``model``, ``key``, ``tenant`` or ``day``; and training.

        Args:
            since: the first UTC day, ``2026-11-26``; empty: ever.
        """
        return self._wait(self._workspace.watch.cost(mission, by=by, since=since))

    def budgets(self, day: str = "") -> list[BudgetStanding]:
        """How every budget of a UTC day stands (``2026-11-26``; empty: today)."""
        return self._wait(self._workspace.watch.budgets(day))

    def version(self, name: str) -> Version:
        """``support@7``, ``support`` (newest) or ``support:staging`` (live there)."""
        return self._wait(self._workspace.version(name))

    def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Newest first."""
        return self._wait(self._workspace.versions.listed(mission, limit))

    def diff(self, old: str, new: str) -> VersionDiff:
        """What changed between two Versions."""
        return self._wait(self._workspace.versions.diff(old, new))

    def evaluate(
        self,
        version: Version | str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        concurrency: int | None = None,
        repeats: int = 1,
        seed: int = 0,
        fresh: bool = False,
        cap: Cap | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Verdict:
        """Run the golden tasks against what is live and give the stored Verdict; ``cap`` bounds what is spent."""
        options = RunOptions(
            concurrency=concurrency, repeats=repeats, seed=seed, fresh=fresh, cap=cap, progress=progress
        )
        return self._wait(self._workspace.evaluate(self._named(version), environment=environment, options=options))

    def compare(
        self,
        versions: Sequence[Version | str],
        models: Sequence[str] = (),
        *,
        concurrency: int | None = None,
        repeats: int = 1,
        seed: int = 0,
        fresh: bool = False,
        cap: Cap | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> Matrix:
        """Versions, each with each model, side by side on the golden tasks of the first."""
        options = RunOptions(
            concurrency=concurrency, repeats=repeats, seed=seed, fresh=fresh, cap=cap, progress=progress
        )
        named = [self._named(version) for version in versions]
        return self._wait(self._workspace.comparison.compare(named, models, options))

    def use_tape(self, path: Folder, *, record: bool) -> None:
        """Record every call of a model that is not built in to a file, or answer all of them from it. First of all."""
        self._workspace.use_tape(Path(path), record=record)

    def run(self, run_id: str) -> EvaluationRun | None:
        """A stored EvaluationRun with the result of every task."""
        return self._wait(self._workspace.run(run_id))

    def verdict(self, name: str) -> Verdict:
        """A Verdict by id, or the newest of a Version."""
        return self._wait(self._workspace.verdict(name))

    def deploy(
        self,
        version: Version | str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        reason: str = "",
        override: str | None = None,
    ) -> Deployment:
        """Make a Version live.

        Raises:
            GateClosed: no GO for exactly this Version against exactly what is live.
            TryAgain: somebody else was first.
        """
        return self._wait(
            self._workspace.deployments.deploy(
                self._named(version), environment=environment, reason=reason, override=override
            )
        )

    def rollback(
        self, mission: str, *, environment: str = DEFAULT_ENVIRONMENT, to: int | None = None, reason: str = ""
    ) -> Deployment:
        """Serve again what was live before."""
        return self._wait(self._workspace.deployments.roll_back(mission, environment=environment, to=to, reason=reason))

    def status(self, mission: str | None = None) -> list[EnvironmentStatus]:
        """What is live where."""
        return self._wait(self._workspace.deployments.status(mission))

    def history(self, mission: str, environment: str | None = None) -> list[Deployment]:
        """Every change, newest first."""
        return self._wait(self._workspace.deployments.history(mission, environment))

    def ask(
        self,
        version: Version | str,
        question: str,
        *,
        keep: bool = False,
        environment: str = "",
        metadata: Mapping[str, object] | None = None,
    ) -> Trace:
        """One question through the whole pipeline. ``keep`` stores its Trace; ``environment`` says as whose traffic."""
        said = None if metadata is None else dict(metadata)
        asked = self._workspace.ask(self._named(version), question, keep=keep, environment=environment, metadata=said)
        return self._wait(asked).trace

    def ask_folder(self, folder: Folder, question: str) -> Trace:
        """One question to an edited folder; nothing is stored."""
        return self._wait(self._workspace.folders.ask(Path(folder), question)).trace

    def traces(self, mission: str | None = None, limit: int = 50) -> list[Trace]:
        """The last Traces, newest first."""
        return self._wait(self._workspace.traces(mission, limit=limit))

    def trace(self, trace_id: str) -> Trace:
        """A Trace by id or unique prefix."""
        return self._wait(self._workspace.trace(trace_id))

    def diagnose(self, trace: Trace | str) -> Diagnosis:
        """Why an answer was bad, and which file to edit."""
        found = self.trace(trace) if isinstance(trace, str) else trace
        return self._wait(self._workspace.watch.diagnose(found))

    def monitor(
        self, mission: str, *, environment: str = DEFAULT_ENVIRONMENT, window: int = WINDOW, roll_back: bool = False
    ) -> MonitorReport:
        """Rates with intervals, drift and alerts of what is live."""
        return self._wait(
            self._workspace.watch.monitor(mission, environment=environment, window=window, roll_back=roll_back)
        )

    def choose_threshold(self, folder: Folder) -> ThresholdChoice:
        """The ``routing.threshold`` of a folder that keeps its ``max_quality_loss``."""
        return self._wait(self._workspace.folders.choose_threshold(Path(folder)))

    def sensitivity(self, folder: Folder, options: SensitivityOptions | None = None) -> Sensitivity:
        """How far one-word edits of a folder's system prompt, and other forms of its questions, move the answers."""
        return self._wait(self._workspace.folders.sensitivity(Path(folder), options))

    def score(self, question: str, answer: str, documents: Sequence[str]) -> dict[str, Score]:
        """Metrics by name of an answer that was made elsewhere, against the documents it should rest on."""
        scores = self._wait(self._workspace.score(answer_over(question, answer, documents)))
        return {score.metric: score for score in scores}

    def weigh(self, folder: Folder) -> WeightChoice:
        """How much vectors should count beside BM25, as far as a folder's golden tasks prove it."""
        return self._wait(self._workspace.folders.weigh(Path(folder)))

    def backtest(
        self, version: Version | str, choice: TraceChoice | None = None, *, options: RunOptions | None = None
    ) -> Verdict:
        """What users asked, asked again of a Version and held against what was served; allows no deployment."""
        return self._wait(self._workspace.backtests.backtest(self._named(version), choice, options=options))

    def add_golden(self, trace: Trace | str, folder: Folder, *, anyway: str = "") -> Added:
        """Make a Trace a shadow task of a folder; ``anyway``: why, where a task asks the same already."""
        found = self.trace(trace) if isinstance(trace, str) else trace
        return self._wait(self._workspace.golden.add(found, Path(folder), anyway=anyway))

    def check_golden(
        self, version: Version | str, names: Sequence[str] = (), *, options: RunOptions | None = None
    ) -> EvaluationRun:
        """Run golden tasks often enough to see whether they are stable; those that do not gate, where none is named."""
        return self._wait(self._workspace.golden.check(self._named(version), names, options=options))

    def golden_status(self, folder: Folder) -> list[GoldenRow]:
        """Every golden task of a folder with its state and how stable it is."""
        return self._wait(self._workspace.golden.status(Path(folder)))

    def promote_golden(self, folder: Folder, names: Sequence[str] = (), *, read: bool = False) -> Promoted:
        """Let stable shadow tasks gate; ``read``: drafts among them were read by a person."""
        return self._wait(self._workspace.golden.promote(Path(folder), names, read=read))

    def draft_golden(self, folder: Folder, limit: int = 50) -> list[GoldenTask]:
        """Template-made drafts of golden tasks."""
        return self._wait(self._workspace.folders.draft_golden(Path(folder), limit))

    def _named(self, version: Version | str) -> Version:
        return self.version(version) if isinstance(version, str) else version

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("this Home is closed: open it again with gonogo.open()")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            # Ctrl-C in a notebook must stop the workflow too; what it stored so far stays.
            future.cancel()
            raise

    def _keep(self, spans: list[ForeignSpan]) -> None:
        # Not waited for: the function whose span this is may itself run on our loop, and must not be slowed.
        future = asyncio.run_coroutine_threadsafe(self._kept(tuple(spans)), self._loop)
        self._keeping.add(future)
        future.add_done_callback(self._keeping.discard)

    async def _kept(self, spans: tuple[ForeignSpan, ...]) -> None:
        try:
            await self._foreign.keep(spans, Caller())
        except GonogoError as error:
            log.warning("spans of functions could not be kept: %s", error)

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
