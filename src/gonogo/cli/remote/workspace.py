"""Remote Workspace: the verbs of ``assembly.Workspace`` that a server offers, each one request or two.

Here: asking, and giving back the same nouns. What a server does not offer is refused in one line. Not here: the
requests (``client``), phrasing (the commands).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
import msgspec

from gonogo.assembly.budgets import BudgetStanding
from gonogo.assembly.cost import CostReport
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.assembly.version_rows import PartRow, VersionRow
from gonogo.building import LOCK_FILE, BuildResult, Report, VersionDiff
from gonogo.cli.remote.classifiers import RemoteClassifiers
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.keys import RemoteKeys
from gonogo.cli.remote.refusals import OnlyHere, problem_of, refusal
from gonogo.cli.remote.store import RemoteStore
from gonogo.clock import SystemClock
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import Annotation, Deployment, EvaluationRun, Json, Trace, Verdict, Version
from gonogo.errors import BadInput, MissionInvalid, Problem, Unreachable
from gonogo.evaluation import Diagnosis, Progress, RunOptions
from gonogo.gateway.api.builds import Built, Checked
from gonogo.gateway.api.faults import ShownProblem
from gonogo.gateway.api.monitors import Budgets
from gonogo.gateway.api.operations import OperationPage
from gonogo.gateway.api.versions import VersionPage
from gonogo.monitoring import WINDOW, MonitorReport
from gonogo.pipeline import Reply

if TYPE_CHECKING:
    from gonogo.assembly.operations import Reading
    from gonogo.monitoring import SignalMemory

WHOLE = 100_000


class RemoteWorkspace:
    """A Workspace on a server; every verb raises what the server refused it with."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.clock = SystemClock()
        self.store, self.keys, self.classifiers = RemoteStore(client), RemoteKeys(client), RemoteClassifiers(client)

    def __getattr__(self, name: str) -> NoReturn:
        context = click.get_current_context(silent=True)
        raise OnlyHere(f"`{context.command_path}`" if context is not None else name)

    # --- Write ---------------------------------------------------------------------------------------------------

    async def validate(self, folder: Path) -> Report:
        """Every problem and warning of a folder."""
        found = await self._client.upload("/api/validations", packed(folder), Checked)
        return Report(problems=_placed(folder, found.problems), warnings=_placed(folder, found.warnings))

    async def build(
        self,
        folder: Path,
        *,
        update_lock: bool = False,
        progress: Callable[[int, int], None] | None = None,
        index_progress: object = None,
    ) -> BuildResult:
        """Folder to Version. Where a build here would write ``mission.lock``, this does too. A server tells nothing of
        its index while it makes it, so ``index_progress`` is not called."""

        def show(reading: Reading) -> None:
            if progress is not None:
                progress(reading.done, reading.total)

        path = f"/api/builds?update_lock={str(update_lock).lower()}"
        try:
            ended = await self._work(path, packed(folder), show, kind="application/x-tar")
        except MissionInvalid as error:
            raise MissionInvalid(
                tuple(replace(problem, file=folder / str(problem.file)) for problem in error.problems)
            ) from error
        built = msgspec.convert(ended.result, Built)
        await asyncio.to_thread(_keep_lock, folder, built.lock)
        return BuildResult(
            version=built.version, snapshot=None, created=built.created, warnings=_placed(folder, built.warnings)
        )

    async def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Versions, newest first."""
        return [await self.version(row.version) for row in await self.version_rows(mission, limit)]

    async def version_rows(self, mission: str | None = None, limit: int = 100) -> list[VersionRow]:
        """Versions as they are listed."""
        return await self._client.listed("/api/versions", VersionRow, limit, mission=mission)

    async def part_history(self, mission: str, part: str) -> list[PartRow]:
        """The states a part has had."""
        path = f"/api/missions/{segment(mission)}/parts/{segment(part)}"
        return await self._client.listed(path, PartRow, WHOLE)

    async def version(self, name: str) -> Version:
        """A Version by name."""
        return (await self._client.get(f"/api/versions/{segment(name)}", VersionPage)).version

    async def understood(self, version: Version) -> tuple[list[tuple[str, str]], list[str]]:
        """What the built-in models understood of its prompt."""
        found = await self._client.get(f"/api/versions/{segment(version.name)}", VersionPage)
        return [(one.instruction, one.sentence) for one in found.understood], list(found.not_understood)

    async def diff(self, old: str, new: str) -> VersionDiff:
        """What changed between two Versions."""
        return await self._client.get("/api/diff", VersionDiff, old=old, new=new)

    async def edited_since(self, version: Version) -> None:
        """Nobody knows: the folder stands elsewhere."""
        return

    # --- Prove ---------------------------------------------------------------------------------------------------

    async def evaluate(
        self, candidate: Version, *, environment: str = DEFAULT_ENVIRONMENT, options: RunOptions | None = None
    ) -> Verdict:
        """Prove a candidate against what is live."""
        options = options or RunOptions()
        asked = {
            "version": candidate.name,
            "environment": environment,
            "concurrency": None if options.concurrency is None else min(options.concurrency, 64),
            "repeats": options.repeats,
            "seed": options.seed,
            "fresh": options.fresh,
            "max_cost": options.cap.max_cost if options.cap else None,
            "max_tokens": options.cap.max_tokens if options.cap else None,
        }

        def show(reading: Reading) -> None:
            if options.progress is not None:
                options.progress(_progress(reading))

        ended = await self._work("/api/evaluations", msgspec.json.encode(asked), show)
        return msgspec.convert(ended.result, Verdict)

    async def verdict(self, name: str) -> Verdict:
        """A Verdict by id, or the newest of a Version."""
        return await self._client.get(f"/api/verdicts/{segment(name)}", Verdict)

    async def run(self, run_id: str) -> EvaluationRun | None:
        """A stored run with its results."""
        return await self._client.get(f"/api/runs/{segment(run_id)}", EvaluationRun)

    # --- Deploy --------------------------------------------------------------------------------------------------

    async def deploy(
        self,
        version: Version,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        reason: str = "",
        override: str | None = None,
    ) -> Deployment:
        """Make a Version live; the gate is the server's."""
        path = f"/api/environments/{segment(version.mission.name)}/{segment(environment)}/deployments"
        return await self._client.send(
            "POST", path, Deployment, {"version": version.name, "reason": reason, "override": override}
        )

    async def roll_back(
        self, mission: str, *, environment: str = DEFAULT_ENVIRONMENT, to: int | None = None, reason: str = ""
    ) -> Deployment:
        """Serve again what was live before."""
        path = f"/api/environments/{segment(mission)}/{segment(environment)}/rollback"
        return await self._client.send("POST", path, Deployment, {"to": to, "reason": reason})

    async def status(self, mission: str | None = None) -> list[EnvironmentStatus]:
        """What is live where."""
        return await self._client.listed("/api/environments", EnvironmentStatus, WHOLE, mission=mission)

    async def history(self, mission: str, environment: str | None = None, limit: int = 100) -> list[Deployment]:
        """Every change of a Mission's Environments."""
        return await self._client.listed(
            "/api/deployments", Deployment, limit, mission=mission, environment=environment
        )

    # --- Run and watch -------------------------------------------------------------------------------------------

    async def ask(self, version: Version, question: str, *, metadata: Json | None = None) -> Reply:
        """One question through the whole pipeline."""
        asked = {"version": version.name, "question": question, "metadata": metadata or {}}
        return Reply(deltas=(), trace=await self._client.send("POST", "/api/ask", Trace, asked))

    async def ask_folder(self, folder: Path, question: str, *, metadata: Json | None = None) -> Reply:
        """Not on a server.

        Raises:
            OnlyHere: always.
        """
        raise OnlyHere(f"asking the edited folder {folder}")

    async def traces(
        self,
        mission: str | None = None,
        *,
        version: int | None = None,
        environment: str | None = None,
        session: str | None = None,
        outcome: str | None = None,
        limit: int = 50,
    ) -> list[Trace]:
        """The last Traces, newest first."""
        return await self._client.listed(
            "/api/traces", Trace, limit,
            mission=mission, version=version, environment=environment, session=session, outcome=outcome,
        )  # fmt: skip

    async def trace(self, trace_id: str) -> Trace:
        """A Trace by id or unique beginning."""
        return await self._client.get(f"/api/traces/{segment(trace_id)}", Trace)

    async def annotate(self, trace: Trace, metric: str, value: float, *, note: str = "") -> Annotation:
        """Keep a judgement of a Trace."""
        path = f"/api/traces/{segment(trace.id)}/annotations"
        return await self._client.send("POST", path, Annotation, {"metric": metric, "value": value, "note": note})

    async def diagnose(self, trace: Trace) -> Diagnosis:
        """Why an answer was bad."""
        return await self._client.get(f"/api/traces/{segment(trace.id)}/diagnosis", Diagnosis)

    async def monitor(
        self,
        mission: str,
        *,
        environment: str = DEFAULT_ENVIRONMENT,
        window: int = WINDOW,
        roll_back: bool = False,
        memory: SignalMemory | None = None,
    ) -> MonitorReport:
        """How what is live fares.

        Raises:
            OnlyHere: with ``roll_back``.
        """
        if roll_back:
            raise OnlyHere("`gonogo monitor --roll-back`")
        return await self._client.get(
            f"/api/monitors/{segment(mission)}", MonitorReport, environment=environment, window=window
        )

    async def cost(
        self, mission: str | None = None, *, by: Sequence[str] = ("mission",), since: str = ""
    ) -> CostReport:
        """What requests took."""
        return await self._client.get("/api/costs", CostReport, mission=mission, by=",".join(by), since=since or None)

    async def budgets(self, day: str = "") -> list[BudgetStanding]:
        """How budgets stand."""
        return list((await self._client.get("/api/budgets", Budgets, day=day or None)).items)

    # --- Long work -----------------------------------------------------------------------------------------------

    async def _work(
        self, path: str, body: bytes, show: Callable[[Reading], None], *, kind: str = "application/json"
    ) -> OperationPage:
        async for name, data in self._client.events(path, body, kind=kind):
            operation = msgspec.json.decode(data, type=OperationPage)
            if operation.progress is not None:
                show(operation.progress)
            if name == "done":
                return operation
            if operation.error is not None:
                raise refusal(operation.error)
            if name == "cancelled":
                raise Unreachable(f"{self._client.shown} was told to stop this: what was finished is kept")
        raise Unreachable(f"{self._client.shown} ended the stream before the work was done: ask again")


def _progress(reading: Reading) -> Progress:
    return Progress(
        label=reading.label,
        done=reading.done,
        total=reading.total,
        passed=reading.passed or 0,
        failed=reading.failed or 0,
        errors=reading.errors or 0,
        remaining=reading.remaining,
    )


def _placed(folder: Path, shown: Sequence[ShownProblem]) -> tuple[Problem, ...]:
    return tuple(replace(problem_of(one), file=folder / one.file) for one in shown)


def _keep_lock(folder: Path, lock: str | None) -> None:
    path = folder / LOCK_FILE
    if lock is None or (path.exists() and path.read_text(encoding="utf-8") == lock):
        return
    try:
        path.write_text(lock, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}. The Version was built.") from error
