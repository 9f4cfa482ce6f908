"""Prompts: ``GET /api/prompts/NAME``, for applications that call a model themselves and only want the prompt.

Here: the live prompt with its digest, and 304 where the caller has it already. Not here: who makes it live
(``deployments``).
"""

from __future__ import annotations

import msgspec

from gonogo.assembly.serving import DEFAULT_ENVIRONMENT, Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.digest import digest_of
from gonogo.errors import NotAllowed


class Prompts:
    """The handler. The store is asked each time, so that no prompt outlives the deployment that replaced it."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """The prompt that is live in ``?environment=``, else in ``production``.

        Raises:
            NotFound: nothing of that name is live there.
            NotAllowed: the key is for other Missions.
            StoreBusy: nobody can say what is live now.
        """
        mission = http.path_values["mission"]
        environment = http.query.get("environment") or DEFAULT_ENVIRONMENT
        if not http.caller.may_call(mission):
            raise NotAllowed(f"this key is not for {mission}")
        await self._serving.refresh()
        served = await self._serving.resolve(f"{mission}:{environment}", http.caller.role)
        version = served.version
        part, prompt = version.part("prompt"), version.mission.prompt
        body = {
            "mission": mission,
            "environment": environment,
            "version": version.name,
            "part": part.code,
            "digest": part.digest,
            "system": prompt.system,
            "user": prompt.user,
            "variables": prompt.variables,
        }
        etag = f'"{digest_of(body)}"'
        headers = {"etag": etag, "cache-control": "private, no-cache", "x-gonogo-version": version.name}
        if _has(http.headers.get("if-none-match", ""), etag):
            return HttpReply(status=304, headers=headers)
        return HttpReply(body=msgspec.json.encode(body), headers=headers)


def _has(known: str, etag: str) -> bool:
    # RFC 9110, 13.1.2: a weak comparison, and * stands for any.
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in known.split(","))
