"""Version rows: Versions as they are listed, with what each changed and its newest Verdict.

Here: joining the three. Not here: listing them anywhere (``cli``, ``gateway.api``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.contracts import Store
from gonogo.digest import Digest
from gonogo.domain import Part, Version
from gonogo.domain.verdict import Outcome
from gonogo.evaluation.verdicts import newest_verdict


class VersionRow(Struct, frozen=True, kw_only=True):
    """One Version in a list. ``changed`` are the parts that the Version before it did not have (``prompt p2``); nothing
    stands there for a Mission's first. ``verdict`` is the newest one's outcome. Times in seconds since 1970."""

    version: str
    mission: str
    number: int
    created_at: float
    created_by: str
    behaviour_digest: Digest
    gate_digest: Digest
    index_digest: Digest | None
    parts: tuple[Part, ...]
    pins: dict[str, str]
    changed: tuple[str, ...] = ()
    verdict: Outcome | None = None


class PartRow(Struct, frozen=True, kw_only=True):
    """One state of a part: the first Version with it, and when that was built, in seconds since 1970."""

    part: Part
    first_version: int
    at: float


async def version_row(store: Store, version: Version) -> VersionRow:
    """A Version with what its list shows."""
    mission = version.mission.name
    before = await store.version(mission, version.number - 1)
    newest = await newest_verdict(store, mission, version.number)
    return VersionRow(
        version=version.name,
        mission=mission,
        number=version.number,
        created_at=version.created_at,
        created_by=version.created_by,
        behaviour_digest=version.behaviour_digest,
        gate_digest=version.gate_digest,
        index_digest=version.index_digest,
        parts=version.parts,
        pins=version.pins,
        changed=_changed(version, before),
        verdict=newest.outcome if newest else None,
    )


def _changed(version: Version, before: Version | None) -> tuple[str, ...]:
    if before is None:
        return ()
    known = {(part.name, part.digest) for part in before.parts}
    return tuple(str(part) for part in version.parts if (part.name, part.digest) not in known)
