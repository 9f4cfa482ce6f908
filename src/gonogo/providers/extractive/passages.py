"""Passages: a chunk's Markdown cut into statements that can be answered with.

Here: sentences of prose, list items, and table rows written as "label: column value, column value".
Not here: which passage answers a question (``scoring``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gonogo.contracts import TextReader
from gonogo.contracts.text import TextFeatures
from gonogo.domain import Chunk
from gonogo.providers.extractive.lexicon import spelled_out
from gonogo.providers.extractive.question import codes_of
from gonogo.providers.extractive.senses import senses_of

if TYPE_CHECKING:
    from gonogo.contracts.text import Matrix, Vector

Mask = NDArray[np.bool_]

_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_ORDERED = re.compile(r"^\s*\d{1,3}[.)]\s")
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_RULE = re.compile(r"^[\s|:\-]+$")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\([^()\s]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|`)")
_UNTELLING = frozenset(("", "value", "values", "default", "setting"))
_BREAKS = re.compile(r"[^\w-]+")
_CONTENT = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind that belong together: ``prose``, ``item``, ``ordered``, ``row`` or ``heading``."""

    kind: str
    text: str
    header: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Passage:
    """One statement. ``place`` counts passages of the chunk; ``listing`` numbers the list it stands in, 0 for none.

    ``lead`` is the line that opens its list or precedes it, read as context, never as the statement itself.
    """

    features: TextFeatures
    kind: str
    place: int
    chunk: Chunk
    listing: int = 0
    lead: str = ""

    @property
    def text(self) -> str:
        """As it would be said."""
        return self.features.text

    @cached_property
    def stems(self) -> frozenset[str]:
        """Distinct content stems."""
        return self.features.content_words

    @cached_property
    def around(self) -> str:
        """The statement with the line above, heading and title, lower case."""
        return f"{self.text} {self.lead} {self.chunk.heading} {self.chunk.title}".lower()

    @cached_property
    def codes_with_lead(self) -> frozenset[str]:
        """Codes of the statement and of the line above."""
        return codes_of(f"{self.text} {self.lead}")

    @cached_property
    def codes_near(self) -> frozenset[str]:
        """Words that could be codes, of the statement with what stands above it."""
        return frozenset(_BREAKS.sub(" ", self.around).split())


class Reading:
    """A chunk, read once: its passages, and which words and senses stand in each of them.

    Columns of the masks are ``stem_list``, then ``sense_list``.
    """

    def __init__(self, chunk: Chunk, reader: TextReader) -> None:
        self.chunk = chunk
        self.passages = tuple(_passages(chunk, reader))
        path = re.sub(r"[^A-Za-z0-9]+", " ", chunk.source.rsplit("/", 1)[-1].rsplit(".", 1)[0])
        self._above = reader.read(f"{chunk.title}. {chunk.heading}. {path}")
        self.context = self._above.content_words
        self.everything = frozenset().union(self.context, *(passage.stems for passage in self.passages))
        self.lowered = f"{chunk.title} {chunk.heading} {chunk.text}".lower()
        self._spelled: dict[str, str] = {}
        for features in (reader.read(chunk.title), reader.read(chunk.heading), *(p.features for p in self.passages)):
            self._spelled.update(spelled_out(features.words))
        self._leads = [reader.read(passage.lead) for passage in self.passages]
        self._senses: dict[str, frozenset[int]] = {}
        self._embed = reader.embedder.embed

    @cached_property
    def stem_list(self) -> tuple[str, ...]:
        """Every distinct content stem of the chunk, sorted; the rows of ``stem_vectors``."""
        return tuple(sorted(self.everything))

    @cached_property
    def sense_list(self) -> tuple[int, ...]:
        """Every sense touched in the chunk, sorted."""
        texts = (self._above, *self._leads, *(passage.features for passage in self.passages))
        self._senses = {text.text: senses_of(text.words) for text in texts}
        return tuple(sorted(frozenset().union(*self._senses.values())))

    @cached_property
    def column_of(self) -> dict[str | int, int]:
        """Stem or sense -> its column."""
        keys: tuple[str | int, ...] = (*self.stem_list, *self.sense_list)
        return {key: at for at, key in enumerate(keys)}

    @cached_property
    def stem_vectors(self) -> Matrix:
        """One row per stem of ``stem_list``, from a word of the chunk that has it."""
        return self._embed([self._spelled.get(stemmed, stemmed) for stemmed in self.stem_list])

    @cached_property
    def own_mask(self) -> Mask:
        """``[passages, columns]``: what stands in the passage itself."""
        return np.stack([self._mask(passage.features) for passage in self.passages])

    @cached_property
    def lead_mask(self) -> Mask:
        """``[passages, columns]``: what stands in the line above."""
        return np.stack([self._mask(lead) for lead in self._leads])

    @cached_property
    def context_mask(self) -> Mask:
        """``[columns]``: what stands in title, heading and name of the page."""
        return self._mask(self._above)

    @cached_property
    def vectors(self) -> Matrix:
        """``[passages, dimensions]``."""
        return np.stack([passage.features.vector for passage in self.passages])

    @cached_property
    def chunk_vector(self) -> Vector:
        """Of title, heading and the whole text."""
        vector: Vector = self._embed([f"{self.chunk.title}\n{self.chunk.heading}\n{self.chunk.text}"])[0]
        return vector

    def _mask(self, features: TextFeatures) -> Mask:
        mask = np.zeros(len(self.column_of), dtype=bool)  # the columns first: they find the senses
        keys: tuple[str | int, ...] = (*features.content_words, *self._senses[features.text])
        for key in keys:
            if key in self.column_of:
                mask[self.column_of[key]] = True
        return mask


def _passages(chunk: Chunk, reader: TextReader) -> Iterator[Passage]:
    place, listing, lead, previous = 0, 0, "", ""
    for block in blocks(chunk.text):
        if block.kind == "heading":
            lead, previous = block.text, "heading"
            continue
        if block.kind in ("item", "ordered", "row") and block.kind != previous:
            listing += 1
        in_list = block.kind in ("item", "ordered", "row")
        for text in _statements(block, reader):
            opens = block.kind == "prose" and text.endswith(":")
            kind = "lead" if opens else block.kind
            number = listing + opens if (in_list or opens) else 0
            above = f"{lead} {' '.join(block.header)}".strip()
            yield Passage(reader.read(text), kind, place, chunk, listing=number, lead=above)
            lead = text if not in_list else lead
            place += 1
        previous = block.kind


def _statements(block: Block, reader: TextReader) -> list[str]:
    if block.kind == "row":
        return [_row(block)]
    text = _LINK.sub(r"\1", block.text)
    text = _EMPHASIS.sub("", text)
    if block.kind == "ordered":
        return [text]
    found = [sentence.text.strip() for sentence in reader.read(text).sentences()]
    return [sentence for sentence in found if _CONTENT.search(sentence)]


def _row(block: Block) -> str:
    cells = _cells(block.text)
    if not block.header or len(block.header) != len(cells) or len(cells) < 2:
        return ", ".join(cell for cell in cells if cell)
    columns = zip(block.header[1:], cells[1:], strict=True)
    named = (cell if name.lower() in _UNTELLING else f"{name} {cell}".strip() for name, cell in columns if cell)
    label = f"{cells[0]} ({block.header[0]})" if codes_of(block.header[0]) else cells[0]
    return f"{label}: {', '.join(named)}"


def _cells(line: str) -> list[str]:
    inner = line.strip().strip("|")
    return [_EMPHASIS.sub("", _LINK.sub(r"\1", cell)).strip() for cell in inner.split("|")]


def blocks(text: str) -> Iterator[Block]:
    """Cut Markdown into blocks; fenced code is left out, wrapped lines are joined."""
    lines = list(_outside_fences(text.splitlines()))
    for is_table, group in groupby(lines, key=lambda line: line.lstrip().startswith("|")):
        cut = _table if is_table else _text_blocks
        yield from cut(list(group))


def _outside_fences(lines: list[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if _FENCE.match(line):
            inside = not inside
            yield ""
        elif not inside:
            yield line


def _table(lines: list[str]) -> Iterator[Block]:
    header: tuple[str, ...] = ()
    rows = lines
    if len(lines) > 1 and _RULE.match(lines[1]):
        header, rows = tuple(_cells(lines[0])), lines[2:]
    for row in rows:
        if not _RULE.match(row):
            yield Block("row", row, header)


def _text_blocks(lines: list[str]) -> Iterator[Block]:
    kind, text = "", ""
    for line in lines:
        starts = "" if not line.strip() else _kind(line)
        continues = bool(text) and bool(line.strip()) and starts == "prose" and kind != "heading"
        if continues:
            text += f" {line.strip()}"
            continue
        if text:
            yield Block(kind, text)
        kind = starts
        text = _ITEM.sub("", line).strip() if starts in ("item", "ordered") else line.strip().lstrip("#> ").strip()
    if text:
        yield Block(kind, text)


def _kind(line: str) -> str:
    if _HEADING.match(line):
        return "heading"
    if _ORDERED.match(line):
        return "ordered"
    return "item" if _ITEM.match(line) else "prose"
