"""Status: what is live where, since when, by whom, on what proof; and how it came about.

Here: records for people and machines. Not here: how the traffic fares (``monitoring``), printing (``cli``).
"""

from __future__ import annotations

from msgspec import Struct

from gonogo.contracts import Store
from gonogo.deployments.deploy import current
from gonogo.domain import Deployment, DeploymentKind, Environment
from gonogo.domain.verdict import Outcome


class EnvironmentStatus(Struct, frozen=True, kw_only=True):
    """One Environment now.

    ``since`` in seconds since 1970. ``behaviour_digest`` is that of the live Version. ``verdict`` and ``verdict_line``
    are ``None`` where it went live without a stored Verdict; ``override`` then says why. ``edit_to_live`` in seconds.
    ``previous`` is what a rollback would return to.
    """

    mission: str
    environment: str
    version: int
    behaviour_digest: str | None
    previous: int | None
    revision: int
    since: float
    author: str
    kind: DeploymentKind
    reason: str
    deployment_id: str
    verdict_id: str | None = None
    verdict: Outcome | None = None
    verdict_line: str | None = None
    advisory: bool = False
    override: str | None = None
    edit_to_live: float | None = None

    @property
    def name(self) -> str:
        """``mission@number``."""
        return f"{self.mission}@{self.version}"

    @property
    def marks(self) -> tuple[str, ...]:
        """What must be shown beside it wherever it is shown; empty for a Version that was proven."""
        advisory = ("advisory: the golden tasks could prove nothing",) if self.advisory else ()
        override = (f"override: {self.override}",) if self.override is not None else ()
        return advisory + override


async def status(store: Store, mission: str | None = None) -> list[EnvironmentStatus]:
    """Every Environment of a Mission, or of all, by Mission and name."""
    return [await _status(store, place) for place in await store.environments(mission)]


async def history(store: Store, mission: str, environment: str | None = None, *, limit: int = 100) -> list[Deployment]:
    """Every change, newest first, rollbacks and overrides included."""
    return await store.deployments(mission, environment, limit)


async def _status(store: Store, place: Environment) -> EnvironmentStatus:
    deployment = await current(store, place.mission, place.name)
    version = await store.version(place.mission, deployment.version)
    verdict = None if deployment.verdict_id is None else await store.verdict(deployment.verdict_id)
    return EnvironmentStatus(
        mission=place.mission,
        environment=place.name,
        version=deployment.version,
        behaviour_digest=None if version is None else version.behaviour_digest,
        previous=place.previous,
        revision=deployment.revision,
        since=deployment.created_at,
        author=deployment.author,
        kind=deployment.kind,
        reason=deployment.reason,
        deployment_id=deployment.id,
        verdict_id=deployment.verdict_id,
        verdict=None if verdict is None else verdict.outcome,
        verdict_line=None if verdict is None else verdict.line,
        advisory=deployment.advisory,
        override=deployment.override,
        edit_to_live=deployment.edit_to_live,
    )
