"""Keys: 256 random bits behind a readable prefix, kept only as a SHA-256 hash.

A key is random and long, so a plain hash cannot be searched; a slow password hash would only cost every request.
Here: making and hashing. Not here: storing (``store``).
"""

from __future__ import annotations

import hashlib
import secrets

from msgspec import Struct

from gonogo.access.roles import Role

PREFIX = "gng_"


class NewKey(Struct, frozen=True, kw_only=True):
    """A fresh key: ``secret`` is shown once; ``id`` is public and named in Traces."""

    id: str
    secret: str
    hashed: str


class Principal(Struct, frozen=True, kw_only=True):
    """Who is calling."""

    key_id: str
    tenant: str
    role: Role


def new_key() -> NewKey:
    """Make a key."""
    key_id = secrets.token_hex(4)
    secret = f"{PREFIX}{key_id}_{secrets.token_urlsafe(32)}"
    return NewKey(id=key_id, secret=secret, hashed=hash_key(secret))


def hash_key(secret: str) -> str:
    """What the store keeps; looked up by equality in an index, so no byte-wise comparison leaks through time."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
