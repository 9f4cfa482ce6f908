"""Classifier lookup: which weights a name means, and everything that can be asked about trained classifiers.

Here: names, digests, cards, the list, the lineage. Not here: verbs that change something (``classifier_verbs``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.assembly.classifier_list import ClassifierRow, classifier_rows
from gonogo.contracts import Classifier
from gonogo.digest import Digest
from gonogo.domain import CLASSIFIER_PIN, Alert, ClassifierCard, ClassifierComparison
from gonogo.errors import NotFound
from gonogo.training.lineage import Lineage, lineage
from gonogo.training.promote import WHOLE_HISTORY, promoted
from gonogo.training.register import nearest

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace


class ClassifierLookup:
    """Trained classifiers of an open Workspace. A classifier is named ``toxicity`` (what builds pin now) or
    ``toxicity@1f3c`` (the beginning of its digest, or ``shipped``)."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._store, self._clock = workspace, workspace.store, workspace.clock

    @property
    def library(self) -> HomeLibrary:
        """The weights on this machine."""
        return self._workspace.installed.classifiers

    async def listed(self) -> list[ClassifierRow]:
        """Every classifier of this home by name: what builds pin, how good it is, which live Versions use it."""
        return await classifier_rows(self._store, self.library)

    async def names(self) -> tuple[str, ...]:
        """Of all classifiers with weights or a card here, sorted."""
        registered = {card.name for card in await self._store.classifiers(limit=WHOLE_HISTORY)}
        return tuple(sorted({*registered, *self.library.names()}))

    async def known(self, name: str) -> str:
        """The same name, when there is a classifier of it.

        Raises:
            NotFound: names the nearest.
        """
        names = await self.names()
        if name not in names:
            raise NotFound(
                f"there is no classifier '{name}' in {self.library.root.parent}; {nearest(name, names)} "
                "`gonogo classifiers list` shows them"
            )
        return name

    async def digest(self, reference: str, mission: str = "") -> tuple[str, Digest]:
        """(name, digest) that a name means: what builds pin now, else the one registered last.

        Raises:
            NotFound: none; names the nearest.
        """
        name, at, beginning = reference.partition("@")
        await self.known(name)
        if at:
            return name, self.library.digest(name, beginning)
        current = await self.current(name, mission)
        if current is None:
            newest = await self._store.classifiers(name, limit=1)
            # Weights that nobody registered are those of somebody who was stopped in between.
            current = newest[0].digest if newest else min(self.library.here(name))
        return name, current

    async def current(self, name: str, mission: str = "") -> Digest | None:
        """What builds pin now, of a Mission or of all: promoted, else shipped; ``None`` where there is neither."""
        shipped = self.library.shipped(name)
        found = promoted(await self._store.promotions(name, limit=WHOLE_HISTORY), name, mission)
        return found or (shipped.digest if shipped else None)

    async def card(self, reference: str) -> ClassifierCard:
        """The card of ``toxicity`` or ``toxicity@1f3c``.

        Raises:
            NotFound: none; names the nearest.
        """
        return self.library.card(*await self.digest(reference))

    async def load(self, reference: str, *, mission: str | None = None) -> Classifier:
        """The classifier itself.

        Args:
            mission: the one that this Mission's newest Version pins, unless ``reference`` names a digest.

        Raises:
            NotFound: none; names the nearest.
            BadInput: its files are broken.
        """
        name, digest = await self._pinned(reference, mission) or await self.digest(reference, mission or "")
        return await asyncio.to_thread(self.library.classifier, name, digest)

    async def comparisons(self, name: str, limit: int = 20) -> list[ClassifierComparison]:
        """Newest first."""
        return await self._store.comparisons(name, limit=limit)

    async def why(self, name: str) -> Lineage:
        """From data to weights to the Versions that use them, where those are live, and what went wrong since.

        Raises:
            NotFound: no such classifier; names the nearest.
        """
        await self.known(name)

        async def alerts(mission: str, environment: str) -> Sequence[Alert]:
            return (await self._workspace.watch.monitor(mission, environment=environment)).alerts

        return await lineage(self._store, name, self.library.shipped(name), alerts)

    async def _pinned(self, reference: str, mission: str | None) -> tuple[str, Digest] | None:
        if not mission or "@" in reference:
            return None
        newest = await self._store.versions(mission, limit=1)
        digest = newest[0].pins.get(CLASSIFIER_PIN + reference) if newest else None
        return (reference, Digest(digest)) if digest else None
