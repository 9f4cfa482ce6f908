"""Door: who may come in. Default deny where keys exist; loopback only where none do.

Here: Host and Origin checks against DNS rebinding and cross-site calls, bearer keys, roles by route.
Not here: making keys (``access``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from gonogo.access import Role, allows, hash_key
from gonogo.contracts import Caller, KeyStore, Route
from gonogo.errors import KeyRefused, NotAllowed

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Door:
    """Checks one request. ``open_locally``: no keys exist and the server listens on loopback."""

    def __init__(self, keys: KeyStore, *, open_locally: bool) -> None:
        self._keys, self._open_locally = keys, open_locally

    async def let_in(self, route: Route, headers: Mapping[str, str]) -> Caller:
        """Who is calling.

        Raises:
            NotAllowed: a foreign Host or Origin, or a role too low for the route.
            KeyRefused: no key, or an unknown one.
        """
        self._same_site(headers)
        if route.role is None:
            return Caller(role="viewer")
        caller = await self._caller(headers)
        if not allows(caller.role, route.role):
            raise NotAllowed(f"{route.method} {route.path} needs role {route.role}, this key has {caller.role}")
        return caller

    async def _caller(self, headers: Mapping[str, str]) -> Caller:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        secret = secret.strip() if scheme.lower() == "bearer" else ""
        if self._open_locally:
            # SDKs insist on some key; without any in the store, a local caller may send whatever it likes.
            return Caller()
        if not secret:
            raise KeyRefused(
                "a key is needed: send 'Authorization: Bearer gng_...' (make one with `gonogo keys create`)"
            )
        found = await self._keys.key_by_hash(hash_key(secret))
        if found is None:
            raise KeyRefused("this key is unknown or revoked")
        key_id, tenant, role = found
        return Caller(key_id=key_id, tenant=tenant, role=_role(role))

    def _same_site(self, headers: Mapping[str, str]) -> None:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._open_locally and name not in LOCAL_NAMES:
            raise NotAllowed(f"Host '{host}' is not this machine: without keys only localhost is answered")
        origin = headers.get("origin")
        if origin and origin != "null" and urlsplit(origin).netloc != host:
            raise NotAllowed(f"Origin '{origin}' is another site than '{host}'")


def _role(role: str) -> Role:
    for known in ("viewer", "annotator", "developer", "deployer", "admin"):
        if role == known:
            return known  # type: ignore[return-value]
    raise KeyRefused(f"this key has the unknown role '{role}': revoke it and make another")
