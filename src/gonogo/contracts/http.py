"""HTTP as our handlers see it: no framework's types, so that the server under them may change by measurement.

Here: what comes in, what goes out, and one route.
Not here: the server adapter and the handlers (``gateway``, ``console``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from msgspec import Struct, field

from gonogo.domain import NO_LIMITS, RateLimits, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling: the key's id (empty for a local caller without keys), tenant and role; the Missions it may call
    (none named: every one), and how much it may ask and spend (``daily_budget`` in dollars a UTC day)."""

    key_id: str = ""
    tenant: str = "default"
    role: Role = "admin"
    missions: tuple[str, ...] = ()
    limits: RateLimits = NO_LIMITS
    daily_budget: float | None = None

    def may_call(self, mission: str) -> bool:
        """Whether the key is for this Mission too."""
        return not self.missions or mission in self.missions


class HttpRequest(Struct, frozen=True, kw_only=True):
    """One request. Header names are lower case; ``path_values`` are what the route's ``{name}`` parts matched."""

    method: str
    path: str
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    body: bytes = b""
    path_values: Mapping[str, str] = {}
    caller: Caller = field(default_factory=Caller)


class HttpReply(Struct, frozen=True, kw_only=True):
    """One reply: a whole body, or a stream of byte strings when ``stream`` is set."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[HttpRequest], Awaitable[HttpReply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``path`` may hold ``{name}`` for one segment. ``role`` is the least role that may call; ``None`` is for all.
    ``error`` phrases a failure where the wire format has words of its own for it; ``max_body`` in bytes where it is not
    the server's. ``basic``: the key may come as the password of HTTP Basic too, as browsers send it; for routes that
    only read, since a browser sends it along with whatever another site makes it ask."""

    method: str
    path: str
    handler: Handler
    role: Role | None
    error: Callable[[Exception], HttpReply] | None = None
    max_body: int | None = None
    basic: bool = False
