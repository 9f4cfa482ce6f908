"""Markdown (CommonMark with tables) to an Outline.

Here: blocks with their source lines; links, emphasis and code spans as plain text.
Not here: front matter (``front_matter``), HTML inside the page (``html``), cutting (``chunking``).

What is left out: comments, link definitions, images without an alternative text, and cells beyond a table's header, as
GitHub's tables do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from gonogo.retrieval.front_matter import read_front_matter
from gonogo.retrieval.html import KNOWN_TAGS, add_html
from gonogo.retrieval.links import address_after
from gonogo.retrieval.outline import Document, Frame, Outline, Piece
from gonogo.retrieval.tables import add_table

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_BACKTICKS = re.compile(r"`{3,}")


@cache
def _parser() -> MarkdownIt:
    # Imported late: a server opens indexes that are built already and parses no page.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])


def parse_markdown(text: str, source: str) -> Document:
    """Parse one page (line ends already ``\\n``).

    Raises:
        MissionInvalid: faults in the front matter.
    """
    front = read_front_matter(text, source)
    # Blank lines in place of the front matter keep every line number right.
    body = "\n" * front.lines + "\n".join(text.split("\n")[front.lines :])
    outline = Outline()
    _Walk(outline).through(_parser().parse(body))
    return outline.document(source, title=front.title, date=front.date, metadata=front.metadata)


class _Walk:
    """Goes through the flat list of tokens once, remembering only how deep in lists it stands."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._depth = 0
        self._marker: str | None = None
        self._indents: list[int] = []
        self._list_open = False

    def through(self, tokens: Sequence[Token]) -> None:
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token.type == "table_open":
                end = next(n for n in range(place, len(tokens)) if tokens[n].type == "table_close")
                self._table(tokens[place:end])
                place = end
            elif token.type == "inline":
                self._inline(tokens[place - 1], token)
            else:
                self._block(token)
            place += 1

    def _block(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self._depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._depth -= 1
            self._list_open = self._list_open and self._depth > 0
        elif token.type == "list_item_open":
            self._marker = f"{token.info}{token.markup} " if token.info else "- "
            self._indents.append(len(self._marker))
        elif token.type == "list_item_close":
            self._indents.pop()
            self._marker = None
        elif token.type in ("fence", "code_block"):
            self._code(token)
        elif token.type == "html_block":
            self._html(token)

    def _inline(self, opening: Token, token: Token) -> None:
        line = _line(token)
        parts = inline_text(token)
        if opening.type == "heading_open" and opening.level == 0:
            self._outline.heading(int(opening.tag[1]), " ".join(parts), line)
            return
        for part in parts:
            lead = self._lead()
            self._outline.add(Piece(text=part, line=line, glue=self._glue(part is parts[0]), lead=lead))
            line += part.count("\n") + 1

    def _lead(self) -> str:
        """The marker for an item's first line, blanks of the same width for the rest of it."""
        if not self._indents:
            return ""
        outer = " " * sum(self._indents[:-1])
        marker, self._marker = self._marker, None
        return outer + (marker if marker is not None else " " * self._indents[-1])

    def _glue(self, opens: bool) -> str:
        if not opens or (self._depth and self._list_open):
            return "\n"
        self._list_open = self._depth > 0
        return "\n\n"

    def _code(self, token: Token) -> None:
        if not token.content.strip():
            return
        self._marker = None
        longest = max((len(run) for run in _BACKTICKS.findall(token.content)), default=2)
        fence = "`" * (longest + 1)
        info = token.info.strip() if token.type == "fence" else ""
        first = _line(token) + (1 if token.type == "fence" else 0)
        frame = Frame(fence + info, fence, _line(token))
        glue = self._glue(True)
        for offset, line in enumerate(token.content.rstrip("\n").split("\n")):
            self._outline.add(
                Piece(text=line, line=first + offset, glue="\n" if offset else glue, verbatim=True, frame=frame)
            )

    def _html(self, token: Token) -> None:
        name = _TAG_NAME.match(token.content.lstrip())
        if name and not _is_markup(name.group(1)):
            self._outline.add(Piece(text=token.content, line=_line(token)))
        else:
            add_html(token.content, self._outline, first_line=_line(token))

    def _table(self, tokens: Sequence[Token]) -> None:
        rows: list[tuple[int, list[str]]] = []
        for token in tokens:
            if token.type == "tr_open":
                rows.append((_line(token), []))
            elif token.type == "inline":
                rows[-1][1].append(" ".join(inline_text(token)))
        self._marker = None
        add_table(self._outline, header=rows[0], rows=rows[1:], glue=self._glue(True))


def inline_text(token: Token) -> list[str]:
    """The plain text of an inline token, one entry for each hard line break; soft breaks stay ``\\n``."""
    parts = [""]
    links: list[tuple[str, int]] = []
    for child in token.children or ():
        if child.type == "softbreak":
            parts[-1] += "\n"
        elif child.type == "hardbreak" or (child.type == "html_inline" and child.content.lower().startswith("<br")):
            parts.append("")
        elif child.type == "html_inline":
            name = _TAG_NAME.match(child.content)
            parts[-1] += child.content if name and not _is_markup(name.group(1)) else ""
        elif child.type == "link_open":
            links.append((str(child.attrGet("href") or ""), len(parts[-1])))
        elif child.type == "link_close" and links:
            address, start = links.pop()
            parts[-1] += address_after(parts[-1][start:], address)
        else:
            parts[-1] += child.content
    return parts


def _is_markup(name: str) -> bool:
    """Whether a name in angle brackets is an HTML tag; ``List<String>`` in running text is not."""
    return name.lower() in KNOWN_TAGS or "-" in name


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1
