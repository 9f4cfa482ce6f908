"""Rules: classifiers that say where a question goes before its difficulty does.

Here: reading the metadata for each rule, asking its classifier, the first rule that holds, and why.
Not here: difficulty (``difficulty``), the classifiers (``classifiers``), reading mission.yaml (``building``).

Reasons name columns, never what stands in them: they are kept in Traces, and values may be personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gonogo.contracts import Classifier, ClassifierLibrary, Example, Judgement, TextFeatures
from gonogo.contracts.tabular import RowJudge
from gonogo.domain import RoutingRule
from gonogo.domain.columns import Column, read_values
from gonogo.errors import BadInput

MOST_NAMED = 5
"""Columns that a reason names."""


class Ruled(NamedTuple):
    """``model`` is where the first rule that holds sends the question, ``None`` where none does."""

    model: str | None
    reasons: tuple[str, ...]


class _Loaded(NamedTuple):
    """``columns`` is ``None`` for a classifier of texts."""

    classifier: Classifier
    columns: tuple[Column, ...] | None

    @classmethod
    def of(cls, classifiers: ClassifierLibrary, name: str) -> _Loaded:
        found = classifiers.classifier(name)
        return cls(found, found.columns if isinstance(found, RowJudge) else None)


class _Asked(NamedTuple):
    judgement: Judgement
    notes: tuple[str, ...]


class RuleBook:
    """The rules of one Version with their classifiers, loaded once.

    Args:
        rules: in the order written.
        classifiers: at the digests of the Version; ``None`` only where there are no rules.

    Raises:
        BadInput: there are rules and no classifiers, or the weights of one cannot be used.
        NotFound: a rule names a classifier that is not here.
    """

    def __init__(self, rules: Sequence[RoutingRule], classifiers: ClassifierLibrary | None) -> None:
        if rules and classifiers is None:
            raise BadInput("routing.rules call classifiers, and none are at hand here")
        names = dict.fromkeys(rule.when.classifier for rule in rules)
        self._rules = tuple(rules)
        self._classifiers = {} if classifiers is None else {name: _Loaded.of(classifiers, name) for name in names}

    def read(self, question: TextFeatures, earlier_turns: int, metadata: Mapping[str, object]) -> Ruled:
        """Where the rules send this question. Never raises: what cannot be read counts as missing and is a reason."""
        asked: dict[str, _Asked] = {}
        reasons: list[str] = []
        for number, rule in enumerate(self._rules, start=1):
            name, above = rule.when.classifier, rule.when.above
            if name not in asked:
                asked[name] = _ask(self._classifiers[name], question, earlier_turns, metadata)
                reasons += asked[name].notes
            judgement = asked[name].judgement
            bound = self._classifiers[name].classifier.card.threshold.value if above is None else above
            holds = judgement.positive if above is None else judgement.probability >= above
            reading = f"{name} {judgement.probability:.2f}"
            if holds:
                return Ruled(rule.to, (f"rule {number}: {reading}, at least {bound:.2f}", *reasons))
            reasons.append(f"not rule {number}: {reading}, under {bound:.2f}")
        return Ruled(None, tuple(reasons))


def _ask(loaded: _Loaded, question: TextFeatures, earlier_turns: int, metadata: Mapping[str, object]) -> _Asked:
    classifier, columns = loaded
    if columns is None:
        return _Asked(classifier.judge(Example(text=question, context={"earlier_turns": float(earlier_turns)})), ())
    values = read_values(columns, metadata)
    notes = list(values.notes[:MOST_NAMED])
    if len(values.missing) == len(columns):
        notes.append("none of its columns is in the metadata")
    elif values.missing:
        more = f" and {len(values.missing) - MOST_NAMED} more" if len(values.missing) > MOST_NAMED else ""
        notes.append(f"missing {', '.join(values.missing[:MOST_NAMED])}{more}")
    judgement = classifier.judge(Example(text=question, context=values.numbers))
    return _Asked(judgement, tuple(f"{classifier.name}: {note}" for note in notes))
