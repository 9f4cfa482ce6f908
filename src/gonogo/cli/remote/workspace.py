"""Remote Workspace: the verbs of ``assembly.Workspace`` that a server offers, each one request or two.

Here: asking, and giving back the same nouns. What a server does not offer is refused in one line. Not here: the
requests (``client``), phrasing (the commands).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.assembly.keeping import Forgotten
from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.building import LOCK_FILE, BuildResult, Report
from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.remote.long_work import followed, run_asked, run_shown
from gonogo.cli.remote.places import PARTLY
from gonogo.cli.remote.refusals import Offered, OnlyHere, problem_of
from gonogo.clock import SystemClock
from gonogo.contracts import Answer
from gonogo.domain import EvaluationRun, Json, Score, Trace, Verdict, Version
from gonogo.errors import BadInput, MissionInvalid, Problem
from gonogo.evaluation import RunOptions
from gonogo.gateway.api.builds import Built, Checked
from gonogo.gateway.api.faults import ShownProblem
from gonogo.gateway.api.scores import Scored
from gonogo.gateway.api.versions import VersionPage
from gonogo.pipeline import Reply

if TYPE_CHECKING:
    from gonogo.assembly.operations import Reading

PARTS: Mapping[str, str] = {
    "store": "store:RemoteStore",
    "keys": "keys:RemoteKeys",
    "classifiers": "classifiers:RemoteClassifiers",
    "traffic": "traffic:RemoteTraffic",
    "versions": "versions:RemoteVersions",
    "deployments": "deployments:RemoteDeployments",
    "watch": "watch:RemoteWatch",
    "folders": "folders:RemoteFolders",
    "plans": "proofs:RemotePlans",
    "comparison": "proofs:RemoteComparison",
    "judges": "proofs:RemoteJudges",
    "backtests": "backtests:RemoteBacktests",
    "golden": "backtests:RemoteGolden",
    "knowledge": "knowledge:RemoteKnowledge",
    "search_quality": "knowledge:RemoteSearchQuality",
}
"""Verbs by subject, as a Workspace has them; each is loaded when a command first asks for it."""


class RemoteWorkspace(Offered):
    """A Workspace on a server; every verb raises what the server refused it with."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.clock = SystemClock()

    def __getattr__(self, name: str) -> Any:
        if name not in PARTS:
            return super().__getattr__(name)
        module, _, kind = PARTS[name].partition(":")
        made = getattr(import_module(f"gonogo.cli.remote.{module}"), kind)(self._client)
        setattr(self, name, made)
        return made

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
            built = await followed(self._client, path, packed(folder), Built, show)
        except MissionInvalid as error:
            raise MissionInvalid(
                tuple(replace(problem, file=folder / str(problem.file)) for problem in error.problems)
            ) from error
        await asyncio.to_thread(_keep_lock, folder, built.lock)
        return BuildResult(
            version=built.version, snapshot=None, created=built.created, warnings=_placed(folder, built.warnings)
        )

    async def known(self, mission: str) -> str:
        """The same name: the server looks, with what is asked of the Mission."""
        return mission

    async def version(self, name: str) -> Version:
        """A Version by name."""
        return (await self._client.get(f"/api/versions/{segment(name)}", VersionPage)).version

    # --- Prove ---------------------------------------------------------------------------------------------------

    async def evaluate(
        self, candidate: Version, *, environment: str = DEFAULT_ENVIRONMENT, options: RunOptions | None = None
    ) -> Verdict:
        """Prove a candidate against what is live."""
        options = options or RunOptions()
        asked = {"version": candidate.name, "environment": environment, **run_asked(options)}
        return await followed(self._client, "/api/evaluations", asked, Verdict, run_shown(options))

    def use_tape(self, path: Path, *, record: bool) -> None:
        """Not on a server.

        Raises:
            OnlyHere: always.
        """
        raise OnlyHere("--record" if record else "--replay", PARTLY["--record and --replay"])

    async def score(self, answer: Answer) -> tuple[Score, ...]:
        """Every metric of an answer that was made elsewhere."""
        row = {
            "question": answer.question,
            "answer": answer.text,
            "context": [one.chunk.text for one in answer.chunks],
        }
        return (await self._client.send("POST", "/api/scores", Scored, {"rows": [row]})).items[0]

    async def verdict(self, name: str, *, backtest: bool = False) -> Verdict:
        """A Verdict by id, or the newest of a Version; on recorded questions with ``backtest``."""
        asked = "true" if backtest else None
        return await self._client.get(f"/api/verdicts/{segment(name)}", Verdict, backtest=asked)

    async def run(self, run_id: str) -> EvaluationRun | None:
        """A stored run with its results."""
        return await self._client.get(f"/api/runs/{segment(run_id)}", EvaluationRun)

    # --- Run and watch -------------------------------------------------------------------------------------------

    async def ask(self, version: Version, question: str, *, metadata: Json | None = None) -> Reply:
        """One question through the whole pipeline."""
        asked = {"version": version.name, "question": question, "metadata": metadata or {}}
        return Reply(deltas=(), trace=await self._client.send("POST", "/api/ask", Trace, asked))

    async def forget(self, user: str, *, tenant: str | None = None) -> Forgotten:
        """Delete every Trace of a user, of the key's tenant."""
        return await self._client.send("POST", "/api/forgotten", Forgotten, {"user": user, "tenant": tenant})

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
