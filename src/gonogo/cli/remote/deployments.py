"""Remote deployments: the verbs of ``assembly.deploying`` on a server.

Here: asking. Not here: the gate, which is the server's.
"""

from __future__ import annotations

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT
from gonogo.cli.remote.client import WHOLE, Client, segment
from gonogo.cli.remote.refusals import Offered
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import Deployment, Version


class RemoteDeployments(Offered):
    """Environments of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

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
