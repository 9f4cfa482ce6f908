"""Roll back: the pointer moves to a Version that was live before; nothing is edited or deleted.

Here: which Version, and the record. Not here: when to do it unasked (``monitoring``).
"""

from __future__ import annotations

from gonogo.clock import Clock, new_id
from gonogo.contracts import Store
from gonogo.deployments.deploy import check_revision
from gonogo.domain import Deployment, Environment
from gonogo.errors import BadInput, NotFound

WHOLE_HISTORY = 1_000_000


async def roll_back(
    store: Store,
    *,
    mission: str,
    environment: str,
    author: str,
    reason: str,
    clock: Clock,
    to: int | None = None,
    expected: int | None = None,
) -> Deployment:
    """Serve again what was live before. No gate: it has been live, and speed matters now.

    The record carries the marks (Verdict, advisory, override) of the Deployment it returns to.

    Args:
        to: number of a Version that was live in this Environment before; the one before the present one if ``None``.
        expected: the revision of the Environment that the author looked at; ``None``: as it is.

    Raises:
        NotFound: nothing was ever deployed there.
        BadInput: there is nothing to go back to, or ``to`` is live now or never was.
        DeploymentConflict: somebody else moved the pointer meanwhile; nothing was changed.
    """
    place = await store.environment(mission, environment)
    if place is None:
        raise NotFound(f"nothing of {mission} was ever deployed in {environment}: see `gonogo status`")
    check_revision(place, expected, f"{mission}:{environment}")
    target = await _target(store, place, to)
    now = clock.now()
    deployment = Deployment(
        id=new_id(now),
        mission=mission,
        environment=environment,
        version=target.version,
        previous=place.version,
        kind="rollback",
        author=author,
        created_at=now,
        revision=place.revision + 1,
        verdict_id=target.verdict_id,
        reason=reason,
        override=target.override,
        advisory=target.advisory,
    )
    await store.move(deployment, place.revision)
    return deployment


async def _target(store: Store, place: Environment, to: int | None) -> Deployment:
    """The newest Deployment of the Version to go back to."""
    live = f"{place.mission}@{place.version}"
    number = place.previous if to is None else to
    if number is None:
        raise BadInput(f"{live} is the first in {place.name}, there is nothing before it to go back to")
    if number == place.version:
        raise BadInput(f"{live} is live in {place.name} already")
    past = await store.deployments(place.mission, place.name, limit=WHOLE_HISTORY)
    for deployment in past:
        if deployment.version == number:
            return deployment
    been = ", ".join(f"@{version}" for version in sorted({deployment.version for deployment in past}))
    raise BadInput(
        f"{place.mission}@{number} was never live in {place.name}: deploy it instead, or roll back to one of {been}"
    )
