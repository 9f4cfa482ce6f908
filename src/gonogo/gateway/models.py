"""Models: ``GET /v1/models`` and ``GET /v1/models/NAME``.

Here: what a key may ask, as OpenAI's SDKs read it, and as Anthropic's do where ``anthropic-version`` is sent. Not here:
what is live (``assembly.serving``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Json
from gonogo.errors import NotFound
from gonogo.gateway.messages import message_error

Row = tuple[str, str, float]
"""(name, the Version it serves, since when)."""


class Models:
    """Each Mission that the key is for, each Environment of it, and the Version it serves."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """List them."""
        rows = [row for row in await self._serving.listed() if _may_call(http, row[0])]
        if not _is_anthropic(http):
            listed: Json = {"object": "list", "data": [_openai(*row) for row in rows]}
        else:
            ends = {"first_id": rows[0][0] if rows else None, "last_id": rows[-1][0] if rows else None}
            listed = {"data": [_anthropic(*row) for row in rows], "has_more": False, **ends}
        return HttpReply(body=msgspec.json.encode(listed))


class Model:
    """One of them."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Show it.

        Raises:
            NotFound: nothing of that name is live, or the key is not for it.
        """
        name = http.path_values["name"]
        for row in await self._serving.listed():
            if row[0] == name and _may_call(http, name):
                shown = _anthropic(*row) if _is_anthropic(http) else _openai(*row)
                return HttpReply(body=msgspec.json.encode(shown))
        missing = NotFound(f"no model '{name}' is served here: GET /v1/models lists them")
        if _is_anthropic(http):
            return message_error(missing)
        raise missing


def _is_anthropic(http: HttpRequest) -> bool:
    return "anthropic-version" in http.headers


def _may_call(http: HttpRequest, name: str) -> bool:
    return http.caller.may_call(name.partition(":")[0])


def _openai(name: str, version: str, created: float) -> Json:
    return {"id": name, "object": "model", "created": int(created), "owned_by": "gonogo", "version": version}


def _anthropic(name: str, version: str, created: float) -> Json:
    since = datetime.fromtimestamp(int(created), UTC).isoformat().replace("+00:00", "Z")
    return {"type": "model", "id": name, "display_name": name, "created_at": since, "version": version}
