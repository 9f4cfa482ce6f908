"""Tables: rows of a listing, lined up, that fit the terminal.

Here: column widths, which columns give way. Not here: what stands in them (each command).
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from gonogo.cli.output import columns, dim, screen_width, shortened

GAP = 2
LEAST_LAST = 20
"""Columns of the terminal that the last one keeps; below that, columns that may give way are left out first."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, yielding: Sequence[str] = ()) -> None:
    """Columns as wide as their content. On a terminal the last one is cut to what is left.

    Args:
        yielding: headers of columns that are left out of a narrow terminal, the first one first.
    """
    width = screen_width()
    gone: list[str] = []
    if width is not None:
        for name in yielding:
            if _least(header, rows, gone) <= width:
                break
            gone.append(name)
    kept = [place for place, name in enumerate(header) if name not in gone]
    cells = [[header[place] for place in kept], *([row[place] for place in kept] for row in rows)]
    widths = [max(columns(row[place]) for row in cells) for place in range(len(kept))]
    if width is not None:
        widths[-1] = min(widths[-1], max(LEAST_LAST, width - sum(widths[:-1]) - GAP * (len(widths) - 1)))
    for number, row in enumerate(cells):
        click.echo(_line([click.style(cell, underline=True) for cell in row] if number == 0 and width else row, widths))
    if gone:
        click.echo(dim(f"({', '.join(gone)} left out: widen the terminal, or use --json)"))


def _least(header: Sequence[str], rows: Sequence[Sequence[str]], gone: Sequence[str]) -> int:
    kept = [place for place, name in enumerate(header) if name not in gone]
    widest = [max([columns(header[place]), *(columns(row[place]) for row in rows)]) for place in kept]
    return sum(widest[:-1]) + min(widest[-1], LEAST_LAST) + GAP * (len(widest) - 1)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for cell, width in zip(cells, widths, strict=True):
        # A cut could end inside a colour code; a cell that must be cut loses its colour.
        fitting = cell if columns(cell) <= width else shortened(click.unstyle(cell), width)
        padded.append(fitting + " " * (width - columns(fitting)))
    return (" " * GAP).join(padded).rstrip()
