"""Plain text to an Outline: paragraphs between blank lines.

Here: ``.txt``. Not here: reStructuredText (``rst``).
"""

from __future__ import annotations

import re

from gonogo.retrieval.outline import Document, Outline, Piece

_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")


def parse_plain(text: str, source: str) -> Document:
    """Each run of lines without a blank line is a paragraph; lines that open with a list marker are items."""
    outline = Outline()
    _add_paragraphs(outline, text.split("\n"), first_line=1)
    return outline.document(source)


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
