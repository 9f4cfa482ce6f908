"""Moments: lengths and points of time as they are typed: ``90s``, ``24h``, ``30d``; ``7d`` ago or ``2026-11-01``.

Here: reading them, with a clear refusal. Not here: showing them (``output``).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import click

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}
_LENGTH = re.compile(r"(\d{1,9}(?:\.\d+)?)([smhdw])")


class Length(click.ParamType[float]):
    """A length of time, in seconds."""

    name = "length"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds."""
        if isinstance(value, int | float):
            return float(value)
        found = _LENGTH.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"'{value}' is no length of time: write 90s, 15m, 24h, 30d or 2w", param, ctx)
        return float(found[1]) * SECONDS[found[2]]


class Day(click.ParamType[str]):
    """A day that something begins with, UTC: ``7d`` (seven days ago), ``today`` or ``2026-11-01``."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The day."""
        text = str(value).strip()
        ago = 0.0 if text == "today" else _ago(text)
        if ago is not None:
            return datetime.fromtimestamp(datetime.now(UTC).timestamp() - ago, UTC).date().isoformat()
        try:
            return datetime.strptime(text, "%Y-%m-%d").date().isoformat()
        except ValueError:
            self.fail(f"'{value}' is no day: write 7d, 4w, today or 2026-11-01 (UTC)", param, ctx)


class Moment(click.ParamType[float]):
    """A moment, in seconds since 1970: ``24h`` (ago), ``2026-11-01`` or ``2026-11-01T12:30``, UTC."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds since 1970."""
        if isinstance(value, int | float):
            return float(value)
        text = str(value).strip()
        ago = _ago(text)
        try:
            if ago is not None:
                return datetime.now(UTC).timestamp() - ago
            found = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            self.fail(f"'{value}' is no moment: write 24h, 7d, 2026-11-01 or 2026-11-01T12:30 (UTC)", param, ctx)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()


def _ago(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    return None if found is None else float(found[1]) * SECONDS[found[2]]


LENGTH, DAY, MOMENT = Length(), Day(), Moment()
