"""Keys: 256 random bits behind a readable prefix, kept only as a keyed hash (HMAC-SHA-256, RFC 2104).

A key is random and long, so its hash cannot be searched and a slow password hash would only cost every request. That it
is keyed with a secret kept outside the store (the pepper, see ``pepper``) means that whoever can write the store's rows
cannot put a key of their own there.

Here: making, hashing and recognising secrets; rotation. Not here: rows (``store``), who may do what (``roles``).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from msgspec import Struct, structs

from gonogo.domain import NO_LIMITS, ApiKey, RateLimits, Role

PREFIX = "gng_"
SCHEME = "hmac-sha256:"
"""Before every hash of today's kind; a hash without it is the plain SHA-256 of an earlier gonogo."""


class NewKey(Struct, frozen=True, kw_only=True):
    """A fresh key, or one with a fresh secret. ``secret`` is shown once; ``key`` is what the store keeps."""

    secret: str
    key: ApiKey

    @property
    def id(self) -> str:
        """Public, and named in Traces."""
        return self.key.id


def new_key(
    pepper: bytes,
    *,
    created_at: float,
    role: Role = "viewer",
    tenant: str = "default",
    name: str = "",
    missions: Iterable[str] = (),
    expires_at: float | None = None,
    limits: RateLimits = NO_LIMITS,
    daily_budget: float | None = None,
) -> NewKey:
    """Make a key; see ``ApiKey`` for what it may carry."""
    key_id = secrets.token_hex(4)
    secret = _secret(key_id)
    key = ApiKey(
        id=key_id,
        hashed=hash_key(secret, pepper),
        tenant=tenant,
        role=role,
        created_at=created_at,
        name=name,
        missions=tuple(sorted(set(missions))),
        expires_at=expires_at,
        limits=limits,
        daily_budget=daily_budget,
    )
    return NewKey(secret=secret, key=key)


def rotated(key: ApiKey, pepper: bytes, *, old_until: float) -> NewKey:
    """The same key with a new secret; the secret of now opens until ``old_until``, any older one no longer."""
    secret = _secret(key.id)
    hashed = hash_key(secret, pepper)
    return NewKey(
        secret=secret,
        key=structs.replace(key, hashed=hashed, previous_hashed=key.hashed, previous_until=old_until),
    )


def hash_key(secret: str, pepper: bytes) -> str:
    """What the store keeps of a secret."""
    return SCHEME + hmac.digest(pepper, _bytes(secret), "sha256").hex()


def id_of(secret: str) -> str | None:
    """Which key a secret says it is of; ``None`` for text that is no key of ours."""
    key_id, separator, rest = secret.removeprefix(PREFIX).partition("_")
    return key_id if secret.startswith(PREFIX) and separator and rest and len(key_id) <= 32 else None


def opens_until(key: ApiKey, secret: str, pepper: bytes, now: float) -> float | None:
    """Until when a secret opens as this key, in seconds since 1970 (infinite where nothing ends it); ``None`` where it
    does not now. Every comparison takes the same time wherever the texts differ."""
    ends = float("inf") if key.expires_at is None else key.expires_at
    if _is(secret, key.hashed, pepper):
        pass
    elif key.previous_hashed is not None and _is(secret, key.previous_hashed, pepper):
        ends = min(ends, key.previous_until or 0.0)
    else:
        return None
    return ends if key.revoked_at is None and now < ends else None


def rehashed(key: ApiKey, secret: str, pepper: bytes) -> ApiKey | None:
    """The key with today's kind of hash, where this secret opens it through one of an earlier gonogo; else ``None``."""
    if key.hashed.startswith(SCHEME) or not _is(secret, key.hashed, pepper):
        return None
    return structs.replace(key, hashed=hash_key(secret, pepper))


def _secret(key_id: str) -> str:
    return f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"


def _is(secret: str, hashed: str, pepper: bytes) -> bool:
    known = hashed.startswith(SCHEME)
    shown = hash_key(secret, pepper) if known else hashlib.sha256(_bytes(secret)).hexdigest()
    return hmac.compare_digest(shown.encode(), hashed.encode())


def _bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")
