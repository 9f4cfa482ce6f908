"""Judge: a model that is asked how good an answer is, and what is known of its judgement.

Here: the noun, its digest, the labels it was held against. Not here: asking it (``judging``), whether it may decide
(``gate``), files (``building``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from msgspec import Struct, structs

from gonogo.digest import Digest, digest_of
from gonogo.domain.golden_task import Assertion

JudgeKind = Literal[
    "llm-rubric",
    "g-eval",
    "pairwise",
    "context-faithfulness",
    "answer-relevancy",
    "context-precision",
    "context-recall",
    "factual-correctness",
    "noise-sensitivity",
]
JUDGE_KINDS: tuple[JudgeKind, ...] = get_args(JudgeKind)
GRADING: frozenset[JudgeKind] = frozenset({"llm-rubric", "g-eval", "pairwise"})
"""Kinds that judge by a text of the Mission; of these pairwise has one of its own where none is written."""
NEEDS_REFERENCE: frozenset[JudgeKind] = frozenset({
    "pairwise", "context-recall", "factual-correctness", "noise-sensitivity",
})  # fmt: skip
"""Kinds that hold an answer against the task's reference."""
LESS_IS_BETTER: frozenset[JudgeKind] = frozenset({"noise-sensitivity"})
MODES: dict[JudgeKind, tuple[str, ...]] = {
    "factual-correctness": ("f1", "precision", "recall"),
    "noise-sensitivity": ("relevant", "irrelevant"),
}
"""What some kinds can count; the first is meant where nothing is said."""
FIRST_TWICE = "it preferred whichever answer stood first"
SECOND_TWICE = "it preferred whichever answer stood second"
"""Details of a pairwise Score whose two orders disagree: position bias is counted from them."""


class Judge(Struct, frozen=True, kw_only=True):
    """A model with a task: who is asked, by which text, on which scale.

    ``provider``, ``model`` and ``params`` as in a ModelSpec. ``rubric`` is what is judged by (criteria of g-eval);
    ``steps`` are those of g-eval. ``scale``: lowest and highest grade; (0, 1) asks for pass or fail. Values are brought
    to 0..1, and an answer passes at ``threshold`` or better. ``questions``: how many answer-relevancy lets the model
    write. ``mode``: see ``MODES``. ``prompts`` is the digest of the prompts around all that.
    """

    name: str
    kind: JudgeKind
    provider: str
    model: str
    params: dict[str, Any] = {}
    rubric: str = ""
    steps: tuple[str, ...] = ()
    scale: tuple[int, int] = (0, 1)
    threshold: float = 0.5
    questions: int = 3
    mode: str = ""
    prompts: str = ""

    @property
    def digest(self) -> Digest:
        """Over everything that can change a value. Neither name nor threshold does: moving them asks nobody again."""
        return digest_of(structs.replace(self, name="", threshold=0.0))

    @property
    def binary(self) -> bool:
        """Whether its values are pass or fail and nothing between."""
        return self.kind == "llm-rubric" and self.scale == (0, 1)

    def passes(self, value: float, threshold: float | None = None) -> bool:
        """Whether a value is good enough; ``threshold`` in place of the judge's own."""
        bound = self.threshold if threshold is None else threshold
        return value <= bound + 1e-9 if self.kind in LESS_IS_BETTER else value >= bound - 1e-9


BY_NAME = "judge"
"""The assertion that names a judge; each kind of judge is an assertion too, for the one judge of that kind."""


class Hearing(Struct, frozen=True, kw_only=True):
    """What an assertion asks of which judge. ``rubric`` and ``threshold`` stand in place of the judge's own."""

    judge: Judge
    rubric: str = ""
    threshold: float | None = None
    negate: bool = False

    def passes(self, value: float) -> bool:
        """Whether a value makes the assertion hold."""
        return self.judge.passes(value, self.threshold) != self.negate


def asks_a_judge(assertion: Assertion) -> bool:
    """Whether a model has to be asked for it."""
    return assertion.kind == BY_NAME or assertion.kind in JUDGE_KINDS


def hearing_of(assertion: Assertion, judges: Mapping[str, Judge]) -> Hearing:
    """Which judge an assertion asks, and for what.

    Raises:
        LookupError: the Mission has no such judge, several that could be meant, or no text to judge by.
    """
    options, value = assertion.options, assertion.value
    name = value if assertion.kind == BY_NAME else options.get(BY_NAME)
    judge = _named(str(name), judges) if name is not None else _of_kind(assertion.kind, judges)
    if assertion.kind not in (BY_NAME, judge.kind):
        raise LookupError(f"the judge {judge.name} is one of kind {judge.kind}")
    rubric, threshold = options.get("rubric", ""), options.get("threshold")
    if assertion.kind != BY_NAME and judge.kind in GRADING:
        rubric = value or ""
    elif assertion.kind != BY_NAME and threshold is None:
        threshold = value
    if rubric and judge.kind not in GRADING:
        raise LookupError(f"a judge of kind {judge.kind} takes no rubric")
    if judge.kind in ("llm-rubric", "g-eval") and not (rubric or judge.rubric):
        raise LookupError(f"the judge {judge.name} has no rubric of its own: write one here")
    bound = None if threshold is None else float(threshold)
    return Hearing(judge=judge, rubric=str(rubric), threshold=bound, negate=assertion.negate)


def _named(name: str, judges: Mapping[str, Judge]) -> Judge:
    if name not in judges:
        raise LookupError(f"there is no judge {name!r} under judges; known are: {', '.join(sorted(judges)) or 'none'}")
    return judges[name]


def _of_kind(kind: str, judges: Mapping[str, Judge]) -> Judge:
    found = [judge for judge in judges.values() if judge.kind == kind]
    if not found:
        raise LookupError(
            f"no judge under judges is of kind {kind}: add one, such as NAME: {{kind: {kind}, model: ...}}"
        )
    if len(found) > 1:
        names = ", ".join(sorted(judge.name for judge in found))
        raise LookupError(f"several judges are of kind {kind} ({names}): say which with the option judge")
    return found[0]


class JudgedLabel(Struct, frozen=True, kw_only=True):
    """One answer that both a judge and a person judged: values 0..1, the judge's and the person's.

    ``trace_id`` is that of the answer. ``words``: its length. ``note``: that the place decided a pair, if it did.
    """

    trace_id: str
    metric: str
    judged: float
    label: float
    words: int = 0
    note: str = ""


class JudgeCalibration(Struct, frozen=True, kw_only=True):
    """A judge held against people. It never changes: a Verdict that rests on it can be computed again.

    ``judge`` as it was; ``labels`` each a different answer. ``unjudged``: labelled answers that the judge failed on.
    """

    id: str
    mission: str
    judge: Judge
    digest: Digest
    labels: tuple[JudgedLabel, ...]
    created_at: float
    created_by: str = ""
    unjudged: int = 0
    format: int = 1
