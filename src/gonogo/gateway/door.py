"""Door: who may come in. Default deny where keys exist; loopback only where none do.

Here: Host and Origin checks against DNS rebinding and cross-site calls, bearer keys, roles by route.
Not here: making keys (``access``).
"""

from __future__ import annotations

import base64
import ipaddress
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from gonogo.access import ROLES, Role, allows, hash_key, id_of, opens_until, rehashed
from gonogo.clock import Clock, SystemClock
from gonogo.contracts import Caller, KeyStore, Route
from gonogo.domain import ApiKey
from gonogo.errors import GonogoError, KeyRefused, NotAllowed

log = logging.getLogger("gonogo.gateway")
TRUSTED_FOR = 1.0
"""Seconds a key is let in again without asking the store; a revoked one holds no longer than this."""
FRESH_FOR = 10.0
"""Seconds after which secrets that were shown are forgotten, so that hashes alone are kept of those not in use."""
REMEMBERED = 10_000
"""Keys remembered, for the time a store is down."""
Shown = tuple[str | None, str | None]
"""What came as ``authorization`` and ``x-api-key``."""
LONGEST_SHOWN = 512
"""Characters of it that are remembered: blanks around a key are the client's to choose."""


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Known:
    """A key that was let in: until when without asking the store (``_now``), and until when at all (since 1970)."""

    caller: Caller
    trusted_until: float
    ends_at: float


class Door:
    """Checks one request.

    Args:
        keys: where keys are kept.
        pepper: what their hashes are keyed with; without it no key opens.
        open_locally: no keys exist and the server listens on loopback; it closes by itself when the first key is made.
    """

    def __init__(
        self, keys: KeyStore, *, open_locally: bool, pepper: bytes | None = None, clock: Clock | None = None
    ) -> None:
        self._keys, self._open_locally = keys, open_locally
        # Without one given, a random one: then no key opens, which is the safe mistake.
        self._pepper = secrets.token_bytes(32) if pepper is None else pepper
        self._clock = clock or SystemClock()
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._fresh: dict[Shown, Known] = {}
        self._forget_at = 0.0
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
        caller = Caller() if self._open_locally else await self._caller(as_bearer(headers) if route.basic else headers)
        if not allows(caller.role, route.role):
            raise NotAllowed(f"{route.method} {route.path} needs role {route.role}, this key has {caller.role}")
        return caller

    async def _caller(self, headers: Mapping[str, str]) -> Caller:
        now, shown = _now(), (headers.get("authorization"), headers.get("x-api-key"))
        # A dictionary tells nobody how near a guess was: Python's hash of a text is keyed anew in every process, and
        # texts are compared only where these hashes are equal.
        known = self._fresh.get(shown)
        if known is not None and now < known.trusted_until and self._clock.now() < known.ends_at:
            return known.caller
        secret = presented(headers)
        if not secret:
            raise KeyRefused(
                "a key is needed: send 'Authorization: Bearer gng_...' (make one with `gonogo keys create`)"
            )
        remembered = hash_key(secret, self._pepper)
        known = self._known.get(remembered)
        if known is not None and now < known.trusted_until and self._clock.now() < known.ends_at:
            return known.caller
        try:
            key, ends_at = await self._look_up(secret)
        except GonogoError:
            if known is None or self._clock.now() >= known.ends_at:
                raise
            # While the store is down nobody can revoke a key either: who was known stays known, until the key expires.
            return known.caller
        if key is None:
            self._known.pop(remembered, None)
            raise KeyRefused("this key is unknown, revoked or expired")
        caller = Caller(
            key_id=key.id,
            tenant=key.tenant,
            role=_role(key.role),
            missions=key.missions,
            limits=key.limits,
            daily_budget=key.daily_budget,
        )
        self._known[remembered] = known = Known(caller, now + TRUSTED_FOR, ends_at)
        if now > self._forget_at or len(self._fresh) >= REMEMBERED:
            self._fresh, self._forget_at = {}, now + FRESH_FOR
        if sum(len(text) for text in shown if text) <= LONGEST_SHOWN:
            self._fresh[shown] = known
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return caller

    async def _look_up(self, secret: str) -> tuple[ApiKey | None, float]:
        """The key that a secret opens, and until when. Nothing is written for a secret that opens nothing."""
        key_id = id_of(secret)
        key = None if key_id is None else await self._keys.key(key_id)
        ends_at = None if key is None else opens_until(key, secret, self._pepper, self._clock.now())
        if key is None or ends_at is None:
            return None, 0.0
        better = rehashed(key, secret, self._pepper)
        if better is not None:
            try:
                await self._keys.replace_key(key, better)
            except GonogoError as error:  # the key is right all the same, and the next use tries again
                log.warning("cannot hash key %s anew: %s", key.id, error)
        return key, ends_at

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


def presented(headers: Mapping[str, str]) -> str:
    """The secret that came with a request: a bearer token, or ``x-api-key`` as Anthropic's SDKs send it."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip()
    return headers.get("x-api-key", "").strip() if not scheme else ""


def as_bearer(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Headers with the password of HTTP Basic (RFC 7617) in the place of a bearer token."""
    scheme, _, coded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return headers
    try:
        _, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return headers
    return {**headers, "authorization": f"Bearer {password}"}


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
    return time.monotonic()
