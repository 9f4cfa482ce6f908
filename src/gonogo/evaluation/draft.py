"""Draft: template-made golden tasks from documents, marked as drafts so that none gates before a person has read it.

Here: a question for each fact-like sentence of a chunk. Not here: real questions of real users (Traces), judging.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gonogo.contracts import TextReader
from gonogo.domain import Assertion, Chunk, GoldenTask

_SUBJECT = re.compile(
    r"^(?P<subject>(?:The|A|An|Every|Each|All)?\s?[^,.;:]{3,60}?) "
    r"(?P<verb>is|are|was|were|lasts|costs|takes|has|have|runs|needs|must|can|allows|includes) (?P<rest>.{8,200})$"
)
MOST_WORDS = 40


def draft_tasks(chunks: Sequence[Chunk], reader: TextReader, limit: int) -> list[GoldenTask]:
    """At most ``limit`` drafts, spread over the sources: a sentence with a number or a name becomes a question about
    its subject; the answer must hold the fact and cite the page."""
    by_source: dict[str, Iterator[GoldenTask]] = {}
    for chunk in chunks:
        earlier = by_source.get(chunk.source, iter(()))
        by_source[chunk.source] = _chain(earlier, _drafts(chunk, reader))
    drafts: list[GoldenTask] = []
    while by_source and len(drafts) < limit:
        for source in list(by_source):
            task = next(by_source[source], None)
            if task is None:
                del by_source[source]
            elif all(task.id != kept.id for kept in drafts):
                drafts.append(task)
    return drafts[:limit]


def _chain(first: Iterator[GoldenTask], second: Iterator[GoldenTask]) -> Iterator[GoldenTask]:
    yield from first
    yield from second


def _drafts(chunk: Chunk, reader: TextReader) -> Iterator[GoldenTask]:
    for place, sentence in enumerate(reader.read(chunk.text).sentences()):
        match = _SUBJECT.match(sentence.text.strip())
        facts = sorted(sentence.numbers) or sorted(sentence.entities)
        if match is None or not facts or len(sentence.words) > MOST_WORDS:
            continue
        stem = re.sub(r"[^a-z0-9]+", "-", chunk.source.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()).strip("-")
        yield GoldenTask(
            id=f"draft-{stem}-{chunk.id[:6]}-{place + 1}",
            question=f"What do the documents say about {_lowered(match['subject'])}?",
            expect=(
                Assertion(kind="contains", value=_literal(sentence.text, facts)),
                Assertion(kind="cites", value=chunk.source),
            ),
            tags=("draft",),
            draft=True,
            source=f"{chunk.source}:{chunk.line}",
        )


def _lowered(subject: str) -> str:
    first, _, rest = subject.strip().partition(" ")
    return f"{first.lower()} {rest}".strip() if first in ("The", "A", "An", "Every", "Each", "All") else subject.strip()


def _literal(sentence: str, facts: Sequence[str]) -> str:
    """The fact as the sentence spells it; the canonical spelling may differ ("1200" for "1,200")."""
    lowered = sentence.lower()
    for fact in facts:
        at = lowered.find(fact.lower())
        if at >= 0:
            return sentence[at : at + len(fact)]
    return sentence.strip().rstrip(".")
