"""PDF to an Outline: text page by page, bookmarks as headings.

Here: pages, bookmarks, words parted at line ends, what cannot be read and why. Not here: recognising text in pictures.
Needs the extra ``pdf``.
"""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any

from gonogo.errors import ExtraMissing, MissionInvalid, Problem
from gonogo.retrieval.outline import Document, Outline, Piece

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5_000
MAX_TEXT = 20_000_000
"""Characters of text in all: compressed pages can unfold to any size."""

_PARTED = re.compile(r"(\w{2,})[-\u00ad]\n(?=[a-zà-ÿ])")
_BULLET = re.compile(r"\s*[•‣▪●–]\s+")
Bookmarks = dict[int, list[tuple[int, str]]]
"""Page from 1 -> level and title of each that points there."""


def parse_pdf(content: bytes, source: str) -> Document:
    """Read the text of a PDF; ``line`` of its pieces is the page.

    Raises:
        ExtraMissing: pypdf is not installed.
        MissionInvalid: encrypted, broken, without any text (scanned), or too many pages.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise ExtraMissing("pdf", f"reading {source}") from None
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every oddity that it mends
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise _invalid(source, "is encrypted", "save a copy without a password")
        return _document(reader, source)
    except MissionInvalid:
        raise
    except ImportError:
        raise _invalid(source, "is encrypted", "save a copy without a password") from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        # A broken file fails wherever the reader trips over it.
        said = str(error) or type(error).__name__
        raise _invalid(source, f"is a broken PDF: {said}", "open it and save or print it as PDF again") from None


def _document(reader: PdfReader, source: str) -> Document:
    pages = len(reader.pages)
    if pages > MAX_PAGES:
        raise _invalid(source, f"has {pages} pages, over the limit of {MAX_PAGES}", "split it")
    outline, marks = Outline(), _bookmarks(reader)
    size = 0
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        size += len(text)
        if size > MAX_TEXT:
            raise _invalid(source, f"holds over {MAX_TEXT:,} characters by page {number}", "split it")
        _add_page(outline, text.replace("\0", ""), number, marks.get(number, []))
    if not size:
        hint = "pictures are not read: recognise its text first, such as with ocrmypdf"
        raise _invalid(source, f"holds no text on its {pages} pages: it seems to be scanned", hint)
    title = str((reader.metadata.title if reader.metadata else None) or "")
    return outline.document(source, title=" ".join(title.split())).counted_by("page")


def _add_page(outline: Outline, text: str, number: int, marks: list[tuple[int, str]]) -> None:
    """Paragraphs of a page; a bookmark's heading stands where its title does, else before the page."""
    lines = text.encode("utf-8", "replace").decode("utf-8").split("\n")
    start = 0
    for level, title in marks:
        wanted = _bare(title)
        found = next((place for place in range(start, len(lines)) if _bare(lines[place]) == wanted), None)
        if found is not None:
            _add_text(outline, lines[start:found], number)
            start = found + 1
        outline.heading(level, title, number)
    _add_text(outline, lines[start:], number)


def _add_text(outline: Outline, lines: list[str], number: int) -> None:
    joined = _PARTED.sub(r"\1", "\n".join(line.rstrip() for line in lines))
    for block in re.split(r"\n\s*\n", joined):
        run: list[str] = []
        for line in [*block.split("\n"), ""]:
            if run and (not line or _BULLET.match(line)):
                outline.add(Piece(text=" ".join(" ".join(run).split()), line=number, glue=_glue(run[0])))
                run = []
            if line.strip():
                run.append(_BULLET.sub("- ", line))


def _glue(first: str) -> str:
    return "\n" if first.startswith("- ") else "\n\n"


def _bare(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _bookmarks(reader: PdfReader) -> Bookmarks:
    found: Bookmarks = {}

    def walk(items: list[Any], level: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, min(level + 1, 6))
            elif (page := reader.get_destination_page_number(item)) is not None and page >= 0:
                found.setdefault(page + 1, []).append((level, str(item.title)))

    try:
        walk(reader.outline, 1)
    except Exception:  # broken bookmarks are no reason to lose the text; readers of PDFs do without them too
        return {}
    return found


def _invalid(source: str, message: str, hint: str) -> MissionInvalid:
    return MissionInvalid((Problem(message=message, file=source, hint=hint),))
