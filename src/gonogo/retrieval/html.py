"""HTML to an Outline, with the standard library's tolerant parser.

Here: headings, paragraphs, lists, tables and preformatted text; links as in Markdown.
Not here: cutting (``chunking``), scripts, styles and navigation, which are dropped (``DROPPED``); comments; what is
hidden from a reader (``hidden_text``), which is dropped and noted.
"""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.front_matter import date_problem, is_iso_date
from gonogo.retrieval.hidden_text import VOID, how_hidden, is_white
from gonogo.retrieval.links import address_after
from gonogo.retrieval.outline import Document, Frame, Outline, Piece
from gonogo.retrieval.tables import OpenTable

DROPPED = frozenset({"iframe", "nav", "noscript", "object", "script", "style", "svg", "template"})
"""Elements whose content is not the page's own text."""

MOST_SHOWN = 80
"""Characters of a hidden text that are shown to a person."""

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hgroup hr html legend li main ol option p pre search section select summary table tbody td "
    "tfoot th thead tr ul"
)
_INLINE_NAMES = (
    "a abbr acronym area audio b base bdi bdo big br button canvas cite code col colgroup data datalist del dfn em "
    "embed font frame frameset head i img input ins kbd label link map mark math menu meta meter optgroup output "
    "param picture progress q rp rt ruby s samp slot small source span strike strong sub sup textarea time title "
    "track tt u var video wbr"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())
KNOWN_TAGS = DROPPED | _BLOCKS | frozenset(_HEADINGS) | frozenset(_INLINE_NAMES.split())


def parse_html(text: str, source: str) -> Document:
    """Parse one page (line ends already ``\\n``).

    The title is the first ``h1``, else ``<title>``; the date is ``<meta name="date" content="YYYY-MM-DD">``.

    Raises:
        MissionInvalid: a dropped element is never closed, so that the rest of the page would be lost with it; a date
            that is not ISO.
    """
    outline = Outline()
    page = _Page(outline)
    page.read(text)
    problems: list[Problem] = []
    if page.unclosed is not None:
        name, line = page.unclosed
        problems.append(
            Problem(
                message=f"<{name}> is never closed", file=source, line=line, hint=f"add </{name}> behind its content"
            )
        )
    if page.date is not None and not is_iso_date(page.date[0]):
        problems.append(date_problem(page.date[0], source, page.date[1]))
    if problems:
        raise MissionInvalid(tuple(problems))
    title = page.first_h1 or " ".join(page.title.split())
    document = outline.document(source, title=title, date=page.date[0][:10] if page.date else None)
    return replace(document, hidden=tuple(page.hidden))


def add_html(text: str, outline: Outline, *, first_line: int) -> list[tuple[int, str]]:
    """Add the HTML found inside another page to that page's outline; what was hidden in it, as line and words."""
    page = _Page(outline, first_line=first_line)
    page.read(text)
    return page.hidden


class _Page(HTMLParser):
    """Collects text until a tag ends the block it belongs to, then files it as heading, item, cell or paragraph."""

    def __init__(self, outline: Outline, *, first_line: int = 1) -> None:
        super().__init__(convert_charrefs=True)
        self._outline = outline
        self._offset = first_line - 1
        self._text: list[str] = []
        self._line = first_line
        self._blank = True
        self._drop: list[tuple[str, int]] = []
        self._level: int | None = None
        self._lists: list[int | None] = []
        self._marker: str | None = None
        self._listing = False
        self._preformatted = False
        self._broken = False
        self._links: list[tuple[str, int]] = []
        self._table: OpenTable | None = None
        self._in_title = False
        self.title = ""
        self.first_h1 = ""
        self.hidden: list[tuple[int, str]] = []
        self._unseen: tuple[int, str, list[str]] | None = None
        self.date: tuple[str, int] | None = None

    @property
    def unclosed(self) -> tuple[str, int] | None:
        """Name and line of the dropped element that the page ended in."""
        return self._drop[0] if self._drop else None

    def read(self, text: str) -> None:
        self.feed(_with_ends(text))
        self.close()
        self._flush()
        if self._table is not None:
            self._table.add_to(self._outline)

    def parse_html_declaration(self, i: int) -> int:
        """Read ``<![...`` as the comment it is in HTML; the parser's own way raises on unknown keywords."""
        if self.rawdata.startswith("<![", i):
            return self.parse_bogus_comment(i)
        return super().parse_html_declaration(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._drop:
            if tag == self._drop[0][0]:
                self._drop.append((tag, self._here()))
            return
        attributes = dict(attrs)
        way = how_hidden(attributes) if tag not in VOID else ""
        if way and tag not in DROPPED:
            self._unseen = (self._here(), way, [])
        elif is_white(attributes):
            self.hidden.append((self._here(), "text in white without a background of its own (kept)"))
        if tag in DROPPED or way:
            if tag in _BLOCKS or tag in _HEADINGS or tag in DROPPED:
                self._flush()
            self._drop.append((tag, self._here()))
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
            self._open(tag)
        else:
            self._open_inline(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Outside foreign content the slash means nothing, but an empty <script/> or <svg/> must not drop a page.
        if tag not in DROPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._drop:
            if tag == self._drop[0][0]:
                self._drop.pop()
                self._note_unseen()
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
            self._end(tag)
        elif tag == "a" and self._links:
            address, start = self._links.pop()
            self._write(address_after("".join(self._text[start:]), address))
        elif tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
        elif not self._drop:
            self._write(data)
        elif self._unseen is not None:
            self._unseen[2].append(data)

    def _note_unseen(self) -> None:
        if self._drop or self._unseen is None:
            return
        line, way, parts = self._unseen
        words = " ".join("".join(parts).split())
        if words:
            self.hidden.append((line, f"text hidden by {way} (left out): {words[:MOST_SHOWN]}"))
        self._unseen = None

    def _here(self) -> int:
        return self.getpos()[0] + self._offset

    def _write(self, text: str) -> None:
        if self._blank and text.strip():
            self._blank = False
            self._line = self._here() + text[: len(text) - len(text.lstrip())].count("\n")
        self._text.append(text)

    def _open(self, tag: str) -> None:
        self._in_title = False
        if tag in _HEADINGS and self._table is None:
            self._level = _HEADINGS[tag]
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._marker = self._next_marker()
        elif tag == "pre":
            self._preformatted = True
        elif tag == "table":
            self._table = self._table or OpenTable()
            self._table.depth += 1
        elif self._table is not None:
            self._table.open(tag, self._here())

    def _end(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._level = None
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            self._listing = self._listing and bool(self._lists)
        elif tag == "li":
            self._marker = None
        elif tag == "pre":
            self._preformatted = False
        elif tag == "table" and self._table is not None:
            self._table.depth -= 1
            if not self._table.depth:
                self._table.add_to(self._outline)
                self._table = None

    def _open_inline(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "br":
            if self._preformatted:
                self._write("\n")
            else:
                self._flush()
                self._broken = self._table is None
        elif tag == "a":
            self._links.append((attributes.get("href") or "", len(self._text)))
        elif tag == "img":
            self._write(attributes.get("alt") or "")
        elif tag == "title":
            self._in_title = True
        elif tag == "meta" and (attributes.get("name") or "").lower() == "date" and attributes.get("content"):
            self.date = (str(attributes["content"]).strip(), self._here())

    def _next_marker(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _flush(self) -> None:
        text, self._text, self._links = "".join(self._text), [], []
        self._blank, broken, self._broken = True, self._broken, False
        if not text.strip():
            return
        if self._table is not None and self._table.takes(text):
            return
        if self._level is not None:
            self._outline.heading(self._level, text, self._line)
            self.first_h1 = self.first_h1 or (" ".join(text.split()) if self._level == 1 else "")
        elif self._preformatted:
            self._code(text)
        else:
            glue = "\n" if broken or (self._lists and self._listing) else "\n\n"
            self._listing = bool(self._lists)
            self._outline.add(Piece(text=text.strip(), line=self._line, glue=glue, lead=self._lead()))

    def _lead(self) -> str:
        if not self._lists:
            return ""
        marker, self._marker = self._marker, None
        return "  " * (len(self._lists) - 1) + (marker if marker is not None else "  ")

    def _code(self, text: str) -> None:
        frame = Frame("```", "```", self._line)
        lines = text.rstrip().split("\n")
        while not lines[0].strip():
            del lines[0]
        for place, line in enumerate(lines):
            glue = "\n" if place else "\n\n"
            self._outline.add(Piece(text=line.rstrip(), line=self._line + place, glue=glue, verbatim=True, frame=frame))


def _with_ends(text: str) -> str:
    """Write tags and comments that never end as text: the parser would search the whole rest for each of them."""
    last = text.rfind(">") + 1
    text = text[:last] + text[last:].replace("<", "&lt;")
    last = text.rfind("-->") + 1
    return text[:last] + text[last:].replace("<!--", "&lt;!--")
