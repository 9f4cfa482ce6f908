"""Paging: lists in pages, with a cursor that names the last one seen.

Here: finding the place after it, leaving out what a caller may not see. Not here: listing (``store``).

The store lists newest first up to a limit. A page asks for more and more until it has enough after the cursor, so new
rows at the front move nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from gonogo.errors import RequestInvalid

T = TypeVar("T")
DEEPEST = 100_000
"""Rows that are looked through for one page."""

Limit = Annotated[int, Meta(ge=1, le=1000, description="How many at most.")]
Cursor = Annotated[str, Meta(max_length=1000, description="`next` of the page before.")]


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """Newest first. ``next`` is the cursor of the following page, ``null`` on the last one."""

    items: tuple[T, ...]
    next: str | None = None


async def page(
    fetch: Callable[[int], Awaitable[list[T]]],
    key: Callable[[T], str],
    *,
    limit: int,
    cursor: str | None,
    visible: Callable[[T], bool] = lambda row: True,
) -> Page[T]:
    """One page.

    Args:
        fetch: the newest rows, at most as many as told.
        key: what tells one row from another.
        visible: whether the caller may see it.

    Raises:
        RequestInvalid: the cursor names nothing (any more).
    """
    after = None if cursor is None else read_cursor(cursor)
    asked = limit + 1 if after is None else 4 * limit
    while True:
        rows = await fetch(min(asked, DEEPEST))
        following = rows if after is None else _after(rows, key, after)
        seen = [] if following is None else [row for row in following if visible(row)]
        ended = len(rows) < asked or asked >= DEEPEST
        if len(seen) > limit or ended:
            break
        asked *= 4
    if following is None:
        raise RequestInvalid("the cursor names nothing here any more: start again without one", param="cursor")
    more = len(seen) > limit
    return Page(items=tuple(seen[:limit]), next=cursor_of(key(seen[limit - 1])) if more else None)


def _after(rows: list[T], key: Callable[[T], str], last: str) -> list[T] | None:
    for place, row in enumerate(rows):
        if key(row) == last:
            return rows[place + 1 :]
    return None


def cursor_of(key: str) -> str:
    """What a page says as ``next``."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The key in a cursor.

    Raises:
        RequestInvalid: it holds none.
    """
    try:
        return base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeError) as error:
        raise RequestInvalid("this is no cursor: take `next` of a page as it is", param="cursor") from error
