"""OperationRow: a piece of a server's long work as other processes find it.

Here: the row. Not here: running it (``assembly.operations``), how it is told (``gateway.api``).
"""

from __future__ import annotations

from msgspec import Struct


class OperationRow(Struct, frozen=True, kw_only=True):
    """``body`` is what its process tells of it, as JSON. ``beat_at``: when that process last said that it lives;
    ``stopping``: somebody asked it to stop. Times in seconds since 1970."""

    id: str
    tenant: str
    key_id: str
    state: str
    started_at: float
    beat_at: float
    body: bytes
    stopping: bool = False
    format: int = 1
