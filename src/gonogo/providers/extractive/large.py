"""The large built-in model: several chunks, read for words and meaning, with conflicts between pages settled.

Here: choosing statements. Not here: scoring (``scoring``), conflicts (``conflicts``), streaming (``provider``).

It is not a language model. Every sentence it says stands in a retrieved chunk (a table row is read out with its
column names); it cannot calculate, compare, translate, or join two facts into a third. It answers each part of a
question that asks several things from the page that knows it, gives a whole list where one is asked for, and leaves
parts out that the documents do not support. Between pages that disagree it follows the system prompt; without an
instruction the order of retrieval decides.

Measured on the 368 golden tasks of the example Mission (answers of at most two sentences, 95 % Wilson intervals). Its
constants and the table of senses were tuned on the tasks whose id has an even SHA-256; the other half was kept apart
but for a sample of about one task in six that was seen in a listing while the table was written.

============================  ========================  ========================
share of tasks                tuned half                other half
============================  ========================  ========================
answerable, answered right    71.9 % (64.8 to 78.1)     62.9 % (55.2 to 70.0)
unanswerable, refused         50.0 % (26.8 to 73.2)     66.7 % (46.7 to 82.0)
all                           70.3 % (63.3 to 76.4)     63.4 % (56.2 to 70.0)
============================  ========================  ========================

A warm answer takes about 1.3 ms of CPU (median; 2.4 ms at the 95th percentile).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gonogo.contracts import TextReader
from gonogo.providers.extractive.conflicts import settled
from gonogo.providers.extractive.instructions import Instructions
from gonogo.providers.extractive.passages import Passage, Reading
from gonogo.providers.extractive.question import Question, parts_of, years_in
from gonogo.providers.extractive.scoring import Candidate, candidates, knows_its_names

NAME = "extractive-large"
CHUNKS = 8
MIN_CONFIDENCE, MIN_CONFIDENCE_UNASKED = 0.43, 0.2
"""Odds under which it does not know: where the prompt asks for honesty, and where it does not."""

CONTENDERS = 16
DEFAULT_SENTENCES, DEFAULT_STEPS = 3, 10
MIN_GAIN, MAX_GAP = 0.08, 3.5
PART_OF_THRESHOLD = 0.5
SURE, RUNNER_UP_GAP = 0.7, 0.8


def choose(question: str, readings: Sequence[Reading], instructions: Instructions, reader: TextReader) -> list[Passage]:
    """The statements of the answer in order, none where the documents should be said not to answer."""
    readings = readings[:CHUNKS]
    parts = parts_of(question, reader)
    limit = instructions.limit("at-most-sentences") or DEFAULT_SENTENCES
    ranked = [_ranked(part, readings, instructions, reader) for part in parts]
    threshold = _threshold(instructions)
    if not any(_is_supported(part, found, readings, threshold) for part, found in zip(parts, ranked, strict=True)):
        return []
    chosen: list[Passage] = []
    for part, found in zip(parts, ranked, strict=True):
        if not _is_supported(part, found, readings, threshold * (1.0 if len(parts) == 1 else PART_OF_THRESHOLD)):
            continue
        for passage in _statements(part, found, readings, len(parts)):
            if all(passage.text != other.text for other in chosen):
                chosen.append(passage)
    if instructions.limit("at-most-sentences") is None and chosen and chosen[0].listing:
        limit = max(limit, DEFAULT_STEPS)
    return chosen[: max(limit, 1)]


def _ranked(
    part: Question, readings: Sequence[Reading], instructions: Instructions, reader: TextReader
) -> list[Candidate]:
    found = candidates(part, readings, reader)[:CONTENDERS]
    return settled(found, instructions.direction, years_in(part.features.text))


def _statements(part: Question, ranked: Sequence[Candidate], readings: Sequence[Reading], parts: int) -> list[Passage]:
    best = ranked[0]
    listed = _whole_list(part, best, readings)
    if listed:
        return listed
    return [best.passage] if parts > 1 else [best.passage, *_further(part, best, ranked)]


def _is_supported(part: Question, ranked: Sequence[Candidate], readings: Sequence[Reading], threshold: float) -> bool:
    """Whether the best passage may be said. Codes no chunk knows, and prices without a sum, are never supported."""
    if not threshold or not ranked:
        return bool(ranked)
    priced = part.expected != "money" or part.is_answered_in_kind_by(ranked[0].passage.text)
    return priced and ranked[0].confidence >= threshold and knows_its_names(part, readings)


def _threshold(instructions: Instructions) -> float:
    if instructions.parameter("say-when-unknown") == "off":
        return 0.0
    strict = instructions.on("say-when-unknown") or instructions.on("only-from-documents")
    return MIN_CONFIDENCE if strict else MIN_CONFIDENCE_UNASKED


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


def _further(part: Question, best: Candidate, ranked: Sequence[Candidate]) -> list[Passage]:
    """Passages that match what the best one leaves open, where the question joins things, and where it is unsure the
    runner-up."""
    matched = best.shares.copy()
    found = []
    for number, other in enumerate(ranked[1:]):
        gain = float((other.shares - matched).clip(min=0).sum())
        unsure = number == 0 and best.confidence < SURE and other.score >= best.score - RUNNER_UP_GAP
        if unsure or (part.joins and other.score >= best.score - MAX_GAP and gain >= MIN_GAIN):
            found.append(other.passage)
            matched = np.maximum(matched, other.shares)
    return found
