"""Deploy: one compare-and-swap on the Environment's row, refused without GO.

Here: the gate's lock, overrides, the record. Not here: what counts as proof (``proof``), making one (``evaluation``).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from msgspec import structs

from gonogo.clock import Clock, new_id
from gonogo.contracts import Store
from gonogo.deployments.proof import Recompute, proof
from gonogo.domain import Deployment, Environment, Verdict, Version
from gonogo.errors import BadInput, GateClosed, NotAllowed, NotFound, RevisionMoved

MOST_QUOTED = 160
"""Characters of the gate's reasons that an overridden Deployment repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Why a Version may go live: by proof, or by somebody's override. Recorded with the Deployment."""

    verdict_id: str | None
    advisory: bool
    override: str | None
    reason: str


async def deploy(
    store: Store,
    *,
    version: Version,
    environment: str,
    author: str,
    verdict: Verdict | None,
    recompute: Recompute,
    clock: Clock,
    reason: str = "",
    override: str | None = None,
    may_override: bool = False,
    expected: int | None = None,
) -> Deployment:
    """Make a Version live in an Environment. A Version that is live there already stays as it is.

    Args:
        verdict: the proof the caller shows; ``None`` is enough where the behaviour is the live one.
        recompute: the Verdict again from stored task results; it must agree.
        override: why it goes live without GO; recorded for ever, and only where the gate is closed.
        may_override: whether the author's role permits that.
        expected: the revision of the Environment that the author looked at, 0 where there was none; ``None``: as it is.

    Returns:
        The Deployment that made it live.

    Raises:
        GateClosed: no GO for exactly this Version against exactly what is live; nothing was changed.
        NotAllowed: an override by somebody who may not.
        DeploymentConflict: somebody else moved the pointer meanwhile; the message says who. Nothing was changed.
        BadInput: an override without a reason.
    """
    if override is not None and not override.strip():
        raise BadInput("an override needs a reason: say why this Version goes live without GO")
    mission = version.mission.name
    place = await store.environment(mission, environment)
    check_revision(place, expected, f"{mission}:{environment}")
    live = None if place is None else await _live(store, place)
    if live is not None and live.number == version.number:
        return await current(store, mission, environment)
    try:
        admission = await _by_proof(store, version, live, environment, verdict, recompute, clock, reason)
    except GateClosed as closed:
        if override is None:
            raise
        if not may_override:
            raise NotAllowed(f"{author} may not override the gate: ask an admin to deploy {version.name}") from closed
        admission = await _by_override(store, verdict, closed, override.strip(), reason)
    now = clock.now()
    deployment = Deployment(
        id=new_id(now),
        mission=mission,
        environment=environment,
        version=version.number,
        previous=None if live is None else live.number,
        kind="deploy",
        author=author,
        created_at=now,
        revision=(0 if place is None else place.revision) + 1,
        verdict_id=admission.verdict_id,
        reason=admission.reason,
        override=admission.override,
        advisory=admission.advisory,
        edit_to_live=edit_to_live(version, now),
    )
    await store.move(deployment, deployment.revision - 1)
    return deployment


def check_revision(place: Environment | None, expected: int | None, named: str) -> None:
    """Refuse to move a pointer that is no longer where its mover saw it.

    Raises:
        RevisionMoved: it was moved meanwhile.
    """
    revision = 0 if place is None else place.revision
    if expected is not None and revision != expected:
        raise RevisionMoved(
            f"{named} has revision {revision} by now, not {expected}: look at what is live, then try again"
        )


def edit_to_live(version: Version, now: float) -> float | None:
    """Seconds from the newest edit of the folder until ``now``; ``None`` where two machines' clocks disagree."""
    return now - version.edited_at if now >= version.edited_at else None


async def current(store: Store, mission: str, environment: str) -> Deployment:
    """The Deployment that made live what serves now.

    Raises:
        NotFound: nothing was ever deployed there.
    """
    newest = await store.deployments(mission, environment, limit=1)
    if not newest:
        raise NotFound(f"nothing of {mission} was ever deployed in {environment}: see `gonogo status`")
    return newest[0]


async def _live(store: Store, place: Environment) -> Version:
    version = await store.version(place.mission, place.version)
    if version is None:
        raise NotFound(
            f"{place.mission}@{place.version} is live in {place.name} but gone from the store: restore a backup"
        )
    return version


async def _by_proof(
    store: Store,
    version: Version,
    live: Version | None,
    environment: str,
    verdict: Verdict | None,
    recompute: Recompute,
    clock: Clock,
    reason: str,
) -> Admission:
    proven = await proof(version, live, verdict, recompute)
    kept = await _kept(store, proven, clock)
    if not proven.same_behaviour:
        return Admission(verdict_id=kept.id, advisory=proven.advisory, override=None, reason=reason)
    # Behaving like what is live, it is as well proven as that: an override does not wash off by building again.
    before = await current(store, version.mission.name, environment)
    return Admission(verdict_id=kept.id, advisory=before.advisory, override=before.override, reason=reason)


async def _by_override(
    store: Store, verdict: Verdict | None, closed: GateClosed, override: str, reason: str
) -> Admission:
    stored = None if verdict is None else await store.verdict(verdict.id)
    # The stored Verdict holds the whole of it; a line of history needs the gist.
    gate = f"the gate said: {textwrap.shorten('; '.join(closed.reasons), MOST_QUOTED, placeholder=' ...')}"
    return Admission(
        verdict_id=None if stored is None else stored.id,
        advisory=False,
        override=override,
        reason=f"{reason}; {gate}" if reason else gate,
    )


async def _kept(store: Store, verdict: Verdict, clock: Clock) -> Verdict:
    """The Verdict as the store has it, so that a Deployment never names one that says something else or is missing."""
    stored = await store.verdict(verdict.id) if verdict.id else None
    if stored is not None and _substance(stored) == _substance(verdict):
        return stored
    now = clock.now()
    named = structs.replace(verdict, id=new_id(now), created_at=now)
    await store.add_verdict(named)
    return named


def _substance(verdict: Verdict) -> tuple[object, ...]:
    return (
        verdict.outcome,
        verdict.mission,
        verdict.behaviour_digest,
        verdict.gate_digest,
        verdict.baseline_digest,
        verdict.run_id,
        verdict.baseline_run_id,
        verdict.advisory,
    )
