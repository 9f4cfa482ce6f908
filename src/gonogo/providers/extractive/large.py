"""The large built-in model: several chunks, read for words and meaning, with conflicts between pages settled.

Here: choosing statements. Not here: scoring (``scoring``), conflicts (``conflicts``), streaming (``provider``).

It is not a language model. Every sentence it says stands in a retrieved chunk (a table row is read out with its
column names); it cannot calculate, compare, translate, or join two facts into a third. It answers each part of a
question that asks several things from the page that knows it, gives a whole list where one is asked for, and leaves
parts out that the documents do not support. Between pages that disagree it follows the system prompt; without an
instruction the order of retrieval decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.contracts import TextReader
from gonogo.providers.extractive.conflicts import settled
from gonogo.providers.extractive.instructions import Instructions
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question, parts_of, years_in
from gonogo.providers.extractive.scoring import Candidate, candidates, support_of

NAME = "extractive-large"
CHUNKS = 8
MIN_SUPPORT = 0.51
MIN_SUPPORT_UNASKED = 0.25
CONTENDERS = 16
DEFAULT_SENTENCES, DEFAULT_STEPS = 3, 10
MIN_GAIN = 0.3
MIN_SHARE_OF_BEST = 0.7


def choose(question: str, readings: Sequence[Reading], instructions: Instructions, reader: TextReader) -> list[Passage]:
    """The statements of the answer in order, none where the documents should be said not to answer."""
    readings = readings[:CHUNKS]
    parts = parts_of(question, reader)
    limit = instructions.limit("at-most-sentences") or DEFAULT_SENTENCES
    chosen: list[Passage] = []
    for part in parts:
        for passage in _answer(part, readings, instructions, reader, len(parts)):
            if all(passage.text != other.text for other in chosen):
                chosen.append(passage)
    if instructions.limit("at-most-sentences") is None and chosen and chosen[0].listing:
        limit = max(limit, DEFAULT_STEPS)
    return chosen[: max(limit, 1)]


def _answer(
    part: Question, readings: Sequence[Reading], instructions: Instructions, reader: TextReader, parts: int
) -> list[Passage]:
    ranked = candidates(part, readings, reader)[:CONTENDERS]
    if not ranked:
        return []
    remaining = settled(ranked, instructions.direction, years_in(part.features.text))
    best = remaining[0]
    if support_of(part, best, readings) < _threshold(instructions):
        return []
    listed = _whole_list(part, best, readings)
    if listed:
        return listed
    return [best.passage] if parts > 1 else [best.passage, *_further(best, remaining)]


def _threshold(instructions: Instructions) -> float:
    if instructions.parameter("say-when-unknown") == "off":
        return 0.0
    strict = instructions.on("say-when-unknown") or instructions.on("only-from-documents")
    return MIN_SUPPORT if strict else MIN_SUPPORT_UNASKED


def _whole_list(part: Question, best: Candidate, readings: Sequence[Reading]) -> list[Passage]:
    """The steps a question for steps asks for, or the items a line ending in a colon announces; else nothing."""
    passage = best.passage
    reading = next(reading for reading in readings if reading.chunk is passage.chunk)
    listing = passage.listing
    if part.expected == "steps" and not listing:
        listing = next((other.listing for other in reading.passages if other.kind == "ordered"), 0)
    if not listing or passage.kind == "row" or (part.expected != "steps" and passage.kind != "lead"):
        return []
    steps = [other for other in reading.passages if other.listing == listing and other.kind in ("item", "ordered")]
    return steps if len(steps) > 1 else []


def _further(best: Candidate, ranked: Sequence[Candidate]) -> list[Passage]:
    """Passages nearly as good that speak of something asked which the best one leaves open."""
    covered = best.covered.copy()
    found = []
    for other in ranked[1:]:
        gain = float((other.covered - covered).clip(min=0).mean()) if len(covered) else 0.0
        if other.score >= MIN_SHARE_OF_BEST * best.score and gain >= MIN_GAIN and other.passage.kind != "lead":
            found.append(other.passage)
            covered = covered.clip(min=other.covered)
    return found
