"""Chunking: pages to Chunks that follow the page's own structure.

Here: where one Chunk ends and the next begins, and the text each is written with.
Not here: parsing (``documents`` and the formats), searching (``bm25``, ``embedded``).

The rules, in order:

1. A Chunk never crosses a heading, but neighbouring sections without subsections, each at most an eighth of the bound,
   are merged below the same parent up to half the bound; their headings then stand in the text.
2. Paragraphs, list items, table rows and lines of code are kept whole and are gathered up to the bound. Several Chunks
   of one section are about equally long, and a line ending in a colon moves along with what it announces.
3. A paragraph or item over the bound is divided between sentences; a sentence over it stays whole. Only what is over
   ``LONGEST_CHARACTERS`` is cut between words: no person writes such sentences.
4. Tables repeat their header and code its fence in each Chunk that holds a part of them.

Chunk text is plain Markdown: paragraphs, ``- `` items, ``| |`` rows, fences, and ``#`` headings in merged sections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from gonogo.contracts import LEFT_OUT, Noted, Progress, SourceFile
from gonogo.digest import digest_of, digest_of_bytes
from gonogo.domain import REVISION, Chunk, RetrievalPolicy
from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval.chunk_cache import ChunkCache, Parsed
from gonogo.retrieval.documents import all_empty, clashes, content_of, in_order, parse
from gonogo.retrieval.outline import Document, Frame, Piece, Section
from gonogo.retrieval.sentences import divide_sentences, divide_words

FORMAT = "structure/2"
"""Goes up whenever the same files would be cut differently."""

MIN_CHUNK_TOKENS = 20
LONGEST_CHARACTERS = 8_000


class StructureChunker:
    """Cuts by headings under a bound on tokens: the built-in ``contracts.Chunker``.

    ``cache`` is a folder in which the Chunks of each file are kept between builds; ``None`` keeps none.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache

    @property
    def digest(self) -> str:
        """Over the format number and the constants of the rules."""
        return digest_of([FORMAT, MIN_CHUNK_TOKENS, LONGEST_CHARACTERS])

    def chunks(
        self,
        files: Mapping[str, SourceFile],
        policy: RetrievalPolicy,
        progress: Progress | None = None,
        noted: Noted | None = None,
    ) -> list[Chunk]:
        """Cut files into Chunks in the order of names; a Chunk that a page holds twice is kept once.

        A file with a fault stops it, unless ``policy.on_error`` is ``skip``: then it is left out and ``noted``.

        Raises:
            MissionInvalid: ``chunk_tokens`` too small; any fault named at ``read_documents``.
            ExtraMissing: a kind needs an optional part.
        """
        if policy.chunk_tokens < MIN_CHUNK_TOKENS:
            message = f"{policy.chunk_tokens} is under the least of {MIN_CHUNK_TOKENS}"
            raise MissionInvalid((Problem(message=message, file="mission.yaml", key="retrieval.chunk_tokens"),))
        named = in_order(files)
        problems = clashes([name for name, _ in named])
        cache = ChunkCache(self._cache, [self.digest, policy.chunk_tokens, policy.records, _root(named)])
        kept: dict[str, Parsed] = {}
        for done, (name, path) in enumerate(named, 1):
            try:
                kept[name] = _parsed(name, content_of(name, path), policy, cache)
            except MissionInvalid as error:
                if policy.on_error == "skip" and noted is not None:
                    _note_skipped(error, name, noted)
                else:
                    problems.extend(error.problems)
            if progress is not None:
                progress(done, len(named))
        cache.keep(kept)
        found: dict[str, Chunk] = {}
        for name, parsed in kept.items():
            for chunk in _told_by(files.get(name), parsed.chunks):
                found.setdefault(chunk.id, chunk)
        if named and not found and not problems:
            problems.append(all_empty(named[0][0]))
        if problems:
            raise MissionInvalid(tuple(problems))
        if noted is not None:
            _note_hidden(kept, noted)
        return [structs.replace(chunk, order=order) for order, chunk in enumerate(found.values())]


def _parsed(name: str, content: bytes, policy: RetrievalPolicy, cache: ChunkCache) -> Parsed:
    digest = digest_of_bytes(content)
    known = cache.get(name, digest)
    if known is not None:
        return known
    documents = parse(name, content, policy.records)
    chunks = tuple(chunk for document in documents for chunk in chunks_of(document, policy.chunk_tokens))
    return Parsed(digest, chunks, tuple(note for document in documents for note in document.hidden))


def _note_skipped(error: MissionInvalid, name: str, noted: Noted) -> None:
    for problem in error.problems:
        noted(replace(problem, file=name, message=f"{LEFT_OUT}: {problem.message}"))


def _note_hidden(kept: Mapping[str, Parsed], noted: Noted) -> None:
    for name, parsed in kept.items():
        for line, words in parsed.hidden:
            noted(Problem(message=words, file=name, line=line))


def _told_by(file: SourceFile | None, chunks: Sequence[Chunk]) -> Iterable[Chunk]:
    """The Chunks; those of a git revision say which, in the words of the Mission: a commit would make another Chunk of
    every page with each commit."""
    if file is None or isinstance(file, Path):
        return chunks
    return (structs.replace(chunk, metadata={**chunk.metadata, REVISION: file.revision}) for chunk in chunks)


def _root(named: Sequence[tuple[str, SourceFile]]) -> str:
    """The folder that the names start at, so that two Missions do not write over each other's cache."""
    if not named:
        return ""
    name, first = named[0]
    return str(first)[: -len(name)] if isinstance(first, Path) else first.root


def chunks_of(document: Document, bound: int) -> Iterator[Chunk]:
    """The Chunks of one page, ``order`` left at 0, each of at most ``bound`` tokens where rule 2 and 3 permit."""
    for section in _merged(document.sections, bound):
        pieces = [part for piece in section.pieces for part in _divided(piece, bound)]
        opened: set[Frame] = set()
        for group in _gathered(pieces, bound):
            text, line = _written(group, opened, bound)
            if text:
                yield _chunk(document, section.heading, text, line)
        if not section.pieces:
            own = section.own
            yield _chunk(document, section.heading, own.text if own else document.title, own.line if own else 1)


def count_tokens(text: str) -> int:
    """An estimate that needs no tokenizer: the larger of 1.3 a word and one for five characters, rounded up.

    The second keeps long identifiers, addresses and scripts without blanks from passing as one word.
    """
    words = len(text.split())
    return max((13 * words + 9) // 10, (len(text) + 6) // 5) if words else 0


def _chunk(document: Document, heading: str, text: str, line: int) -> Chunk:
    metadata = dict(document.metadata)
    identity: list[object] = [document.source, heading, text]
    if document.apart:
        identity += [document.title, document.date, metadata]
    if document.unit != "line":
        metadata[document.unit] = line
        line = document.lines.get(line, 1)
    return Chunk(
        id=digest_of(identity),
        text=text,
        source=document.source,
        heading=heading,
        title=document.title,
        line=line,
        date=document.date,
        metadata=metadata,
    )


def _merged(sections: Sequence[Section], bound: int) -> Iterator[Section]:
    """Sections in order, runs of small neighbours below one parent as one section of that parent."""
    run: list[Section] = []
    size = 0
    for place, section in enumerate(sections):
        following = sections[place + 1].path if place + 1 < len(sections) else ()
        leaf = following[: len(section.path)] != section.path
        tokens = _size(section)
        small = bool(section.path) and leaf and tokens <= bound // 8
        if run and not (small and section.path[:-1] == run[0].path[:-1] and size + tokens <= bound // 2):
            yield _joined(run)
            run = []
        if not small:
            yield section
            continue
        size = size + tokens if run else tokens
        run.append(section)
    if run:
        yield _joined(run)


def _joined(run: Sequence[Section]) -> Section:
    if len(run) == 1:
        return run[0]
    pieces: list[Piece] = []
    for section in run:
        last = section.path[-1]
        pieces.append(Piece(text=last.text, lead="#" * last.level + " ", line=last.line))
        pieces.extend(section.pieces)
    return Section(run[0].path[:-1], tuple(pieces))


def _size(section: Section) -> int:
    return count_tokens(section.path[-1].text if section.path else "") + sum(
        count_tokens(piece.shown) for piece in section.pieces
    )


def _divided(piece: Piece, bound: int) -> Iterator[Piece]:
    """The piece, or its sentences when it is over the bound, each on the line it starts in."""
    if piece.verbatim and len(piece.text) <= LONGEST_CHARACTERS:
        yield piece  # also an empty line of code
        return
    if piece.verbatim or count_tokens(piece.shown) <= bound:
        parts: Iterable[tuple[int, str]] = [(0, piece.text)]
    else:
        parts = divide_sentences(piece.text)
    line, seen = piece.line, 0
    for offset, part in parts:
        for inner, text in divide_words(part, LONGEST_CHARACTERS):
            start = offset + inner
            line += piece.text.count("\n", seen, start)
            seen = start
            if start == 0:
                yield replace(piece, text=text)
            elif text.strip():
                at = line + text[: len(text) - len(text.lstrip())].count("\n") if not piece.verbatim else line
                yield replace(piece, text=text, lead="", glue=" ", line=at)


def _gathered(pieces: Sequence[Piece], bound: int) -> Iterator[list[Piece]]:
    """Groups of neighbours, each at most ``bound`` tokens with its frames, of about equal size."""
    sizes = [count_tokens(piece.shown) for piece in pieces]
    before = [None, *pieces[:-1]] if pieces else []
    frames = (_frame_cost(piece, last, bound) for piece, last in zip(pieces, before, strict=True))
    total = sum(sizes) + sum(frames)
    target = total / max(1, -(-total // bound))
    group: list[Piece] = []
    weight = 0
    for piece, size in zip(pieces, sizes, strict=True):
        cost = size + _frame_cost(piece, group[-1] if group else None, bound)
        if group and (weight + cost > bound or weight >= target):
            kept, carried = _split_announcement(group)
            yield kept
            group, weight = carried, sum(count_tokens(item.shown) for item in carried)
            cost = size + _frame_cost(piece, None, bound)
            if group and weight + cost > bound:
                yield group
                group, weight = [], 0
        group.append(piece)
        weight += cost
    if group:
        yield group


def _split_announcement(group: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Part a closing line that announces what follows ("Plans:") from its group."""
    last = group[-1]
    if len(group) > 1 and not last.verbatim and last.text.rstrip().endswith(":"):
        return group[:-1], [last]
    return group, []


def _frame_cost(piece: Piece, before: Piece | None, bound: int) -> int:
    if piece.frame is None or (before is not None and before.frame is piece.frame):
        return 0
    opening = count_tokens(piece.frame.opening)
    return opening + count_tokens(piece.frame.closing) if opening <= bound // 2 else 0


def _written(group: Sequence[Piece], opened: set[Frame], bound: int) -> tuple[str, int]:
    """A group's text and the line it starts in. A header over half the bound is written once, not repeated."""
    parts: list[str] = []
    line = group[0].line
    frame: Frame | None = None
    repeated = True
    for place, piece in enumerate(group):
        glue = piece.glue if place else ""
        if piece.frame is not frame:
            if frame is not None and repeated and frame.closing:
                parts.append("\n" + frame.closing)
            frame = piece.frame
            if frame is not None:
                repeated = count_tokens(frame.opening) <= bound // 2 or frame not in opened
                if repeated:
                    parts.append(glue + frame.opening)
                    glue = "\n"
                    line = frame.line if not place and frame not in opened else line
                opened.add(frame)
            glue = "\n\n" if glue == " " else glue
        parts.append(glue + piece.shown)
    if frame is not None and repeated and frame.closing:
        parts.append("\n" + frame.closing)
    return "".join(parts).strip(), line
