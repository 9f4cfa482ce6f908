"""Verbs over keys: create, list, rotate, limit, revoke.

Here: joining the secrets (``access``) to their rows (``store``). Not here: letting callers in (``gateway.door``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, structs

from gonogo.access import NewKey, new_key, rotated
from gonogo.clock import Clock
from gonogo.contracts import KeyStore
from gonogo.domain import NO_LIMITS, ApiKey, RateLimits, Role
from gonogo.errors import BadInput, NotFound, TryAgain

OVERLAP = 24 * 3600.0
"""Seconds that the old secret of a rotated key opens, unless told."""
KeyState = Literal["valid", "expired", "revoked"]


class ShownKey(Struct, frozen=True, kw_only=True):
    """What may be shown of a key: everything but its hashes. Times in seconds since 1970."""

    id: str
    name: str
    role: str
    tenant: str
    missions: tuple[str, ...]
    state: KeyState
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    old_secret_until: float | None
    limits: RateLimits
    daily_budget: float | None


class KeyVerbs:
    """Everything that is done with keys. ``pepper`` keys their hashes."""

    def __init__(self, store: KeyStore, pepper: bytes, clock: Clock) -> None:
        self._store, self._pepper, self._clock = store, pepper, clock

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
        """Make a key and keep its hash; its secret is in the reply and nowhere else.

        Args:
            valid_for: seconds until it expires; ``None``: it does not.
            daily_budget: dollars a UTC day; ``None``: no budget of its own.
        """
        now = self._clock.now()
        made = new_key(
            self._pepper,
            created_at=now,
            role=role,
            tenant=tenant,
            name=name,
            missions=missions,
            expires_at=None if valid_for is None else now + valid_for,
            limits=limits,
            daily_budget=daily_budget,
        )
        await self._store.add_key(made.key)
        return made

    async def list(self) -> list[ShownKey]:
        """Every key ever made, newest first."""
        now = self._clock.now()
        return [shown(key, now) for key in await self._store.keys()]

    async def rotate(self, key_id: str, *, overlap: float = OVERLAP) -> NewKey:
        """Give a key a new secret. The old one opens for ``overlap`` seconds more; an older one no longer.

        Raises:
            NotFound: no key of that id.
            BadInput: it is revoked or expired.
            TryAgain: it was changed by somebody else meanwhile.
        """
        now = self._clock.now()
        key = await self._found(key_id)
        state = state_of(key, now)
        if state != "valid":
            raise BadInput(f"key {key_id} is {state} and opens nothing: make another with `gonogo keys create`")
        made = rotated(key, self._pepper, old_until=now + overlap)
        await self._replace(key, made.key)
        return made

    async def limit(
        self, key_id: str, *, lift: Iterable[str] = (), daily_budget: float | None = None, **limits: int
    ) -> ApiKey:
        """Change what a key may take; holds within a second everywhere. What is not named stays.

        Args:
            lift: names of limits to take away: fields of ``RateLimits``, or ``daily_budget``.
            daily_budget: dollars a UTC day.
            limits: fields of ``RateLimits``.

        Raises:
            NotFound: no key of that id.
            TryAgain: it was changed by somebody else meanwhile.
        """
        key = await self._found(key_id)
        gone = set(lift)
        lifted = {name: None for name in RateLimits.__struct_fields__ if name in gone}
        new = structs.replace(key, limits=structs.replace(key.limits, **{**lifted, **limits}))
        if "daily_budget" in gone or daily_budget is not None:
            new = structs.replace(new, daily_budget=daily_budget)
        await self._replace(key, new)
        return new

    async def revoke(self, key_id: str) -> None:
        """Refuse a key, with whatever secret, within a second everywhere.

        Raises:
            NotFound: no key of that id that was not revoked.
        """
        if not await self._store.revoke_key(key_id):
            raise NotFound(f"there is no valid key {key_id}; `gonogo keys list` lists them")

    async def _found(self, key_id: str) -> ApiKey:
        key = await self._store.key(key_id)
        if key is None:
            raise NotFound(f"there is no key {key_id}; `gonogo keys list` lists them")
        return key

    async def _replace(self, old: ApiKey, new: ApiKey) -> None:
        if not await self._store.replace_key(old, new):
            raise TryAgain(f"key {old.id} was changed by somebody else meanwhile: nothing was done, try again")


def state_of(key: ApiKey, now: float) -> KeyState:
    """Whether a key opens now, and if not, why not."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and now >= key.expires_at else "valid"


def shown(key: ApiKey, now: float) -> ShownKey:
    """A key without its hashes."""
    overlapping = key.previous_until is not None and now < key.previous_until
    return ShownKey(
        id=key.id,
        name=key.name,
        role=key.role,
        tenant=key.tenant,
        missions=key.missions,
        state=state_of(key, now),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        old_secret_until=key.previous_until if overlapping else None,
        limits=key.limits,
        daily_budget=key.daily_budget,
    )
