"""Door: who may come in. Default deny where keys exist; loopback only where none do.

Here: Host and Origin checks against DNS rebinding and cross-site calls, bearer keys, roles by route.
Not here: making keys (``access``).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from gonogo.access import ROLES, Role, allows, hash_key
from gonogo.contracts import Caller, KeyStore, Route
from gonogo.errors import GonogoError, KeyRefused, NotAllowed

log = logging.getLogger("gonogo.gateway")
TRUSTED_FOR = 1.0
"""Seconds a key is let in again without asking the store; a revoked one holds no longer than this."""
REMEMBERED = 10_000
"""Keys remembered, for the time a store is down."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Door:
    """Checks one request. ``open_locally``: no keys exist and the server listens on loopback; it closes by itself when
    the first key is made."""

    def __init__(self, keys: KeyStore, *, open_locally: bool) -> None:
        self._keys, self._open_locally = keys, open_locally
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()
        self._looked = float("-inf")

    async def let_in(self, route: Route, headers: Mapping[str, str]) -> Caller:
        """Who is calling.

        Raises:
            NotAllowed: a foreign Host or Origin, or a role too low for the route.
            KeyRefused: no key, or an unknown one.
        """
        if self._open_locally:
            await self._close_once_keys_exist()
        self._same_site(headers)
        if route.role is None:
            return Caller(role="viewer")
        # SDKs insist on some key; without any in the store, a local caller may send whatever it likes.
        caller = Caller() if self._open_locally else await self._caller(headers)
        if not allows(caller.role, route.role):
            raise NotAllowed(f"{route.method} {route.path} needs role {route.role}, this key has {caller.role}")
        return caller

    async def _caller(self, headers: Mapping[str, str]) -> Caller:
        scheme, _, secret = headers.get("authorization", "").partition(" ")
        secret = secret.strip() if scheme.lower() == "bearer" else ""
        if not secret:
            raise KeyRefused(
                "a key is needed: send 'Authorization: Bearer gng_...' (make one with `gonogo keys create`)"
            )
        hashed, now = hash_key(secret), _now()
        known = self._known.get(hashed)
        if known is not None and now - known[1] < TRUSTED_FOR:
            return known[0]
        try:
            found = await self._keys.key_by_hash(hashed)
        except GonogoError:
            if known is None:
                raise
            # While the store is down nobody can revoke a key either: who was known stays known.
            return known[0]
        if found is None:
            self._known.pop(hashed, None)
            raise KeyRefused("this key is unknown or revoked")
        key_id, tenant, role = found
        caller = Caller(key_id=key_id, tenant=tenant, role=_role(role))
        self._known[hashed] = (caller, now)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def _close_once_keys_exist(self) -> None:
        now = _now()
        if now - self._looked < TRUSTED_FOR:
            return
        self._looked = now
        try:
            self._open_locally = not await self._keys.has_keys()
        except GonogoError as error:
            log.warning("cannot ask the store whether keys exist, staying as before: %s", error)

    def _same_site(self, headers: Mapping[str, str]) -> None:
        host = headers.get("host", "")
        if self._open_locally and not _is_local(host):
            raise NotAllowed(f"Host '{host}' is not this machine: without keys only localhost is answered")
        origin = headers.get("origin")
        if origin is None:
            return
        # "null" is what a page in a sandboxed frame says: it is no site of ours.
        site = _split(origin)
        if site is None or not site.netloc or site.netloc.lower() != host.lower():
            raise NotAllowed(f"Origin '{origin}' is another site than '{host}'")


def _is_local(host: str) -> bool:
    site = _split(f"//{host}")
    return site is not None and "@" not in host and is_loopback(site.hostname or "")


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:  # an unfinished IPv6 address
        return None


def _role(role: str) -> Role:
    for known in ROLES:
        if role == known:
            return known
    raise KeyRefused(f"this key has the unknown role '{role}': revoke it and make another")


def _now() -> float:
    return asyncio.get_running_loop().time()
