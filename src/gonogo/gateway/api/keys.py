"""Keys: create, list, rotate, revoke those of one's own tenant.

Here: what an admin's key may hand on: never more than it has. Not here: hashes (``access``), the verbs
(``assembly.keys``).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from gonogo.access import NewKey
from gonogo.assembly.keys import OVERLAP, ShownKey, shown
from gonogo.domain import NO_LIMITS, RateLimits, Role
from gonogo.errors import NotAllowed, NotFound, RequestInvalid
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery
from gonogo.gateway.api.paging import Page, page
from gonogo.gateway.api.versions import Listing

Most = Annotated[int, Meta(ge=1, le=2**53)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class KeyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make. ``tenant`` and ``missions``: the maker's own where left out; ``valid_for`` in seconds;
    ``daily_budget`` in dollars a UTC day."""

    role: Role = "viewer"
    tenant: Name | None = None
    name: Annotated[str, Meta(max_length=200)] = ""
    missions: Annotated[tuple[Name, ...], Meta(max_length=1000)] = ()
    valid_for: Annotated[float, Meta(gt=0, le=3.2e9)] | None = None
    limits: RateLimits = NO_LIMITS
    daily_budget: Annotated[float, Meta(ge=0)] | None = None


class RotateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``overlap``: seconds that the old secret still opens."""

    overlap: Annotated[float, Meta(ge=0, le=3.2e9)] = OVERLAP


class LimitsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is not named stays. ``lift`` takes limits away; ``daily_budget`` in dollars a UTC day."""

    requests_per_minute: Most | None = None
    tokens_per_minute: Most | None = None
    concurrency: Most | None = None
    max_output_tokens: Most | None = None
    daily_budget: Annotated[float, Meta(ge=0)] | None = None
    lift: tuple[
        Literal["requests_per_minute", "tokens_per_minute", "concurrency", "max_output_tokens", "daily_budget"], ...
    ] = ()


class Secret(Struct, frozen=True, kw_only=True):
    """A secret, told this once. ``first``: from now on every request needs a key."""

    id: str
    secret: str
    role: str
    tenant: str
    name: str
    missions: tuple[str, ...]
    expires_at: float | None
    limits: RateLimits
    daily_budget: float | None
    old_secret_until: float | None = None
    first: bool = False


async def _create(call: Call[NoQuery, KeyBody]) -> Secret:
    wanted, caller = call.body, call.caller
    if caller.key_id and wanted.tenant not in (None, caller.tenant):
        raise NotAllowed(f"this key is of tenant {caller.tenant} and makes keys for it only")
    if beyond := [name for name in wanted.missions if not caller.may_call(name)]:
        raise NotAllowed(f"this key is not for {', '.join(beyond)} and makes no key that is")
    first = not await call.workspace.store.has_keys()
    made = await call.workspace.keys.create(
        role=wanted.role,
        tenant=wanted.tenant or caller.tenant,
        name=wanted.name,
        missions=wanted.missions or caller.missions,
        valid_for=wanted.valid_for,
        limits=wanted.limits,
        daily_budget=wanted.daily_budget,
    )
    return _secret(made, first=first)


async def _list(call: Call[Listing, None]) -> Page[ShownKey]:
    async def fetch(limit: int) -> list[ShownKey]:
        return list(await call.workspace.keys.list())[:limit]

    return await page(
        fetch,
        lambda key: key.id,
        limit=call.query.limit,
        cursor=call.query.cursor,
        visible=lambda key: _mine(call, key),
    )


async def _rotate(call: Call[NoQuery, RotateBody]) -> Secret:
    key_id = await _own(call)
    return _secret(await call.workspace.keys.rotate(key_id, overlap=call.body.overlap))


async def _limit(call: Call[NoQuery, LimitsBody]) -> ShownKey:
    wanted = call.body
    named = {
        "requests_per_minute": wanted.requests_per_minute,
        "tokens_per_minute": wanted.tokens_per_minute,
        "concurrency": wanted.concurrency,
        "max_output_tokens": wanted.max_output_tokens,
    }
    given = {name: number for name, number in named.items() if number is not None}
    budget = {} if wanted.daily_budget is None else {"daily_budget": wanted.daily_budget}
    if twice := {*given, *budget} & {*wanted.lift}:
        raise RequestInvalid(f"{', '.join(sorted(twice))} is both set and lifted", param="lift")
    changed = await call.workspace.keys.limit(
        await _own(call), lift=wanted.lift, daily_budget=wanted.daily_budget, **given
    )
    return shown(changed, call.workspace.clock.now())


async def _revoke(call: Call[NoQuery, None]) -> None:
    await call.workspace.keys.revoke(await _own(call))


async def _own(call: Call[Any, Any]) -> str:
    wanted = call.values["id"]
    for key in await call.workspace.keys.list():
        if key.id == wanted and _mine(call, key):
            return wanted
    raise NotFound(f"there is no key {wanted}; GET /api/keys lists them")


def _mine(call: Call[Any, Any], key: ShownKey) -> bool:
    """Of the same tenant, and for no Mission that the asking key is not for; without keys, every one."""
    caller = call.caller
    if not caller.key_id:
        return True
    within = not caller.missions or (bool(key.missions) and set(key.missions) <= set(caller.missions))
    return key.tenant == caller.tenant and within


def _secret(made: NewKey, *, first: bool = False) -> Secret:
    key = made.key
    return Secret(
        id=made.id,
        secret=made.secret,
        role=key.role,
        tenant=key.tenant,
        name=key.name,
        missions=key.missions,
        expires_at=key.expires_at,
        limits=key.limits,
        daily_budget=key.daily_budget,
        old_secret_until=key.previous_until,
        first=first,
    )


KEYS: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="GET", path="/api/keys", name="listKeys", summary="Keys, newest first. Secrets are not kept.",
        action="manage_keys", handler=_list, query=Listing, reply=Page[ShownKey],
    ),
    Endpoint(
        method="POST", path="/api/keys", name="createKey", summary="Make a key. Its secret is told this once.",
        action="manage_keys", handler=_create, body=KeyBody, reply=Secret, status=201,
    ),
    Endpoint(
        method="POST", path="/api/keys/{id}/rotate", name="rotateKey",
        summary="Give a key a new secret; its id, role, Missions, limits and budget stay.",
        action="manage_keys", handler=_rotate, body=RotateBody, reply=Secret,
    ),
    Endpoint(
        method="POST", path="/api/keys/{id}/limits", name="limitKey", summary="Change what a key may take.",
        action="manage_keys", handler=_limit, body=LimitsBody, reply=ShownKey,
    ),
    Endpoint(
        method="DELETE", path="/api/keys/{id}", name="revokeKey",
        summary="Refuse a key from now on, within a second everywhere.",
        action="manage_keys", handler=_revoke, reply=None, status=204,
    ),
)  # fmt: skip
