"""reStructuredText to an Outline, read in one pass with the line of everything.

Here: titles, paragraphs, lists, literal blocks, tables, directives whose content is the page's own, docinfo fields.
Not here: roles and links inside a line (``rst_inline``); including other files or running anything: a page is text.

An own reader instead of docutils: that one stops at the roles and directives of Sphinx, which most pages use, reads
other files where a page says so, and took 20 times as long. What this one does not know stays as the text it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gonogo.errors import MissionInvalid
from gonogo.retrieval.front_matter import date_problem, is_iso_date
from gonogo.retrieval.outline import Document, Frame, Outline, Piece
from gonogo.retrieval.rst_inline import plain_inline, targets_of
from gonogo.retrieval.rst_tables import csv_rows, grid_table, is_border, is_grid_line, list_rows, simple_table
from gonogo.retrieval.tables import add_table

CODE = frozenset({"code", "code-block", "sourcecode", "parsed-literal", "prompt", "doctest", "testcode"})
_DROPPED_NAMES = (
    "contents toctree index raw include literalinclude highlight currentmodule default-role role sectnum header footer "
    "meta tabularcolumns automodule autoclass autofunction autosummary graphviz math"
)
DROPPED = frozenset(_DROPPED_NAMES.split())
"""Directives without words of the page's own."""
_LABELLED_NAMES = (
    "note warning tip caution danger attention error hint important seealso deprecated versionadded versionchanged"
)
LABELLED = frozenset(_LABELLED_NAMES.split())
"""Directives whose name says how their content is meant, and so stands before it."""
_ITEM = re.compile(r"(\s*)([-*+•]|\(?(?:\d{1,3}|#|[a-zA-Z])[.)])(\s+)(?=\S)")
_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]+\|\s+)?([A-Za-z][\w:.-]*?)::(?:\s+(.*))?$")
_FIELD = re.compile(r":([A-Za-z][\w -]*):(?:\s+(.*))?$")
_OPTION = re.compile(r"\s*:[\w-]+:(?:\s|$)")
_UNDERLINES = frozenset("=-~^\"'`#*+.:_!$%&,;<>?@/\\|")


def parse_rst(text: str, source: str) -> Document:
    """Parse one page (line ends already ``\\n``); the level of an underline is the order of its first use.

    Raises:
        MissionInvalid: a ``:date:`` at the top that is not ISO.
    """
    outline = Outline()
    lines = text.expandtabs(8).split("\n")
    page = _Page(outline, targets_of(lines))
    page.read(lines, 1, top=True)
    fields = dict(page.fields)
    date = fields.pop("date", None)
    if date and not is_iso_date(date):
        # `:Date: $Date$` of an old version control system says nothing.
        if not date.startswith("$"):
            raise MissionInvalid((date_problem(date, source, page.date_line),))
        date = None
    title = fields.pop("title", "")
    return outline.document(source, title=title, date=date[:10] if date else None, metadata=fields)


class _Page:
    def __init__(self, outline: Outline, targets: dict[str, str]) -> None:
        self._outline, self._targets = outline, targets
        self._levels: dict[str, int] = {}
        self._listing = False
        self.fields: dict[str, str] = {}
        self.date_line = 1

    def read(self, lines: Sequence[str], first: int, *, top: bool = False, depth: int = 0) -> None:
        """Blocks of ``lines``, whose first is line ``first`` of the file."""
        place = 0
        while place < len(lines):
            if not lines[place].strip():
                place += 1
                continue
            taken = 0
            if top:
                taken = self._title(lines, place, first) or self._docinfo(lines, place, first)
            if not taken:
                taken = self._explicit(lines, place, first, depth) or self._table(lines, place, first)
            place += taken or self._prose(lines, place, first, depth)

    def _title(self, lines: Sequence[str], place: int, first: int) -> int:
        """Lines of a title, with a line over it or not; 0 where none stands here."""
        over = underline(lines[place])
        at = place + 1 if over else place
        if at + 1 >= len(lines):
            return 0
        title, mark = lines[at], underline(lines[at + 1])
        if not mark or not title.strip() or (over and over != mark) or underline(title):
            return 0
        if len(lines[at + 1].rstrip()) < len(title.strip()) or (not over and title[:1] == " "):
            return 0
        level = self._levels.setdefault(mark + ("/" if over else ""), len(self._levels) + 1)
        self._outline.heading(min(level, 6), self._inline(title), first + at)
        self._listing = False
        return at + 2 - place

    def _docinfo(self, lines: Sequence[str], place: int, first: int) -> int:
        """``:name: value`` is kept as metadata as long as nothing else has stood on the page."""
        match = _FIELD.match(lines[place])
        if match is None or self._outline.has_pieces:
            return 0
        end = place + 1
        while end < len(lines) and lines[end][:1] == " " and lines[end].strip():
            end += 1
        name = match.group(1).strip().lower().replace(" ", "_")
        value = " ".join(" ".join([match.group(2) or "", *lines[place + 1 : end]]).split())
        if value and name not in ("orphan", "tocdepth", "nosearch"):
            self.fields[name] = self._inline(value)
        if name == "date":
            self.date_line = first + place
        return end - place

    def _explicit(self, lines: Sequence[str], place: int, first: int, depth: int) -> int:
        """A directive, or a comment, target or footnote; 0 where the line is another."""
        line = lines[place]
        if line != ".." and not line.startswith((".. ", "__ ")):
            return 0
        end = _block_end(lines, place)
        directive = _DIRECTIVE.match(line)
        if directive is not None:
            self._directive(directive, lines[place + 1 : end], first + place, depth)
        elif note := re.match(r"\.\.\s+\[([^\]]+)\]\s+(.*)", line):
            words = [f"[{note.group(1)}] {note.group(2)}", *lines[place + 1 : end]]
            self._add(" ".join(words), first + place)
        return end - place  # comments and targets leave nothing

    def _directive(self, match: re.Match[str], body: Sequence[str], line: int, depth: int) -> None:
        name, argument = match.group(1).lower(), (match.group(2) or "").strip()
        options = 0
        while options < len(body) and _OPTION.match(body[options]):
            options += 1
        given = dict(_option(one) for one in body[:options])
        content, first = _dedented(body[options:]), line + 1 + options
        if name in CODE:
            self._code(content, first, argument)
        elif name in ("image", "figure"):
            self._add(given.get("alt", ""), line)
            self.read(content, first, depth=depth + 1)
        elif name in ("csv-table", "list-table"):
            self._add(argument, line)
            self._cells(name, given, content, first)
        elif name not in DROPPED and depth < 20:
            label = f"{name.capitalize()}: " if name in LABELLED else ""
            if label or argument:
                self._add(label + argument, line)
            self.read(content, first, depth=depth + 1)

    def _cells(self, name: str, given: dict[str, str], content: Sequence[str], first: int) -> None:
        rows = csv_rows(content, first) if name == "csv-table" else list_rows(content, first)
        header = (first, [cell.strip() for cell in given["header"].split(",")]) if given.get("header") else None
        if header is None and given.get("header-rows", "0").strip() not in ("", "0") and rows:
            header = rows.pop(0)
        self._rows(header, rows)

    def _rows(self, header: tuple[int, list[str]] | None, rows: list[tuple[int, list[str]]]) -> None:
        clean = [(line, [self._inline(cell) for cell in cells]) for line, cells in rows]
        top = (header[0], [self._inline(cell) for cell in header[1]]) if header else None
        add_table(self._outline, header=top, rows=clean)
        self._listing = False

    def _table(self, lines: Sequence[str], place: int, first: int) -> int:
        if is_grid_line(lines[place]):
            end = place
            while end < len(lines) and lines[end].lstrip()[:1] in ("+", "|"):
                end += 1
            self._rows(*grid_table(lines[place:end], first + place))
            return end - place
        if is_border(lines[place]):
            borders = [n for n in range(place, _gap_end(lines, place)) if is_border(lines[n])]
            if len(borders) >= 2:
                end = borders[-1] + 1
                self._rows(*simple_table(lines[place:end], first + place))
                return end - place
        return 0

    def _prose(self, lines: Sequence[str], place: int, first: int, depth: int) -> int:
        """A paragraph, item or definition, and the literal block that it announces."""
        item = _ITEM.match(lines[place])
        indent = item.end() if item else len(lines[place]) - len(lines[place].lstrip())
        end = place + 1
        while end < len(lines) and lines[end].strip() and not (_ITEM.match(lines[end]) and item):
            inner = len(lines[end]) - len(lines[end].lstrip())
            if (item and inner < indent) or (not item and inner > indent and not lines[place].lstrip().startswith("|")):
                break
            if lines[end].startswith(".. "):
                break
            end += 1
        text = "\n".join(line.strip() for line in lines[place:end])
        literal = text.endswith("::")
        if literal:
            text = "" if text == "::" else (text[:-2].rstrip() if text[:-2].endswith((" ", "\n")) else text[:-1])
        if item:
            text = text[len(item.group(2)) :].lstrip()
            mark = "- " if item.group(2) in "-*+•" else f"{item.group(2)} "
            self._add(text, first + place, lead=" " * len(item.group(1)) + mark, glue="\n" if self._listing else "\n\n")
            self._listing = True
        else:
            self._add(text, first + place)
        if not literal:
            return end - place
        outer = len(lines[place]) - len(lines[place].lstrip())
        start = end
        while start < len(lines) and not lines[start].strip():
            start += 1
        stop = start
        while stop < len(lines) and (not lines[stop].strip() or len(lines[stop]) - len(lines[stop].lstrip()) > outer):
            stop += 1
        self._code(_dedented(lines[start:stop]), first + start, "")
        return max(stop, end) - place

    def _code(self, content: Sequence[str], first: int, language: str) -> None:
        lines = list(content)
        while lines and not lines[-1].strip():
            lines.pop()
        while lines and not lines[0].strip():
            del lines[0]
            first += 1
        fence = "`" * (max((len(run) for line in lines for run in re.findall("`{3,}", line)), default=2) + 1)
        frame = Frame(fence + language, fence, first)
        for place, line in enumerate(lines):
            glue = "\n" if place else "\n\n"
            self._outline.add(Piece(text=line, line=first + place, glue=glue, verbatim=True, frame=frame))
        self._listing = False

    def _add(self, text: str, line: int, *, lead: str = "", glue: str = "\n\n") -> None:
        self._outline.add(Piece(text=self._inline(text), line=line, lead=lead, glue=glue))
        self._listing = False

    def _inline(self, text: str) -> str:
        return plain_inline(text, self._targets)


def underline(line: str) -> str:
    """The mark a line consists of, when it is three or more of one and nothing else; else empty."""
    line = line.rstrip()
    return line[0] if len(line) >= 3 and line[0] in _UNDERLINES and line == line[0] * len(line) else ""


def _option(line: str) -> tuple[str, str]:
    name, _, value = line.strip()[1:].partition(":")
    return name.lower(), value.strip()


def _block_end(lines: Sequence[str], place: int) -> int:
    """Where the indented block below a line ends."""
    end = place + 1
    while end < len(lines) and (not lines[end].strip() or lines[end][:1] == " "):
        end += 1
    while end > place + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _gap_end(lines: Sequence[str], place: int) -> int:
    """Where a simple table can end at the latest: its borders may have blank lines between them, not two."""
    end = place
    while end < len(lines) and (lines[end].strip() or (end + 1 < len(lines) and lines[end + 1].strip())):
        if end > place and is_border(lines[end]) and not (end + 1 < len(lines) and lines[end + 1].strip()):
            return end + 1
        end += 1
    return end


def _dedented(lines: Sequence[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    least = min(indents, default=0)
    return [line[least:] for line in lines]
