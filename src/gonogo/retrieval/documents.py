"""Documents: files to parsed pages, with every fault of every file reported at once.

Here: limits, encodings, kinds, names that clash. Not here: the formats (one module each), which files
a Mission names (``building``), cutting (``chunking``).

An empty file is no fault: it is skipped, with a line in the log. When every file is empty, that is one.
"""

from __future__ import annotations

import logging
import os
import stat
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gonogo.contracts import Progress, SourceFile, StoredFile
from gonogo.domain import RecordFields
from gonogo.errors import BadInput, MissionInvalid, Problem
from gonogo.retrieval.delimited import parse_csv
from gonogo.retrieval.docx import parse_docx
from gonogo.retrieval.html import parse_html
from gonogo.retrieval.jsonl import parse_jsonl
from gonogo.retrieval.markdown import parse_markdown
from gonogo.retrieval.outline import Document
from gonogo.retrieval.pdf import parse_pdf
from gonogo.retrieval.plain import parse_plain
from gonogo.retrieval.rst import parse_rst

MAX_BYTES = 20 * 1024 * 1024
"""A larger file is refused: it is data, not a page."""

_log = logging.getLogger(__name__)

Parser = Callable[[bytes, str, RecordFields], Sequence[Document]]
"""Content, name in the Mission, fields of records -> one page, or one for each record."""


def read_documents(
    files: Mapping[str, SourceFile], progress: Progress | None = None, fields: RecordFields | None = None
) -> list[Document]:
    """Parse files (name in the Mission -> path) in the order of their names, written with ``/`` on every system.

    Raises:
        MissionInvalid: a file that is missing, no regular file, a loop of links, too large, not UTF-8, binary, of an
            unknown kind, or faulty inside; two names that differ only in case; nothing but empty files.
        ExtraMissing: a kind needs an optional part.
    """
    named = in_order(files)
    problems = clashes([name for name, _ in named])
    documents: list[Document] = []
    for done, (name, path) in enumerate(named, 1):
        try:
            documents.extend(parse(name, content_of(name, path), fields or RecordFields()))
        except MissionInvalid as error:
            problems.extend(error.problems)
        if progress is not None:
            progress(done, len(named))
    if named and not documents and not problems:
        problems.append(all_empty(named[0][0]))
    if problems:
        raise MissionInvalid(tuple(problems))
    return documents


def in_order(files: Mapping[str, SourceFile]) -> list[tuple[str, SourceFile]]:
    """By name, with forward slashes."""
    return sorted((name.replace("\\", "/"), path) for name, path in files.items())


def all_empty(name: str) -> Problem:
    """What is wrong where no file holds anything."""
    return Problem(message="every file is empty", file=name, hint="see `retrieval.sources`")


def parse(name: str, content: bytes, fields: RecordFields) -> Sequence[Document]:
    """The pages of one file, none where it is empty.

    Raises:
        MissionInvalid, ExtraMissing: as ``read_documents``.
    """
    parser = _parser(name)
    pages = parser(content, name, fields) if content.strip() else ()
    if not pages:
        _log.warning("%s is empty and was skipped", name)
    return pages


def _parser(name: str) -> Parser:
    parser = PARSERS.get(os.path.splitext(name)[1].lower())
    if parser is None:
        kinds = ", ".join(sorted(PARSERS))
        raise _invalid(name, "is of a kind that cannot be read", hint=f"known are {kinds}; narrow `retrieval.sources`")
    return parser


def content_of(name: str, path: SourceFile) -> bytes:
    """The bytes of a file.

    Raises:
        MissionInvalid: unreadable, no regular file, of an unknown kind, over `MAX_BYTES`.
    """
    _parser(name)
    if not isinstance(path, Path):
        return _stored(name, path)
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise _invalid(name, "is not a regular file")
        _check_size(name, facts.st_size)
        with open(path, "rb", buffering=0) as file:
            return file.read(facts.st_size) or b""
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError in some releases of Python
        reason = getattr(error, "strerror", None) or str(error)
        raise _invalid(name, f"cannot be read: {reason}") from error


def _stored(name: str, file: StoredFile) -> bytes:
    _check_size(name, file.size or 0)
    try:
        return file.read()
    except BadInput as error:
        raise _invalid(name, f"cannot be read in {file.revision}: {error}") from error


def _check_size(name: str, size: int) -> None:
    if size > MAX_BYTES:
        shown = f"{size / 1_048_576:.1f} MB"
        raise _invalid(name, f"has {shown}, over the limit of {MAX_BYTES // 1_048_576} MB", hint="split it")


def decode(content: bytes, name: str) -> str:
    """UTF-8, with or without a byte order mark, to text with ``\\n`` as its only line end.

    Raises:
        MissionInvalid: another encoding, with the offset of the first wrong byte; a NUL byte.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _invalid(name, "is UTF-16, not UTF-8", line=1, hint=_convert(name, "UTF-16"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder counts from behind a byte order mark.
        offset = error.start + (3 if content.startswith(b"\xef\xbb\xbf") else 0)
        line = content.count(b"\n", 0, offset) + 1
        message = f"is not UTF-8: byte {content[offset]:#04x} at offset {offset}"
        raise _invalid(name, message, line=line, hint=_convert(name, "WINDOWS-1252")) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _invalid(name, "holds a NUL byte, so it is not text", line=line)
    return text


def _convert(name: str, encoding: str) -> str:
    return f"if it is {encoding}: iconv -f {encoding} -t UTF-8 {name} > converted"


def clashes(names: Sequence[str]) -> list[Problem]:
    """Names of which a file system that ignores case, or composes accents, would keep only one."""
    first: dict[str, str] = {}
    problems = []
    for name in names:
        other = first.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if first[unicodedata.normalize("NFC", name).casefold()] is not name:
            message = f"differs from {other} only in case or spelling of accents, and would replace it on some systems"
            problems.append(Problem(message=message, file=name, hint="rename one of them"))
    return problems


def _invalid(name: str, message: str, *, line: int | None = None, hint: str | None = None) -> MissionInvalid:
    return MissionInvalid((Problem(message=message, file=name, line=line, hint=hint),))


def _text(parser: Callable[[str, str], Document]) -> Parser:
    """A parser of text as one of bytes."""

    def read(content: bytes, name: str, fields: RecordFields) -> Sequence[Document]:
        text = decode(content, name)
        return (parser(text, name),) if text.strip() else ()

    return read


def _records(parser: Callable[[str, str, RecordFields], Sequence[Document]]) -> Parser:
    def read(content: bytes, name: str, fields: RecordFields) -> Sequence[Document]:
        return parser(decode(content, name), name, fields)

    return read


def _binary(parser: Callable[[bytes, str], Document]) -> Parser:
    def read(content: bytes, name: str, fields: RecordFields) -> Sequence[Document]:
        return (parser(content, name),)

    return read


PARSERS: Mapping[str, Parser] = {
    ".csv": _records(parse_csv),
    ".docx": _binary(parse_docx),
    ".htm": _text(parse_html),
    ".html": _text(parse_html),
    ".jsonl": _records(parse_jsonl),
    ".markdown": _text(parse_markdown),
    ".md": _text(parse_markdown),
    ".pdf": _binary(parse_pdf),
    ".rst": _text(parse_rst),
    ".tsv": _records(parse_csv),
    ".txt": _text(parse_plain),
}
"""Ending of a file's name -> parser."""
