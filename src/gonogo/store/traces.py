"""Traces and Annotations in SQL.

Here: rows, and finding them. Not here: rates over them (``monitoring``), keeping them while the store is down
(``spool``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec
from msgspec import Struct

from gonogo.domain import EVALUATIONS, Annotation, Trace
from gonogo.errors import BadInput
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_trace = msgspec.json.Decoder(Trace).decode
_annotation = msgspec.json.Decoder(Annotation).decode

FORMAT = 1
AT_ONCE = 2000
"""Traces looked through in one go."""
SHORTEST_PREFIX = 6


class Whose(Struct):
    """Of a stored Trace, whose it is; everything else is not even read."""

    user: str = ""
    tenant: str = "default"


_whose = msgspec.json.Decoder(Whose).decode


class SqlTraces(Role):
    """``TraceStore`` in SQL."""

    async def add_traces(self, traces: Sequence[Trace]) -> None:
        """Durable against the death of the process when it returns; writes of many callers share one commit.

        A Trace of an id the store has replaces that one, so that adding twice does no harm and scores can come later.
        """
        await self.database.append(INSERT, lambda: [_row(trace, _encode(trace)) for trace in traces])

    async def add_encoded(self, traces: Sequence[tuple[Trace, bytes]]) -> None:
        """The same of Traces that were encoded already."""
        await self.database.append(INSERT, lambda: [_row(trace, body) for trace, body in traces])

    async def add_missing(self, traces: Sequence[Trace]) -> None:
        """The same, but a Trace of an id that the store has stays as it is: it may be a later form of this one."""
        await self.database.append(MISSING, lambda: [_row(trace, _encode(trace)) for trace in traces])

    async def trace(self, trace_id: str, tenant: str | None = None) -> Trace | None:
        """By id or by a unique prefix of at least 6 digits; among those of a tenant, where one is named.

        Raises:
            BadInput: more than one Trace has this prefix.
        """

        def work(connection: Connection) -> Trace | None:
            return _find(connection, trace_id, tenant)

        return await self.database.read(work)

    async def trace_called_by(self, caller: str, tenant: str) -> Trace | None:
        """The first Trace of a tenant that was made inside a caller's trace of this id."""
        query = "SELECT body FROM traces WHERE caller = ? AND caller <> '' AND tenant = ? ORDER BY created_at LIMIT 1"

        def work(connection: Connection) -> Trace | None:
            row = connection.execute(query, (caller, tenant)).fetchone()
            return _trace(row[0]) if row else None

        return await self.database.read(work)

    async def traces(
        self,
        mission: str | None = None,
        *,
        version: int | None = None,
        environment: str | None = None,
        session: str | None = None,
        outcome: str | None = None,
        since: float | None = None,
        tenant: str | None = None,
        missions: Sequence[str] = (),
        before: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> list[Trace]:
        """Newest first. ``since``: created at or after, in seconds since 1970; ``before``: older than (when, id). What
        evaluations took is no request, and only there where its ``mission`` is named."""
        equal = {
            "mission": mission,
            "version": version,
            "environment": environment,
            "session": session,
            "outcome": outcome,
            "tenant": tenant,
        }
        clauses = [f"{column} = ?" for column, value in equal.items() if value is not None]
        values: list[object] = [value for value in equal.values() if value is not None]
        if session:
            # Lets SQLite see that its index on sessions, which leaves out the empty one, covers the query.
            clauses.append("session <> ''")
        if mission is None:
            clauses.append(f"substr(mission, 1, {len(EVALUATIONS)}) <> '{EVALUATIONS}'")
        if since is not None:
            clauses.append("created_at >= ?")
            values.append(since)
        if missions:
            clauses.append(f"mission IN ({', '.join('?' * len(missions))})")
            values += missions
        if before is not None:
            when, last = before
            clauses.append("created_at <= ? AND (created_at < ? OR id < ?)")
            values += (when, when, last)
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        query = f"SELECT body FROM traces {where} ORDER BY created_at DESC, id DESC LIMIT ?"

        def work(connection: Connection) -> list[Trace]:
            return [_trace(body) for (body,) in connection.execute(query, (*values, limit))]

        return await self.database.read(work)

    async def forget_user(self, user: str, tenant: str | None = None) -> tuple[int, int]:
        """Delete every Trace of a user, the Annotations of these, and what backtests answered to their questions; how
        many Traces and Annotations.

        Whose a Trace is stands in its body alone, so every Trace is read, some thousands at a time.
        """
        traces = annotations = last = 0
        query = "SELECT seq, id, body FROM traces WHERE seq > ? ORDER BY seq LIMIT ?"
        while True:

            def look(connection: Connection, after: int = last) -> list[tuple[int, str, Whose]]:
                rows = connection.execute(query, (after, AT_ONCE))
                return [(seq, trace_id, _whose(body)) for seq, trace_id, body in rows]

            found = await self.database.read(look)
            if not found:
                return traces, annotations
            last = found[-1][0]
            theirs = [(one,) for _, one, whose in found if whose.user == user and tenant in (None, whose.tenant)]
            if theirs:
                traces += len(theirs)
                annotations += await self.database.write(partial(_delete, ids=theirs))

    async def add_annotation(self, annotation: Annotation) -> None:
        """Keep a person's judgement beside earlier ones."""
        query = "INSERT INTO annotations (tenant, trace_id, created_at, body, format) VALUES (?, ?, ?, ?, ?)"
        row = (self.tenant, annotation.trace_id, annotation.created_at, _encode(annotation), FORMAT)

        def work(connection: Connection) -> None:
            connection.execute(query, row)

        await self.database.write(work)

    async def annotations(self, trace_id: str) -> list[Annotation]:
        """Oldest first."""

        def work(connection: Connection) -> list[Annotation]:
            query = "SELECT body FROM annotations WHERE trace_id = ? ORDER BY seq"
            return [_annotation(body) for (body,) in connection.execute(query, (trace_id,))]

        return await self.database.read(work)

    async def annotations_of(self, metric: str, limit: int = 20_000) -> list[Annotation]:
        """Newest first, whatever was annotated."""
        field = self.database.json_field("body", "metric")
        query = f"SELECT body FROM annotations WHERE tenant = ? AND {field} = ? ORDER BY seq DESC LIMIT ?"

        def work(connection: Connection) -> list[Annotation]:
            return [_annotation(body) for (body,) in connection.execute(query, (self.tenant, metric, limit))]

        return await self.database.read(work)

    async def annotated(
        self, mission: str | None = None, metric: str | None = None, *, until: float | None = None, limit: int = 1000
    ) -> list[tuple[Trace, tuple[Annotation, ...]]]:
        """Traces with their Annotations of a metric, those annotated last first."""
        query = ANNOTATED.replace("METRIC", self.database.json_field("a.body", "metric"))
        values = {"mission": mission, "metric": metric, "until": until, "limit": limit}

        def work(connection: Connection) -> list[tuple[Trace, tuple[Annotation, ...]]]:
            found: dict[int, tuple[Trace, list[Annotation]]] = {}
            for seq, trace, annotation in connection.execute(query, values):
                known = found.get(seq) or found.setdefault(seq, (_trace(trace), []))
                known[1].append(_annotation(annotation))
            return [(trace, tuple(annotations)) for trace, annotations in found.values()]

        return await self.database.read(work)


ANNOTATED = """
    WITH judged AS (
        SELECT a.seq, a.created_at, a.body, t.seq AS trace FROM annotations AS a JOIN traces AS t ON t.id = a.trace_id
        WHERE (:mission IS NULL OR t.mission = :mission) AND (:until IS NULL OR a.created_at <= :until)
            AND (:metric IS NULL OR METRIC = :metric)),
    newest AS (
        SELECT trace, max(created_at) AS last FROM judged GROUP BY trace ORDER BY last DESC, trace DESC LIMIT :limit)
    SELECT newest.trace, traces.body, judged.body FROM newest
        JOIN traces ON traces.seq = newest.trace JOIN judged ON judged.trace = newest.trace
    ORDER BY newest.last DESC, newest.trace DESC, judged.seq"""
INSERT = """INSERT INTO traces
    (id, tenant, created_at, mission, version, environment, session, outcome, body, format, caller)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, body = excluded.body, format = excluded.format"""

MISSING = INSERT.partition("ON CONFLICT")[0] + "ON CONFLICT (id) DO NOTHING"


def _row(trace: Trace, body: bytes) -> tuple[object, ...]:
    return (
        trace.id, trace.tenant, trace.created_at, trace.mission, trace.version, trace.environment, trace.session,
        trace.outcome, body, trace.format, trace.parent.partition("-")[0],
    )  # fmt: skip


def _delete(connection: Connection, ids: list[tuple[str]]) -> int:
    """How many Annotations went with the Traces."""
    query = "DELETE FROM annotations WHERE trace_id = ?"
    annotations = sum(connection.execute(query, one).rowcount for one in ids)
    connection.executemany("DELETE FROM traces WHERE id = ?", ids)
    # A backtest asked their questions again: its results have the ids of the Traces, and hold answers to them.
    for start in range(0, len(ids), AT_ONCE // 4):
        some = [one for (one,) in ids[start : start + AT_ONCE // 4]]
        connection.execute(f"DELETE FROM task_results WHERE task_id IN ({', '.join('?' * len(some))})", some)
    return annotations


def _find(connection: Connection, trace_id: str, tenant: str | None) -> Trace | None:
    whose, named = ("", ()) if tenant is None else (" AND tenant = ?", (tenant,))
    if row := connection.execute(f"SELECT body FROM traces WHERE id = ?{whose}", (trace_id, *named)).fetchone():
        return _trace(row[0])
    if len(trace_id) < SHORTEST_PREFIX:
        return None
    query = f"SELECT id, body FROM traces WHERE id >= ? AND id < ?{whose} ORDER BY id LIMIT 2"
    rows = connection.execute(query, (trace_id, trace_id + "\U0010ffff", *named)).fetchall()
    if len(rows) > 1:
        raise BadInput(f"{trace_id} is the beginning of {rows[0][0]}, {rows[1][0]} and maybe more: give more digits")
    return _trace(rows[0][1]) if rows else None
