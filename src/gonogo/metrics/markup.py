"""Markup: whether a text is XML or HTML, and which elements it has.

Here: the standard library's parsers, kept from what makes XML dangerous: no document types, no entities, nothing is
fetched. Not here: assertions (``format_assertions``), reading pages (``retrieval``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import NoReturn
from xml.parsers import expat

DEEPEST = 200
_OPENS = re.compile(r"<([A-Za-z_][\w.:-]*)")
_VOID_WRITTEN = "area base br col embed hr img input link meta source track wbr"
_OPEN_WRITTEN = "p li dt dd option tr td th thead tbody tfoot html head body colgroup"
_KNOWN_WRITTEN = """
    a abbr address article aside audio b bdi bdo blockquote body button canvas caption cite code colgroup data
    datalist dd del details dfn dialog div dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header
    hgroup html i iframe ins kbd label legend li main map mark menu meter nav noscript object ol optgroup option output
    p picture pre progress q rp rt ruby s samp script search section select slot small span strong style sub summary sup
    svg table tbody td template textarea tfoot th thead time title tr u ul var video
"""
_VOID = frozenset(_VOID_WRITTEN.split())
_MAY_STAY_OPEN = frozenset(_OPEN_WRITTEN.split())
_KNOWN = _VOID | frozenset(_KNOWN_WRITTEN.split())


def xml_elements(text: str) -> frozenset[str]:
    """The elements of an XML document as paths from its root, such as ``order.item``.

    Raises:
        ValueError: it is not one well-formed element, declares a document type, or is nested too deep.
    """
    parser = expat.ParserCreate()
    path: list[str] = []
    found: set[str] = set()

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        if len(path) > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} levels deep")
        found.add(".".join(path))

    def end(_: str) -> None:
        path.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error
    return frozenset(found)


def xml_fragments(text: str, most: int) -> Iterator[frozenset[str]]:
    """The elements of each XML element that stands in a text, outermost first, from at most ``most`` places."""
    place = 0
    for _ in range(most):
        opening = _OPENS.search(text, place)
        if opening is None:
            return
        place = opening.end()
        for end in _ends(text, opening):
            try:
                yield xml_elements(text[opening.start() : end])
            except ValueError:
                continue
            place = end
            break


def _ends(text: str, opening: re.Match[str]) -> Iterator[int]:
    """Where the element may end: behind its own empty tag, or behind the last or the first tag that closes it."""
    empty = re.compile(r"[^<>]*/>").match(text, opening.end())
    if empty:
        yield empty.end()
    closing = f"</{opening.group(1)}>"
    last, first = text.rfind(closing, opening.end()), text.find(closing, opening.end())
    if last >= 0:
        yield last + len(closing)
    if first not in (-1, last):
        yield first + len(closing)


def missing_elements(wanted: Iterable[str], found: frozenset[str]) -> list[str]:
    """Paths that no element has."""
    return [path for path in wanted if path not in found]


def html_problem(text: str) -> str | None:
    """What keeps a whole text from being HTML."""
    if not text.startswith("<") or not text.endswith(">"):
        return "the answer has text outside of HTML" if text else "the answer is empty"
    page = _Page()
    page.feed(text)
    page.close()
    if page.problem is not None:
        return page.problem
    still_open = [tag for tag in page.open if tag not in _MAY_STAY_OPEN]
    if still_open:
        return f"<{still_open[-1]}> is not closed"
    return None if page.known else "the answer has no HTML element"


def longest_element(text: str) -> str:
    """The name of an HTML element in a text that is closed or needs no closing; empty where there is none."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.closed


class _Page(HTMLParser):
    """Elements as they open and close. ``closed`` is the first that is whole; ``problem`` the first fault."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.known = 0
        self.closed = ""
        self.problem: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element opens."""
        if tag in _KNOWN:
            self.known += 1
        elif not self.open and "-" not in tag:
            self._fault(f"<{tag}> is no element of HTML")
        if tag in _VOID:
            self.closed = self.closed or tag
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """An element closes, and with it those inside whose end HTML lets one leave out."""
        if tag in _VOID:
            return
        if tag not in self.open:
            self._fault(f"</{tag}> closes nothing")
            return
        while (last := self.open.pop()) != tag:
            if last not in _MAY_STAY_OPEN:
                self._fault(f"<{last}> is not closed before </{tag}>")
        if tag in _KNOWN:
            self.closed = self.closed or tag

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self.open and data.strip():
            self._fault("the answer has text outside of HTML")

    def _fault(self, message: str) -> None:
        self.problem = self.problem or message


def _refuse_doctype(*_: object) -> NoReturn:
    raise ValueError("it declares a document type, which is not read")
