"""Classifiers in SQL: which were registered, how they compared, and what is promoted.

Here: rows, and the compare-and-swap of a promotion. Not here: weights (files beside the store), whether a promotion is
allowed (``training.promote``).
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from gonogo.digest import Digest, short
from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion
from gonogo.errors import BadInput, NotFound, PromotionConflict
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_comparison = msgspec.json.Decoder(ClassifierComparison).decode
_promotion = msgspec.json.Decoder(ClassifierPromotion).decode


class SqlClassifiers(Role):
    """``ClassifierStore`` in SQL."""

    async def add_classifier(self, card: ClassifierCard) -> ClassifierCard:
        """Keep a card, or give back the one that was registered first for these weights."""
        now = self.clock.now()

        def work(connection: Connection) -> ClassifierCard:
            known = _registered(connection, self.tenant, card.name, card.digest)
            if known is not None:
                return known
            connection.execute(
                """INSERT INTO classifiers (tenant, name, digest, created_at, body, format)
                   VALUES (?, ?, ?, ?, ?, ?)""",
                (self.tenant, card.name, card.digest, now, _encode(card), card.format),
            )
            return card

        return await self.database.write(work)

    async def classifiers(self, name: str | None = None, limit: int = 1000) -> list[ClassifierCard]:
        """Registered last first.

        Raises:
            BadInput: a newer gonogo wrote a card.
        """
        query = "SELECT body FROM classifiers WHERE tenant = ? AND (? IS NULL OR name = ?) ORDER BY seq DESC LIMIT ?"

        def work(connection: Connection) -> list[ClassifierCard]:
            return [_card(body) for (body,) in connection.execute(query, (self.tenant, name, name, limit))]

        return await self.database.read(work)

    async def add_comparison(self, comparison: ClassifierComparison) -> None:
        """Keep a comparison.

        Raises:
            ValueError: no id, an id that is taken, or another tenant's.
        """
        if not comparison.id or comparison.tenant != self.tenant:
            raise ValueError(f"a comparison without id, or of tenant {comparison.tenant} in the store of {self.tenant}")

        def work(connection: Connection) -> None:
            if connection.execute("SELECT 1 FROM classifier_comparisons WHERE id = ?", (comparison.id,)).fetchone():
                raise ValueError(f"there is a comparison {comparison.id} already: comparisons never change")
            connection.execute(
                """INSERT INTO classifier_comparisons
                   (id, tenant, name, candidate, baseline, created_at, body, format) VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    comparison.id, self.tenant, comparison.name, comparison.candidate, comparison.baseline,
                    comparison.created_at, _encode(comparison), comparison.format,
                ),
            )  # fmt: skip

        await self.database.write(work)

    async def comparisons(
        self, name: str, *, candidate: Digest | None = None, limit: int = 100
    ) -> list[ClassifierComparison]:
        """Newest first."""
        query = """SELECT body FROM classifier_comparisons WHERE tenant = ? AND name = ?
                   AND (? IS NULL OR candidate = ?) ORDER BY seq DESC LIMIT ?"""

        def work(connection: Connection) -> list[ClassifierComparison]:
            rows = connection.execute(query, (self.tenant, name, candidate, candidate, limit))
            return [_comparison(body) for (body,) in rows]

        return await self.database.read(work)

    async def promote(self, promotion: ClassifierPromotion, expected_revision: int) -> None:
        """Record the change, in one transaction with the look at what stands.

        Raises:
            PromotionConflict: the revision is another one by now; the message says who won. Nothing was written.
            NotFound: no such classifier is registered.
            ValueError: the promotion's own revision or tenant does not fit.
        """
        if promotion.revision != expected_revision + 1:
            raise ValueError(f"a promotion of revision {promotion.revision} after revision {expected_revision}")
        if promotion.tenant != self.tenant:
            raise ValueError(f"a promotion of tenant {promotion.tenant} in the store of tenant {self.tenant}")

        def work(connection: Connection) -> None:
            _promote(connection, promotion, expected_revision)

        await self.database.write(work)

    async def promotions(
        self, name: str | None = None, mission: str | None = None, limit: int = 1000
    ) -> list[ClassifierPromotion]:
        """Newest first; ``mission`` ``""`` are those that hold for all."""
        query = """SELECT body FROM classifier_promotions WHERE tenant = ? AND (? IS NULL OR name = ?)
                   AND (? IS NULL OR mission = ?) ORDER BY seq DESC LIMIT ?"""

        def work(connection: Connection) -> list[ClassifierPromotion]:
            rows = connection.execute(query, (self.tenant, name, name, mission, mission, limit))
            return [_promotion(body) for (body,) in rows]

        return await self.database.read(work)


def _card(body: bytes) -> ClassifierCard:
    """A card as stored. Unknown fields are not dropped: a card says all or nothing.

    Raises:
        BadInput: a newer gonogo wrote it.
    """
    try:
        return msgspec.json.decode(body, type=ClassifierCard)
    except msgspec.ValidationError as error:
        known = msgspec.json.decode(body, type=_Named)
        raise BadInput(
            f"the card of classifier {known.name}@{short(known.digest)} was written by a newer gonogo ({error}): "
            "upgrade gonogo"
        ) from error


class _Named(msgspec.Struct):
    """The two fields that every card has."""

    name: str = "?"
    digest: str = "?"


def _registered(connection: Connection, tenant: str, name: str, digest: Digest) -> ClassifierCard | None:
    query = "SELECT body FROM classifiers WHERE tenant = ? AND name = ? AND digest = ?"
    row = connection.execute(query, (tenant, name, digest)).fetchone()
    return _card(row[0]) if row else None


def _promote(connection: Connection, promotion: ClassifierPromotion, expected_revision: int) -> None:
    place = (promotion.tenant, promotion.name, promotion.mission)
    newest = connection.execute(
        """SELECT body FROM classifier_promotions WHERE tenant = ? AND name = ? AND mission = ?
           ORDER BY revision DESC LIMIT 1""",
        place,
    ).fetchone()
    stands = _promotion(newest[0]) if newest else None
    if (stands.revision if stands else 0) != expected_revision:
        raise PromotionConflict(_who_won(promotion, stands))
    digest = promotion.digest
    if digest is not None and _registered(connection, promotion.tenant, promotion.name, digest) is None:
        raise NotFound(
            f"classifier {promotion.name}@{short(digest)} is not registered here: "
            "`gonogo classifiers register FOLDER` brings one"
        )
    connection.execute(
        """INSERT INTO classifier_promotions
           (tenant, name, mission, revision, digest, kind, created_at, body, format)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            *place, promotion.revision, digest, promotion.kind, promotion.created_at, _encode(promotion),
            promotion.format,
        ),
    )  # fmt: skip


def _who_won(promotion: ClassifierPromotion, stands: ClassifierPromotion | None) -> str:
    target = f"classifier {promotion.name}{f' of {promotion.mission}' if promotion.mission else ''}"
    if stands is None:
        return f"{target} has never been promoted, revision {promotion.revision - 1} was expected: look again"
    what = "promoted" if stands.kind == "promote" else "rolled back to"
    to = "the shipped one" if stands.digest is None else f"@{short(stands.digest)}"
    when = datetime.fromtimestamp(stands.created_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{target}: {stands.author} {what} {to} at {when}, first. Look again, then repeat if it is still right"
