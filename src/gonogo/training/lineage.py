"""Lineage: from data to weights to the Versions that use them, where those are live, and what went wrong since.

Here: the record, joined from what the store keeps. Not here: watching (the caller brings ``alerts``), printing
(``cli``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from gonogo.contracts.stores import ClassifierStore, DeploymentStore, VersionStore
from gonogo.digest import Digest
from gonogo.domain import (
    CLASSIFIER_PIN,
    Alert,
    ClassifierCard,
    ClassifierComparison,
    ClassifierPromotion,
    Deployment,
    Environment,
    Version,
)
from gonogo.training.promote import WHOLE_HISTORY, promoted

Alerts = Callable[[str, str], Awaitable[Sequence[Alert]]]
"""Called with Mission and Environment: what its monitors say now."""
Places = Mapping[str, tuple[Sequence[Environment], Sequence[Deployment]]]
"""By Mission."""


class LineageStore(ClassifierStore, DeploymentStore, VersionStore, Protocol):
    """The roles that a lineage is read from."""


class VersionUse(Struct, frozen=True, kw_only=True):
    """One Version that pins the weights. ``live_in`` names Environments; ``alerts`` are theirs, as they stand now.

    ``rolled_back`` are the Deployments that took it out of service again.
    """

    version: str
    built_at: float
    live_in: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    rolled_back: tuple[Deployment, ...] = ()


class WeightsUse(Struct, frozen=True, kw_only=True):
    """One set of weights: its card (data, parent, measures), how it came to stand, and who uses it.

    ``promoted_for`` names Missions, ``all Missions`` among them; ``shipped``: it comes with gonogo.
    """

    card: ClassifierCard
    shipped: bool
    promoted_for: tuple[str, ...]
    promotions: tuple[ClassifierPromotion, ...]
    comparisons: tuple[ClassifierComparison, ...]
    versions: tuple[VersionUse, ...]


class Lineage(Struct, frozen=True, kw_only=True):
    """All weights of one name, registered last first, the shipped ones at the end.

    ``unknown`` are Versions that pin weights of which no card is here.
    """

    name: str
    weights: tuple[WeightsUse, ...]
    unknown: tuple[str, ...] = ()


def uses(versions: Iterable[Version], name: str) -> dict[str, list[Version]]:
    """Versions by the digest that they pin for a classifier."""
    found: dict[str, list[Version]] = {}
    for version in versions:
        if (digest := version.pins.get(CLASSIFIER_PIN + name)) is not None:
            found.setdefault(digest, []).append(version)
    return found


async def lineage(store: LineageStore, name: str, shipped: ClassifierCard | None, alerts: Alerts) -> Lineage:
    """Where a classifier comes from and where it went.

    Args:
        shipped: the card that comes with gonogo, if any.
        alerts: asked once for every Environment that serves a Version with these weights.
    """
    cards = await store.classifiers(name)
    if shipped is not None and all(card.digest != shipped.digest for card in cards):
        cards.append(shipped)
    users = uses(await store.versions(limit=WHOLE_HISTORY), name)
    places = await _places(store, {version.mission.name for pinning in users.values() for version in pinning})
    promotions = await store.promotions(name, limit=WHOLE_HISTORY)
    comparisons = await store.comparisons(name, limit=WHOLE_HISTORY)
    weights = [
        WeightsUse(
            card=card,
            shipped=shipped is not None and card.digest == shipped.digest,
            promoted_for=_promoted_for(promotions, name, card.digest),
            promotions=tuple(one for one in promotions if card.digest in (one.digest, one.previous)),
            comparisons=tuple(one for one in comparisons if card.digest in (one.candidate, one.baseline)),
            versions=tuple([await _use(version, places, alerts) for version in users.get(card.digest, ())]),
        )
        for card in cards
    ]
    known = {card.digest for card in cards}
    lost = (version.name for digest, pinning in users.items() if Digest(digest) not in known for version in pinning)
    return Lineage(name=name, weights=tuple(weights), unknown=tuple(sorted(lost)))


def _promoted_for(promotions: Sequence[ClassifierPromotion], name: str, digest: Digest) -> tuple[str, ...]:
    scopes = dict.fromkeys(one.mission for one in promotions)
    own = (scope for scope in scopes if promoted(_of(promotions, scope), name, scope) == digest)
    return tuple(scope or "all Missions" for scope in sorted(own))


def _of(promotions: Sequence[ClassifierPromotion], mission: str) -> list[ClassifierPromotion]:
    return [one for one in promotions if one.mission == mission]


async def _places(store: LineageStore, missions: Iterable[str]) -> Places:
    """Environments and their history by Mission, read once however many Versions there are."""
    return {
        mission: (await store.environments(mission), await store.deployments(mission, limit=WHOLE_HISTORY))
        for mission in sorted(missions)
    }


async def _use(version: Version, places: Places, alerts: Alerts) -> VersionUse:
    mission = version.mission.name
    environments, history = places[mission]
    live = [place.name for place in environments if place.version == version.number]
    return VersionUse(
        version=version.name,
        built_at=version.created_at,
        live_in=tuple(f"{mission}:{place}" for place in live),
        alerts=tuple([alert for place in live for alert in await alerts(mission, place)]),
        rolled_back=tuple(one for one in history if one.kind == "rollback" and one.previous == version.number),
    )
