"""Output: how numbers, times, text and JSON are written, the same in every command.

Here: phrasing for a terminal; colours and wrapping only on one. Not here: what is said, tables (``tables``), progress
(``progress``).
"""

from __future__ import annotations

import shutil
import sys
import textwrap
import unicodedata
from datetime import UTC, datetime
from typing import Any

import click

OUTCOME_COLOURS = {
    "GO": "green", "NO-GO": "red", "INCONCLUSIVE": "yellow", "INVALID": "magenta",
    "answered": "green", "cached": "cyan", "refused": "yellow", "failed": "red", "aborted": "magenta",
}  # fmt: skip
NARROWEST = 40
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: object) -> None:
    """Indented JSON of any noun."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    click.echo(text.decode("utf-8", "replace"))


def screen_width() -> int | None:
    """Columns of the terminal; ``None`` where output goes elsewhere, so that a pipe gets whole lines to search."""
    return max(NARROWEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def columns(text: str) -> int:
    """How wide text stands on a terminal: colour codes take no room, East Asian wide characters take two columns."""
    plain = click.unstyle(text)
    if plain.isascii():
        return len(plain)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in plain)


def say(head: str, text: str, *, hang: int = 2) -> None:
    """``head`` and then ``text``, wrapped on a terminal, with ``hang`` blanks before every further line."""
    width = screen_width()
    if width is None or columns(head) + columns(text) <= width:
        click.echo(head + text)
        return
    before = columns(head)
    lines = textwrap.wrap(
        text,
        width,
        initial_indent="x" * before,
        subsequent_indent=" " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    )
    click.echo(head + "\n".join(lines)[before:])


def coloured(word: str) -> str:
    """An outcome in its colour."""
    return click.style(word, fg=OUTCOME_COLOURS.get(word), bold=True)


def dim(text: str) -> str:
    """Less important text."""
    return click.style(text, dim=True)


def moment(seconds: float) -> str:
    """Local time of day with date."""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float | None) -> str:
    """A length of time in the unit that suits it."""
    if seconds is None:
        return "-"
    if seconds < 1:
        return f"{1000 * seconds:.1f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 120:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"


def money(dollars: float | None) -> str:
    """Dollars, or ``unknown``: an unknown price is never 0, and no price is ever rounded down to 0."""
    if dollars is None:
        return "unknown"
    if 0 < dollars < 0.000001:
        return f"${dollars:.1e}"
    return f"${dollars:.6f}".rstrip("0").rstrip(".")


def counted(number: int, noun: str) -> str:
    """``1 chunk``, ``2 chunks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shortened(text: str, most: int) -> str:
    """One line of at most ``most`` columns; what is cut off shows as one sign."""
    flat = " ".join(text.split())
    if columns(flat) <= most:
        return flat
    kept = flat[: most - 1]
    while kept and columns(kept) > most - 1:
        kept = kept[:-1]
    return kept + "…"


def printable(value: Any) -> str:
    """Text with control characters shown, so that stored text cannot steer a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else _shown(char) for char in str(value))


def _shown(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
