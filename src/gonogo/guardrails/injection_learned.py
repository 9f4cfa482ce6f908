"""injection, learned: a classifier's judgement of a question, and what a document has no business to say.

Here: asking the classifier, the rule for documents, the place and the words of the evidence.
Not here: the classifier (``classifiers``), the Finding (``injection``). This is one layer: it finds attacks that look
like attacks. An instruction inside a document that reads like any other sentence is not told apart by any text
classifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from gonogo.contracts import Classifier, Example, TextFeatures

WINDOW = 600
"""Signals add up only when they stand within so many characters: a long text must not be condemned for its length."""
SMUGGLED = 0.6
"""Score of a text with invisible tag characters: no person sees what they carry, so they are enough alone."""
TOGETHER, ENOUGH = "signals together", 0.5
"""The classifier's feature that says what its named signals come to, and from where on they are enough alone: 6 of 844
role-play prompts and none of 8,936 other harmless training texts reach it. A higher bound would accuse fewer, and lose
attacks that no training set shows: forged delimiters, payloads, data to be sent away."""
DOCUMENT_WEIGHTS: Mapping[str, float] = {
    "overrides earlier instructions": 0.8,
    "overrides everything said": 0.7,
    "overrides in another language": 0.8,
    "lawless persona": 0.7,
    "overrides the assistant's rules": 0.55,
    "forbids refusal": 0.45,
    "two answers, one without rules": 0.5,
    "asks for the system prompt": 0.7,
    "asks to repeat what stands above": 0.6,
    "forged delimiter": 0.5,
    "speaks as the system": 0.25,
    "gives new orders": 0.5,
    "dictates the answer instead": 0.3,
    "claims authority over the assistant": 0.4,
    "hides a payload": 0.5,
    "sends data away": 0.6,
    "plays a stated part against the rules": 0.25,
    "addresses the assistant": 0.5,
    "tells how to use this document": 0.5,
    "conceals from the user": 0.5,
    "commands the reader's program": 0.3,
}
"""How much of the doubt each named signal of the classifier takes away in a retrieved document."""
UNDONE_WEIGHTS: Mapping[str, float] = {
    "tags": SMUGGLED, "bidi": 0.4, "homoglyphs": 0.25, "invisible": 0.15, "combining": 0.15, "compatibility": 0.15,
    "spaced": 0.15, "control": 0.1,
}  # fmt: skip
"""The same for what normalisation had to undo. What is only another reading (base64, rot13) counts by what it says."""


class Evidence(Struct, frozen=True):
    """``score`` 0..1 against ``threshold``; ``start`` and ``end`` in the normalised text, -1 without a place."""

    score: float
    threshold: float
    start: int = -1
    end: int = -1
    excerpt: str = ""
    signals: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether it is an attack."""
        return self.score >= self.threshold


def judge_question(text: TextFeatures, classifier: Classifier, threshold: float, *, by_signals: bool) -> Evidence:
    """The most probable part, or the one whose signals are enough.

    Args:
        threshold: from which the probability counts as an attack.
        by_signals: whether named signals, and invisible tag characters, may be enough below it.
    """
    found = [(start, part, classifier.judge(Example(text=part))) for start, part in _parts(text)]
    start, part, judged = max(found, key=lambda one: one[2].probability)
    score, limit = judged.probability, threshold
    if by_signals and score < threshold:
        strongest = max(found, key=lambda one: one[2].signals.get(TOGETHER, 0.0))
        alone = strongest[2].signals.get(TOGETHER, 0.0)
        if alone >= ENOUGH:
            start, part, judged = strongest
        smuggled = SMUGGLED if "tags" in text.undone else 0.0
        if max(alone, smuggled) >= ENOUGH:
            score, limit = max(score, alone, smuggled), ENOUGH
    names = (*_named(judged.signals), *_undone(text))
    if score < limit:
        return Evidence(score, limit, signals=names)
    end = start + len(part.normalised) if start >= 0 else -1
    return Evidence(score, limit, start, end, _worst_sentence(part, classifier), names)


def judge_document(text: TextFeatures, classifier: Classifier, threshold: float, limit: float) -> Evidence:
    """What a document shows of attacks and of orders to an assistant, in its worst window.

    Args:
        threshold: from which the added signals count as an attack.
        limit: from which the classifier's probability does.
    """
    worst = Evidence(0.0, threshold)
    for start, part in _parts(text):
        judged = classifier.judge(Example(text=part))
        score, needed = _added(judged.signals, text.undone), threshold
        if judged.probability >= limit and score < threshold:
            score, needed = judged.probability, limit
        if (score >= needed, score) > (worst.found, worst.score):
            end = start + len(part.normalised) if start >= 0 else -1
            names = (*_named(judged.signals), *_undone(text))
            worst = Evidence(score, needed, start, end, part.normalised, names)
    return worst


def _parts(text: TextFeatures) -> Iterator[tuple[int, TextFeatures]]:
    """The windows of a text, each with the place where it begins, and what the text hides, which has no place."""
    start = 0
    for part in text.windows(WINDOW):
        start = max(start, text.normalised.find(part.normalised, start))
        yield start, part
    for hidden in text.hidden():
        yield -1, hidden


def _added(signals: Mapping[str, float], undone: tuple[str, ...]) -> float:
    """1 - product of (1 - weight)."""
    doubt = 1.0
    for name, weight in DOCUMENT_WEIGHTS.items():
        doubt *= 1.0 - weight * min(1.0, max(0.0, signals.get(name, 0.0)))
    for name in undone:
        doubt *= 1.0 - UNDONE_WEIGHTS.get(name, 0.0)
    return 1.0 - doubt


def _worst_sentence(part: TextFeatures, classifier: Classifier) -> str:
    sentences = part.sentences()
    if len(sentences) < 2:
        return part.normalised
    return max(sentences, key=lambda one: classifier.judge(Example(text=one)).probability).normalised


def _named(signals: Mapping[str, float]) -> tuple[str, ...]:
    return tuple([name for name in DOCUMENT_WEIGHTS if signals.get(name, 0.0) > 0.0])


def _undone(text: TextFeatures) -> tuple[str, ...]:
    return tuple(f"undid {name}" for name in text.undone)
