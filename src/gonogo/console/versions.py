"""Version page: what one immutable build is made of, how it differs from the one before, what was proven of it.

Here: collecting. Not here: comparing Versions (``building.diff``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from gonogo.assembly import parse_reference
from gonogo.contracts import HttpRequest
from gonogo.domain import Deployment, Part, Verdict, Version
from gonogo.errors import BadInput, NotFound

if TYPE_CHECKING:
    from gonogo.assembly import Workspace
    from gonogo.building import VersionDiff

VERDICTS_LISTED: Final = 20
DEPLOYMENTS_READ: Final = 200
CHUNKS_SHOWN: Final = 30
TASKS_SHOWN: Final = 200


class PartRow(Struct, frozen=True, kw_only=True):
    """A part, and what it was in the Version before where that differs."""

    part: Part
    before: Part | None


class VersionPage(Struct, frozen=True, kw_only=True):
    """The page. ``diff`` is ``None`` for a first Version, and where ``diff_fault`` says why it cannot be shown."""

    version: Version
    previous: Version | None
    newer: bool
    parts: tuple[PartRow, ...]
    diff: VersionDiff | None
    diff_fault: str
    verdicts: tuple[Verdict, ...]
    deployments: tuple[Deployment, ...]
    live_in: tuple[str, ...]
    chunks_shown: int = CHUNKS_SHOWN
    tasks_shown: int = TASKS_SHOWN


async def gather_version(workspace: Workspace, http: HttpRequest) -> VersionPage:
    """Collect the page of a Version under any name a Version goes by.

    Raises:
        NotFound: no Version goes by it, or its Mission is not one that the key is for.
    """
    version = await _named(workspace, http.path_values["name"])
    if not http.caller.may_call(version.mission.name):
        raise NotFound(f"there is no {version.name}; `gonogo log` lists Versions")
    store, mission, number = workspace.store, version.mission.name, version.number
    previous = await store.version(mission, number - 1)
    diff, fault = (None, "") if previous is None else await _diff(workspace, previous, version)
    changes = await store.deployments(mission, limit=DEPLOYMENTS_READ)
    live = [place.name for place in await store.environments(mission) if place.version == number]
    return VersionPage(
        version=version,
        previous=previous,
        newer=await store.version(mission, number + 1) is not None,
        parts=tuple(PartRow(part=part, before=_before(part, previous)) for part in version.parts),
        diff=diff,
        diff_fault=fault,
        verdicts=tuple(await store.verdicts(mission, number, limit=VERDICTS_LISTED)),
        deployments=tuple(change for change in changes if change.version == number),
        live_in=tuple(live),
    )


async def _named(workspace: Workspace, name: str) -> Version:
    try:
        parse_reference(name)
    except BadInput as error:
        raise NotFound(str(error)) from error
    return await workspace.version(name)


async def _diff(workspace: Workspace, previous: Version, version: Version) -> tuple[VersionDiff | None, str]:
    try:
        return await workspace.versions.diff(previous.name, version.name), ""
    except BadInput as error:
        # A snapshot that is gone or damaged hides the difference, not the Version.
        return None, str(error)


def _before(part: Part, previous: Version | None) -> Part | None:
    if previous is None:
        return None
    old = next((other for other in previous.parts if other.name == part.name), None)
    return None if old is None or old.digest == part.digest else old
