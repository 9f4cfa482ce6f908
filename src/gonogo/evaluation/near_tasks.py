"""Near tasks: whether a golden set asks the same already.

Here: the comparison of conversations by the classifier ``equivalence``. Not here: that classifier (``classifiers``).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gonogo.contracts import Classifier, Example, TextReader
from gonogo.domain import GoldenTask, Json
from gonogo.evaluation.recorded import said_in


class NearTask(Struct, frozen=True, kw_only=True):
    """A task that asks the same. ``probability`` that both deserve the same answer, 0..1; 1 where word for word."""

    task: GoldenTask
    probability: float


def nearest_task(
    new: GoldenTask, known: Iterable[GoldenTask], classifier: Classifier, reader: TextReader
) -> NearTask | None:
    """The task that asks most surely the same as ``new``; ``None`` where none reaches the classifier's threshold.

    Conversations are the same where every message of the user is; a question alone is never compared with one that has
    a conversation before it.
    """
    ours, found = _asked(new), []
    for task in known:
        theirs = _asked(task)
        if task.tenant != new.tenant or len(theirs) != len(ours):
            continue
        probability = min(_same(one, other, classifier, reader) for one, other in zip(ours, theirs, strict=True))
        if probability > 0.0:
            found.append(NearTask(task=task, probability=probability))
    return max(found, key=lambda near: near.probability, default=None)


def _asked(task: GoldenTask) -> list[str]:
    users: tuple[Json, ...] = tuple(message for message in task.turns if message.get("role") == "user")
    return [*said_in(users), task.question]


def _same(one: str, other: str, classifier: Classifier, reader: TextReader) -> float:
    """Under the threshold 0: what the classifier is not sure of is another question."""
    first, second = reader.read(one), reader.read(other)
    if first.normalised.casefold().split() == second.normalised.casefold().split():
        return 1.0
    judged = classifier.judge(Example(text=first, against=(second,)))
    return judged.probability if judged.positive else 0.0
