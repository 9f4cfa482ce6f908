"""RoutingDecision: which model answers, and why.

Here: the noun. Not here: difficulty and health (``routing``).
"""

from __future__ import annotations

from msgspec import Struct


class RoutingDecision(Struct, frozen=True, kw_only=True):
    """``model`` is a name of the Mission's ``models``; ``fallback`` the names to try after it, in order.

    ``difficulty`` 0..1, ``None`` where nothing was measured; ``reasons`` are the signals in words.
    """

    model: str
    fallback: tuple[str, ...] = ()
    difficulty: float | None = None
    threshold: float | None = None
    reasons: tuple[str, ...] = ()
