"""Promote: what new builds pin for a classifier moves to other weights, or back.

Here: the rule - it must not lose to what it replaces - overrides, the record, the way back.
Not here: comparing (``compare``), weights, pinning (``building``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.clock import Clock
from gonogo.contracts import ClassifierStore
from gonogo.digest import Digest, short
from gonogo.domain import ClassifierCard, ClassifierComparison, ClassifierPromotion
from gonogo.errors import BadInput, PromotionRefused

WHOLE_HISTORY = 1_000_000
MISSING = 4
HOLDS_ITS_OWN = ("better", "not worse")


def promoted(promotions: Sequence[ClassifierPromotion], name: str, mission: str = "") -> Digest | None:
    """What builds of a Mission pin for a classifier; ``None``: the shipped one.

    Args:
        promotions: newest first, of any names and Missions.
        mission: empty for what holds for all.
    """
    for scope in dict.fromkeys((mission, "")):
        newest = next((one for one in promotions if (one.name, one.mission) == (name, scope)), None)
        if newest is not None and newest.digest is not None:
            return newest.digest
    return None


async def promote(
    store: ClassifierStore,
    *,
    card: ClassifierCard,
    current: Digest | None,
    author: str,
    clock: Clock,
    reason: str,
    mission: str = "",
    override: str | None = None,
) -> ClassifierPromotion:
    """Let new builds pin these weights. What is promoted already stays as it is.

    Args:
        card: of the candidate, registered.
        current: what builds of that Mission pin now; ``None`` where there is none to compare with.
        mission: only for this one; empty for all that have none of their own.
        override: why it is promoted without having held its own; recorded for ever, and only where it is needed.

    Raises:
        PromotionRefused: no comparison with ``current``, or one that it loses or that cannot tell; nothing was changed.
        BadInput: no reason, or an override without one.
        PromotionConflict: somebody else was first; nothing was changed.
    """
    if not reason.strip():
        raise BadInput("a promotion needs a reason: say why new builds should pin these weights")
    if override is not None and not override.strip():
        raise BadInput("an override needs a reason: say why these weights are promoted without having held their own")
    history = await store.promotions(card.name, mission, limit=1)
    stands = history[0] if history else None
    if stands is not None and stands.digest == card.digest:
        return stands
    proof, refusal = await _proof(store, card, current)
    if refusal is not None and override is None:
        raise refusal
    promotion = ClassifierPromotion(
        name=card.name,
        digest=card.digest,
        previous=current,
        author=author,
        created_at=clock.now(),
        revision=1 + (stands.revision if stands else 0),
        reason=reason.strip(),
        mission=mission,
        comparison_id=proof.id if proof else None,
        override=override.strip() if override is not None and refusal is not None else None,
    )
    await store.promote(promotion, promotion.revision - 1)
    return promotion


async def roll_back(
    store: ClassifierStore, *, name: str, author: str, clock: Clock, reason: str = "", mission: str = ""
) -> ClassifierPromotion:
    """Let new builds pin again what they pinned before. No proof: it was promoted once, and speed matters now.

    Rollbacks in a row go back step by step, in the end to the shipped classifier.

    Raises:
        BadInput: nothing of that name was promoted, or it is back at the shipped one already.
        PromotionConflict: somebody else was first; nothing was changed.
    """
    history = await store.promotions(name, mission, limit=WHOLE_HISTORY)
    steps = standing(history)
    where = f"{name}{f' of {mission}' if mission else ''}"
    if not steps:
        raise BadInput(f"{where} has nothing to go back to: no promotion of it stands")
    before = steps[-2] if len(steps) > 1 else None
    promotion = ClassifierPromotion(
        name=name,
        digest=before,
        previous=steps[-1],
        author=author,
        created_at=clock.now(),
        revision=history[0].revision + 1,
        reason=reason.strip(),
        kind="rollback",
        mission=mission,
        override=_override_of(history, before),
    )
    await store.promote(promotion, promotion.revision - 1)
    return promotion


def standing(history: Sequence[ClassifierPromotion]) -> list[Digest]:
    """The promotions that were not taken back, oldest first; the last one is what is promoted now.

    Args:
        history: of one name and Mission, newest first.
    """
    steps: list[Digest] = []
    for change in reversed(history):
        if change.kind == "promote" and change.digest is not None:
            steps.append(change.digest)
        elif change.kind == "rollback" and steps:
            steps.pop()
    return steps


def _override_of(history: Sequence[ClassifierPromotion], digest: Digest | None) -> str | None:
    """The mark of the promotion that a rollback returns to: an override does not wash off."""
    found = (one for one in history if one.digest == digest and one.kind == "promote")
    promotion = next(found, None) if digest is not None else None
    return promotion.override if promotion else None


async def _proof(
    store: ClassifierStore, card: ClassifierCard, current: Digest | None
) -> tuple[ClassifierComparison | None, PromotionRefused | None]:
    """The newest comparison with what is replaced, and why it is not enough."""
    if current is None or current == card.digest:
        return None, None
    named = f"{card.name}@{short(card.digest)}"
    found = [
        one
        for one in await store.comparisons(card.name, candidate=card.digest, limit=WHOLE_HISTORY)
        if one.baseline == current and one.independent
    ]
    if not found:
        reason = (
            f"it was never compared with {card.name}@{short(current)}, which it would replace, on rows that it did not "
            f"learn from; run `gonogo classifiers compare {named} {card.name}@{short(current)} --data FILE`"
        )
        return None, PromotionRefused(named, reason, exit_code=MISSING)
    newest = found[0]
    if newest.outcome in HOLDS_ITS_OWN:
        return newest, None
    return newest, PromotionRefused(named, newest.line, exit_code=newest.exit_code)
