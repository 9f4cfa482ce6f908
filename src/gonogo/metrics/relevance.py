"""Relevance: whether an answer is about what was asked.

Here: question words found in the answer, mixed with the cosine of the question and the nearest answer sentence.
Not here: whether the answer is right (assertions) or supported (``faithfulness``).

It tells on-topic from off-topic answers; among sentences of one page it tells only a little which of them answers.
"""

from __future__ import annotations

import re

from gonogo.contracts.classifying import Classifier, Example
from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextFeatures, TextReader
from gonogo.domain import Score
from gonogo.metrics.refusal import is_refusal

OVERLAP_WEIGHT = 0.4
DIRECT_ANSWER = 0.5
_LONGEST_DIRECT_ANSWER = 25
_LONGEST_ANSWER = 50_000
_SENTENCES_READ = 40
_ASKS_FOR_A_NUMBER = re.compile(
    r"\b(?:how (?:many|much|long|old|often|far|big|large|late|soon|fast)|when|what (?:year|date|time|price|percentage)"
    r"|which (?:year|date|day))\b",
    re.IGNORECASE,
)
_ASKS_YES_OR_NO = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|am)\b", re.IGNORECASE
)
_SAYS_YES_OR_NO = re.compile(r"^\W*(?:yes|no|not)\b", re.IGNORECASE)


class Relevance:
    """The Metric ``relevance``, 0..1. A short answer of the kind that was asked for (a number to "how many", yes or no
    to a yes-no question) has at least 0.5, for it need not repeat the question's words.

    Args:
        classifier: ``relevance``; its probability is then the value. ``None``: the mix of overlap and cosine.
    """

    name = "relevance"

    def __init__(self, reader: TextReader, classifier: Classifier | None = None) -> None:
        self._reader = reader
        self._classifier = classifier

    def score(self, answer: Answer) -> Score:
        """Not applicable to refusals and to questions without content words; an empty answer scores 0."""
        if answer.refused or is_refusal(answer.text):
            return Score(metric=self.name, state="not-applicable", detail="the answer is a refusal")
        question = self._reader.read(answer.question)
        if not question.content_words and not question.vector.any():
            return Score(metric=self.name, state="not-applicable", detail="the question has no content words")
        reply = self._reader.read(answer.text[:_LONGEST_ANSWER])
        value = self._value(question, reply)
        if value < DIRECT_ANSWER and _is_direct(question, reply):
            value = DIRECT_ANSWER
        return Score(metric=self.name, value=min(1.0, max(0.0, value)))

    def _value(self, question: TextFeatures, reply: TextFeatures) -> float:
        if self._classifier is None or not reply.words:
            return _closeness(question, reply)
        return self._classifier.judge(Example(text=reply, against=(question,))).probability


def _closeness(question: TextFeatures, reply: TextFeatures) -> float:
    asked = question.content_words
    overlap = len(asked & reply.content_words) / len(asked) if asked else 0.0
    candidates = (reply, *reply.sentences()[:_SENTENCES_READ])
    nearest = max(float(question.vector @ candidate.vector) for candidate in candidates)
    return OVERLAP_WEIGHT * overlap + (1 - OVERLAP_WEIGHT) * max(0.0, nearest)


def _is_direct(question: TextFeatures, reply: TextFeatures) -> bool:
    """Whether a short reply is of the kind the question asks for."""
    if len(reply.words) > _LONGEST_DIRECT_ANSWER:
        return False
    if _ASKS_FOR_A_NUMBER.search(question.text):
        return bool(reply.numbers - question.numbers)
    return bool(_ASKS_YES_OR_NO.match(question.text) and _SAYS_YES_OR_NO.match(reply.text))
