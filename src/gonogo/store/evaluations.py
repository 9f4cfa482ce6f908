"""EvaluationRuns, task results and Verdicts in SQL.

Here: rows. Not here: running tasks (``evaluation``), deciding (``gate``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from msgspec import structs

from gonogo.digest import Digest
from gonogo.domain import EvaluationRun, JudgeCalibration, TaskResult, Verdict
from gonogo.errors import BadInput, NotFound
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_run = msgspec.json.Decoder(EvaluationRun).decode
_result = msgspec.json.Decoder(TaskResult).decode
_calibration = msgspec.json.Decoder(JudgeCalibration).decode
_verdict = msgspec.json.Decoder(Verdict).decode

FORMAT = 1
AT_ONCE = 500
"""Digests that one query asks for."""


class SqlEvaluations(Role):
    """``EvaluationStore`` in SQL."""

    async def start_run(self, run: EvaluationRun) -> None:
        """Keep a run, with whatever results it has already.

        Raises:
            ValueError: there is a run of this id.
        """

        def work(connection: Connection) -> None:
            _start_run(connection, self.tenant, run)

        await self.database.write(work)

    async def add_results(self, run_id: str, results: Sequence[TaskResult]) -> None:
        """Append; durable when it returns. A result of the same (task, repeat) replaces the earlier one.

        Raises:
            NotFound: no such run.
            BadInput: the run is finished; what a Verdict rests on does not change afterwards.
        """

        def work(connection: Connection) -> None:
            run = _header(connection, run_id)
            if run.finished_at is not None:
                raise BadInput(f"evaluation run {run_id} is finished and takes no more results: start a new run")
            _keep_results(connection, self.tenant, run_id, results)

        await self.database.write(work)

    async def finish_run(
        self, run_id: str, finished_at: float, wall: float, cpu: float, *, stopped_early: bool = False
    ) -> None:
        """Close a run. ``wall`` and ``cpu`` in seconds; ``stopped_early``: what it holds was enough.

        Raises:
            NotFound: no such run.
        """

        def work(connection: Connection) -> None:
            closed = {"finished_at": finished_at, "wall": wall, "cpu": cpu, "stopped_early": stopped_early}
            run = structs.replace(_header(connection, run_id), **closed)
            query = "UPDATE runs SET finished_at = ?, body = ? WHERE id = ?"
            connection.execute(query, (finished_at, _encode(run), run_id))

        await self.database.write(work)

    async def run(self, run_id: str) -> EvaluationRun | None:
        """With its results, in the order they first came."""

        def work(connection: Connection) -> EvaluationRun | None:
            row = connection.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
            return _with_results(connection, _run(row[0])) if row else None

        return await self.database.read(work)

    async def runs(self, mission: str, limit: int = 50) -> list[EvaluationRun]:
        """Newest first, without results."""
        query = "SELECT body FROM runs WHERE tenant = ? AND mission = ? ORDER BY seq DESC LIMIT ?"

        def work(connection: Connection) -> list[EvaluationRun]:
            return [_run(body) for (body,) in connection.execute(query, (self.tenant, mission, limit))]

        return await self.database.read(work)

    async def finished_run(self, behaviour_digest: Digest, gate_digest: Digest) -> EvaluationRun | None:
        """The newest finished run of exactly this behaviour on exactly these tasks and rules, with results; none whose
        answers were replayed."""
        query = """SELECT body FROM runs WHERE tenant = ? AND behaviour_digest = ? AND gate_digest = ?
                   AND finished_at IS NOT NULL ORDER BY finished_at DESC, seq DESC"""

        def work(connection: Connection) -> EvaluationRun | None:
            rows = connection.execute(query, (self.tenant, behaviour_digest, gate_digest))
            found = next((run for (body,) in rows if not (run := _run(body)).replayed), None)
            return _with_results(connection, found) if found is not None else None

        return await self.database.read(work)

    async def known_results(self, digests: Collection[Digest]) -> list[TaskResult]:
        """The newest result that ran of each digest and repeat, of whatever run, finished or not."""
        wanted = sorted(set(digests))

        def work(connection: Connection) -> list[TaskResult]:
            newest: dict[tuple[str, int], TaskResult] = {}
            for start in range(0, len(wanted), AT_ONCE):
                some = wanted[start : start + AT_ONCE]
                places = ", ".join("?" * len(some))
                query = f"SELECT body FROM task_results WHERE digest IN ({places}) AND tenant = ? ORDER BY seq"
                for (body,) in connection.execute(query, (*some, self.tenant)):
                    result = _result(body)
                    if (result.passed is not None or result.unjudged) and result.digest is not None:
                        newest[result.digest, result.repeat] = result
            return list(newest.values())

        return await self.database.read(work)

    async def add_verdict(self, verdict: Verdict) -> None:
        """Keep a Verdict; it never changes afterwards. Adding the same one again changes nothing.

        Raises:
            ValueError: no id, or another Verdict has it.
        """
        if not verdict.id:
            raise ValueError("a Verdict without id cannot be stored")

        def work(connection: Connection) -> None:
            _add_verdict(connection, self.tenant, verdict)

        await self.database.write(work)

    async def verdict(self, verdict_id: str) -> Verdict | None:
        """That Verdict, or ``None``."""

        def work(connection: Connection) -> Verdict | None:
            row = connection.execute("SELECT body FROM verdicts WHERE id = ?", (verdict_id,)).fetchone()
            return _verdict(row[0]) if row else None

        return await self.database.read(work)

    async def verdicts(self, mission: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Newest first; of one candidate Version, where a number is given."""
        query = """SELECT body FROM verdicts WHERE tenant = ? AND mission = ? AND (? IS NULL OR candidate = ?)
                   ORDER BY seq DESC LIMIT ?"""

        def work(connection: Connection) -> list[Verdict]:
            rows = connection.execute(query, (self.tenant, mission, version, version, limit))
            return [_verdict(body) for (body,) in rows]

        return await self.database.read(work)

    async def add_calibration(self, calibration: JudgeCalibration) -> None:
        """Keep a calibration; it never changes afterwards.

        Raises:
            ValueError: there is one of this id.
        """
        row = (
            calibration.id, self.tenant, calibration.mission, calibration.judge.name, calibration.digest,
            calibration.created_at, _encode(calibration), calibration.format,
        )  # fmt: skip

        def work(connection: Connection) -> None:
            known = "SELECT 1 FROM judge_calibrations WHERE id = ?"
            if connection.execute(known, (calibration.id,)).fetchone():
                raise ValueError(f"there is a calibration {calibration.id} already, and calibrations never change")
            connection.execute(
                """INSERT INTO judge_calibrations (id, tenant, mission, judge, digest, created_at, body, format)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                row,
            )

        await self.database.write(work)

    async def calibration(self, calibration_id: str) -> JudgeCalibration | None:
        """That calibration, or ``None``."""

        def work(connection: Connection) -> JudgeCalibration | None:
            query = "SELECT body FROM judge_calibrations WHERE tenant = ? AND id = ?"
            row = connection.execute(query, (self.tenant, calibration_id)).fetchone()
            return _calibration(row[0]) if row else None

        return await self.database.read(work)

    async def calibrations(
        self, mission: str, judge: str | None = None, *, digest: Digest | None = None, limit: int = 50
    ) -> list[JudgeCalibration]:
        """Newest first."""
        query = """SELECT body FROM judge_calibrations WHERE tenant = ? AND mission = ? AND (? IS NULL OR judge = ?)
                   AND (? IS NULL OR digest = ?) ORDER BY seq DESC LIMIT ?"""

        def work(connection: Connection) -> list[JudgeCalibration]:
            rows = connection.execute(query, (self.tenant, mission, judge, judge, digest, digest, limit))
            return [_calibration(body) for (body,) in rows]

        return await self.database.read(work)


def _header(connection: Connection, run_id: str) -> EvaluationRun:
    row = connection.execute("SELECT body FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise NotFound(f"there is no evaluation run {run_id} in this store: start it first")
    return _run(row[0])


def _start_run(connection: Connection, tenant: str, run: EvaluationRun) -> None:
    if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run.id,)).fetchone():
        raise ValueError(f"there is an evaluation run {run.id} already")
    connection.execute(
        """INSERT INTO runs
           (id, tenant, mission, version, behaviour_digest, gate_digest, started_at, finished_at, body, format)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            run.id, tenant, run.mission, run.version, run.behaviour_digest, run.gate_digest, run.started_at,
            run.finished_at, _encode(structs.replace(run, results=())), run.format,
        ),
    )  # fmt: skip
    _keep_results(connection, tenant, run.id, run.results)


def _keep_results(connection: Connection, tenant: str, run_id: str, results: Sequence[TaskResult]) -> None:
    connection.executemany(
        """INSERT INTO task_results (tenant, run_id, task_id, repeat, body, format, digest)
           VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (run_id, task_id, repeat) DO UPDATE
           SET body = excluded.body, format = excluded.format, digest = excluded.digest""",
        ((tenant, run_id, result.task_id, result.repeat, _encode(result), FORMAT, result.digest) for result in results),
    )


def _with_results(connection: Connection, run: EvaluationRun) -> EvaluationRun:
    rows = connection.execute("SELECT body FROM task_results WHERE run_id = ? ORDER BY seq", (run.id,))
    return structs.replace(run, results=tuple(_result(body) for (body,) in rows))


def _add_verdict(connection: Connection, tenant: str, verdict: Verdict) -> None:
    body = _encode(verdict)
    if row := connection.execute("SELECT body FROM verdicts WHERE id = ?", (verdict.id,)).fetchone():
        if row[0] != body:
            raise ValueError(f"there is another Verdict {verdict.id} already, and Verdicts never change")
        return
    connection.execute(
        """INSERT INTO verdicts (id, tenant, mission, candidate, created_at, body, format)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (verdict.id, tenant, verdict.mission, verdict.candidate, verdict.created_at, body, verdict.format),
    )
