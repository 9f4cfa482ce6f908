"""Documents: files to parsed pages, with every fault of every file reported at once.

Here: limits, encodings, kinds, names that clash. Not here: the formats (``markdown``, ``html``, ``plain``), which files
a Mission names (``building``), cutting (``chunking``).

An empty file is no fault: it is skipped, with a line in the log. When every file is empty, that is one.
"""

from __future__ import annotations

import logging
import os
import stat
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from gonogo.contracts import Progress
from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.html import parse_html
from gonogo.retrieval.markdown import parse_markdown
from gonogo.retrieval.outline import Document
from gonogo.retrieval.plain import parse_plain, parse_rst

MAX_BYTES = 20 * 1024 * 1024
"""A larger file is refused: it is data, not a page."""

PARSERS: Mapping[str, Callable[[str, str], Document]] = {
    ".htm": parse_html,
    ".html": parse_html,
    ".markdown": parse_markdown,
    ".md": parse_markdown,
    ".rst": parse_rst,
    ".txt": parse_plain,
}

_log = logging.getLogger(__name__)


def read_documents(files: Mapping[str, Path], progress: Progress | None = None) -> list[Document]:
    """Parse files (name in the Mission -> path) in the order of their names, written with ``/`` on every system.

    Raises:
        MissionInvalid: a file that is missing, no regular file, a loop of links, too large, not UTF-8, binary, of an
            unknown kind, or faulty inside; two names that differ only in case; nothing but empty files.
    """
    named = sorted((name.replace("\\", "/"), path) for name, path in files.items())
    problems = _clashes([name for name, _ in named])
    documents = []
    for done, (name, path) in enumerate(named, 1):
        try:
            document = _read(name, path)
        except MissionInvalid as error:
            problems.extend(error.problems)
        else:
            if document is not None:
                documents.append(document)
        if progress is not None:
            progress(done, len(named))
    if named and not documents and not problems:
        problems.append(Problem(message="every file is empty", file=named[0][0], hint="see `retrieval.sources`"))
    if problems:
        raise MissionInvalid(tuple(problems))
    return documents


def _read(name: str, path: Path) -> Document | None:
    parser = PARSERS.get(os.path.splitext(name)[1].lower())
    if parser is None:
        kinds = ", ".join(sorted(PARSERS))
        raise _invalid(name, "is of a kind that cannot be read", hint=f"known are {kinds}; narrow `retrieval.sources`")
    text = decode(_content(name, path), name)
    if not text.strip():
        _log.warning("%s is empty and was skipped", name)
        return None
    return parser(text, name)


def _content(name: str, path: Path) -> bytes:
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise _invalid(name, "is not a regular file")
        if facts.st_size > MAX_BYTES:
            size = f"{facts.st_size / 1_048_576:.1f} MB"
            raise _invalid(name, f"has {size}, over the limit of {MAX_BYTES // 1_048_576} MB", hint="split it")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)[:MAX_BYTES]
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError in some releases of Python
        reason = getattr(error, "strerror", None) or str(error)
        raise _invalid(name, f"cannot be read: {reason}") from error


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


def _clashes(names: list[str]) -> list[Problem]:
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
