"""Classifier list: one row for each classifier of a home: what builds pin, how it came to that, who uses it.

Here: the record and how it is read. Not here: printing it (``cli``), the story of one (``training.lineage``).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.contracts import Store
from gonogo.digest import Digest
from gonogo.domain import CLASSIFIER_PIN, ClassifierCard, ClassifierPromotion
from gonogo.errors import BadInput
from gonogo.training.promote import WHOLE_HISTORY, promoted


class ClassifierRow(Struct, frozen=True, kw_only=True):
    """What builds pin for one name.

    ``standing``: ``promoted``, ``shipped``, or ``registered`` where builds pin none and this was registered last.
    ``override`` is that of the promotion. ``missions`` have a promotion of their own. ``live`` are Versions that serve
    with exactly these weights, ``live_otherwise`` those that serve with other weights of this name. ``problem`` says
    why the weights cannot be had.
    """

    name: str
    standing: str
    digest: Digest
    card: ClassifierCard | None
    registered: int
    override: str | None = None
    missions: dict[str, Digest] = {}
    live: tuple[str, ...] = ()
    live_otherwise: tuple[str, ...] = ()
    problem: str = ""


async def classifier_rows(store: Store, library: HomeLibrary) -> list[ClassifierRow]:
    """By name."""
    cards = await store.classifiers(limit=WHOLE_HISTORY)
    promotions = await store.promotions(limit=WHOLE_HISTORY)
    live = await _live(store)
    names = sorted({*library.names(), *(card.name for card in cards)})
    return [row for name in names if (row := _row(name, library, cards, promotions, live)) is not None]


def _row(
    name: str,
    library: HomeLibrary,
    cards: Sequence[ClassifierCard],
    promotions: Sequence[ClassifierPromotion],
    live: Sequence[tuple[str, dict[str, str]]],
) -> ClassifierRow | None:
    own = [card for card in cards if card.name == name]
    shipped, digest = library.shipped(name), promoted(promotions, name)
    standing = "promoted" if digest else "shipped" if shipped else "registered"
    chosen = digest or (shipped.digest if shipped else None) or next((card.digest for card in own), None)
    chosen = chosen or min(library.here(name), default=None)
    if chosen is None:
        return None
    card, problem = _card(library, name, chosen)
    newest = next((one for one in promotions if (one.name, one.mission) == (name, "")), None)
    using = {version: pins.get(CLASSIFIER_PIN + name) for version, pins in live}
    return ClassifierRow(
        name=name,
        standing=standing,
        digest=chosen,
        card=card,
        registered=len(library.here(name)),
        override=newest.override if newest and digest else None,
        missions=_own(promotions, name),
        live=tuple(version for version, pinned in using.items() if pinned == chosen),
        live_otherwise=tuple(version for version, pinned in using.items() if pinned not in (None, chosen)),
        problem=problem,
    )


def _card(library: HomeLibrary, name: str, digest: Digest) -> tuple[ClassifierCard | None, str]:
    try:
        return library.card(name, digest), ""
    except BadInput as error:
        return None, str(error)


def _own(promotions: Sequence[ClassifierPromotion], name: str) -> dict[str, Digest]:
    newest: dict[str, Digest | None] = {}
    for one in promotions:
        if one.name == name and one.mission:
            newest.setdefault(one.mission, one.digest)
    return {mission: digest for mission, digest in sorted(newest.items()) if digest is not None}


async def _live(store: Store) -> list[tuple[str, dict[str, str]]]:
    """(``support@3``, its pins) of every Version that serves somewhere."""
    places = {(place.mission, place.version) for place in await store.environments()}
    found = [await store.version(*place) for place in sorted(places)]
    return [(version.name, version.pins) for version in found if version is not None]
