"""Sentences: cuts a text, plain or Markdown, into the pieces that each claim something.

Here: paragraphs, headings, list items, table rows (each becomes "Header: cell; Header: cell"), code blocks (whole),
and sentence ends that are no abbreviation, initial or decimal point.
Not here: chunks for search (``retrieval``), citations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ITEM = re.compile(r"[ \t]*(?:[-*+•]|[0-9]{1,3}[.)]|[a-zA-Z][)])[ \t]+")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_QUOTED = re.compile(r"[ \t]*>[ \t]?")
_FENCE = ("```", "~~~")
_RULE = frozenset("|-: \t")
_BOUNDARY = re.compile(r"(?<=[.!?…\"'”’)\]*]) (?=[^\sa-z])|(?<=[。！？])(?=.)")
_CITATIONS = re.compile(r"(?:\[[^\[\]]{1,40}\])+$")
_CLOSERS = "\"'”’)*_"
_NEVER_LAST = """
    mr mrs ms dr prof st sr jr gen sen gov lt sgt capt e.g i.e cf vs inc ltd co corp dept a.m p.m u.s u.k
"""
ABBREVIATIONS = frozenset(_NEVER_LAST.split())
"""Words whose full stop ends no sentence."""
_BEFORE_FIGURES = """
    p pp no nos fig figs eq sec ch vol ed eds art para est approx max min tel ext jan feb mar apr jun jul aug sep sept
    oct nov dec mon tue wed thu fri sat sun
"""
_ABBREVIATIONS_BEFORE_FIGURES = frozenset(_BEFORE_FIGURES.split())


def sentences_of(text: str) -> list[str]:
    """The sentences in order, each on one line (code keeps its lines); none is empty."""
    found: list[str] = []
    for block in _blocks(text):
        if "\n" in block or len(block) < 3:
            found.append(block)
        else:
            found.extend(_split(block))
    return found


def _blocks(text: str) -> Iterator[str]:
    """Paragraphs, headings, items and table rows as single lines; code blocks as they are."""
    lines = text.splitlines()
    paragraph: list[str] = []
    place = 0
    while place < len(lines):
        line = lines[place].strip()
        opens = _opens(line)
        if opens and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        if line.startswith(_FENCE):
            block, place = _code(lines, place)
            if block:
                yield block
        elif _is_table(lines, place):
            rows, place = _rows(lines, place)
            yield from rows
        elif line:
            body, place = _body(line, opens), place + 1
            if opens == "heading":
                yield body
            elif body:
                paragraph.append(body)
        else:
            place += 1
    if paragraph:
        yield " ".join(paragraph)


def _opens(line: str) -> str:
    """What a line opens: a block of its own, or nothing where it continues a paragraph."""
    if not line:
        return "blank"
    if _HEADING.match(line):
        return "heading"
    if _ITEM.match(line):
        return "item"
    return "other" if line.startswith((*_FENCE, "|")) or _RULE.issuperset(line) else ""


def _body(line: str, opens: str) -> str:
    """The line without its marker, blanks collapsed."""
    if opens == "heading":
        line = line.lstrip("#").strip("# \t")
    elif opens == "item":
        line = _ITEM.sub("", line, count=1)
    elif opens == "other" and _RULE.issuperset(line):
        return ""
    return " ".join(_QUOTED.sub("", line, count=1).split())


def _code(lines: list[str], place: int) -> tuple[str, int]:
    fence = lines[place].strip()[:3]
    end = place + 1
    while end < len(lines) and not lines[end].strip().startswith(fence):
        end += 1
    return "\n".join(lines[place + 1 : end]).strip("\n"), end + 1


def _is_table(lines: list[str], place: int) -> bool:
    """A row with a bar over a rule of dashes, or a row on its own that starts with a bar."""
    line = lines[place].strip()
    if "|" not in line:
        return False
    below = lines[place + 1].strip() if place + 1 < len(lines) else ""
    return line.startswith("|") or ("-" in below and "|" in below and _RULE.issuperset(below))


def _rows(lines: list[str], place: int) -> tuple[list[str], int]:
    end = place
    while end < len(lines) and "|" in lines[end]:
        end += 1
    rows = [_cells(line) for line in lines[place:end]]
    ruled = len(rows) > 1 and _RULE.issuperset(lines[place + 1].strip()) and "-" in lines[place + 1]
    if not ruled:
        return ["; ".join(filter(None, row)) for row in rows if any(row)], end
    header = rows[0]
    if len(rows) == 2:
        return ["; ".join(filter(None, header))], end
    return [_labelled(header, row) for row in rows[2:] if any(row)], end


def _cells(line: str) -> list[str]:
    return [" ".join(cell.split()) for cell in line.strip().strip("|").split("|")]


def _labelled(header: list[str], row: list[str]) -> str:
    """ "Plan: Basic; Price: 5 dollars": a row that can be read without its table."""
    labels = [*header, *[""] * (len(row) - len(header))]
    return "; ".join(f"{label}: {cell}" if label else cell for label, cell in zip(labels, row, strict=False) if cell)


def _split(line: str) -> Iterator[str]:
    """Cut one line of prose at sentence ends."""
    start = 0
    for boundary in _BOUNDARY.finditer(line):
        if _ends(line, start, boundary.start()):
            yield line[start : boundary.start()]
            start = boundary.end()
    if line[start:].strip():
        yield line[start:].strip()


def _ends(line: str, start: int, end: int) -> bool:
    """Whether a sentence ends before ``end``: the mark before it closes no abbreviation or initial."""
    tail = line[max(start, end - 60) : end]
    tail = _CITATIONS.sub("", tail).rstrip(_CLOSERS)
    if not tail.endswith((".", "!", "?", "…", "。", "！", "？")):
        return False
    if not tail.endswith(".") or tail.endswith("..."):
        return True
    word = tail[:-1].rsplit(" ", 1)[-1].lstrip("(\"'“‘[*_")
    is_initial = len(word) == 1 and word.isupper() and word != "I"
    if is_initial or word.lower() in ABBREVIATIONS:
        return False
    return not (line[end + 1 : end + 2].isdigit() and word.lower() in _ABBREVIATIONS_BEFORE_FIGURES)
