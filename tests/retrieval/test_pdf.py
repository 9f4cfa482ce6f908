"""PDF: text by page, bookmarks as headings, and what cannot be read."""

from __future__ import annotations

import builtins
import io
from typing import Any

import pytest

from gonogo.errors import ExtraMissing, MissionInvalid
from gonogo.retrieval import pdf
from gonogo.retrieval.chunking import chunks_of
from gonogo.retrieval.pdf import parse_pdf

needs_pdf = pytest.mark.needs_pdf


def pages(*texts: list[str], title: str = "") -> bytes:
    """A PDF written by hand: one list of lines a page."""
    count = len(texts)
    kids = " ".join(f"{3 + n} 0 R" for n in range(count))
    font = 3 + 2 * count
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"]
    objects += [
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {3 + count + n} 0 R "
        f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        for n in range(count)
    ]
    for lines in texts:
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines)
        stream = f"BT /F1 12 Tf 50 700 Td {shown}ET" if lines else ""
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    objects.append(f"<< /Title ({title}) >>")
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}".encode()


def rewritten(content: bytes, change: Any) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@needs_pdf
def test_each_chunk_tells_its_page_and_bookmarks_are_headings() -> None:
    content = pages(
        ["Guide to lamps", "Intro text that is re-", "peated."], ["Plans", "Annual plans cost 9."], title="Lamps"
    )

    def mark(writer: Any) -> None:
        top = writer.add_outline_item(title="Guide to lamps", page_number=0)
        writer.add_outline_item(title="Plans", page_number=1, parent=top)

    document = parse_pdf(rewritten(content, mark), "lamps.pdf")
    first, second = chunks_of(document, 100)
    assert document.title == "Lamps"
    assert (first.heading, first.text, first.metadata) == (
        "Guide to lamps",
        "Intro text that is repeated.",
        {"page": 1},
    )
    assert second.heading == "Guide to lamps > Plans"
    assert (second.text, second.metadata, second.line) == ("Annual plans cost 9.", {"page": 2}, 1)


@needs_pdf
def test_an_encrypted_file_is_refused() -> None:
    content = rewritten(pages(["Secret"]), lambda writer: writer.encrypt("word", algorithm="RC4-128"))
    with pytest.raises(MissionInvalid, match=r"is encrypted \(save a copy without a password\)"):
        parse_pdf(content, "a.pdf")


@needs_pdf
def test_a_scanned_file_is_refused() -> None:
    with pytest.raises(MissionInvalid, match="holds no text on its 2 pages: it seems to be scanned"):
        parse_pdf(pages([], []), "a.pdf")


@needs_pdf
@pytest.mark.parametrize("content", [b"%PDF-1.4\nnothing", b"no pdf", pages(["x"])[:200]])
def test_a_broken_file_is_refused(content: bytes) -> None:
    with pytest.raises(MissionInvalid, match=r"is a broken PDF|holds no text|is encrypted"):
        parse_pdf(content, "a.pdf")


@needs_pdf
def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(MissionInvalid, match="has 2 pages, over the limit of 1"):
        parse_pdf(pages(["a"], ["b"]), "a.pdf")


def test_without_the_extra_the_message_names_file_and_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("pypdf"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ExtraMissing, match=r"reading a\.pdf needs .* pip install 'gonogo\[pdf\]'"):
        parse_pdf(b"%PDF", "a.pdf")
