"""Keeping: forgetting a person.

Here: of which tenant. Not here: deleting (``assembly.keeping``), backups (at the machine of the store).
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from gonogo.assembly.keeping import Forgotten
from gonogo.errors import NotAllowed
from gonogo.gateway.api.endpoint import Call, Endpoint, NoQuery


class ForgetBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``user``: as requests carried it. A key forgets people of its own tenant."""

    user: Annotated[str, Meta(min_length=1, max_length=1000)]
    tenant: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


async def _forget(call: Call[NoQuery, ForgetBody]) -> Forgotten:
    caller, tenant = call.caller, call.body.tenant
    if caller.missions:
        raise NotAllowed("this key is for some Missions only: a person is forgotten in all")
    if caller.key_id and tenant not in (None, caller.tenant):
        raise NotAllowed(f"this key is of tenant {caller.tenant}: it forgets nobody of tenant {tenant}")
    of = caller.tenant if caller.key_id else tenant
    return await call.workspace.forget(call.body.user, tenant=of, author=call.author)


KEEPING: tuple[Endpoint[Any, Any], ...] = (
    Endpoint(
        method="POST", path="/api/forgotten", name="forget",
        summary="Delete every Trace of a user and what people said of them. There is no way back.",
        action="keep_store", handler=_forget, body=ForgetBody, reply=Forgotten, status=201,
    ),
)  # fmt: skip
