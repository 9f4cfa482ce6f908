"""Wording: how pages write numbers, times and texts that others wrote.

Here: formats, and one colour for each outcome. Not here: escaping (the template environment does it for every text).
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from gonogo.digest import short

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Line ends and tabs, and the joiners that Persian and emoji are written with."""

TONES: Final = {
    "GO": "go", "NO-GO": "nogo", "INCONCLUSIVE": "unsure", "INVALID": "invalid",
    "answered": "go", "cached": "info", "refused": "unsure", "failed": "nogo", "aborted": "invalid",
    "flag": "info", "redact": "unsure", "drop": "unsure", "block": "nogo",
}  # fmt: skip


def visible(text: str) -> str:
    """Text with control and formatting characters written out: nothing on a page hides or turns the words round."""
    if text.isprintable():
        return text
    return "".join(
        char if char in KEPT or unicodedata.category(char) not in HIDDEN else f"\\u{ord(char):04x}" for char in text
    )


def moment(seconds: float) -> str:
    """Date and time of day where the server stands."""
    return _local(seconds).strftime("%Y-%m-%d %H:%M:%S")


def iso(seconds: float) -> str:
    """The same for machines."""
    return _local(seconds).isoformat(timespec="seconds")


def _local(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def duration(seconds: float | None) -> str:
    """A length of time in the unit that suits it."""
    if seconds is None:
        return "unknown"
    if seconds < 0.001:
        return f"{1e6 * seconds:.0f} µs"
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def ago(seconds: float) -> str:
    """How long ago, in one unit."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= size):
            return f"{int(seconds // size)} {unit} ago"
    return "just now"


def money(dollars: float | None) -> str:
    """Dollars, or ``unknown``: an unknown price is never 0."""
    if dollars is None:
        return "unknown"
    return "$0" if dollars == 0 else f"${dollars:,.6f}".rstrip("0").rstrip(".") if dollars >= 1e-6 else "< $0.000001"


def count(number: float) -> str:
    """A count with its thousands apart."""
    return f"{number:,.0f}".replace(",", "\u202f")


def points(share: float | None) -> str:
    """A difference of shares in percentage points, signed."""
    return "unknown" if share is None else f"{100 * share:+.1f}".replace("-", "\u2212")


def percent(share: float | None) -> str:
    """A share of 0..1."""
    return "unknown" if share is None else f"{100 * share:.3g}\u00a0%"


def flat(text: str, most: int = 160) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def plain(value: Any) -> str:
    """A value of somebody else's format: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def tone(outcome: str) -> str:
    """The colour class of an outcome or action; ``plain`` where it has none."""
    return TONES.get(outcome, "plain")


def segment(text: str) -> str:
    """One segment of an address."""
    return quote(text, safe="@")


def without_outcome(line: str) -> str:
    """A Verdict's line without its first word, which stands before it in colour."""
    return line.partition("  ")[2] or line


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "ago": ago,
    "count": count,
    "duration": duration,
    "flat": flat,
    "iso": iso,
    "moment": moment,
    "money": money,
    "percent": percent,
    "plain": plain,
    "points": points,
    "segment": segment,
    "short": short,
    "tone": tone,
    "without_outcome": without_outcome,
}
