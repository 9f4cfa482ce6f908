"""Tables: rows of cells to pieces that carry their header along.

Here: the one written form (`| a | b |`) for tables of every format. Not here: finding tables (``markdown``, ``html``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.retrieval.outline import Frame, Outline, Piece

Row = tuple[int, Sequence[str]]
"""A row's line in the file and its cells."""


def add_table(outline: Outline, *, header: Row | None, rows: Sequence[Row], glue: str = "\n\n") -> None:
    """Add a table row by row; each chunk that holds some rows repeats the header.

    A table of a header alone is kept as a row, so that its words are not lost.
    """
    frame = None
    if header is not None and not rows:
        rows = [header]
    elif header is not None:
        rule = row_text(["---"] * len(header[1]))
        frame = Frame(f"{row_text(header[1])}\n{rule}", "", header[0])
    for place, (line, cells) in enumerate(row for row in rows if any(cell.strip() for cell in row[1])):
        outline.add(Piece(text=row_text(cells), line=line, glue="\n" if place else glue, verbatim=True, frame=frame))


def row_text(cells: Sequence[str]) -> str:
    """``| a | b |``, each cell on one line."""
    return "| " + " | ".join(" ".join(cell.split()) for cell in cells) + " |"


class OpenTable:
    """The rows of the outermost HTML table being read; tables inside its cells become text of the cell."""

    def __init__(self) -> None:
        self.depth = 0
        self._rows: list[tuple[int, list[str]]] = []
        self._header = False
        self._in_cell = False

    def open(self, tag: str, line: int) -> None:
        """Start what the tag starts: a row or a cell."""
        if self.depth > 1:
            return
        if tag == "tr":
            self._rows.append((line, []))
            self._in_cell = False
        elif tag in ("td", "th"):
            if not self._rows:
                self._rows.append((line, []))
            if len(self._rows) == 1:
                self._header = tag == "th" and (self._header or not self._rows[0][1])
            self._rows[-1][1].append("")
            self._in_cell = True

    def takes(self, text: str) -> bool:
        """Put text into the open cell; text outside any cell (a caption) is left to the page."""
        if not self._in_cell:
            return False
        cells = self._rows[-1][1]
        cells[-1] = f"{cells[-1]} {text}".strip()
        return True

    def add_to(self, outline: Outline) -> None:
        """File the rows; the first is the header when all its cells are ``th``."""
        rows: list[Row] = [row for row in self._rows if row[1]]
        header = rows.pop(0) if rows and self._header else None
        add_table(outline, header=header, rows=rows)
