"""Remote keys: the verbs of ``assembly.keys`` on a server.

Here: asking. Not here: hashes: a server tells none.
"""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.access import NewKey
from gonogo.assembly.keys import OVERLAP, ShownKey
from gonogo.cli.remote.client import WHOLE, Client, segment
from gonogo.clock import SystemClock
from gonogo.domain import NO_LIMITS, ApiKey, RateLimits, Role
from gonogo.gateway.api.keys import Secret


class RemoteKeys:
    """Keys of the tenant that the asking key is of."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def create(
        self,
        *,
        role: Role = "viewer",
        tenant: str = "default",
        name: str = "",
        missions: Iterable[str] = (),
        valid_for: float | None = None,
        limits: RateLimits = NO_LIMITS,
        daily_budget: float | None = None,
    ) -> NewKey:
        """Make a key."""
        asked = {
            "role": role,
            "tenant": tenant,
            "name": name,
            "missions": tuple(missions),
            "valid_for": valid_for,
            "limits": limits,
            "daily_budget": daily_budget,
        }
        return _new(await self._client.send("POST", "/api/keys", Secret, asked))

    async def list(self) -> list[ShownKey]:
        """Newest first."""
        return await self._client.listed("/api/keys", ShownKey, WHOLE)

    async def rotate(self, key_id: str, *, overlap: float = OVERLAP) -> NewKey:
        """Give a key a new secret."""
        path = f"/api/keys/{segment(key_id)}/rotate"
        return _new(await self._client.send("POST", path, Secret, {"overlap": overlap}))

    async def limit(
        self, key_id: str, *, lift: Iterable[str] = (), daily_budget: float | None = None, **limits: int
    ) -> ApiKey:
        """Change what a key may take."""
        asked = {**limits, "lift": tuple(lift), "daily_budget": daily_budget}
        changed = await self._client.send("POST", f"/api/keys/{segment(key_id)}/limits", ShownKey, asked)
        return ApiKey(
            id=changed.id,
            hashed="",
            tenant=changed.tenant,
            role=changed.role,
            created_at=changed.created_at,
            name=changed.name,
            missions=changed.missions,
            expires_at=changed.expires_at,
            revoked_at=changed.revoked_at,
            limits=changed.limits,
            daily_budget=changed.daily_budget,
        )

    async def revoke(self, key_id: str) -> None:
        """Refuse a key from now on."""
        await self._client.send("DELETE", f"/api/keys/{segment(key_id)}", type(None))


def _new(told: Secret) -> NewKey:
    key = ApiKey(
        id=told.id,
        hashed="",
        tenant=told.tenant,
        role=told.role,
        created_at=SystemClock().now(),
        name=told.name,
        missions=told.missions,
        expires_at=told.expires_at,
        previous_until=told.old_secret_until,
        limits=told.limits,
        daily_budget=told.daily_budget,
    )
    return NewKey(secret=told.secret, key=key)
