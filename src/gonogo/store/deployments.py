"""Environments and the history of their changes in SQL.

Here: the compare-and-swap, and which Version a rollback returns to. Not here: whether a change is allowed
(``deployments``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gonogo.domain import Deployment, Environment
from gonogo.errors import DeploymentConflict, NotFound
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_deployment = msgspec.json.Decoder(Deployment).decode

FORMAT = 1
COLUMNS = "mission, name, version, revision, deployment_id, previous, tenant"


class SqlDeployments(Role):
    """``DeploymentStore`` in SQL."""

    async def environment(self, mission: str, name: str) -> Environment | None:
        """What it serves now, or ``None`` before its first deployment."""

        def work(connection: Connection) -> Environment | None:
            return _environment(connection, self.tenant, mission, name)

        return await self.database.read(work)

    async def environments(self, mission: str | None = None) -> list[Environment]:
        """By Mission and name."""
        query = f"""SELECT {COLUMNS} FROM environments WHERE tenant = ? AND (? IS NULL OR mission = ?)
                    ORDER BY mission, name"""

        def work(connection: Connection) -> list[Environment]:
            return [_as_environment(row) for row in connection.execute(query, (self.tenant, mission, mission))]

        return await self.database.read(work)

    async def move(self, deployment: Deployment, expected_revision: int) -> Environment:
        """Record the Deployment and move the pointer, in one transaction.

        After a rollback ``previous`` is what stood before the Version gone back to, so that two rollbacks in a row go
        back twice and never forward again to what was rolled back.

        Args:
            deployment: its ``revision`` is ``expected_revision + 1``.
            expected_revision: 0 for an Environment that does not exist yet.

        Raises:
            DeploymentConflict: the revision is another one by now; the message says who won. Nothing was written.
            NotFound: no such Version in this store.
            ValueError: the Deployment's own revision or tenant does not fit.
        """
        if deployment.revision != expected_revision + 1:
            raise ValueError(f"a Deployment of revision {deployment.revision} after revision {expected_revision}")
        if deployment.tenant != self.tenant:
            raise ValueError(f"a Deployment of tenant {deployment.tenant} in the store of tenant {self.tenant}")

        def work(connection: Connection) -> Environment:
            return _move(connection, deployment, expected_revision)

        return await self.database.write(work)

    async def deployments(self, mission: str, environment: str | None = None, limit: int = 100) -> list[Deployment]:
        """Newest first."""
        query = """SELECT body FROM deployments WHERE tenant = ? AND mission = ? AND (? IS NULL OR environment = ?)
                   ORDER BY seq DESC LIMIT ?"""

        def work(connection: Connection) -> list[Deployment]:
            rows = connection.execute(query, (self.tenant, mission, environment, environment, limit))
            return [_deployment(body) for (body,) in rows]

        return await self.database.read(work)


def _as_environment(row: tuple[str, str, int, int, str, int | None, str]) -> Environment:
    mission, name, version, revision, deployment_id, previous, tenant = row
    return Environment(
        mission=mission,
        name=name,
        version=version,
        revision=revision,
        deployment_id=deployment_id,
        previous=previous,
        tenant=tenant,
    )


def _environment(connection: Connection, tenant: str, mission: str, name: str) -> Environment | None:
    query = f"SELECT {COLUMNS} FROM environments WHERE tenant = ? AND mission = ? AND name = ?"
    row = connection.execute(query, (tenant, mission, name)).fetchone()
    return _as_environment(row) if row else None


def _move(connection: Connection, deployment: Deployment, expected_revision: int) -> Environment:
    place = (deployment.tenant, deployment.mission, deployment.environment)
    current = _environment(connection, *place)
    if (current.revision if current else 0) != expected_revision:
        raise DeploymentConflict(_who_won(connection, deployment, current))
    exists = "SELECT 1 FROM versions WHERE tenant = ? AND mission = ? AND number = ?"
    if connection.execute(exists, (*place[:2], deployment.version)).fetchone() is None:
        raise NotFound(f"{deployment.mission}@{deployment.version} is not in this store: run `gonogo build` first")
    standing, previous = _standing(connection, deployment)
    connection.execute(
        """INSERT INTO deployments
           (id, tenant, mission, environment, version, previous, kind, revision, created_at, body, format)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            deployment.id, *place, deployment.version, deployment.previous, deployment.kind, deployment.revision,
            deployment.created_at, _encode(deployment), deployment.format,
        ),
    )  # fmt: skip
    connection.execute(
        """INSERT INTO environments
           (tenant, mission, name, version, revision, deployment_id, previous, standing, format)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (tenant, mission, name) DO UPDATE SET version = excluded.version, revision = excluded.revision,
           deployment_id = excluded.deployment_id, previous = excluded.previous, standing = excluded.standing""",
        (*place, deployment.version, deployment.revision, deployment.id, previous, standing, FORMAT),
    )
    moved = _environment(connection, *place)
    assert moved is not None  # noqa: S101 - written two lines above, in this transaction
    return moved


def _standing(connection: Connection, deployment: Deployment) -> tuple[int, int | None]:
    """(revision of the ``deploy`` that put this Version here, what was live before that)."""
    if deployment.kind == "deploy":
        return deployment.revision, deployment.previous
    place = (deployment.tenant, deployment.mission, deployment.environment)
    now = "SELECT standing FROM environments WHERE tenant = ? AND mission = ? AND name = ?"
    row = connection.execute(now, place).fetchone()
    # Back in history first; a Version newer than what stands now (a rollback undone) only where there is none.
    found: tuple[int, int | None] | None = connection.execute(
        """SELECT revision, previous FROM deployments WHERE tenant = ? AND mission = ? AND environment = ?
           AND version = ? AND kind = 'deploy' ORDER BY revision < ? DESC, revision DESC LIMIT 1""",
        (*place, deployment.version, row[0] if row else 0),
    ).fetchone()
    return found or (deployment.revision, None)


def _who_won(connection: Connection, deployment: Deployment, current: Environment | None) -> str:
    target = f"{deployment.mission} in {deployment.environment}"
    if current is None:
        return f"{target} has never been deployed, revision {deployment.revision - 1} was expected: look again"
    query = "SELECT body FROM deployments WHERE id = ?"
    winner = _deployment(connection.execute(query, (current.deployment_id,)).fetchone()[0])
    when = datetime.fromtimestamp(winner.created_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    did = "rolled it back to" if winner.kind == "rollback" else "deployed"
    return (
        f"{target} was changed first by somebody else: {winner.author} {did} {winner.mission}@{winner.version} "
        f"at {when}; nothing of this call took effect. Evaluate against what is live now, then deploy again"
    )
