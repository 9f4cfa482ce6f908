"""Register: a trained classifier becomes one that builds may pin and people may compare.

Here: what a card must say before its weights are kept, and the order of writing. Not here: files (the caller brings
``keep``), rows (``store``), promoting (``promote``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from gonogo.contracts import ClassifierStore
from gonogo.domain import ClassifierCard
from gonogo.errors import BadInput

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def check_name(name: str) -> str:
    """The same name, fit to be a folder and a key of ``mission.lock``.

    Raises:
        BadInput: it is not.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:80]!r} cannot name a classifier: use up to 63 of a-z, 0-9, '-' and '_', the first one a letter"
        )
    return name


def nearest(name: str, known: tuple[str, ...]) -> str:
    """The end of a message about an unknown name."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(known) or 'none yet'}."


async def register(store: ClassifierStore, card: ClassifierCard, keep: Callable[[], None]) -> ClassifierCard:
    """Keep weights, then their card. Weights that are registered already keep the card they had.

    Whoever dies in between leaves weights that nobody knows: registering again finds them in place.

    Args:
        keep: writes weights and card where they are served from, whole or not at all.

    Raises:
        BadInput: the card's name or digest could not be a folder, or the weights cannot be written.
    """
    check_name(card.name)
    if not _DIGEST.fullmatch(card.digest):
        raise BadInput(f"the card of {card.name} has no digest of 64 hexadecimal digits: train the classifier again")
    keep()
    return await store.add_classifier(card)
