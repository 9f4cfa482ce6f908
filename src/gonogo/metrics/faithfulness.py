"""Faithfulness: how much of an answer rests on the chunks it was given.

Here: the answer cut into sentences, each looked up (``support``), and one number for all. A lexical first tier:
it finds numbers, names and statements that stand nowhere in the chunks, within a millisecond and without a model.
Not here: entailment. A sentence that says something else with the documents' own words passes; a free paraphrase may
not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gonogo.contracts.classifying import Classifier, Example
from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextFeatures, TextReader
from gonogo.domain import RetrievedChunk, Score
from gonogo.metrics.refusal import is_refusal
from gonogo.metrics.support import Evidence, EvidenceMemory, Support, support_of

LONGEST_ANSWER = 50_000
_LONGEST_LEAD_IN = 10
_BRACKETED = re.compile(r" ?\[([^\[\]\n]{1,200})\](?!\()")
_SOURCE_LINE = re.compile(r"^\W*(?:sources?|references?|see(?: also)?|citations?)\b *:", re.IGNORECASE)
_FIGURES = re.compile(r"^\^?[0-9]{1,3}(?:[,;-] ?[0-9]{1,3})*$")


class Faithfulness:
    """The Metric ``faithfulness``: the mean support of the answer's sentences, 0..1.

    The mean over sentences, each counting by its content words, and not the minimum: the minimum of many noisy
    supports falls with the length of the answer, so that a long good answer would look worse than a short one.
    A contradiction is not averaged away unseen: it counts 0 for its sentence, is named in ``detail``, and fails the
    assertion ``faithful``.

    Args:
        classifier: judges the sentences that nothing speaks against (``faithfulness``, its fast or its careful tier);
            ``None``: the overlap of words does. On documentation, whose right answers are free paraphrases with few
            words in common, overlap with the reasons above accuses fewer of them than the fast tier does.
    """

    name = "faithfulness"

    def __init__(self, reader: TextReader, classifier: Classifier | None = None) -> None:
        self._reader = reader
        self._memory = EvidenceMemory(reader)
        self._classifier = classifier

    def score(self, answer: Answer) -> Score:
        """Not applicable to refusals, to answers without chunks, and to answers that claim nothing."""
        if reason := _why_not(answer):
            return Score(metric=self.name, state="not-applicable", detail=reason)
        supports = self.supports(answer)
        if not supports:
            return Score(metric=self.name, state="not-applicable", detail="the answer claims nothing")
        total = sum(support.weight for support in supports)
        value = sum(support.value * support.weight for support in supports) / total
        worst = min(supports, key=lambda support: (support.supported, support.value))
        detail = "" if worst.supported else f"{_shown(worst.sentence)}: {worst.reason}"
        return Score(metric=self.name, value=min(1.0, value), detail=detail)

    def unsupported(self, answer: Answer) -> list[tuple[str, str]]:
        """The sentences that the chunks do not support, with the reason; none where the metric is not applicable."""
        if _why_not(answer):
            return []
        return [(support.sentence, support.reason) for support in self.supports(answer) if not support.supported]

    def supports(self, answer: Answer) -> list[Support]:
        """Every sentence that claims something, with its support."""
        evidence = Evidence(answer.chunks, self._memory)
        question = self._reader.read(answer.question)
        text = without_citations(answer.text[:LONGEST_ANSWER], answer.chunks)
        sentences = [sentence for sentence in self._reader.read(text).sentences() if _claims(sentence)]
        if self._classifier is None:
            return [support_of(sentence, evidence, question) for sentence in sentences]
        against = (*self._texts(answer.chunks), question)
        return [
            support_of(sentence, evidence, question, self._classifier.judge(_example(sentence, against)))
            for sentence in sentences
        ]

    def _texts(self, chunks: Sequence[RetrievedChunk]) -> list[TextFeatures]:
        """Chunks with their titles and headings, which are evidence as well."""
        found = (text for one in chunks for text in (one.chunk.title, one.chunk.heading, one.chunk.text) if text)
        return [self._reader.read(text) for text in dict.fromkeys(found)]


def _example(sentence: TextFeatures, against: tuple[TextFeatures, ...]) -> Example:
    """The last of ``against`` is the question, as the classifier was taught."""
    return Example(text=sentence, against=against, context={"question": 1.0})


def without_citations(text: str, chunks: Sequence[RetrievedChunk]) -> str:
    """The answer without "[2]", "[refunds.md]" and lines of sources: they name documents and claim nothing."""
    sources = {chunk.chunk.source.lower() for chunk in chunks}

    def kept(found: re.Match[str]) -> str:
        inside = found.group(1).strip().lower()
        page = inside.partition("#")[0].strip()
        cited = _FIGURES.match(inside) or any(page in source or source in inside for source in sources if page)
        return "" if cited else found.group()

    lines = (line for line in text.splitlines() if not _SOURCE_LINE.match(line))
    return _BRACKETED.sub(kept, "\n".join(lines))


def _claims(sentence: TextFeatures) -> bool:
    """Whether a sentence says anything that could be wrong: no question, no refusal, no "Here is what I found:"."""
    text = sentence.text.rstrip()
    if not sentence.stems or text.endswith("?") or is_refusal(text):
        return False
    leads_in = text.endswith(":") and len(sentence.words) <= _LONGEST_LEAD_IN
    return not leads_in or bool(sentence.numbers or sentence.entities)


def _why_not(answer: Answer) -> str:
    if answer.refused or is_refusal(answer.text):
        return "the answer is a refusal"
    if not answer.chunks:
        return "there are no chunks to rest on"
    return "" if answer.text.strip() else "the answer is empty"


def _shown(sentence: str) -> str:
    short = " ".join(sentence.split())
    return f'"{short[:117]}..."' if len(short) > 120 else f'"{short}"'
