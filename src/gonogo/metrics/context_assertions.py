"""Assertions about retrieval, without a model: source-recall, source-precision, reference-recall, reference-noise.

Here: what was retrieved held against the sources or the reference answer that a golden task names. The formulas are
those of Ragas (Es et al. 2023, arXiv 2309.15217, and its later metrics); where it asks a model whether a text supports
a statement, the words of the two decide (``support``). So they have names of their own.
Not here: the same metrics with a model (``judging``), search without an answer (``retrieval.evaluation``).
"""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Chunk, RetrievedChunk, Score
from gonogo.metrics.faithfulness import Faithfulness, without_citations
from gonogo.metrics.judgement import (
    Kind,
    Problem,
    argument,
    bound,
    bound_problem,
    not_applicable,
    text_problem,
    texts,
    texts_problem,
    verdict,
)
from gonogo.metrics.record_assertions import is_same_source
from gonogo.metrics.support import Support

RECALL_FROM = 1.0
PRECISION_FROM = 0.5
REFERENCE_FROM = 0.8
NOISE_TO = 0.1


def average_precision(relevant: Sequence[bool]) -> float:
    """Mean over the relevant places of the share of relevant ones up to there; 0 where none is.

    [1, 0, 1] gives (1 + 2/3) / 2, [0, 0, 1] gives 1/3.
    """
    hits, total = 0, 0.0
    for place, is_relevant in enumerate(relevant, 1):
        if is_relevant:
            hits += 1
            total += hits / place
    return total / hits if hits else 0.0


def _sources_problem(assertion: Assertion) -> Problem:
    problem = texts_problem(argument(assertion, "sources"))
    if problem:
        return "needs a source path, or a list of them" if problem == "needs a text" else f"sources: {problem}"
    return bound_problem(assertion, "min")


def _comes_from(source: str, hit: RetrievedChunk) -> bool:
    place = f"{hit.chunk.source}#{hit.chunk.heading}" if hit.chunk.heading else hit.chunk.source
    return is_same_source(source.strip().strip("/").lower(), place.strip("/").lower())


def _source_recall(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    sources = texts(argument(assertion, "sources"))
    missing = [source for source in sources if not any(_comes_from(source, hit) for hit in answer.chunks)]
    value = 1 - len(missing) / len(sources)
    least = bound(assertion, "min", RECALL_FROM)
    said = f"not retrieved: {', '.join(missing[:5])}" if missing else "all were retrieved"
    return verdict(assertion, value >= least, f"{value:.2f} against {least:g}; {said}", value)


def _source_precision(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if not answer.chunks:
        return not_applicable(assertion, "nothing was retrieved")
    sources = texts(argument(assertion, "sources"))
    relevant = [any(_comes_from(source, hit) for source in sources) for hit in answer.chunks]
    value, least = average_precision(relevant), bound(assertion, "min", PRECISION_FROM)
    ranks = ", ".join(str(rank) for rank, hit in enumerate(relevant, 1) if hit) or "none"
    said = f"{value:.2f} against {least:g}; of {len(relevant)} chunks relevant: {ranks}"
    return verdict(assertion, value >= least, said, value)


def _reference_problem(assertion: Assertion, option: str) -> Problem:
    problem = text_problem(argument(assertion, "to"))
    return f"to: {problem}" if problem else bound_problem(assertion, option)


def _recall_problem(assertion: Assertion) -> Problem:
    return _reference_problem(assertion, "min")


def _noise_problem(assertion: Assertion) -> Problem:
    return _reference_problem(assertion, "max")


def _reference_recall(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    reference = texts(argument(assertion, "to"))[0]
    supports = _supports(reference, answer.question, answer.chunks, reader)
    if not supports:
        return not_applicable(assertion, "the reference claims nothing")
    lacking = [support for support in supports if not support.supported]
    value = 1 - len(lacking) / len(supports)
    least = bound(assertion, "min", REFERENCE_FROM)
    said = f'; not in the chunks: "{lacking[0].sentence[:100]}"' if lacking else ""
    return verdict(assertion, value >= least, f"{value:.2f} against {least:g}{said}", value)


def _reference_noise(assertion: Assertion, answer: Answer, reader: TextReader) -> Score:
    if not answer.chunks:
        return not_applicable(assertion, "nothing was retrieved")
    text = without_citations(answer.text, answer.chunks)
    by_chunks = _supports(text, answer.question, answer.chunks, reader)
    if answer.refused or not by_chunks:
        return not_applicable(assertion, "the answer claims nothing")
    reference = Chunk(id="reference", text=texts(argument(assertion, "to"))[0], source="reference")
    right = _supports(text, answer.question, (RetrievedChunk(chunk=reference, score=1.0, rank=1),), reader)
    noise = [
        found.sentence for found, known in zip(by_chunks, right, strict=True) if found.supported and not known.supported
    ]
    value, most = len(noise) / len(by_chunks), bound(assertion, "max", NOISE_TO)
    said = f'; from the chunks, not in the reference: "{noise[0][:100]}"' if noise else ""
    return verdict(assertion, value <= most, f"{value:.2f} against {most:g}{said}", value)


def _supports(text: str, question: str, chunks: Sequence[RetrievedChunk], reader: TextReader) -> list[Support]:
    return Faithfulness(reader).supports(Answer(question=question, text=text, chunks=tuple(chunks)))


KINDS = (
    Kind(
        name="source-recall",
        summary=f"share of these sources from which a chunk was retrieved, at least min ({RECALL_FROM:g} unless told)",
        argument="PATH | PATH#heading | {sources: [PATH, ...], min: 1}",
        options=("sources", "min"),
        threshold="min",
        graded=True,
        problem=_sources_problem,
        judge=_source_recall,
    ),
    Kind(
        name="source-precision",
        summary=f"average precision of the retrieved chunks, those from these sources being relevant, at least min "
        f"({PRECISION_FROM:g} unless told)",
        argument="PATH | PATH#heading | {sources: [PATH, ...], min: 0.5}",
        options=("sources", "min"),
        threshold="min",
        graded=True,
        problem=_sources_problem,
        judge=_source_precision,
    ),
    Kind(
        name="reference-recall",
        summary=f"share of this right answer's sentences that the retrieved chunks support, at least min "
        f"({REFERENCE_FROM:g} unless told)",
        argument="{to: TEXT, min: 0.8}",
        options=("to", "min"),
        threshold="min",
        graded=True,
        problem=_recall_problem,
        judge=_reference_recall,
    ),
    Kind(
        name="reference-noise",
        summary=f"share of the answer's sentences that the chunks support and this right answer does not, at most max "
        f"({NOISE_TO:g} unless told)",
        argument="{to: TEXT, max: 0.1}",
        options=("to", "max"),
        threshold="max",
        problem=_noise_problem,
        judge=_reference_noise,
    ),
)
