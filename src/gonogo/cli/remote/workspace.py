"""Remote Workspace: the verbs of ``assembly.Workspace`` that a server offers, each one request or two.

Here: asking, and giving back the same nouns. What a server does not offer is refused in one line. Not here: the
requests (``client``), phrasing (the commands).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.building import LOCK_FILE, BuildResult, Report
from gonogo.cli.remote.classifiers import RemoteClassifiers
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.deployments import RemoteDeployments
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.folders import RemoteFolders
from gonogo.cli.remote.keys import RemoteKeys
from gonogo.cli.remote.refusals import Offered, problem_of, refusal
from gonogo.cli.remote.store import RemoteStore
from gonogo.cli.remote.versions import RemoteVersions
from gonogo.cli.remote.watch import RemoteWatch
from gonogo.clock import SystemClock
from gonogo.domain import EvaluationRun, Json, Trace, Verdict, Version
from gonogo.errors import BadInput, MissionInvalid, Problem, Unreachable
from gonogo.evaluation import Progress, RunOptions
from gonogo.gateway.api.builds import Built, Checked
from gonogo.gateway.api.faults import ShownProblem
from gonogo.gateway.api.operations import OperationPage
from gonogo.gateway.api.versions import VersionPage
from gonogo.pipeline import Reply

if TYPE_CHECKING:
    from gonogo.assembly.operations import Reading


class RemoteWorkspace(Offered):
    """A Workspace on a server; every verb raises what the server refused it with."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.clock = SystemClock()
        self.store, self.keys, self.classifiers = RemoteStore(client), RemoteKeys(client), RemoteClassifiers(client)
        self.versions, self.deployments = RemoteVersions(client), RemoteDeployments(client)
        self.watch, self.folders = RemoteWatch(client), RemoteFolders()

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

    async def version(self, name: str) -> Version:
        """A Version by name."""
        return (await self._client.get(f"/api/versions/{segment(name)}", VersionPage)).version

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

    # --- Run and watch -------------------------------------------------------------------------------------------

    async def ask(self, version: Version, question: str, *, metadata: Json | None = None) -> Reply:
        """One question through the whole pipeline."""
        asked = {"version": version.name, "question": question, "metadata": metadata or {}}
        return Reply(deltas=(), trace=await self._client.send("POST", "/api/ask", Trace, asked))

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
