"""Corpus: public texts as Chunks and questions.

Here: reading the data sets, real texts in any number. Not here: measuring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.classifiers.common import load

from gonogo.domain import Chunk
from gonogo.retrieval import JudgedQuestion

DOCUMENTATION = ("ret_docs_click", "ret_docs_httpx")
MORE_TEXTS = (
    "ret_beerqa", "ret_xquad_en", "ret_docs_click", "ret_docs_httpx", "rel_wikiqa_train", "faith_halueval_qa",
    "faith_begin_wow", "faith_begin_tc_cmu", "faith_q2_wow", "intent_clinc150", "intent_banking77", "route_mmlu",
    "cache_near_misses_dev", "cache_gptcache_mock", "cache_qqp_dev",
)  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """Chunks, one a document, and questions judged by document."""

    name: str
    chunks: tuple[Chunk, ...]
    questions: tuple[JudgedQuestion, ...]


def shelf(data: Path, name: str, sets: Sequence[str]) -> Shelf:
    """One or several retrieval sets, pooled."""
    chunks: list[Chunk] = []
    questions: list[JudgedQuestion] = []
    for each in sets:
        for row in load(data, each):
            if row["kind"] == "doc":
                made = Chunk(
                    id=row["id"], text=row["text"], title=row.get("title") or "", source=row["id"], order=len(chunks)
                )
                chunks.append(made)
            else:
                relevant = {one: float(grade) for one, grade in row["rels"].items()}
                questions.append(JudgedQuestion(id=row["id"], text=row["text"], relevant=relevant))
    return Shelf(name, tuple(chunks), tuple(questions))


def texts(data: Path, count: int) -> list[str]:
    """So many distinct real texts: passages, sentences, questions."""
    found: dict[str, None] = {}
    for name in MORE_TEXTS:
        for text in _texts_of(load(data, name)):
            found.setdefault(text)
            if len(found) == count:
                return list(found)
    raise SystemExit(f"only {len(found)} texts, {count} were asked for")


def _texts_of(rows: Iterable[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        for value in row.values():
            if isinstance(value, str) and len(value) > 25:
                sentences = re.split(r"(?<=[.!?])\s+|\n{2,}", value)
                yield from (text.strip() for text in sentences if len(text) > 20)
                if len(sentences) > 2:
                    yield from (" ".join(sentences[at : at + 2]).strip() for at in range(0, len(sentences) - 1, 2))


def chunks_of(found: Sequence[str]) -> tuple[Chunk, ...]:
    """One Chunk a text."""
    return tuple(Chunk(id=str(n), text=text, source=f"{n}.md", order=n) for n, text in enumerate(found))
