"""Bounds: which Chunks a request may find.

Here: the filter of a Mission, of a request's metadata, and of the caller's tenant, as one. Not here: applying it (the
index).
"""

from __future__ import annotations

from gonogo.contracts import Where
from gonogo.domain import Json, RetrievalPolicy
from gonogo.errors import RequestInvalid

EVERYBODY = "*"
"""What a page says in the tenant's field if it is for every tenant."""
MOST_VALUES = 100


def where_of(policy: RetrievalPolicy, tenant: str, metadata: Json) -> Where:
    """The filter of one request. A Mission with ``tenant_field`` has no search without the caller's tenant.

    Args:
        tenant: of the caller's key, never what the client says of itself.
        metadata: what the client says beside the conversation.

    Raises:
        RequestInvalid: metadata that the Mission narrows by is no text, number or truth value, nor a list of them.
    """
    where: dict[str, tuple[str | int | float | bool, ...]] = dict(policy.filter)
    for field in policy.filter_by:
        if metadata.get(field) is not None:
            asked = _values(field, metadata[field])
            allowed = {str(value) for value in where.get(field, asked)}
            where[field] = tuple(value for value in asked if str(value) in allowed)
    if policy.tenant_field:
        where[policy.tenant_field] = (tenant, EVERYBODY)
    return where


def _values(field: str, value: object) -> tuple[str | int | float | bool, ...]:
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    plain = tuple(one for one in values if isinstance(one, (str, int, float)))
    if len(plain) != len(values) or len(values) > MOST_VALUES:
        raise RequestInvalid(
            f"metadata.{field} narrows the search: give a text, a number, or a list of at most {MOST_VALUES} of them",
            param=f"metadata.{field}",
        )
    return plain
