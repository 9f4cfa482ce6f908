"""Timeouts: how long an upstream may take.

Here: the four limits and their defaults. Not here: keeping them (``http``), which loads a parser of HTTP.
"""

from __future__ import annotations

from msgspec import Struct


class Timeouts(Struct, frozen=True, kw_only=True):
    """Seconds. ``connect``: until the connection stands. ``first_token``: from sending until the first event
    (comments that keep a line open do not count). ``between_tokens``: from one event to the next. ``total``:
    the whole call. A reply that was not asked for as a stream has ``connect`` and ``total`` alone."""

    connect: float = 10.0
    first_token: float = 120.0
    between_tokens: float = 60.0
    total: float = 600.0
