"""The small built-in model: one sentence of the one best chunk, by words alone.

Here: choosing it. Not here: streaming it (``provider``).

It is not a language model. It writes nothing of its own, reads one chunk, the best ranked by retrieval, scores
sentences by BM25 without vectors or synonyms, among them those that hold the kind of value asked for (a duration, a
sum of money), and says at most one. It obeys every instruction about form;
instructions about disagreeing pages have no effect, because it never looks at a second page.

On the example Mission's 368 golden tasks it passes 45.9 % (38.9 to 53.1) of the half that the kinds of value were
written beside, and 45.9 % (38.8 to 53.1) of the other half (95 % Wilson intervals); of 38 unanswerable ones it refuses
30.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gonogo.contracts import TextReader
from gonogo.providers.extractive.instructions import Instructions
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question, unmarked
from gonogo.providers.extractive.scoring import bm25

NAME = "extractive-small"
CHUNKS = 1
KNOWN_SHARE, SAID_SHARE = 0.34, 0.25


def choose(question: str, readings: Sequence[Reading], instructions: Instructions, reader: TextReader) -> list[Passage]:
    """The sentence, or none where the documents should be said not to answer."""
    asked = Question(reader.read(unmarked(question)))
    passages = [passage for reading in readings[:CHUNKS] for passage in reading.passages if passage.kind != "lead"]
    if not passages or not asked.terms:
        return []
    scores = bm25(asked.terms, passages)
    holding = np.array([asked.is_answered_in_kind_by(passage.text) for passage in passages])
    best = int(np.argmax(np.where(holding, scores, -1.0) if holding.any() else scores))
    if _strict(instructions) and not (holding.any() and _is_supported(asked, readings[0], passages[best])):
        return []
    return [passages[best]] if scores.any() else []


def _strict(instructions: Instructions) -> bool:
    lenient = instructions.parameter("say-when-unknown") == "off"
    return not lenient and (instructions.on("say-when-unknown") or instructions.on("only-from-documents"))


def _is_supported(asked: Question, reading: Reading, best: Passage) -> bool:
    """Whether the chunk has a third of the words and every code, and the sentence more than a quarter of the words."""
    known = sum(term in reading.everything for term in asked.terms)
    said = sum(term in best.stems for term in asked.terms)
    enough = known >= KNOWN_SHARE * len(asked.terms) and said > SAID_SHARE * len(asked.terms)
    return enough and all(code in reading.lowered for code in asked.codes)
