"""Chunk scan: poison in Chunks, found when they are built and not only when they are retrieved.

Here: the injection judge for documents over every Chunk, invisible characters, remembering what was judged.
Not here: the judgement (``guardrails``), text that an HTML page hides (``retrieval.hidden_text``).

A judgement depends on the Chunk's text and the judge alone, so it is kept under the Chunk's id in a file named after
the judge: a rebuild judges only new Chunks.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from gonogo import guardrails
from gonogo.contracts import Classifier, Guardrail, GuardrailContext, Progress, TextReader
from gonogo.digest import digest_of
from gonogo.domain import Chunk, ChunkFinding, GuardrailRule
from gonogo.domain.chunk import ChunkFault
from gonogo.retrieval import read_checked, write_checked

FORMAT = "scan/1"
"""Goes up whenever the same Chunk and judge would be judged differently."""
MOST_KEPT = 500_000
"""Judgements in one file; above this, those of other builds are dropped."""
MOST_SHOWN = 120

_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f")
_TAGS = re.compile("[\U000e0000-\U000e007f]{2,}")
_OVERRIDE = re.compile("[\u202d\u202e]")
_ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]{3,}")
_SPLIT_WORD = re.compile("[A-Za-z][\u200b-\u200d\u2060\ufeff]+(?=[A-Za-z])")
MOST_SPLITS = 4
"""Invisible characters inside Latin words; a few come with text copied from a page."""

_log = logging.getLogger(__name__)


class _Judged(Struct, frozen=True, array_like=True):
    kind: ChunkFault
    excerpt: str
    score: float


_Known = dict[str, tuple[_Judged, ...]]


class PoisonScanner:
    """The built-in ``contracts.ChunkScanner``.

    Args:
        reader: texts to features.
        judge: gives the classifier ``injection`` when first needed; where it gives ``None``, only invisible characters
            are looked for.
        folder: where judgements are kept; ``None`` keeps none.
    """

    def __init__(self, reader: TextReader, judge: Callable[[], Classifier | None], folder: Path | None = None) -> None:
        self._reader, self._make, self._folder = reader, judge, folder

    @cached_property
    def _judge_made(self) -> Classifier | None:
        return self._make()

    @cached_property
    def _rail(self) -> Guardrail | None:
        judge = self._judge_made
        if judge is None:
            return None
        rule = GuardrailRule(check="injection", action="flag")
        return guardrails.build(rule, "context", metrics={}, classifiers={"injection": judge})

    @cached_property
    def _path(self) -> Path | None:
        judge = self._judge_made
        named = digest_of([FORMAT, judge.digest if judge is not None else "", self._reader.embedder.digest])
        return self._folder / f"{named[:32]}.scan" if self._folder is not None else None

    def scan(self, chunks: Sequence[Chunk], progress: Progress | None = None) -> list[ChunkFinding]:
        """What was found, in the order of the Chunks; ``progress`` counts those that were not judged before."""
        known = self._load()
        missing = [chunk for chunk in chunks if chunk.id not in known]
        fresh: _Known = {}
        for done, chunk in enumerate(missing, 1):
            fresh[chunk.id] = tuple(self._judge(chunk))
            if progress is not None:
                progress(done, len(missing))
        if fresh:
            self._keep(known, fresh, chunks)
        found = {**known, **fresh}
        return [_finding(chunk, judged) for chunk in chunks for judged in found[chunk.id]]

    def _judge(self, chunk: Chunk) -> list[_Judged]:
        text = "\n".join(part for part in (chunk.title, chunk.heading, chunk.text) if part)
        found: list[_Judged] = []
        if self._rail is not None:
            context = GuardrailContext(where=f"chunk:{chunk.id}")
            judged = self._rail.inspect(self._reader.read(text), context)
            found += [_Judged("instructions", _shown(one.excerpt or text), one.score) for one in judged]
        if excerpt := invisible(text):
            found.append(_Judged("invisible", excerpt, 1.0))
        return found

    def _load(self) -> Mapping[str, tuple[_Judged, ...]]:
        body = read_checked(self._path) if self._path is not None else None
        try:
            return msgspec.msgpack.decode(body, type=_Known) if body is not None else {}
        except msgspec.DecodeError:
            return {}  # written by another release

    def _keep(self, known: Mapping[str, tuple[_Judged, ...]], fresh: _Known, chunks: Sequence[Chunk]) -> None:
        if self._path is None:
            return
        if len(known) + len(fresh) > MOST_KEPT:
            here = {chunk.id for chunk in chunks}
            known = {name: judged for name, judged in known.items() if name in here}
        try:
            write_checked(self._path, msgspec.msgpack.encode({**known, **fresh}))
        except OSError as error:
            _log.warning("judgements could not be kept in %s: %s", self._path.parent, error.strerror or error)


def invisible(text: str) -> str:
    """Where a text holds characters that nobody sees and a model reads: what they spell, or what stands round them.

    Flags of countries, right-to-left text and a few blanks of no width are how people write; letters of the block of
    tags, overrides of the direction, runs of blanks of no width and words cut up by them are not.
    """
    if text.isascii():
        return ""
    text = _FLAG.sub("", text)
    if tags := _TAGS.search(text):
        return "spelled in tags: " + _shown("".join(chr(ord(char) - 0xE0000) for char in tags.group()))
    for pattern in (_OVERRIDE, _ZERO_WIDTH):
        if match := pattern.search(text):
            return "near: " + _shown(text[max(0, match.start() - 30) : match.end() + 30])
    splits = list(_SPLIT_WORD.finditer(text))
    return "near: " + _shown(text[max(0, splits[0].start() - 30) :]) if len(splits) > MOST_SPLITS else ""


def _shown(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= MOST_SHOWN else line[: MOST_SHOWN - 1] + "…"


def _finding(chunk: Chunk, judged: _Judged) -> ChunkFinding:
    return ChunkFinding(
        chunk=chunk.id,
        kind=judged.kind,
        source=chunk.source,
        line=chunk.line,
        place=chunk.place,
        excerpt=judged.excerpt,
        score=judged.score,
    )
