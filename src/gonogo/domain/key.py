"""ApiKey, Role and RateLimits: who may call, and how much.

Here: the nouns as they are stored; a secret is never among them, only its hash.
Not here: making and recognising a secret, what a role may do (``access``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Role = Literal["viewer", "annotator", "developer", "deployer", "admin"]
"""Each may do what those before it may; ``access.roles`` says what."""
Most = Annotated[int, Meta(ge=1)]
Dollars = Annotated[float, Meta(ge=0)]


class RateLimits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much may be asked. A minute is the last 60 seconds, whatever the clock shows; ``concurrency`` counts requests
    that are being answered. ``max_output_tokens``: the most that all answers to one request may have together.
    ``None``: no limit."""

    requests_per_minute: Most | None = None
    tokens_per_minute: Most | None = None
    concurrency: Most | None = None
    max_output_tokens: Most | None = None


NO_LIMITS = RateLimits()


class ApiKey(Struct, frozen=True, kw_only=True):
    """One key of the gateway. Times in seconds since 1970.

    ``missions``: the Missions it may call; none named means every one. ``previous_hashed``: the hash of the secret
    before the last rotation, which opens until ``previous_until``. ``daily_budget``: dollars a UTC day.
    """

    id: str
    hashed: str
    tenant: str
    role: str
    created_at: float
    name: str = ""
    missions: tuple[str, ...] = ()
    expires_at: float | None = None
    revoked_at: float | None = None
    previous_hashed: str | None = None
    previous_until: float | None = None
    limits: RateLimits = NO_LIMITS
    daily_budget: float | None = None
    format: int = 2
