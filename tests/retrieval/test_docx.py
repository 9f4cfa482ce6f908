"""Word documents, and archives made to harm."""

from __future__ import annotations

import contextlib
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.errors import MissionInvalid
from gonogo.retrieval import docx
from gonogo.retrieval.chunking import chunks_of
from gonogo.retrieval.docx import parse_docx

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
STYLES = (
    f'<w:styles {W}><w:style w:styleId="Ueberschrift1"><w:name w:val="heading 1"/></w:style>'
    f'<w:style w:styleId="U2"><w:name w:val="Heading 2"/></w:style></w:styles>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Target="https://example.org/a" TargetMode="External"/></Relationships>'
)


def paragraph(text: str, style: str = "", inner: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r>{inner}</w:p>"


def word(body: str, **parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {W} {R}><w:body>{body}</w:body></w:document>")
        archive.writestr("word/styles.xml", STYLES)
        archive.writestr("word/_rels/document.xml.rels", RELATIONS)
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_headings_lists_tables_and_links_are_kept() -> None:
    item = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/></w:numPr></w:pPr><w:r><w:t>a lamp</w:t></w:r></w:p>'
    cells = "".join(f"<w:tr><w:tc>{paragraph(a)}</w:tc><w:tc>{paragraph(b)}</w:tc></w:tr>" for a, b in ["kp", "12"])
    link = '<w:hyperlink r:id="r1"><w:r><w:t>terms</w:t></w:r></w:hyperlink>'
    body = (
        paragraph("Guide", "Ueberschrift1")
        + paragraph("Plans", "U2")
        + paragraph("See our ", inner=link)
        + item
        + item.replace("lamp", "cable")
        + f"<w:tbl>{cells}</w:tbl>"
    )
    document = parse_docx(word(body), "guide.docx")
    (chunk,) = chunks_of(document, 200)
    assert (chunk.title, chunk.heading, chunk.metadata) == ("Guide", "Plans", {"paragraph": 3})
    assert chunk.text == (
        "See our terms (https://example.org/a)\n\n- a lamp\n- a cable\n\n| k | p |\n| --- | --- |\n| 1 | 2 |"
    )


def test_deleted_and_hidden_text_is_left_out() -> None:
    hidden = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>"
    deleted = "<w:del><w:r><w:t>old</w:t></w:r></w:del>"
    (chunk,) = chunks_of(parse_docx(word(paragraph("Shown", inner=hidden + deleted)), "a.docx"), 50)
    assert chunk.text == "Shown"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0 old", "is encrypted or in Word's format before 2007"),
        (b"no archive", "is a broken DOCX"),
        (word("")[:-60], "is a broken DOCX"),
        (word("<w:p>"), "is a broken DOCX: word/document.xml"),
    ],
)
def test_what_is_no_word_document_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(MissionInvalid, match=said):
        parse_docx(content, "a.docx")


def test_an_archive_without_a_document_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(MissionInvalid, match=r"holds no word/document\.xml"):
        parse_docx(buffer.getvalue(), "a.docx")


def test_a_zip_bomb_is_unpacked_only_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "MAX_PART", 100_000)
    with pytest.raises(MissionInvalid, match=r"unpacks word/document\.xml to over"):
        parse_docx(word(paragraph("a" * 1_000_000)), "bomb.docx")


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1/d.dtd">',
    ],
)
def test_xml_with_entities_is_refused_before_anything_is_unfolded(doctype: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", f"{doctype}<w:document {W}><w:body/></w:document>")
    with pytest.raises(MissionInvalid, match="declares a document type"):
        parse_docx(buffer.getvalue(), "a.docx")


def test_xml_nested_without_end_is_refused() -> None:
    with pytest.raises(MissionInvalid, match="nests them more than"):
        parse_docx(word("<w:sdt>" * 5_000 + "</w:sdt>" * 5_000), "a.docx")


WHOLE = word(paragraph("Guide", "U2") + paragraph("Text."))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_file_with_wrong_bytes_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for place, byte in changes:
        content[place] = byte
    with contextlib.suppress(MissionInvalid):
        parse_docx(bytes(content), "a.docx")


def test_an_offset_before_the_file_is_refused() -> None:
    end = WHOLE.rindex(b"PK\x05\x06")
    content = WHOLE[: end + 16] + b"\xff\xff\xff\x7f" + WHOLE[end + 20 :]
    with pytest.raises(MissionInvalid, match="is a broken DOCX"):
        parse_docx(content, "a.docx")
