"""DOCX to an Outline: headings, paragraphs, lists, tables and links of a Word document.

Here: the parts of the zip archive that hold text, and limits against archives made to harm.
Not here: comments, headers, footers, text that tracked changes deleted and hidden text, which are left out.

The archive is read with the standard library. A part is read up to a limit that its own header cannot lie about, and
XML with a document type, and so with entities, is refused before anything is unfolded.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError, TreeBuilder
from xml.parsers import expat

from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.links import address_after
from gonogo.retrieval.outline import Document, Outline, Piece
from gonogo.retrieval.tables import add_table

MAX_PART = 64 * 1024 * 1024
"""Bytes of one part once unpacked."""
MAX_ELEMENTS, MAX_DEPTH = 2_000_000, 200

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_CFB = b"\xd0\xcf\x11\xe0"
"""How Word's older format begins, and an encrypted DOCX."""
_LEFT_OUT = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}instrText"})


def parse_docx(content: bytes, source: str) -> Document:
    """Read a Word document; ``line`` of its pieces is the paragraph.

    Raises:
        MissionInvalid: no zip archive, encrypted, a broken part, a part over `MAX_PART`, XML with entities.
    """
    if content.startswith(_CFB):
        raise _invalid(source, "is encrypted or in Word's format before 2007", "save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            body = _part(archive, "word/document.xml", source)
            if body is None:
                raise _invalid(source, "holds no word/document.xml, so it is no Word document", None)
            styles = _headings(_part(archive, "word/styles.xml", source))
            links = _links(_part(archive, "word/_rels/document.xml.rels", source))
            core = _part(archive, "docProps/core.xml", source)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        # The standard library raises most of these on one broken offset or another.
        raise _invalid(source, f"is a broken DOCX: {error}", "open it in Word and save it again") from None
    outline = Outline()
    _Body(outline, styles, links).read(body)
    title = core.findtext(f"{_DC}title") if core is not None else None
    return outline.document(source, title=" ".join((title or "").split())).counted_by("paragraph")


def _part(archive: zipfile.ZipFile, name: str, source: str) -> Element | None:
    try:
        member = archive.getinfo(name)
    except KeyError:
        return None
    with archive.open(member) as file:
        content = file.read(MAX_PART + 1)
    if len(content) > MAX_PART:
        raise _invalid(source, f"unpacks {name} to over {MAX_PART // 1_048_576} MB", "split it, if it is meant so")
    try:
        return _tree(content)
    except (ParseError, expat.ExpatError, ValueError) as error:
        raise _invalid(source, f"is a broken DOCX: {name}: {error}", "open it in Word and save it again") from None


def _tree(content: bytes) -> Element:
    """XML without a document type to elements named ``{namespace}name``.

    Raises:
        ValueError: it declares a document type, or is nested too deep.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    depth = count = 0

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type or entities, which no Word document does")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise ValueError(f"it has over {MAX_ELEMENTS:,} elements, or nests them more than {MAX_DEPTH} deep")
        builder.start(_named(name), {_named(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_named(name))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.Parse(content, True)
    return builder.close()


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _headings(styles: Element | None) -> Mapping[str, int]:
    """Style id -> level. ``heading 1`` is the style's name in every language; ``Title`` is level 1."""
    found: dict[str, int] = {}
    for style in styles.iter(f"{_W}style") if styles is not None else ():
        name = (_value(style.find(f"{_W}name")) or "").lower()
        level = name.removeprefix("heading ")
        if name == "title":
            found[style.get(f"{_W}styleId", "")] = 1
        elif level != name and level.isascii() and level.isdigit() and 1 <= int(level) <= 9:
            found[style.get(f"{_W}styleId", "")] = min(int(level), 6)
    return found


def _links(relations: Element | None) -> Mapping[str, str]:
    found = relations.iter(f"{_REL}Relationship") if relations is not None else ()
    return {one.get("Id", ""): one.get("Target", "") for one in found if one.get("TargetMode") == "External"}


def _value(element: Element | None) -> str | None:
    return element.get(f"{_W}val") if element is not None else None


class _Body:
    """Goes through paragraphs and tables in order; both may stand inside content controls."""

    def __init__(self, outline: Outline, styles: Mapping[str, int], links: Mapping[str, str]) -> None:
        self._outline, self._styles, self._links = outline, styles, links
        self._number = 0
        self._listing = False

    def read(self, element: Element) -> None:
        for child in element:
            if child.tag == f"{_W}p":
                self._paragraph(child)
            elif child.tag == f"{_W}tbl":
                self._table(child)
            elif child.tag not in _LEFT_OUT:
                self.read(child)

    def _paragraph(self, paragraph: Element) -> None:
        self._number += 1
        text = " ".join(self._text(paragraph).split())
        style = _value(paragraph.find(f"{_W}pPr/{_W}pStyle")) or ""
        level = self._styles.get(style)
        if level is not None:
            self._outline.heading(level, text, self._number)
            self._listing = False
            return
        depth = _value(paragraph.find(f"{_W}pPr/{_W}numPr/{_W}ilvl"))
        item = depth is not None and text != ""
        lead = "  " * min(int(depth or 0) if (depth or "").isdigit() else 0, 8) + "- " if item else ""
        glue = "\n" if item and self._listing else "\n\n"
        self._outline.add(Piece(text=text, line=self._number, lead=lead, glue=glue))
        self._listing = item

    def _table(self, table: Element) -> None:
        rows: list[tuple[int, list[str]]] = []
        for row in table.findall(f"{_W}tr"):
            self._number += 1
            cells = [" ".join(self._text(cell).split()) for cell in row.findall(f"{_W}tc")]
            rows.append((self._number, cells))
        if rows:
            add_table(self._outline, header=rows[0], rows=rows[1:])
        self._listing = False

    def _text(self, element: Element) -> str:
        parts: list[str] = []
        for child in element:
            if child.tag == f"{_W}t":
                parts.append(child.text or "")
            elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr"):
                parts.append(" ")
            elif child.tag == f"{_W}hyperlink":
                text = self._text(child)
                parts.append(text + address_after(text, self._links.get(child.get(f"{_R}id", ""), "")))
            elif child.tag not in _LEFT_OUT and not _hidden(child):
                parts.append(self._text(child) + (" " if child.tag == f"{_W}p" else ""))
        return "".join(parts)


def _hidden(run: Element) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and _value(mark) not in ("0", "false")


def _invalid(source: str, message: str, hint: str | None) -> MissionInvalid:
    return MissionInvalid((Problem(message=message, file=source, hint=hint),))
