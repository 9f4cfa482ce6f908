"""The small built-in model: one sentence of the one best chunk, by words alone.

Here: choosing it. Not here: streaming it (``provider``).

It is not a language model. It writes nothing of its own, reads one chunk, the best ranked by retrieval, scores
sentences by BM25 without vectors or synonyms, and says at most one. It obeys every instruction about form;
instructions about disagreeing pages have no effect, because it never looks at a second page.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gonogo.contracts import TextReader
from gonogo.providers.extractive.instructions import Instructions
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question
from gonogo.providers.extractive.scoring import bm25

NAME = "extractive-small"
CHUNKS = 1
KNOWN_SHARE = 0.34


def choose(question: str, readings: Sequence[Reading], instructions: Instructions, reader: TextReader) -> list[Passage]:
    """The sentence, or none where the documents should be said not to answer."""
    asked = Question(reader.read(question))
    passages = [passage for reading in readings[:CHUNKS] for passage in reading.passages if passage.kind != "lead"]
    if not passages or not asked.terms:
        return []
    scores = bm25(asked.terms, passages)
    best = passages[int(np.argmax(scores))]
    strict = instructions.on("say-when-unknown") or instructions.on("only-from-documents")
    lenient = instructions.parameter("say-when-unknown") == "off"
    known = [term for term in asked.terms if term in readings[0].everything]
    share = len(known) / len(asked.terms)
    codes_known = all(code in readings[0].lowered for code in asked.codes)
    if not lenient and strict and (share < KNOWN_SHARE or not codes_known or not scores.any()):
        return []
    return [best] if scores.any() or not strict else []
