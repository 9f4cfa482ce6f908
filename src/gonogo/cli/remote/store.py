"""Remote store: the few things that commands ask the store for themselves.

Here: those. Not here: verbs (``workspace``).
"""

from __future__ import annotations

from gonogo.cli.remote.client import Client, segment
from gonogo.cli.remote.refusals import Offered
from gonogo.deployments import EnvironmentStatus
from gonogo.domain import ClassifierPromotion, Environment


class RemoteStore(Offered):
    """What of the store a server shows."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def has_keys(self) -> bool:
        """Whether requests need a key: those of this command did."""
        return bool(await self._client.listed("/api/keys", dict, 1))

    async def environment(self, mission: str, name: str) -> Environment | None:
        """What serves there, as far as its status tells."""
        for row in await self._client.listed("/api/environments", EnvironmentStatus, 1000):
            if (row.mission, row.environment) == (mission, name):
                return Environment(
                    mission=mission,
                    name=name,
                    version=row.version,
                    revision=row.revision,
                    deployment_id=row.deployment_id,
                    previous=row.previous,
                )
        return None

    async def folder(self, mission: str) -> None:
        """Nobody knows: the folder stands elsewhere."""
        return

    async def promotions(
        self, name: str | None = None, mission: str | None = None, limit: int = 1000
    ) -> list[ClassifierPromotion]:
        """Newest first."""
        rows = await self._client.listed(
            f"/api/classifiers/{segment(name or '')}/promotions", ClassifierPromotion, 1000
        )
        return [row for row in rows if mission is None or row.mission == mission][:limit]
