"""Output: tables, JSON, colours and progress, the same in every command.

Here: phrasing for a terminal; colours only on one. Not here: what is said.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from gonogo.evaluation import Progress

OUTCOME_COLOURS = {
    "GO": "green", "NO-GO": "red", "INCONCLUSIVE": "yellow", "INVALID": "magenta",
    "answered": "green", "cached": "cyan", "refused": "yellow", "failed": "red", "aborted": "magenta",
}  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: object) -> None:
    """Indented JSON of any noun."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    click.echo(text.decode("utf-8", "replace"))


def coloured(word: str) -> str:
    """An outcome in its colour."""
    return click.style(word, fg=OUTCOME_COLOURS.get(word), bold=True)


def dim(text: str) -> str:
    """Less important text."""
    return click.style(text, dim=True)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their content; the last one takes what is left of the terminal."""
    widths = [
        max([len(header[column]), *(len(click.unstyle(row[column])) for row in rows)]) for column in range(len(header))
    ]
    _line([click.style(name, underline=sys.stdout.isatty()) for name in header], widths)
    for row in rows:
        _line(row, widths)


def _line(cells: Sequence[str], widths: Sequence[int]) -> None:
    padded = [cell + " " * (width - len(click.unstyle(cell))) for cell, width in zip(cells, widths, strict=True)]
    click.echo("  ".join(padded).rstrip())


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
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def money(dollars: float | None) -> str:
    """Dollars, or ``unknown``: an unknown price is never 0."""
    return "unknown" if dollars is None else f"${dollars:.6f}".rstrip("0").rstrip(".")


def shortened(text: str, most: int) -> str:
    """One line of at most ``most`` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def printable(value: Any) -> str:
    """Text with control characters shown, so that stored text cannot steer a terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in str(value))


def progress_line() -> Callable[[Progress], None] | None:
    """A line that is rewritten on a terminal; a line every few seconds elsewhere is noise in logs, so nothing there."""
    if not sys.stderr.isatty():
        return None
    last = 0.0

    def show(reading: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < 0.1 and reading.done < reading.total:
            return
        last = now
        left = (
            ""
            if reading.remaining is None or reading.done == reading.total
            else f", {duration(reading.remaining)} left"
        )
        errors = f", {reading.errors} errors" if reading.errors else ""
        line = f"\r{reading.label}: {reading.done}/{reading.total} tasks, {reading.passed} passed{errors}{left}\x1b[K"
        click.echo(line, nl=reading.done == reading.total, err=True)

    return show
