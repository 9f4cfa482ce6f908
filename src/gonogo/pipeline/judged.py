"""Judged: what each classifier is shown of a finished request, and what it read there.

Here: one place that turns question, answer and chunks into an Example, for serving and for training rows alike, so that
the two cannot differ. Not here: the classifiers, training rows (``training.trace_rows``).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from gonogo.contracts import Answer, Classifier, Example, TextReader
from gonogo.domain import JudgedText

log = logging.getLogger("gonogo.pipeline")


def example_texts(classifier: str, answer: Answer) -> tuple[str, tuple[str, ...]] | None:
    """(text, what it is judged with) for a classifier; ``None`` where it has nothing to say about this answer.

    ``injection`` and ``difficulty`` look at the question, ``toxicity`` at the answer, ``relevance`` at the answer with
    the question, ``faithfulness`` at the answer with its chunks. ``equivalence`` needs a second question.
    """
    chunks = tuple(retrieved.chunk.text for retrieved in answer.chunks)
    shown: dict[str, tuple[str, tuple[str, ...]]] = {
        "injection": (answer.question, ()),
        "difficulty": (answer.question, ()),
        "toxicity": (answer.text, ()),
        "relevance": (answer.text, (answer.question,)),
        "faithfulness": (answer.text, chunks),
    }
    found = shown.get(classifier)
    if found is None or not found[0].strip() or (classifier == "faithfulness" and not chunks):
        return None
    return found


def judged_texts(classifiers: Mapping[str, Classifier], answer: Answer, reader: TextReader) -> tuple[JudgedText, ...]:
    """What every classifier read and said of an answer, those left out that have nothing to say."""
    found = []
    for name, classifier in classifiers.items():
        texts = example_texts(name, answer)
        if texts is None:
            continue
        example = Example(text=reader.read(texts[0]), against=tuple(map(reader.read, texts[1])))
        try:
            judgement = classifier.judge(example)
        except Exception:  # a plug-in's bug costs this record, never a Trace or an answer
            log.exception("the classifier %s failed", name)
            continue
        found.append(
            JudgedText(
                classifier=name,
                digest=classifier.digest,
                features=classifier.card.features,
                probability=judgement.probability,
                positive=judgement.positive,
                signals=dict(judgement.signals),
            )
        )
    return tuple(found)
