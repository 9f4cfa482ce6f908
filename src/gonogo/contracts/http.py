"""HTTP as our handlers see it: no framework's types, so that the server under them may change by measurement.

Here: what comes in, what goes out, and one route.
Not here: the server adapter and the handlers (``gateway``, ``console``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling: the key's id (empty for a local caller without keys), tenant and role."""

    key_id: str = ""
    tenant: str = "default"
    role: Literal["viewer", "annotator", "developer", "deployer", "admin"] = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request. Header names are lower case; ``path_values`` are what the route's ``{name}`` parts matched."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    path_values: Mapping[str, str] = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """One reply: a whole body, or a stream of byte strings when ``stream`` is set."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[HttpRequest], Awaitable[HttpReply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``path`` may hold ``{name}`` for one segment. ``role`` is the least role that may call; ``None`` is for all."""

    method: str
    path: str
    handler: Handler
    role: Literal["viewer", "annotator", "developer", "deployer", "admin"] | None
