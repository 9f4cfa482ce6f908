"""Draft: template-made golden tasks from documents, marked as drafts so that none gates before a person has read it.

Here: which sentences become tasks, spread over the sources. Not here: the questions (``draft_questions``), real
questions of real users (Traces), judging.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gonogo.contracts import TextReader
from gonogo.domain import Assertion, Chunk, GoldenTask
from gonogo.evaluation.draft_questions import question_about


def draft_tasks(chunks: Sequence[Chunk], reader: TextReader, limit: int) -> list[GoldenTask]:
    """At most ``limit`` drafts, taken from the sources in turn: one for each fact that a plain question asks for.

    The answer must hold the fact as the document spells it and cite the page. Where pages answer one question
    differently, the newest page's answer is kept.
    """
    newest: dict[str, _Draft] = {}
    for chunk in chunks:
        for draft in _drafts(chunk, reader):
            known = newest.get(draft.task.question.casefold())
            if known is None or draft.date > known.date:
                newest[draft.task.question.casefold()] = draft
    by_source: dict[str, list[GoldenTask]] = {}
    # Questions about sentences read better than those about table rows.
    for draft in sorted(newest.values(), key=lambda draft: draft.of_table):
        by_source.setdefault(draft.task.source.rpartition(":")[0], []).append(draft.task)
    return list(_in_turn(by_source))[:limit]


class _Draft(NamedTuple):
    task: GoldenTask
    date: str
    of_table: bool


def _in_turn(by_source: dict[str, list[GoldenTask]]) -> Iterator[GoldenTask]:
    for place in range(max(map(len, by_source.values()), default=0)):
        for source in sorted(by_source):
            yield from by_source[source][place : place + 1]


def _drafts(chunk: Chunk, reader: TextReader) -> Iterator[_Draft]:
    stem = re.sub(r"[^a-z0-9]+", "-", chunk.source.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()).strip("-")
    asked: set[str] = set()
    for place, sentence in enumerate(reader.read(chunk.text).sentences()):
        found = question_about(sentence.text)
        # A table under a text often repeats its figures.
        if found is None or found.fact in asked:
            continue
        asked.add(found.fact)
        task = GoldenTask(
            id=f"draft-{stem}-{chunk.id[:8]}-{place + 1}",
            question=found.question,
            expect=(
                Assertion(kind="contains", value=found.fact),
                Assertion(kind="cites", value=chunk.source),
            ),
            tags=("draft",),
            draft=True,
            source=f"{chunk.source}:{chunk.line}",
        )
        yield _Draft(task, chunk.date or "", found.of_table)
