"""Plain text to an Outline: paragraphs between blank lines.

Here: ``.txt``, and ``.rst`` read as text whose underlined titles are headings. Not here: reStructuredText directives;
they stay as the text they are.
"""

from __future__ import annotations

import re

from gonogo.retrieval.outline import Document, Outline, Piece

_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_UNDERLINES = frozenset("=-~^\"'`#*+.:_")


def parse_plain(text: str, source: str) -> Document:
    """Each run of lines without a blank line is a paragraph; lines that open with a list marker are items."""
    outline = Outline()
    _add_paragraphs(outline, text.split("\n"), first_line=1)
    return outline.document(source)


def parse_rst(text: str, source: str) -> Document:
    """As plain text, with underlined titles as headings; the level of an underline is the order of its first use."""
    outline = Outline()
    lines = text.split("\n")
    levels: dict[str, int] = {}
    start = place = 0
    while place < len(lines) - 1:
        mark = _underline(lines[place + 1])
        title = lines[place].strip()
        if mark and title and not _underline(lines[place]) and len(lines[place + 1].rstrip()) >= len(title):
            over = place > start and _underline(lines[place - 1]) == mark
            _add_paragraphs(outline, lines[start : place - (1 if over else 0)], first_line=start + 1)
            level = levels.setdefault(mark + ("/" if over else ""), len(levels) + 1)
            outline.heading(min(level, 6), title, place + 1)
            place = start = place + 2
        else:
            place += 1
    _add_paragraphs(outline, lines[start:], first_line=start + 1)
    return outline.document(source)


def _underline(line: str) -> str:
    """The mark a line consists of, when it is three or more of one and nothing else; else empty."""
    line = line.rstrip()
    return line[0] if len(line) >= 3 and line[0] in _UNDERLINES and line == line[0] * len(line) else ""


def _add_paragraphs(outline: Outline, lines: list[str], *, first_line: int) -> None:
    run: list[str] = []
    in_list = False
    for number, line in enumerate([*lines, ""], first_line):
        opens_item = bool(_ITEM.match(line))
        if run and (not line.strip() or opens_item):
            is_item = bool(_ITEM.match(run[0]))
            glue = "\n" if is_item and in_list else "\n\n"
            outline.add(Piece(text="\n".join(run), line=number - len(run), glue=glue))
            in_list = is_item
            run = []
        if line.strip():
            run.append(line)
