"""Outline: what a page is once its format no longer matters - sections of pieces under headings.

Here: the nouns every parser produces and the collector that puts headings and pieces in order.
Not here: formats (``markdown``, ``html``, ``plain``), reading files (``documents``), cutting to size (``chunking``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What stands round the lines of a table or a code block, in every chunk that holds some of them.

    ``opening`` is a table's header with its rule, or a code fence; ``line`` is where it stands in the file. Two frames
    are equal only when they are the same one, since two tables may share their header.
    """

    opening: str
    closing: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A paragraph, list item, table row or line of code; ``line`` counts from 1.

    ``glue`` stands between this piece and the one before it in the same chunk. ``lead`` is the list marker with its
    indent. ``verbatim`` pieces (rows, code) keep their blanks and are not divided at sentences.
    """

    text: str
    line: int
    glue: str = "\n\n"
    lead: str = ""
    verbatim: bool = False
    frame: Frame | None = None

    @property
    def shown(self) -> str:
        """As it stands in a chunk: runs of blanks and line ends in prose are one blank."""
        return self.text if self.verbatim else self.lead + " ".join(self.text.split())


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 1 to 6, its text on one line, and where it stands."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """Headings from the page down to this section, the innermost last, and what stands below the innermost one."""

    path: tuple[Heading, ...]
    pieces: tuple[Piece, ...]
    own: Heading | None = None

    @property
    def heading(self) -> str:
        """The headings as one line: ``Plans > Annual``."""
        return " > ".join(step.text for step in self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One parsed file, or one record of a file. ``date`` is an ISO date; ``metadata`` is plain JSON.

    ``unit`` is what the pieces' ``line`` counts: ``line``, ``page`` or ``row``; ``lines`` then gives the line of a row.
    ``apart``: another record of the file may say the same and mean another thing, so equal texts stay two Chunks.
    ``hidden`` are texts that a reader of the page does not see, which were left out: line and excerpt.
    """

    source: str
    title: str
    sections: tuple[Section, ...]
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    unit: str = "line"
    lines: Mapping[int, int] = field(default_factory=dict)
    apart: bool = False
    hidden: tuple[tuple[int, str], ...] = ()

    def counted_by(self, unit: str, lines: Mapping[int, int] | None = None, *, apart: bool = False) -> Document:
        """The same page, its pieces counted by another unit."""
        return replace(self, unit=unit, lines=lines or {}, apart=apart)


class Outline:
    """Takes headings and pieces in reading order and gives back sections."""

    def __init__(self) -> None:
        self._path: tuple[Heading, ...] = ()
        self._own: Heading | None = None
        self._pieces: list[Piece] = []
        self._sections: list[Section] = []
        self._first_top: Heading | None = None

    def heading(self, level: int, text: str, line: int) -> None:
        """Close the section so far and open one; an empty heading opens nothing."""
        text = " ".join(text.split())
        if not text:
            return
        self._close()
        self._own = Heading(level, text, line)
        self._path = (*(step for step in self._path if step.level < level), self._own)
        if level == 1 and self._first_top is None:
            self._first_top = self._own

    def add(self, piece: Piece) -> None:
        """Append a piece to the open section. Prose without any text is left out."""
        if piece.verbatim or piece.text.strip():
            self._pieces.append(piece)

    @property
    def has_pieces(self) -> bool:
        """Whether anything but headings was filed so far."""
        return bool(self._pieces) or any(section.pieces for section in self._sections)

    def _close(self) -> None:
        if self._own is not None or self._pieces:
            self._sections.append(Section(self._path, tuple(self._pieces), self._own))
        self._pieces = []

    def document(
        self, source: str, *, title: str = "", date: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> Document:
        """The page.

        The title is the one given, else the first heading of level 1, else the file's name. A first heading of level 1
        that is the title stays out of the paths: it would stand before every one of them.
        """
        self._close()
        self._own, self._path = None, ()
        top = self._first_top
        if not title:
            title = top.text if top else _name_as_title(source)
        drop = top if top is not None and top.text.casefold() == title.casefold() else None
        return Document(
            source=source,
            title=title,
            sections=_without_empty_parents(self._sections, drop),
            date=date,
            metadata=metadata or {},
        )


def _without_empty_parents(sections: Sequence[Section], drop: Heading | None) -> tuple[Section, ...]:
    """Leave out sections that hold nothing and whose heading lives on in a child's path or in the title."""
    kept: list[Section] = []
    for place, section in enumerate(sections):
        following = sections[place + 1] if place + 1 < len(sections) else None
        inherited = following is not None and section.own in following.path
        titled = drop is not None and section.own is drop and len(sections) > 1
        if section.pieces or not (inherited or titled):
            path = tuple(step for step in section.path if step is not drop)
            kept.append(Section(path, section.pieces, section.own))
    return tuple(kept)


def _name_as_title(source: str) -> str:
    stem = source.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return " ".join(stem.replace("-", " ").replace("_", " ").split())
